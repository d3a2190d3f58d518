"""The scheduler: what one run consists of, and how it ends.

The one idea: one `Scheduler` lives for one `run()`. It counts the tasklets
that `run()` waits for, says what comes next when one ends or none can run, and
ends all that are left, so that nothing lives on into the next run.

Read `begin`, `after`, `ended`, `idle` and `end`, in this order. The switching
itself is in `stacks`, the turns that are not a tasklet's in `turns`.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

from .clock import Clock
from .deadlock import describe_deadlock
from .errors import Deadlock
from .stacks import Stack, Task, start_stacks
from .turns import (
    NEVER,
    Chooser,
    ClockTurn,
    Interrupt,
    Shuffled,
    Timer,
    Turn,
    check_seconds,
    chooser,
)

KILLS = 10  # how often a tasklet may go on waiting while it is being ended
TIDY = 1000  # timers; cancelled ones are dropped when there are more


class Scheduler:
    """Everything that one `run()` needs; it ends with it."""

    clock: Clock
    hub: greenlet | None  # starts new stacks

    def __init__(self) -> None:
        self.ready: deque[Turn] = deque()
        self.alive: dict[Any, None] = {}  # have begun, not ended; in order
        self.unfinished = 0  # how many of them run() waits for
        self.spawned = 0  # names and timers are numbered
        self.timed = 0
        self.tidy_at = TIDY
        self.pool: list[Stack] = []  # whose tasklet has ended
        self.timers: list[tuple[float, int, Timer]] = []  # a heap
        self.main: Any = None  # the greenlet that is inside run()
        self.turn: ClockTurn | None = None
        self.watching = 0  # how many wait for what the clock watches
        self.deadline = NEVER  # of run() itself
        self.untaken: dict[Task, BaseException] = {}  # on the way to awaiters
        self.choose: Chooser | None = None  # what is next, if not the first
        self.ending = False

    def begin(
        self,
        main: greenlet,
        clock: Clock,
        until: Task | None,
        timeout: float | None,
        seed: int | dict[int, int] | Chooser | None,
    ) -> None:
        """A run begins, called by `main`."""
        self.main, self.clock = main, clock
        if seed is not None:
            self.choose = chooser(seed)
        if self.choose is not None:
            make = getattr(self.choose, "queue", Shuffled.of)
            self.ready = make(self)
        clock.enter(self)
        self.renew_stacks()
        if until is not None and not until.done:
            self.unfinished += until.daemon
            until.daemon = False
            until.awaiters += 1
            until.joiners = deque([main])
        if timeout is not None:
            self.deadline = clock.now() + timeout
            self.look_at_clock()

    def renew_stacks(self) -> None:
        """Forget used stacks, and start new ones from a new hub."""
        self.pool.clear()
        self.hub = greenlet(start_stacks, parent=self.main)

    def unbegun(self) -> list[Any]:
        """Those in the queue whose first turn is still to come."""
        return [item for item in self.ready if isinstance(item, Task)]

    def branch(self, spawner: Task) -> Scheduler:
        """Take the unstarted tasklets of one spawner into a new scheduler."""
        inner = Scheduler()
        mine = [t for t in self.unbegun() if t.spawner is spawner]
        for tasklet in mine:
            self.ready.remove(tasklet)
            self.unfinished -= not tasklet.daemon
            tasklet.scheduler = inner
            inner.unfinished += not tasklet.daemon
        inner.ready.extend(mine)
        inner.spawned = self.spawned
        inner.choose = self.choose
        return inner

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Call `action()` this many seconds from now, unless cancelled."""
        check_seconds(seconds)
        timer = Timer(self.clock.now() + seconds, action)
        if seconds == NEVER:
            return timer  # it never comes
        self.timed += 1
        heapq.heappush(self.timers, (timer.when, self.timed, timer))
        if len(self.timers) > self.tidy_at:  # most of them are cancelled
            self.timers[:] = [t for t in self.timers if t[2].action]
            heapq.heapify(self.timers)
            self.tidy_at = 2 * len(self.timers) + TIDY
        self.look_at_clock()
        return timer

    def look_at_clock(self) -> None:
        """From now on, look at timers and sockets once in every round."""
        if self.turn is None:
            self.turn = ClockTurn(self)
            self.ready.append(self.turn)

    def next_time(self) -> float:
        """When to look at the clock again, if nothing else happens."""
        if self.timers and self.timers[0][0] < self.deadline:
            return self.timers[0][0]
        return self.deadline

    def ended(
        self, tasklet: Task, value: object, error: BaseException | None
    ) -> Any:
        """Settle a tasklet's end. What is next, if that is special."""
        tasklet.done = True
        tasklet.value = value
        tasklet.error = error
        tasklet.args = ()  # it may be kept, as the spawner of others
        tasklet.stack = None
        self.alive.pop(tasklet, None)
        if tasklet.joiners:
            self.ready.extend(tasklet.joiners)
            tasklet.joiners = None
        if not tasklet.daemon:
            self.unfinished -= 1
        if error is not None and not isinstance(error, GreenletExit):
            error.add_note(f"in tasklet {tasklet.name}")
            if not tasklet.awaiters:
                return Interrupt(self.main, error)
            self.untaken[tasklet] = error
        return None if self.unfinished else self.main

    def idle(self) -> Any:
        """What is next when no tasklet can run: `main`, with a Deadlock."""
        if self.ending:
            return self.main
        return Interrupt(self.main, Deadlock(describe_deadlock(self.alive)))

    def end(self, error: BaseException | None = None) -> None:
        """End all that are left; errors there are not lost."""
        self.ending = True
        if isinstance(self.ready, Shuffled):
            self.ready.choose = lambda many: 0
        first = error
        for tasklet in list(self.alive):
            first = self._end_one(tasklet, first)
        self._clear()
        for stack in self.pool:  # a suspended frame is never collected
            stack.throw(GreenletExit)
        self.pool.clear()
        self.hub = None
        self.clock.flush()
        if first is None and self.untaken:
            first = next(iter(self.untaken.values()))
        if first is not None and first is not error:
            raise first

    def timed_out(self) -> TimeoutError:
        """What run() raises when its `deadline` has come."""
        left = [*self.alive, *self.unbegun()]
        names = ", ".join(t.name for t in left if not t.daemon)
        return TimeoutError(f"run() timed out; not done yet: {names}")

    def _end_one(
        self, tasklet: Task, first: BaseException | None
    ) -> BaseException | None:
        """End it; return the first error there was in ending all."""
        for _ in range(KILLS):
            self._clear()
            if tasklet.done or getattr(tasklet.stack, "dead", False):
                break
            try:
                tasklet.interrupt(GreenletExit())
                self.ready.append(self.main)
                self.ready.popleft().switch()
            except BaseException as another:
                first = first or another
                if first is not another:
                    first.add_note(f"and while ending: {another!r}")
        self.alive.pop(tasklet, None)  # if it will not end, it is left alone
        return first

    def _clear(self) -> None:
        """Forget what could run; a tasklet that has not begun never will."""
        for tasklet in self.unbegun():
            tasklet.done, tasklet.error = True, GreenletExit()
        self.ready.clear()
        self.timers.clear()


class _Threads(local):
    """For each thread, the scheduler of its next run()."""

    def __init__(self) -> None:
        self.next = Scheduler()


threads = _Threads()


@contextmanager
def apart() -> Iterator[None]:
    """Spawn and run in here as if nothing had been spawned before."""
    before, threads.next = threads.next, Scheduler()
    try:
        yield
    finally:
        threads.next = before


def current_scheduler() -> Scheduler:
    """The scheduler of this run; outside of one, of this thread's next run."""
    me = getcurrent()
    if type(me) is Stack:
        scheduler: Scheduler = me.scheduler
        return scheduler
    return threads.next
