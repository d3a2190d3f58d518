"""The scheduler: what one run consists of, and how it ends.

The one idea: one `Scheduler` lives for one `run()`. It counts the tasklets
that `run()` waits for, says what comes next when one ends or none can run, and
ends all that are left, so that nothing lives on into the next run.

Read `begin`, `start`, `after`, `ended`, `idle` and `end`, in this order. The
switching itself is in `stacks`, the turns that are not a tasklet's in `turns`.
"""

from __future__ import annotations

import heapq
import itertools
import signal
from _thread import _local as local  # threading's; a browser has no threads
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any, NoReturn

from greenlet import GreenletExit, getcurrent, greenlet

from .clock import Clock, SystemClock
from .deadlock import describe_deadlock
from .errors import Deadlock
from .stacks import OVER, Stack, Thrown, copied
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
)

KILLS = 10  # how often a tasklet may go on waiting while it is being ended
TIDY = 1000  # timers; cancelled ones are dropped when there are more


class Scheduler:
    """Everything that one `run()` needs; it ends with it."""

    clock: Clock

    def __init__(self) -> None:
        self.ready: deque[Turn] = deque()
        self.unfinished = 0  # how many tasklets run() waits for
        self.spawned = 0  # names and timers are numbered
        self.parent: Any = None  # who has spawned since the last first turn,
        self.eldest = 0  # and the number of the first that it has spawned
        self.timed = 0
        self.tidy_at = TIDY
        self.stacks: list[Stack] = []  # all that have been started
        self.pool: list[Stack] = []  # those whose tasklet has ended
        self.hub: greenlet | None = None  # starts new stacks
        self.starting: Any = None  # the stack that is to be started
        self.timers: list[tuple[float, int, Timer]] = []  # a heap
        self.main: Any = None  # the greenlet that is inside run()
        self.turn: ClockTurn | None = None
        self.watching = 0  # how many wait for what the clock watches
        self.deadline = NEVER  # of run() itself
        self.untaken: dict[Any, BaseException] = {}  # on the way to awaiters
        self.choose: Chooser | None = None  # what is next, if not the first
        self.ending = False
        self.outer: Scheduler | None = None  # of the run around this one
        self.undo: list[Callable[[], Any]] = []  # for the end, last first
        self.context: Context | None = None  # of the caller of run()
        self.failed: BaseException | None = None  # what run() raises

    def listen(self) -> None:
        """Give Ctrl-C to this run, begun or not, unless the program has it."""
        if signal.getsignal(signal.SIGINT) is PLAIN:
            self.undo.append(lambda: signal.signal(signal.SIGINT, PLAIN))
            try:
                signal.signal(signal.SIGINT, _on_interrupt)
            except ValueError:  # only the main thread hears signals
                self.undo.pop()

    def begin(
        self,
        main: greenlet,
        clock: Clock | None,
        until: Any,
        timeout: float | None,
        seed: int | dict[int, int] | Chooser | None,
    ) -> None:
        """A run begins, called by `main`."""
        self.main = main
        self.clock = clock or SystemClock()
        if seed is not None:
            self.choose = chooser(seed)
        if self.choose is not None:
            make = getattr(self.choose, "queue", Shuffled.of)
            self.ready = make(self)
        self.listen()
        if clock is None:  # no other code knows it
            self.undo.append(self.clock.close)
        self.clock.enter(self)
        self.undo += self.clock.leave, self.clock.flush
        self.context = copied(main.gr_context)
        self.renew_stacks()
        if until is not None and not until.done:
            self.unfinished += until.daemon
            until.daemon = False
            until.joiners = Line()
            until.joiners[main] = True
        if timeout is not None:
            self.deadline = self.clock.now() + timeout
            self.look_at_clock()

    def renew_stacks(self) -> None:
        """Forget used stacks, and start new ones from a new hub."""
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
        """Start each new stack from a shallow place.

        A new greenlet inherits the recursion depth of the one that starts it.
        """
        while True:
            stack, self.starting = self.starting, None
            stack.switch()

    @property
    def alive(self) -> list[Any]:
        """Tasklets that have begun and not ended, in the order of spawning."""
        tasklets = filter(None, [stack.tasklet for stack in self.stacks])
        alive = [tasklet for tasklet in tasklets if not tasklet.done]
        return sorted(alive, key=lambda tasklet: tasklet.number)

    def unbegun(self) -> list[Any]:
        """Tasklets in the queue whose first turn is still to come."""
        return [t for t in self.ready if getattr(t, "stack", t) is None]

    def branch(self, spawner: Any) -> Scheduler:
        """Take the unstarted tasklets of one spawner into a new scheduler.

        They keep their places in this queue, where they will be over.
        """
        inner = Scheduler()
        for tasklet in self._unstarted_of(spawner):
            self.unfinished -= not tasklet.daemon
            tasklet.scheduler = inner
            inner.unfinished += not tasklet.daemon
            inner.ready.append(tasklet)
        self.forget(len(inner.ready))
        self.parent = None
        inner.outer, inner.spawned = self, self.spawned
        inner.choose = self.choose
        self.clock.flush()  # it may stand still from now on
        return inner

    def _unstarted_of(self, spawner: Any) -> list[Any]:
        """Those of one spawner. First in, first out: all of its last turn."""
        if isinstance(self.ready, Shuffled):
            return [t for t in self.unbegun() if t.spawner is spawner]
        many = self.spawned - self.eldest + 1 if self.parent is spawner else 0
        newest = (t for t in reversed(self.ready) if hasattr(t, "number"))
        found: list[Any] = [*itertools.islice(newest, many)]
        return [t for t in reversed(found) if t.stack is None]

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
        self, tasklet: Any, value: object, error: BaseException | None
    ) -> Any:
        """Settle a tasklet's end. What is next, if that is special."""
        tasklet.value, tasklet.error = value, error
        tasklet.stack = OVER
        joiners = tasklet.joiners
        if joiners is not None:
            tasklet.joiners = None
            self.ready.extend(joiners)
        if not tasklet.daemon:
            self.unfinished -= 1
        if error is not None and not isinstance(error, GreenletExit):
            error.add_note(f"in tasklet {tasklet.name}")
            awaited = joiners is not None and any(joiners.values())
            if isinstance(error, KeyboardInterrupt) or not awaited:
                return Interrupt(self.main, error)
            self.untaken[tasklet] = error
        return None if self.unfinished else self.main

    def idle(self) -> Any:
        """What is next when the queue is empty, or a stack finds it so."""
        me = getcurrent()
        if type(me) is Stack and isinstance(me.ready, Thrown):
            raise me.found()
        return self.stuck()

    def stuck(self) -> Any:
        """What is next when no tasklet can run: `main`, with a Deadlock."""
        if self.ending:
            return self.main
        return Interrupt(self.main, Deadlock(describe_deadlock(self.alive)))

    def timed_out(self) -> TimeoutError:
        """What run() raises when its `deadline` has come."""
        left = [*self.alive, *self.unbegun()]
        names = ", ".join(t.name for t in left if not t.daemon)
        return TimeoutError(f"run() timed out; not done yet: {names}")

    def fail(self, error: BaseException) -> None:
        """Let run() raise this error."""
        self.ready.append(Interrupt(self.main, error))

    def forget(self, many: int) -> None:
        """So many in the queue are over before their first turn."""
        if isinstance(self.ready, Shuffled):  # which counts what it holds
            self.ready.forget(many)

    def end(self, error: BaseException | None) -> None:
        """End all that are left, because of an error or not.

        What run() has to raise in the end is `failed`. After an interrupt it
        can be called again, and finishes.
        """
        self.ending, self.failed = True, self.failed or error
        if isinstance(self.ready, Shuffled):
            self.ready.choose = lambda many: 0
        for task in self.alive:
            self._end_one(task)
        self._clear()
        while self.pool:  # a suspended frame is never collected
            self.pool[-1].throw(GreenletExit)
            self.pool.pop()
        self.hub = None
        if self.outer is not None:
            self.outer.spawned = self.spawned  # so that names stay apart
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
                if isinstance(another, KeyboardInterrupt):
                    self.failed, another = another, self.failed or another
                self.failed = self.failed or another
                if self.failed is not another:
                    self.failed.add_note(f"and while ending: {another!r}")
        else:  # it catches whatever is raised: it is left alone
            _undead.append(task.stack)

    def _clear(self) -> None:
        """Forget what could run; a tasklet that has not begun never will."""
        for task in self.unbegun():
            task.stack, task.error = OVER, GreenletExit()
        self.ready.clear()
        self.timers.clear()


