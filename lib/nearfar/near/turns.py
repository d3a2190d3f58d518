"""Turns: what stands in the run queue, and in which order it comes.

The one idea: the run queue holds whatever has a `switch()`. Mostly that is a
tasklet that can go on. An error that must be raised, and the moment to look at
the clock, wait for their turn in the same queue, so that programs without them
pay nothing.

Read `Wait`, then `Interrupt`, `Timer` and `ClockTurn`. `Shuffled`
is the queue of `run(seed=...)`.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, Protocol

from greenlet import getcurrent

from .errors import Misuse

NEVER = math.inf  # seconds
SHORT = 32  # entries of a queue are searched quickly
POLL_EVERY = 16  # turns between two looks at the sockets, while others run
Chooser = Callable[[int], int]  # of so many, which is next


Turn = Any  # what stands in the run queue; its `switch()` takes its turn


class Wait(Protocol):
    """Something that a tasklet waits for, or in; it may have `meets`."""

    def leave(self, stack: Any) -> bool:
        """The tasklet stops waiting. Was it still waiting?"""

    def describe_wait(self, stack: Any) -> str:
        """What for, in words that follow "it waits"."""


class Interrupt:
    """Stands in the run queue for a greenlet that resumes with an error."""

    __slots__ = ("target", "error")

    def __init__(self, target: Any, error: BaseException):
        self.target = target
        self.error = error

    def switch(self) -> None:
        """Raise the error where it waits."""
        error = self.error
        self.target.throw(type(error), error, error.__traceback__)


class Line(OrderedDict[Any, Any]):
    """A queue that any entry can leave at once; a deque has to search."""

    def append(self, entry: Any) -> None:
        self[entry] = None

    def appendleft(self, entry: Any) -> None:
        self[entry] = None
        self.move_to_end(entry, last=False)

    def popleft(self) -> Any:
        return self.popitem(last=False)[0]

    def remove(self, entry: Any) -> None:
        del self[entry]


def remove(queue: Line | deque[Any], entry: object) -> bool:
    """Take an entry out. Was it there?"""
    try:
        queue.remove(entry)
    except (ValueError, KeyError):
        return False
    return True


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
        """What a sleeping tasklet waits for."""
        return f"until {self.when:g}"


class ClockTurn:
    """The clock's place in the run queue.

    It stands there only while a tasklet waits for a time or a socket, so that
    other programs pay nothing. Its turn is the time to look.
    """

    def __init__(self, scheduler: Any):
        self.scheduler = scheduler
        self.turns = 0

    def switch(self) -> None:
        """Look at the clock, then switch to what is next."""
        scheduler = self.scheduler
        following: Any
        ready, clock = scheduler.ready, scheduler.clock
        try:
            clock.round += 1
            if clock.unsent:
                clock.flush()
            self._look(scheduler, ready, clock)
        except BaseException as error:  # an interrupt belongs to run()
            following = Interrupt(scheduler.main, error)
        else:
            following = ready.popleft() if ready else scheduler.idle()
        if following is not getcurrent():
            following.switch()

    def _look(self, scheduler: Any, ready: deque[Turn], clock: Any) -> None:
        timers = scheduler.timers
        self.turns += 1
        while True:
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
            if not (ready or waiting):
                return  # forever
            if ready and (waiting or scheduler.deadline < NEVER):
                ready.append(self)
                return
            if ready:
                scheduler.turn = None
                return

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
            raise scheduler.timed_out()


class Shuffled(deque[Turn]):
    """A run queue whose next one is not always the first.

    A chooser that has a method `queue(scheduler)` brings one of its own.
    """

    def __init__(self, ready: Iterable[Turn], choose: Chooser):
        super().__init__(ready)
        self.choose = choose
        self.over = 0  # how many were killed before their first turn

    @classmethod
    def of(cls, scheduler: Any) -> Shuffled:
        """The run queue of a run that begins."""
        return cls(scheduler.ready, scheduler.choose)

    def case(self, channels: list[Any]) -> int:
        """The place of the channel that a `select` takes: the first."""
        return 0

    def popleft(self) -> Turn:
        """Take the one that is chosen."""
        self.tidy()
        place = self.choose(len(self)) if len(self) > 1 else 0
        self.rotate(-place)
        item = super().popleft()
        self.rotate(place)
        return item

    def forget(self, many: int) -> None:
        """So many more are over. They are taken out together, and later."""
        self.over += many
        if self.over == len(self):
            self.clear()
            self.over = 0

    def tidy(self) -> None:
        """Take out those that are over; they would count as choices."""
        if self.over:
            left = [t for t in self if getattr(t, "stack", None) is None]
            self.over = 0
            self.clear()
            self.extend(left)


def chooser(seed: int | dict[int, int] | Chooser) -> Chooser:
    """A function from how many there are to which of them is next."""
    if callable(seed):
        return seed
    if not isinstance(seed, dict):
        return Random(seed).randrange
    steps, count = seed, itertools.count(1)
    return lambda many: min(steps.get(next(count), 0), many - 1)


def check_seconds(seconds: float) -> None:
    """Raise Misuse unless that is a time to wait."""
    if not isinstance(seconds, int | float) or not seconds >= 0:
        raise Misuse(f"a time to wait is 0 or more seconds, not {seconds!r}")
