"""Tasklets: functions that take turns.

The one idea: a queue of those that can run. A tasklet that has to wait leaves
the processor to the first in the queue; one that can go on again is put at the
end. First in, first out, nothing else decides: the same program gives the same
order every time.

Read in this order: the verbs (`spawn`, `schedule`, `sleep`, `run`), then what
`spawn` returns, a `Tasklet`. How the switching works is in `stacks` and
`scheduler`. Waiting for a message is in `channels`, for time in `clock`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greenlet import GreenletExit, getcurrent

from .clock import Clock
from .errors import Misuse
from .scheduler import Scheduler, current_scheduler, threads
from .stacks import Given, Stack, Task, copied, current_stack
from .turns import Chooser, Line, check_seconds

__all__ = ["spawn", "schedule", "sleep", "run", "current", "Tasklet"]


def spawn(
    function: Callable[..., Any],
    /,
    *args: Any,
    name: str | None = None,
    daemon: bool = False,
    **kwargs: Any,
) -> Tasklet:
    """Queue `function(*args, **kwargs)` as a new tasklet, at the end.

    It starts when its turn comes, inside `run()`. Without a `name` it is
    called after its function and its number. A `daemon` serves others: `run()`
    does not wait for it, and ends it when all others are done.

    Its context variables are a copy of those of the tasklet that spawns it, as
    they are now; or, spawned outside, of the caller of `run()`.
    """
    if not callable(function):
        raise Misuse(
            f"spawn() takes a function and its arguments, not {function!r}. "
            "Did you call the function yourself? spawn(f, x), not spawn(f(x))"
        )
    if kwargs:
        args = Given((*args, *kwargs.values()))
        args.names = tuple(kwargs)
    me = getcurrent()
    if type(me) is Stack:
        scheduler, spawner = me.scheduler, me.tasklet
        if me.gr_context is not None:
            given = args if isinstance(args, Given) else Given(args)
            given.context, args = copied(me.gr_context), given
    else:
        scheduler, spawner = threads.next, None
    tasklet = Tasklet(scheduler, spawner, function, args, name, daemon)
    if not daemon:
        scheduler.unfinished += 1
    scheduler.ready.append(tasklet)
    return tasklet


def schedule() -> None:
    """Let all others that can run have a turn first."""
    current_stack("schedule()").give_way()


def sleep(seconds: float) -> None:
    """Wait for at least this many seconds of the run's clock."""
    me = current_stack("sleep()")
    timer = me.scheduler.after(seconds, me.go_on)
    me.value, me.waits_for = None, timer
    me.park()


def current() -> Tasklet:
    """The tasklet that is running."""
    tasklet: Tasklet = current_stack("current()").tasklet
    return tasklet


def run(
    until: Tasklet | None = None,
    *,
    timeout: float | None = None,
    clock: Clock | None = None,
    seed: int | dict[int, int] | Chooser | None = None,
) -> Any:
    """Run the spawned tasklets; return when all (but daemons) are done.

    With `until`, return as soon as that one is done, with its result. With
    `timeout` (seconds of the clock), raise TimeoutError after that. `clock` is
    a `SystemClock()` unless one is handed in.

    Tasklets run first in, first out; with a `seed`, in an order that a
    generator draws, the same for the same seed on every machine. A dict
    replays an order: `{7: 2}` takes the one with two others before it at the
    7th choice, and the first one everywhere else.

    An error that no tasklet awaits comes out here, as itself, with the
    tasklet's name added. Raises `Deadlock` when tasklets are left and none can
    ever run. However it ends, the tasklets that are left are ended too (their
    `finally` blocks run): nothing lives on into the next `run()`.

    Inside a tasklet, `run()` runs those that this tasklet has spawned and that
    have not started yet, on the same clock unless another is handed in; all
    others stand still meanwhile.
    """
    begun: list[Scheduler] = []
    refused = None
    try:
        return _run(begun, until, timeout, clock, seed)
    except Misuse as error:
        refused = error
        raise
    finally:  # an interrupt may have come at any line
        if not (begun or refused):
            begun.append(_take(None))  # what has been spawned never runs
        for scheduler in begun:
            scheduler.end(None)


