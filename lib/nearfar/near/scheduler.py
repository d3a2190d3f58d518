"""The scheduler: what one run consists of, and how it ends.

The one idea: one `Scheduler` lives for one `run()`. It counts the tasklets
that `run()` waits for, says what comes next when one ends or none can run, and
ends all that are left, so that nothing lives on into the next run.

Read `run`, `start`, `after`, `ended`, `idle` and `end`, in this order. The
switching itself is in `stacks`, the clock's turn in `clock`.
"""

from __future__ import annotations

import heapq
import itertools
from _thread import _local as local  # threading's; a browser has no threads
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from greenlet import GreenletExit, getcurrent, greenlet

from .clock import NEVER, Clock, ClockTurn, SystemClock, Timer, check_seconds
from .deadlock import describe_deadlock
from .errors import Deadlock
from .stacks import OVER, Interrupt, Stack, Thrown, within

KILLS = 10  # how often a tasklet may go on waiting while it is being ended
TIDY = 1000  # timers; cancelled ones are dropped when there are more


class Scheduler:
    """Everything that one `run()` needs; it ends with it."""

    clock: Clock

    def __init__(self) -> None:
        self.ready: deque[Any] = deque()
        self.spawned = 0  # tasklets; it numbers them
        self.settled = 0  # of these, daemons and all that have ended
        self.over = False  # does one in the queue have no first turn to come?
        self.parent = 0  # the number of the last that has spawned, since the
        self.eldest = 0  # last first turn; and of the first that it spawned
        self.stacks: list[Stack] = []  # all that have been started
        self.pool: list[Stack] = []  # those whose tasklet has ended
        self.hub: greenlet | None = None  # starts new stacks
        self.starting: Any = None  # the last of them
        self.timers: list[tuple[float, int, Timer]] = []  # a heap
        self.timed = 0  # how many there have been
        self.tidy_at = TIDY
        self.main: Any = None  # the greenlet that is inside run()
        self.turn: ClockTurn | None = None
        self.watching = 0  # how many wait for what the clock watches
        self.deadline = NEVER  # of run() itself
        self.untaken: dict[Any, BaseException] = {}  # on the way to awaiters
        self.choose: Any = None  # of so many, which is next; else the first
        self.ending = False
        self.outer: Scheduler | None = None  # of the run around this one
        self.undo: list[Callable[[], Any]] = []  # for the end, last first
        self.failed: BaseException | None = None  # what run() raises

    def run(self, until: Any, timeout: float | None, clock: Any) -> Any:
        """What `run()` does, once it is clear what is to be run."""
        error = None
        try:
            self._begin(clock)
            if until is not None and not until.done:
                self.settled -= until.daemon
                until.daemon = False
                until.joiners = {self.main: True}
            if timeout is not None:
                self.deadline = self.clock.now() + timeout
                self.look_at_clock()
            if self.settled < self.spawned and not (until and until.done):
                self.ready.popleft().switch()
        except BaseException as raised:
            error = raised
            raise
        finally:
            self.end(error)
            if self.failed not in (None, error):
                raise self.failed
        return until.result() if until is not None else None

    def _begin(self, clock: Clock | None) -> None:
        self.main = main = getcurrent()
        self.clock = clock or SystemClock()
        if clock is None:  # no other code knows it
            self.undo.append(self.clock.close)
        self.clock.enter(self)
        self.undo += self.clock.leave, self.clock.flush
        if main.gr_context and self.outer is None:
            for tasklet in self.unbegun():
                tasklet.given = within(main.gr_context, tasklet.given)
        self.renew_stacks()

    def renew_stacks(self) -> None:
        """Forget used stacks, and start new ones from a new hub.

        A new greenlet inherits the recursion depth of the one that starts it.
        """
        self.pool.clear()
        self.stacks.clear()
        self.hub = greenlet(self._start_stacks, parent=self.main)

    def start(self, tasklet: Any) -> None:
        """Switch to a tasklet's first turn, on a new stack."""
        tasklet.stack = self.starting = stack = Stack(parent=self.main)
        stack.tasklet = tasklet
        stack.scheduler = self
        stack.ready = self.ready
        stack.waits_for = None
        self.stacks.append(stack)
        self.hub.switch()  # type: ignore[union-attr]

    def _start_stacks(self) -> NoReturn:
        while True:  # a stack passed to switch() would cost 48 bytes
            self.starting.switch()

    @property
    def alive(self) -> list[Any]:
        """Tasklets that have begun and not ended, in the order of spawning."""
        tasklets = [stack.tasklet for stack in self.stacks if stack.tasklet]
        alive = [tasklet for tasklet in tasklets if not tasklet.done]
        return sorted(alive, key=lambda tasklet: tasklet.number)

    def unbegun(self) -> list[Any]:
        """Tasklets in the queue whose first turn is still to come."""
        return [t for t in self.ready if getattr(t, "stack", t) is None]

    def branch(self, spawner: int) -> Scheduler:
        """Take the unstarted tasklets of one spawner into a new scheduler.

        They keep their places in this queue, where they will be over.
        """
        inner, waited_for = Scheduler(), 0
        found: Iterable[Any] = self.unbegun() if self.choose else ()
        if self.parent == spawner and not self.choose:
            # First in, first out: they are among those of its last turn.
            many = self.spawned - self.eldest + 1
            newest = (t for t in reversed(self.ready) if hasattr(t, "number"))
            found = reversed([*itertools.islice(newest, many)])
        for tasklet in found:
            if tasklet.spawner == spawner and tasklet.stack is None:
                tasklet.scheduler = inner
                inner.ready.append(tasklet)
                waited_for += not tasklet.daemon
        self.over, self.parent = True, 0
        self.settled += waited_for
        inner.outer, inner.choose = self, self.choose
        inner.spawned = self.spawned
        inner.settled = inner.spawned - waited_for
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
        first = self.timers[0][0] if self.timers else NEVER
        return first if first < self.deadline else self.deadline

    def ended(self, tasklet: Any, error: BaseException | None) -> Any:
        """Settle a tasklet's end. What is next, if that is special."""
        if isinstance(error, GreenletExit):
            error.with_traceback(None)  # it keeps no frames
        tasklet.error, tasklet.stack = error, OVER
        joiners = tasklet.joiners
        if joiners:
            tasklet.joiners = None
            self.ready.extend(joiners)
        if not tasklet.daemon:
            self.settled += 1
        if error is not None and not isinstance(error, GreenletExit):
            error.add_note(f"in tasklet {tasklet.name}")
            awaited = joiners and any(joiners.values())
            if isinstance(error, KeyboardInterrupt) or not awaited:
                return Interrupt(self.main, error)
            self.untaken[tasklet] = error
        return self.main if self.settled == self.spawned else None

    def idle(self) -> Any:
        """What is next when the queue is empty: `main`, with a Deadlock.

        If only a stack finds it so, that has been sent an error.
        """
        me = getcurrent()
        if type(me) is Stack and isinstance(me.ready, Thrown):
            raise me.found()
        if self.ending:
            return self.main
        return Interrupt(self.main, Deadlock(describe_deadlock(self.alive)))

    def fail(self, error: BaseException) -> None:
        """Let run() raise this error."""
        self.ready.append(Interrupt(self.main, error))

    def end(self, error: BaseException | None) -> None:
        """End all that are left, because of an error or not.

        What run() has to raise in the end is `failed`. After an interrupt it
        can be called again, and finishes.
        """
        self.ending, self.failed = True, self.failed or error
        for task in self.alive:
            self._end_one(task)
        self._clear()
        while self.pool:  # a suspended frame is never collected
            self.pool[-1].throw(GreenletExit)
            self.pool.pop()
        self.hub = None
        if self.outer is not None:  # where the numbers go on
            self.outer.settled += self.spawned - self.outer.spawned
            self.outer.spawned = self.spawned
        self.undo_all()
        if self.failed is None and self.untaken:
            self.failed = next(iter(self.untaken.values()))

    def undo_all(self) -> None:
        """Leave things outside of the run as they were."""
        while self.undo:
            self.undo.pop()()

    def _end_one(self, task: Any) -> None:
        for _ in range(KILLS):
            self._clear()
            stack = task.stack
            if task.done or stack.dead:
                break
            try:
                if stack.waits_for is not None:
                    stack.waits_for.leave(stack)
                stack.resume_with(GreenletExit())
                self.ready.append(self.main)
                self.ready.popleft().switch()
            except BaseException as another:
                first = self.failed or another
                if isinstance(another, KeyboardInterrupt):
                    first, another = another, first
                self.failed = first
                if first is not another:
                    first.add_note(f"and while ending: {another!r}")
        else:  # it catches whatever is raised: it is left alone
            _undead.append(task.stack)

    def _clear(self) -> None:
        """Forget what could run; a tasklet that has not begun never will."""
        for task in self.unbegun():
            task.stack, task.error = OVER, GreenletExit()
        self.ready.clear()
        self.timers.clear()


_undead: list[Any] = []  # to be collected would be to be killed once more


class _Threads(local):
    """For each thread, the scheduler of its next run()."""

    def __init__(self) -> None:
        self.next = Scheduler()

    def drop(self) -> None:
        """What has been spawned for the next run never runs."""
        dropped, self.next = self.next, Scheduler()
        dropped.undo_all()


threads = _Threads()


def current_scheduler() -> Scheduler:
    """The scheduler of this run; outside of one, of this thread's next run."""
    return getattr(getcurrent(), "scheduler", threads.next)
