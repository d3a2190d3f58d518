"""Clocks: what time it is, and what happens when no tasklet can run.

The one idea: a scheduler asks its clock two things only, "what time is it?"
and "no tasklet can run before `until`: what now?". (It also says when a run
begins and ends.) A `SystemClock` answers the second by sleeping until then. A
`VirtualClock` answers it by jumping: an hour of waiting passes in no time, and
every run of the same program sees the same times.

A clock is handed to `run(clock=...)`; programs read it with `now()`. A `Timer`
is something to do at a time, and `ClockTurn` the moment to look. Left out:
sockets. `nearfar.far` gives a `SystemClock` a `watcher` that they wake up.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from greenlet import getcurrent

from .errors import Misuse
from .stacks import Interrupt

__all__ = ["Clock", "VirtualClock", "SystemClock"]

NEVER = math.inf  # seconds
POLL_EVERY = 16  # turns between two looks at the sockets, while others run
A_DAY = 86_400.0  # seconds; systems refuse to sleep for much longer


class Clock(Protocol):
    """What a scheduler needs of a clock: `now`, `wait`, and perhaps more."""

    round: int  # counts the rounds of the run queue
    unsent: Sequence[Callable[[], None]]  # to be called after this one

    def now(self) -> float:
        """The time in seconds, or in whatever this clock counts."""

    def wait(self, until: float) -> None:
        """No tasklet can run: wait until then, or for something else."""

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
    """Simulated time, in seconds (or whatever your story counts in)."""

    round, unsent = 0, ()

    def __init__(self, start: float = 0.0):
        self._now = float(start)

    def now(self) -> float:
        """The virtual time."""
        return self._now

    def wait(self, until: float) -> None:
        """Make it `until`."""
        self._now = max(self._now, until)


class SystemClock(Clock):
    """Real time in seconds, monotonic."""

    now = staticmethod(time.monotonic)
    unsent: list[Callable[[], None]]

    def __init__(self) -> None:
        self.round = 0
        self.unsent = []
        self.watcher: Any = None  # sleeps in its place, and may wake up

    def wait(self, until: float) -> None:
        """Sleep until then, a day at most, or until the `watcher` wakes up."""
        seconds = A_DAY
        if until < NEVER:
            seconds = until - self.now()
            if not 0.0 <= seconds <= A_DAY:  # quicker than min() and max()
                seconds = 0.0 if seconds < 0.0 else A_DAY
        (self.watcher.wait if self.watcher else time.sleep)(seconds)

    def flush(self) -> None:
        self.round += 1
        for call in self.unsent:  # an interrupt leaves them for the next time
            call()
        self.unsent.clear()

    def close(self) -> None:
        self.round += 1
        if self.watcher is not None:
            self.watcher.close()


class Timer:
    """Something to do at a time. `action` is None once that is settled."""

    __slots__ = ("when", "action")

    def __init__(self, when: float, action: Callable[[], None]):
        self.when = when
        self.action: Callable[[], None] | None = action

    def leave(self, stack: Any) -> bool:
        """Cancel it. Was it still to come?"""
        pending, self.action = self.action is not None, None
        return pending

    def describe_wait(self, stack: Any) -> str:
        return f"until {self.when:g}"


class ClockTurn:
    """Stands in the run queue while a tasklet waits for a time or a socket."""

    def __init__(self, scheduler: Any):
        self.scheduler = scheduler
        self.turns = 0

    def switch(self) -> None:
        """Look at the clock, then switch to what is next."""
        scheduler = self.scheduler
        ready, clock = scheduler.ready, scheduler.clock
        try:
            clock.round += 1
            if clock.unsent:
                clock.flush()
            self._look(scheduler, ready, clock)
        except BaseException as error:  # an interrupt belongs to run()
            following: Any = Interrupt(scheduler.main, error)
        else:
            following = ready.popleft() if ready else scheduler.idle()
        if following is not getcurrent():
            following.switch()

    def _look(self, scheduler: Any, ready: Any, clock: Any) -> None:
        """Do what is due; wait until a tasklet can run, if one ever will."""
        timers = scheduler.timers
        self.turns += 1
        waiting = True
        while waiting:
            while timers and timers[0][2].action is None:
                heapq.heappop(timers)  # cancelled
            waiting = bool(timers or scheduler.watching)
            if waiting and not ready:
                clock.wait(scheduler.next_time())
            elif scheduler.watching and (
                self.turns % POLL_EVERY == 0
                or (timers and timers[0][0] <= clock.now())  # look, then ring
            ):
                clock.wait(0.0)
            if timers or scheduler.deadline < NEVER:
                self._ring(scheduler, clock.now())
            if ready:
                break
        if ready and (waiting or scheduler.deadline < NEVER):
            ready.append(self)
        elif ready:
            scheduler.turn = None

    def _ring(self, scheduler: Any, now: float) -> None:
        """Do what is due by now."""
        timers = scheduler.timers
        while timers and timers[0][0] <= now:
            timer = heapq.heappop(timers)[2]
            action, timer.action = timer.action, None
            if action is not None:
                action()
        if now >= scheduler.deadline:
            scheduler.deadline = NEVER
            left = [*scheduler.alive, *scheduler.unbegun()]
            names = ", ".join(t.name for t in left if not t.daemon)
            raise TimeoutError(f"run() timed out; not done yet: {names}")


def check_seconds(seconds: float) -> None:
    """Raise Misuse unless that is a time to wait."""
    if not isinstance(seconds, int | float) or not seconds >= 0:
        raise Misuse(f"a time to wait is 0 or more seconds, not {seconds!r}")
