"""Watching: a clock that sleeps until a socket is ready.

The one idea: a run that uses sockets still has one place where it sleeps, its
clock. `sockets_of` gives that clock a watcher, which calls a function of the
socket that has become ready, and thereby wakes a tasklet.

Before it sleeps, it stays awake for as long as waking up would take: with a
core for each end, an answer often comes by then. How the system is asked is in
`poller`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from weakref import WeakSet

from ..near import Misuse, SystemClock, lowlevel
from . import poller
from .poller import READ, Epoll, Selector, Told
from .waiting import Waiters

__all__ = ["Sockets", "sockets_of", "wait_for_input"]

LOOKS = 50  # at the sockets before it sleeps: as long as waking up takes
MOST_RESTS = 1023


class Sockets:
    """The sockets that one clock watches."""

    def __init__(self) -> None:
        self.tells_all = False
        self._ready: dict[int, Callable[[int], None]] = {}  # by descriptor
        self._rests = 0  # so many sleeps go by without a look first
        self._resting = 0  # and so many of them are still to come
        self._poller: Epoll | Selector | None = None
        self._poll: Callable[[float], Told]
        _watchers.add(self)

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

        This call can be left out if the watcher `tells_all`.
        """
        if self._poller is not None and file in self._ready:
            self._poller.want(file, what)

    def unwatch(self, file: int) -> None:
        """Forget a socket, which is about to be closed."""
        watched = self._ready.pop(file, None) is not None
        if watched and self._poller is not None:
            self._poller.remove(file)

    def wait(self, seconds: float) -> None:
        """Sleep so long, or until a watched socket is ready."""
        ready = self._ready
        if not ready:
            time.sleep(seconds)
            return
        try:
            if self._resting:
                self._resting -= 1
                told = self._poll(seconds)
            else:
                told = self._look(seconds)
            for file, what in told:
                if file in ready:  # else forgotten a moment ago
                    ready[file](what)
        except BaseException:  # the rest of it is still to be told
            self._poll = self._poll_again
            raise

    def _poll_again(self, seconds: float) -> Told:
        """Let the system tell what is ready, told before or not."""
        assert self._poller is not None
        for file in self._ready:
            self._poller.again(file)
        self._poll = self._poller.poll
        return self._poll(seconds)

    def close(self) -> None:
        """Watch none of them any more."""
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

    def _look(self, seconds: float) -> Told:
        """Stay awake for a moment, then sleep so long; what was found.

        Where that is in vain (both ends share a core, or the peer takes its
        time), it is tried ever more rarely.
        """
        poll = self._poll
        if seconds:
            for look in range(LOOKS):
                told = poll(0.0)
                if told:
                    if look:  # at the first, sleep would not have come either
                        self._rests //= 2
                    return told
            self._resting = self._rests = min(2 * self._rests + 1, MOST_RESTS)
        return poll(seconds)


_watchers: WeakSet[Sockets] = WeakSet()  # of this process


def _after_fork() -> None:
    for each in _watchers:
        each.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def sockets_of(clock: object) -> Sockets:
    """The sockets that this clock watches. Raises Misuse if it cannot."""
    if not isinstance(clock, SystemClock):
        raise Misuse(
            "sockets are real: run them on a SystemClock, which is what "
            f"run() does by itself, not on {type(clock).__name__}"
        )
    if not isinstance(clock.watcher, Sockets):
        clock.watcher = Sockets()
    return clock.watcher


def wait_for_input(file: int, what: str, timeout: float | None) -> None:
    """Let other tasklets run until a file can be read.

    `what` completes the sentence "it waits for ...". Raises TimeoutError if
    that takes longer than `timeout` seconds.
    """
    me = lowlevel.current_stack("waiting for input")
    scheduler, arrived = me.scheduler, Waiters(what)
    sockets = sockets_of(scheduler.clock)
    sockets.watch(file, lambda _: arrived.wake())
    sockets.want(file, READ)
    scheduler.look_at_clock()
    scheduler.watching += 1
    try:
        arrived.wait(timeout)
    finally:
        scheduler.watching -= 1
        sockets.unwatch(file)
