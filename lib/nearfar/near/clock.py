"""Clocks: what time it is, and what happens when no tasklet can run.

The one idea: a scheduler asks its clock two things only, "what time is it?"
and "no tasklet can run before `until`: what now?". (It also says when a run
begins and ends.) A `SystemClock` answers the second by sleeping until then. A
`VirtualClock` answers it by jumping: an hour of waiting passes in no time, and
every run of the same program sees the same times.

A clock is handed to `run(clock=...)`; programs read it with `now()`. Left out:
sockets. `nearfar.far` gives a `SystemClock` a `watcher` that they wake up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

__all__ = ["Clock", "VirtualClock", "SystemClock"]

A_DAY = 86_400.0  # seconds; systems refuse to sleep for much longer


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
        """The round is over: call what its tasklets have collected."""
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


class Watcher(Protocol):
    """What sleeps in a clock's place, and may be woken up early."""

    def wait(self, seconds: float) -> None:
        """Sleep so long, or until something else happens."""

    def close(self) -> None:
        """Give back what the system has lent."""


class SystemClock(Clock):
    """Real time in seconds, monotonic."""

    now = staticmethod(time.monotonic)
    unsent: list[Callable[[], None]]

    def __init__(self) -> None:
        self.round = 0
        self.unsent = []
        self.watcher: Watcher | None = None

    def wait(self, until: float) -> None:
        """Sleep until then, or a day, or until the `watcher` wakes up.

        A time that has passed means "just look".
        """
        seconds = until - self.now()
        if not 0.0 <= seconds <= A_DAY:  # quicker than min() and max()
            seconds = 0.0 if seconds < 0.0 else A_DAY
        sleep = time.sleep if self.watcher is None else self.watcher.wait
        sleep(seconds)

    def flush(self) -> None:
        self.round += 1
        for call in self.unsent:  # an interrupt leaves them for the next time
            call()
        self.unsent.clear()

    def close(self) -> None:
        self.round += 1
        if self.watcher is not None:
            self.watcher.close()
