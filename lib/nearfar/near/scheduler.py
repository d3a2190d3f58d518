"""The scheduler: what one run consists of, and how it ends.

The one idea: one `Scheduler` lives for one `run()`. It counts the tasklets
that `run()` waits for, says what comes next when one ends or none can run, and
ends all that are left, so that nothing lives on into the next run.

Read `begin`, `after`, `ended`, `idle` and `end`, in this order. The switching
itself is in `stacks`, the turns that are not a tasklet's in `turns`.
"""

from __future__ import annotations

import heapq
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from threading import current_thread, local, main_thread
from typing import Any, NoReturn

from greenlet import GreenletExit, getcurrent, greenlet

from .clock import Clock, SystemClock
from .deadlock import describe_deadlock
from .errors import Deadlock
from .stacks import Stack, Task, copied, start_stacks
from .turns import (
    NEVER,
    Chooser,
    ClockTurn,
    Interrupt,
    Line,
    Shuffled,
    Timer,
    Turn,
    check_seconds,
    chooser,
    remove,
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
        self.ending = self.entered = False
        self.outer: Scheduler | None = None  # of the run around this one
        self.own_clock: Clock | None = None
        self.heard: Any = None  # what was called at an interrupt before
        self.context: Context | None = None  # of the caller of run()
        self.failed: BaseException | None = None  # what run() raises

    def begin(
        self,
        main: greenlet,
        clock: Clock | None,
        until: Task | None,
        timeout: float | None,
        seed: int | dict[int, int] | Chooser | None,
    ) -> None:
        """A run begins, called by `main`."""
        self.main = main
        self.clock = clock or SystemClock()
        self.own_clock = None if clock else self.clock
        if seed is not None:
            self.choose = chooser(seed)
        if self.choose is not None:
            make = getattr(self.choose, "queue", Shuffled.of)
            self.ready = make(self)
        here = current_thread() is main_thread()
        heard = signal.getsignal(signal.SIGINT) if here else None
        if heard is signal.default_int_handler:  # else the program has its own
            self.heard = heard
            signal.signal(signal.SIGINT, _on_interrupt)
        self.clock.enter(self)
        self.entered = True
        self.context = copied(main.gr_context)
        self.renew_stacks()
        if until is not None and not until.done:
            self.unfinished += until.daemon
            until.daemon = False
            until.awaiters += 1
            until.joiners = Line()
            until.joiners.append(main)
        if timeout is not None:
            self.deadline = self.clock.now() + timeout
            self.look_at_clock()

    def renew_stacks(self) -> None:
        """Forget used stacks, and start new ones from a new hub."""
        self.pool.clear()
        self.hub = greenlet(start_stacks, parent=self.main)

    def unbegun(self) -> list[Any]:
        """Those in the queue whose first turn is still to come."""
        fresh = [item for item in self.ready if isinstance(item, Task)]
        return [task for task in fresh if not task.done]

    def branch(self, spawner: Task) -> Scheduler:
        """Take the unstarted tasklets of one spawner into a new scheduler."""
        inner = Scheduler()
        mine = [t for t in self.unbegun() if t.spawner is spawner]
        taken = set(mine)
        others = [turn for turn in self.ready if turn not in taken]
        self.ready.clear()
        self.ready.extend(others)
        for tasklet in mine:
            self.unfinished -= not tasklet.daemon
            tasklet.scheduler = inner
            inner.unfinished += not tasklet.daemon
        inner.ready.extend(mine)
        inner.outer, inner.spawned = self, self.spawned
        inner.choose = self.choose
        self.clock.flush()  # it may stand still from now on
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
        tasklet.stack = None
        self.alive.pop(tasklet, None)
        if tasklet.joiners:
            self.ready.extend(tasklet.joiners)
            tasklet.joiners = None
        if not tasklet.daemon:
            self.unfinished -= 1
        if error is not None and not isinstance(error, GreenletExit):
            error.add_note(f"in tasklet {tasklet.name}")
            interrupted = isinstance(error, KeyboardInterrupt)
            if interrupted or not tasklet.awaiters:
                return Interrupt(self.main, error)
            self.untaken[tasklet] = error
        return None if self.unfinished else self.main

    def idle(self) -> Any:
        """What is next when no tasklet can run: `main`, with a Deadlock."""
        if self.ending:
            return self.main
        return Interrupt(self.main, Deadlock(describe_deadlock(self.alive)))

    def timed_out(self) -> TimeoutError:
        """What run() raises when its `deadline` has come."""
        left = [*self.alive, *self.unbegun()]
        names = ", ".join(t.name for t in left if not t.daemon)
        return TimeoutError(f"run() timed out; not done yet: {names}")

    def forget(self, task: Task) -> None:
        """It was killed before it began, so it will be skipped."""
        if isinstance(self.ready, Shuffled):  # which counts what it holds
            remove(self.ready, task)

    def end(self, error: BaseException | None) -> None:
        """End all that are left, because of an error or not.

        What run() has to raise in the end is `failed`. After an interrupt it
        can be called again, and finishes.
        """
        self.ending, self.failed = True, self.failed or error
        if isinstance(self.ready, Shuffled):
            self.ready.choose = lambda many: 0
        for task in list(self.alive):
            self._end_one(task)
        self._clear()
        while self.pool:  # a suspended frame is never collected
            self.pool[-1].throw(GreenletExit)
            self.pool.pop()
        self.hub = None
        if self.heard is not None and current_thread() is main_thread():
            signal.signal(signal.SIGINT, self.heard)
            self.heard = None
        if self.outer is not None:
            self.outer.spawned = self.spawned  # so that names stay apart
        if self.entered:
            self.entered = False
            self.clock.flush()
            self.clock.leave()
        if self.own_clock is not None:  # no other code knows it
            self.own_clock.close()
        if self.failed is None and self.untaken:
            self.failed = next(iter(self.untaken.values()))

    def _end_one(self, task: Task) -> None:
        for _ in range(KILLS):
            self._clear()
            stack = task.stack
            if task.done or (stack is not None and stack.dead):
                break
            try:
                if stack is None:  # it was about to begin
                    task.interrupt(GreenletExit())
                    break
                if stack.waits_for is not None:
                    stack.waits_for.leave(stack)
                stack.resume_with(GreenletExit())
                self.ready.append(self.main)
                self.ready.popleft().switch()
            except BaseException as another:
                if isinstance(another, KeyboardInterrupt):
                    self.failed, another = another, self.failed or another
                self.failed = self.failed or another
                if self.failed is not another:
                    self.failed.add_note(f"and while ending: {another!r}")
        else:  # it catches whatever is raised: it is left alone
            _undead.append(task.stack)
        self.alive.pop(task, None)

    def _clear(self) -> None:
        """Forget what could run; a tasklet that has not begun never will."""
        for task in self.unbegun():
            task.done, task.error = True, GreenletExit()
        self.ready.clear()
        self.timers.clear()


_undead: list[Any] = []  # to be collected would be to be killed once more


def _on_interrupt(signum: int, frame: Any) -> NoReturn:
    """Ctrl-C belongs to run(), whatever a tasklet catches."""
    me = getcurrent()
    if type(me) is Stack and not me.scheduler.ending:
        main = me.scheduler.main
        me.scheduler.ready.appendleft(Interrupt(main, KeyboardInterrupt()))
    raise KeyboardInterrupt


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
