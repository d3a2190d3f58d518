"""Clocks: what time it is, and what happens when no tasklet can run.

The one idea: a scheduler asks its clock two things only, "what time is it?"
and "no tasklet can run before `until`: what now?". (It also says when a run
begins and ends.) A `SystemClock` answers the second by sleeping until then, or
until a watched socket is ready. A `VirtualClock` answers it by jumping: an
hour of waiting passes in no time, and every run of the same program sees the
same times.

A clock is handed to `run(clock=...)`; programs read it with `now()`. Before a
`SystemClock` sleeps, it stays awake for as long as waking up would take: with
a core for each end, an answer often comes by then. How sockets are watched is
in `poller`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol
from weakref import WeakSet

from . import poller
from .poller import A_DAY, Epoll, Selector, Told

__all__ = ["Clock", "VirtualClock", "SystemClock"]

LOOKS = 50  # at the sockets before it sleeps: as long as waking up takes
MOST_RESTS = 1023


class Clock(Protocol):
    """What a scheduler needs of a clock: `now`, `wait`, and perhaps more."""

    round: int = 0  # counts the rounds of the run queue
    unsent: Sequence[Callable[[], None]] = ()  # to be called after this one

    def now(self) -> float:
        """The time in seconds, or in whatever this clock counts."""
        raise NotImplementedError

    def wait(self, until: float) -> None:
        """No tasklet can run: wait until then, or for something else."""
        raise NotImplementedError

    def enter(self, scheduler: Any) -> None:
        """A run begins, perhaps inside another one."""
        return

    def leave(self) -> None:
        """The run that began last ends."""
        return

    def flush(self) -> None:
        """The round is over: write what its tasklets have collected."""
        return

    def close(self) -> None:
        """Give back what the system has lent."""
        return


class VirtualClock(Clock):
    """Simulated time, in seconds (or whatever your story counts in).

    It stands still while any tasklet can run and jumps to the next timer when
    none can.
    """

    def __init__(self, start: float = 0.0):
        self._now = float(start)

    def now(self) -> float:
        """The virtual time."""
        return self._now

    def wait(self, until: float) -> None:
        """Make it `until`."""
        self._now = max(self._now, until)


class SystemClock(Clock):
    """Real time in seconds, monotonic, and the sockets of this process."""

    now = staticmethod(time.monotonic)
    unsent: list[Callable[[], None]]

    def __init__(self) -> None:
        self.round = 0
        self.unsent = []
        self.tells_all = False
        self._ready: dict[int, Callable[[int], None]] = {}  # by descriptor
        self._rests = 0  # so many sleeps go by without a look first
        self._resting = 0  # and so many of them are still to come
        self._interrupted = False  # while it told what is ready
        self._poller: Epoll | Selector | None = None
        self._poll: Callable[[float], Told]
        _clocks.add(self)

    def watch(self, file: int, ready: Callable[[int], None]) -> None:
        """From now on, call `ready(what)` when a socket becomes ready.

        `file` is its descriptor. `what` adds up `READ`, `WRITE` and `ENDED`
        (the peer has hung up: one more read will find that). The call comes
        during a `wait()`, and must not wait itself.
        """
        (self._poller or self._start()).add(file)
        self._ready[file] = ready

    def want(self, file: int, what: int) -> None:
        """A tasklet is about to wait until a socket is ready for `what`.

        This call can be left out if the clock `tells_all`.
        """
        if self._poller is not None and file in self._ready:
            self._poller.want(file, what)

    def unwatch(self, file: int) -> None:
        """Forget a socket, which is about to be closed."""
        watched = self._ready.pop(file, None) is not None
        if watched and self._poller is not None:
            self._poller.remove(file)

    def wait(self, until: float) -> None:
        """Sleep until then, or until a watched socket is ready.

        A time that has passed means "just look". It may return early, and
        does so once a day; the scheduler looks at the time again.
        """
        ready = self._ready
        seconds = until - self.now()
        if seconds > A_DAY:
            seconds = A_DAY
        elif seconds < 0.0:
            seconds = 0.0
        if not ready:
            time.sleep(seconds)
            return
        if self._interrupted:
            self._ask_again()
        told = None
        if self._resting:
            self._resting -= 1
        elif seconds:
            told = self._look()
        try:
            for file, what in told or self._poll(seconds):
                if file in ready:  # else forgotten a moment ago
                    ready[file](what)
        except BaseException:  # the rest of it is still to be told
            self._interrupted = True
            raise

    def _ask_again(self) -> None:
        """Let the system tell what is ready, told before or not."""
        for file in self._ready:
            if self._poller is not None:
                self._poller.again(file)
        self._interrupted = False

    def flush(self) -> None:
        self.round += 1
        for write in self.unsent:  # an interrupt leaves them for the next time
            write()
        self.unsent.clear()

    def close(self) -> None:
        self.round += 1
        closing, self._poller = self._poller, None
        self._ready.clear()
        if closing is not None:
            closing.close()

    def renew(self) -> None:
        """In a new process, watch the same sockets with a poller of its own.

        A child must not take what its parent's poller has to tell.
        """
        if self._poller is not None:
            self._poller.close()
            fresh = self._start()
            for file in self._ready:
                fresh.add(file)

    def _start(self) -> Epoll | Selector:
        fresh = poller.new_poller()
        self._poll, self.tells_all = fresh.poll, fresh.tells_all
        self._poller = fresh  # in the end: an interrupt may come in between
        return fresh

    def _look(self) -> Told | None:
        """Stay awake for a moment; what was found.

        Where that is in vain (both ends share a core, or the peer takes its
        time), it is tried ever more rarely.
        """
        poll = self._poll
        for look in range(LOOKS):
            told = poll(0.0)
            if told:
                if look:  # at the first one, sleep would not have come either
                    self._rests //= 2
                return told
        self._resting = self._rests = min(2 * self._rests + 1, MOST_RESTS)
        return None


_clocks: WeakSet[SystemClock] = WeakSet()  # of this process


def _after_fork() -> None:
    for clock in _clocks:
        clock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