_undead: list[Any] = []  # to be collected would be to be killed once more
PLAIN = signal.default_int_handler


def _on_interrupt(signum: int, frame: Any) -> NoReturn:
    """Ctrl-C ends the run, whatever a tasklet catches.

    Before the run, it ends what has been spawned for it.
    """
    me = getcurrent()
    if type(me) is not Stack:
        threads.drop()
    elif me.scheduler.ending:
        me.scheduler.failed = KeyboardInterrupt()
    else:
        main = me.scheduler.main
        me.scheduler.ready.appendleft(Interrupt(main, KeyboardInterrupt()))
    raise KeyboardInterrupt


class _Threads(local):
    """For each thread, the scheduler of its next run()."""

    def __init__(self) -> None:
        self.next = Scheduler()

    def drop(self) -> None:
        """What has been spawned for the next run never runs."""
        dropped, self.next = self.next, Scheduler()
        dropped.undo_all()


threads = _Threads()


@contextmanager
def apart() -> Iterator[None]:
    """Spawn and run in here as if nothing had been spawned before."""
    before, threads.next = threads.next, Scheduler()
    try:
        yield
    finally:
        threads.drop()
        threads.next = before


def current_scheduler() -> Scheduler:
    """The scheduler of this run; outside of one, of this thread's next run."""
    me = getcurrent()
    if type(me) is Stack:
        scheduler: Scheduler = me.scheduler
        return scheduler
    return threads.next
