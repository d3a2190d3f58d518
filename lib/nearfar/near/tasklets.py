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

from collections import deque
from collections.abc import Callable
from typing import Any

from greenlet import GreenletExit, getcurrent

from .clock import Clock
from .errors import Misuse
from .scheduler import Scheduler, current_scheduler, threads
from .stacks import OVER, Stack, copied, current_stack, handing_over
from .turns import Chooser, Line, check_seconds, remove

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
    they are now; or, spawned outside, of the caller of `run()`. What is
    spawned outside never runs if Ctrl-C comes before `run()`.
    """
    if not callable(function):
        raise Misuse(
            f"spawn() takes a function and its arguments, not {function!r}. "
            "Did you call the function yourself? spawn(f, x), not spawn(f(x))"
        )
    me = getcurrent()
    if type(me) is Stack:
        scheduler, spawner, context = me.scheduler, me.tasklet, me.gr_context
        if context is not None:
            context = copied(context)
    else:
        scheduler, spawner, context = threads.next, None, None
        if not scheduler.spawned:
            scheduler.listen()
    given: Any = args
    if kwargs or context is not None or len(args) > 1:
        call = handing_over(len(args), tuple(kwargs))
        given = [call, deque((*args, *kwargs.values())).popleft, context]
    tasklet = Tasklet.new(scheduler, spawner, function, given, name, daemon)
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
    try:
        return _run(begun, until, timeout, clock, seed)
    except BaseException as error:  # an interrupt may come at any line
        if begun or not isinstance(error, Misuse):
            threads.drop()
        raise
    finally:
        for scheduler in begun:
            scheduler.end(None)


def _run(
    begun: list[Scheduler],
    until: Tasklet | None,
    timeout: float | None,
    clock: Clock | None,
    seed: int | dict[int, int] | Chooser | None,
) -> Any:
    main: Any = getcurrent()
    inner = type(main) is Stack
    spawner, current = main.tasklet if inner else None, current_scheduler()
    if timeout is not None:
        check_seconds(timeout)
    if until and (until.scheduler, until.spawner) != (current, spawner):
        raise Misuse(
            f"run(until={until!r}): it is not one of the tasklets spawned for "
            "this run. Spawn it anew, in this thread, before run()"
        )
    if inner:
        clock = clock or current.clock
        begun.append(current.branch(spawner))
    else:
        begun.append(current)
        threads.next = Scheduler()
    scheduler, error = begun[0], None
    try:
        scheduler.begin(main, clock, until, timeout, seed)
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


class Tasklet:
    """A function that takes turns with others. Made by `spawn()`.

    `name` is what errors and pictures call it; `done` says whether it has
    ended.
    """

    __slots__ = (
        *("scheduler", "spawner", "home", "function", "args", "number"),
        *("label", "daemon", "stack", "joiners", "value", "error"),
    )
    scheduler: Any
    spawner: Tasklet | None  # the tasklet that did, until its first turn
    home: Any  # of a whole family, if it has one: each adds itself to it
    function: Callable[..., Any]
    args: Any  # until its first turn
    number: int  # of all that were spawned for this run
    label: str | None  # its name, once it has one
    daemon: bool
    stack: Any  # None until its first turn; OVER in the end
    joiners: Line | None  # stacks that wait for its end; True: for its result
    value: Any  # what its function has returned
    error: BaseException | None  # or raised

    @staticmethod
    def new(
        scheduler: Any,
        spawner: Tasklet | None,
        function: Callable[..., Any],
        args: Any,
        name: str | None,
        daemon: bool,
    ) -> Tasklet:
        """One that is not queued yet. (`__init__` would take twice as long.)

        `args` has one argument or none, or is a list: how to call the
        function, where its arguments are, its context.
        """
        self = Tasklet()
        self.scheduler = scheduler
        self.function = function
        self.args = args
        self.daemon = daemon
        self.stack = self.joiners = None
        self.number = scheduler.spawned = scheduler.spawned + 1
        self.label = name
        if not daemon:
            scheduler.unfinished += 1
        self.spawner = spawner
        self.home = home = spawner.home if spawner is not None else None
        if home is not None:
            home.add(self)
        if scheduler.parent is not spawner:
            scheduler.parent, scheduler.eldest = spawner, self.number
        return self

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.stack is OVER

    @property
    def name(self) -> str:
        """What errors and pictures call it."""
        if self.label is None:
            function = getattr(self.function, "func", self.function)
            plain = getattr(function, "__name__", "tasklet")
            self.label = f"{plain}-{self.number}"
        return self.label

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, in whatever way.

        Raises TimeoutError when that takes longer than `timeout` seconds.
        """
        self._wait(timeout, for_result=False)

    def result(self, timeout: float | None = None) -> Any:
        """Wait until it has ended; return what it returned.

        Raises what it raised; RuntimeError if it was killed; TimeoutError
        when it takes longer than `timeout` seconds.
        """
        self._wait(timeout, for_result=True)
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

    def interrupt(self, error: BaseException) -> None:
        """Let it find `error` at its next turn; a first one, if need be."""
        if self.stack is not None:
            self.stack.interrupt(error)
        elif isinstance(error, GreenletExit):
            scheduler = self.scheduler
            following = scheduler.ended(self, None, error)
            scheduler.forget(1)
            if following is not None:
                scheduler.ready.append(following)
        else:
            self.name  # noqa: B018 - is made from the function
            self.function, self.args = _raise, (error,)

    def switch(self) -> None:
        """Its first turn: on a used stack or a new one, unless it is over."""
        scheduler = self.scheduler
        if self.stack is not None:
            self._following(scheduler).switch()
        elif scheduler.pool:
            self.stack = stack = scheduler.pool.pop()
            stack.tasklet = self
            stack.switch()
        else:
            scheduler.start(self)

    def _following(self, scheduler: Any) -> Any:
        """The first in the queue that is not over, after this one that is."""
        following: Any = self
        while type(following) is Tasklet and following.stack is not None:
            while scheduler.hub is None:  # it belonged to an inner run
                scheduler = scheduler.outer
            ready = scheduler.ready
            following = ready.popleft() if ready else scheduler.idle()
        return following

    def _wait(self, timeout: float | None, for_result: bool) -> None:
        if self.done:
            return
        me = current_stack("result()" if for_result else "join()")
        if self.scheduler is not me.scheduler:
            raise Misuse(f"{self!r} belongs to another run or thread")
        if self is me.tasklet:
            raise Misuse(f"{self.name} waits for its own end")
        self.joiners = self.joiners or Line()
        self.joiners[me] = for_result
        me.value, me.waits_for = None, self
        me.park(timeout)

    def leave(self, stack: Stack) -> bool:
        return self.joiners is not None and remove(self.joiners, stack)

    def describe_wait(self, stack: Stack) -> str:
        return f"for {self.name} to end"

    def __repr__(self) -> str:
        return f"<tasklet {self.name}{' (done)' if self.done else ''}>"


def _raise(error: BaseException) -> None:
    raise error


def spawn_in(
    scheduler: Scheduler, function: Callable[[], Any], name: str, daemon: bool
) -> Tasklet:
    """Queue a tasklet that no other one has spawned, but a timer, say."""
    tasklet = Tasklet.new(scheduler, None, function, (), name, daemon)
    scheduler.ready.append(tasklet)
    return tasklet
