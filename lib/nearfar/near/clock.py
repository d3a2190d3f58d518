"""What happens when nobody can run: wait for the world, or jump ahead.

The one idea: a scheduler asks its clock two things only, "what time is it?"
and "nobody can run before `when`: what now?". (It also says when a run begins
and ends.) A `SystemClock` answers the second by sleeping until then, or until
a watched socket is ready. A `VirtualClock` answers it by making it `when` at
once: an hour of waiting passes in no time, and every run of the same program
sees the same times.

A clock is handed to `run(clock=...)`; programs read it with `now()`.

Sockets are watched for as long as they live, not anew for each wait: the
system is told once, and tells us when one *becomes* ready (epoll calls that
edge-triggered). Where there is no epoll, `selectors` does the same work with
one more call for each wait. Before it sleeps, it stays awake for as long as
waking up would take: with a core for each end, an answer often comes by then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from weakref import WeakSet

__all__ = ["SystemClock", "VirtualClock"]

A_DAY = 86_400.0  # seconds; systems refuse to wait for much longer
LOOKS = 50  # at the sockets before it sleeps: as long as waking up takes
MOST_RESTS = 1023
# What a socket may be ready for, in the words of poll(2) and epoll(7). ENDED
# adds up all the ways in which the peer can be gone.
READ, WRITE, ENDED = 0x1, 0x4, 0x2018


class VirtualClock:
    """Simulated time, in seconds (or whatever your story counts in).

    It stands still while anybody can run and jumps to the next timer when
    nobody can.
    """

    unsent = ()  # a virtual clock has no sockets to write to
    round = 0

    def __init__(self, start: float = 0.0):
        self._now = float(start)

    def now(self) -> float:
        """The virtual time."""
        return self._now

    def wait(self, until: float) -> None:
        """Make it `until`."""
        self._now = max(self._now, until)

    def enter(self, scheduler) -> None:
        """A run begins, perhaps inside another one."""

    def leave(self) -> None:
        """The run that has begun last ends."""

    def flush(self) -> None:
        """Nothing to write."""

    def close(self) -> None:
        """Nothing to give back."""


class SystemClock:
    """Real time in seconds, monotonic, and the sockets of this process."""

    now = staticmethod(time.monotonic)
    enter, leave = VirtualClock.enter, VirtualClock.leave

    def __init__(self):
        self.round = 0  # counts the rounds of the run queue
        self.unsent = []  # who wants to be called at the end of this one
        self.tells_all = False
        self._ready = {}  # by file descriptor, whom to tell
        self._rests = 0  # so many sleeps go by without a look first
        self._resting = 0  # and so many of them are still to come
        self._poller = self._poll = None
        _CLOCKS.add(self)

    def watch(self, file: int, ready: Callable[[int], None]) -> None:
        """From now on, call `ready(what)` when a socket becomes ready.

        `file` is its descriptor. `what` adds up `READ`, `WRITE` and `ENDED`
        (the peer has hung up: one more read will find that). The call comes
        during a `wait()`, and must not wait itself.
        """
        if self._poller is None:
            self._poller = _new_poller()
            self._poll = self._poller.poll
            self.tells_all = self._poller.tells_all
        self._poller.add(file)
        self._ready[file] = ready

    def want(self, file: int, what: int) -> None:
        """Somebody is about to wait until a socket is ready for this.

        Nobody needs to say so if the clock `tells_all`.
        """
        if file in self._ready:
            self._poller.want(file, what)

    def unwatch(self, file: int) -> None:
        """Forget a socket, which is about to be closed."""
        if self._ready.pop(file, None) is not None:
            self._poller.remove(file)

    def wait(self, until: float) -> None:
        """Sleep until then, or until a watched socket is ready.

        A time that has passed means "just look". It may return early, and
        does so once a day: whoever waits looks at the time again.
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
        told = ()
        if self._resting:
            self._resting -= 1
        elif seconds:
            told = self._look()
        for file, what in told or self._poll(seconds):
            if file in ready:  # else forgotten a moment ago
                ready[file](what)

    def _look(self):
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
        return ()

    def flush(self) -> None:
        """The round is over: let everybody write what has been collected."""
        self.round += 1
        unsent, self.unsent = self.unsent, []
        for write in unsent:
            write()

    def close(self) -> None:
        """Give the system's file descriptor back."""
        self.round += 1
        if self._poller is not None:
            self._poller.close()
            self._poller = self._poll = None
            self._ready.clear()


_CLOCKS = WeakSet()  # of this process


def _after_fork():
    """A child must not take what its parent's poller has to tell."""
    for clock in _CLOCKS:
        if clock._poller is not None:
            clock._poller.close()
            clock._poller = _new_poller()
            clock._poll = clock._poller.poll
            for file in clock._ready:
                clock._poller.add(file)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _new_poller():
    import select  # here, because a browser has none

    return _Epoll(select) if hasattr(select, "epoll") else _Selector()


class _Epoll:
    """Tells each change once, as long as the socket lives."""

    tells_all = True

    def __init__(self, select):
        self._epoll = select.epoll()
        self.poll = self._epoll.poll
        self.close = self._epoll.close
        self.remove = self._epoll.unregister
        self._what = READ | WRITE | select.EPOLLRDHUP | select.EPOLLET

    def add(self, file):
        self._epoll.register(file, self._what)

    def want(self, file, what):
        """It is told anyway."""


class _Selector:
    """Tells what is ready, once for each time that somebody wants it."""

    tells_all = False

    def __init__(self):
        import selectors

        self._selector = selectors.DefaultSelector()
        self._words = {
            READ: selectors.EVENT_READ,
            WRITE: selectors.EVENT_WRITE,
            READ | WRITE: selectors.EVENT_READ | selectors.EVENT_WRITE,
        }
        self._meanings = {event: what for what, event in self._words.items()}
        self._wanted = {}

    def add(self, file):
        self._wanted[file] = 0

    def remove(self, file):
        self._change(file, 0)
        del self._wanted[file]

    def want(self, file, what):
        self._change(file, self._wanted[file] | what)

    def poll(self, seconds):
        if not self._selector.get_map():  # some refuse to wait for nothing
            time.sleep(A_DAY if seconds is None else seconds)
            return []
        told = [
            (key.fd, self._meanings[events])
            for key, events in self._selector.select(seconds)
        ]
        for file, what in told:
            self._change(file, self._wanted[file] & ~what)
        return told

    def close(self):
        self._selector.close()

    def _change(self, file, wanted):
        before, self._wanted[file] = self._wanted[file], wanted
        if before == wanted:
            return
        if not before:
            self._selector.register(file, self._words[wanted])
        elif not wanted:
            self._selector.unregister(file)
        else:
            self._selector.modify(file, self._words[wanted])