def _run(
    begun: list[Scheduler],
    until: Tasklet | None,
    timeout: float | None,
    clock: Clock | None,
    seed: int | dict[int, int] | Chooser | None,
) -> Any:
    me = _check_run(until, timeout)
    scheduler, error = _take(me), None
    begun.append(scheduler)
    try:
        if clock is None and me is not None:
            clock = me.scheduler.clock
        scheduler.begin(getcurrent(), clock, until, timeout, seed)
        if scheduler.unfinished and not (until and until.done):
            scheduler.ready.popleft().switch()
    except BaseException as raised:
        error = raised
        raise
    finally:
        scheduler.end(error)
        if scheduler.failed not in (None, error):
            raise scheduler.failed
    return until.result() if until is not None else None


def _take(me: Stack | None) -> Scheduler:
    """A scheduler for what has been spawned and is to run now."""
    if me is not None:
        inner: Scheduler = me.scheduler.branch(me.tasklet)
        return inner
    scheduler, threads.next = threads.next, Scheduler()
    return scheduler


class Tasklet(Task):
    """A function that takes turns with others. Made by `spawn()`.

    `name` is what errors and pictures call it; `done` says whether it has
    ended.
    """

    __slots__ = ()

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, in whatever way.

        Raises TimeoutError when that takes longer than `timeout` seconds.
        """
        if self.done:
            return
        me = current_stack("join()")
        if self.scheduler is not me.scheduler:
            raise Misuse(f"{self!r} belongs to another run or thread")
        if self is me.tasklet:
            raise Misuse(f"{self.name} waits for its own end")
        self.joiners = self.joiners or Line()
        self.joiners.append(me)
        me.value, me.waits_for = None, self
        me.park(timeout)

    def result(self, timeout: float | None = None) -> Any:
        """Wait until it has ended; return what it returned.

        Raises what it raised; RuntimeError if it was killed; TimeoutError
        when it takes longer than `timeout` seconds.
        """
        if not self.done:
            self.awaiters += 1
            try:
                self.join(timeout)
            finally:
                self.awaiters -= 1
        self.scheduler.untaken.pop(self, None)
        if isinstance(self.error, GreenletExit):
            raise RuntimeError(f"{self.name} was killed: it has no result")
        if self.error is not None:
            raise self.error
        return self.value

    def kill(self) -> None:
        """End it: at its next turn, with its `finally` blocks.

        One that has not started never will; one that has ended stays as it
        was. `kill()` itself does not wait; `join()` does.
        """
        self.throw(GreenletExit())

    def throw(self, error: BaseException) -> None:
        """Raise `error` in it, wherever it waits, at its next turn."""
        if not isinstance(error, BaseException):
            raise Misuse(f"throw() takes an exception object, not {error!r}")
        if self.done:
            return
        if self.scheduler is not current_scheduler():
            raise Misuse(f"{self!r} belongs to another run or thread")
        if self.stack is getcurrent():
            raise error
        self.interrupt(error)


def spawn_in(
    scheduler: Scheduler,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    name: str | None,
    daemon: bool,
) -> Tasklet:
    """Queue a tasklet that no other one has spawned, but a timer, say."""
    tasklet = Tasklet(scheduler, None, function, args, name, daemon)
    scheduler.unfinished += not daemon
    scheduler.ready.append(tasklet)
    return tasklet


def _check_run(until: Tasklet | None, timeout: float | None) -> Stack | None:
    """Refuse a wrong call of run(). The stack that calls it, if any does."""
    main = getcurrent()
    me = main if type(main) is Stack else None
    if timeout is not None:
        check_seconds(timeout)
    if until is None:
        return me
    if me is None:
        known = until.scheduler is threads.next
    else:
        fresh = until.stack is None and until.scheduler is me.scheduler
        known = fresh and until.spawner is me.tasklet
    if not known:
        raise Misuse(
            f"run(until={until!r}): it is not one of the tasklets spawned for "
            "this run. Spawn it anew, in this thread, before run()"
        )
    return me
