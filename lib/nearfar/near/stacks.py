"""Stacks: what runs a tasklet, lets it wait, and wakes it.

The one idea: no central loop. A tasklet that has to wait takes the first entry
of the run queue and switches straight to it. A `Stack` is a greenlet that runs
one tasklet after another, because making a greenlet costs twenty times as much
as using one again.

Read `Task`, which is what a tasklet is to the machinery, then `Stack`: its
`run` and `park` are the heart of this package. Left out: priorities, and turns
taken by force. A tasklet that never waits keeps all others from running: that
is the price of switches that you can see.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from contextvars import Context, ContextVar
from functools import cache
from keyword import iskeyword
from types import ModuleType
from typing import Any, NoReturn

from greenlet import GreenletExit, getcurrent, greenlet

from .errors import Misuse
from .turns import Interrupt, Line, Turn, Wait, remove


class Task:
    """What a tasklet is to the machinery: a function, and where it stands.

    In the run queue it is its own first turn.
    """

    __slots__ = (
        *("scheduler", "spawner", "home", "function", "args", "daemon"),
        "number",
        *("stack", "done", "given_name", "value", "error"),
        *("joiners", "awaiters"),
    )
    value: Any  # what its function has returned
    error: BaseException | None  # or raised

    def __init__(
        self,
        scheduler: Any,
        spawner: Task | None,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        name: str | None,
        daemon: bool,
    ):
        self.scheduler = scheduler
        self.spawner = spawner  # the tasklet that did, until its first turn
        if spawner is None:
            self.home: Any = None
        else:
            self.home = home = spawner.home  # that of a whole family
            if home is not None:
                home.add(self)
        self.function = function
        self.args = args  # until its first turn
        self.daemon = daemon
        self.number = scheduler.spawned = scheduler.spawned + 1
        self.stack: Stack | None = None  # from its first turn to its end
        self.done = False
        self.given_name = name
        self.joiners: Line | None = None  # stacks that wait for its end
        self.awaiters = 0  # how many of them want its result

    @property
    def name(self) -> str:
        """What errors and pictures call it."""
        if self.given_name is None:
            function = getattr(self.function, "func", self.function)
            plain = getattr(function, "__name__", "tasklet")
            self.given_name = f"{plain}-{self.number}"
        return self.given_name

    def switch(self) -> None:
        """Its first turn: take a used stack, or start a new one."""
        scheduler, following = self.scheduler, self
        while isinstance(following, Task) and following.done:  # it was killed
            ready = scheduler.ready
            following = ready.popleft() if ready else scheduler.idle()
        if following is not self:
            following.switch()
            return
        scheduler.alive[self] = None
        if scheduler.pool:
            self.stack = stack = scheduler.pool.pop()
            stack.tasklet = self
            stack.switch()
        else:
            self.stack = stack = Stack(parent=scheduler.main)
            stack.tasklet = self
            stack.scheduler = scheduler
            stack.ready = scheduler.ready
            stack.waits_for = stack.pending = None
            scheduler.hub.switch(stack)

    def interrupt(self, error: BaseException) -> None:
        """Let it find `error` at its next turn; a first one, if need be."""
        if self.stack is not None:
            self.stack.interrupt(error)
        elif isinstance(error, GreenletExit):
            following = self.scheduler.ended(self, None, error)
            self.scheduler.forget(self)
            if following is not None:
                self.scheduler.ready.append(following)
        else:
            self.name  # noqa: B018 - is made from the function
            self.function, self.args = _raise, (error,)

    def leave(self, stack: Stack) -> bool:
        return self.joiners is not None and remove(self.joiners, stack)

    def describe_wait(self, stack: Stack) -> str:
        return f"for {self.name} to end"

    def __repr__(self) -> str:
        return f"<tasklet {self.name}{' (done)' if self.done else ''}>"


class Given(tuple[Any, ...]):
    """Arguments, the last of which have `names`; and a context, if any."""

    names: tuple[str, ...] = ()
    context: Context | None = None


def _caller(args: tuple[Any, ...]) -> tuple[Callable[..., Any], Any]:
    """A function that calls another one with these arguments, and a source.

    A call with `*args` would hold them until it returns.
    """
    names = getattr(args, "names", ())
    return _call_of(len(args) - len(names), names), deque(args).popleft


@cache
def _call_of(many: int, names: tuple[str, ...]) -> Callable[..., Any]:
    if all(name.isidentifier() and not iskeyword(name) for name in names):
        given = ["take()"] * many + [f"{name}=take()" for name in names]
        call: Callable[..., Any] = eval(
            f"lambda f, take: f({', '.join(given)})"
        )
        return call
    return lambda f, take: f(
        *[take() for _ in range(many)], **{name: take() for name in names}
    )


def copied(context: Context | None) -> Context | None:
    """A copy for a tasklet; None if there is nothing in it.

    The context of `decimal` is an object that programs change, so each copy
    needs one of its own.
    """
    if not context:
        return None
    copy = context.copy()
    if "decimal" in sys.modules:
        decimal = sys.modules["decimal"]
        variable = _variable_of(decimal)
        if variable in copy:
            copy.run(variable.set, copy[variable].copy())
    return copy


@cache
def _variable_of(decimal: ModuleType) -> ContextVar[Any]:
    empty = Context()
    empty.run(decimal.getcontext)
    return next(iter(empty))


class Turns:
    """What a stack waits for after `schedule()`: nothing, but its turn."""

    def leave(self, stack: Stack) -> bool:
        return False

    def describe_wait(self, stack: Stack) -> str:
        return "for its turn"


ITS_TURN = Turns()


class Thrown(Interrupt):
    """An error on its way to a stack, which knows of it."""

    __slots__ = ()

    def switch(self) -> None:
        self.target.pending = None  # type: ignore[attr-defined]
        super().switch()


class Doomed:
    """In place of the run queue of a stack that is to find an error.

    It has been handed a value in a channel, which must not be lost. So the
    error comes at its next wait, or meeting: there it looks at its queue.
    """

    def __init__(self, stack: Stack, error: BaseException):
        self.stack, self.error, self.ready = stack, error, stack.ready

    def add(self, error: BaseException) -> None:
        if not isinstance(self.error, GreenletExit):  # a kill stays a kill
            self.error = error

    def found(self) -> BaseException:
        self.stack.ready = self.ready
        return self.error

    def __len__(self) -> int:
        return len(self.ready)

    def __bool__(self) -> bool:
        return True

    def append(self, turn: Turn) -> None:
        if turn is not self.stack:
            self.ready.append(turn)

    def popleft(self) -> NoReturn:
        if self.stack.waits_for is not None:
            self.stack.waits_for.leave(self.stack)
        raise self.found()


class Stack(greenlet):
    """A greenlet that runs tasklets, one after another, without a switch."""

    __slots__ = (
        *("tasklet", "scheduler", "ready", "value"),
        *("waits_for", "pending"),
    )
    tasklet: Any  # the Task that it runs
    scheduler: Any  # of this run
    ready: Any  # the scheduler's deque of turns
    value: Any  # what a channel hands over
    waits_for: Wait | None
    pending: Thrown | None  # an error that it finds at its turn

    def run(self) -> NoReturn:
        """Run one task after another."""
        scheduler, ready = self.scheduler, self.ready
        kind, following = type(self.tasklet), None
        while True:
            tasklet = self.tasklet
            value = error = None
            try:
                context = scheduler.context
                if context is not None:
                    context = copied(context)
                args = tasklet.args
                if type(args) is Given:
                    context = args.context
                if self.gr_context is not context:
                    self.gr_context = context
                tasklet.spawner = None  # else a chain of them is kept
                if args:
                    tasklet.args = ()
                if not args:  # three calls that hold none of the arguments
                    value = tasklet.function()
                elif len(args) == 1 and type(args) is tuple:
                    args = [*args]
                    value = tasklet.function(args.pop())
                else:
                    call, take = _caller(args)
                    args = None
                    value = call(tasklet.function, take)
            except BaseException as raised:
                error = raised
                if self.waits_for is not None:  # interrupted while it waited
                    self.waits_for.leave(self)
            following = scheduler.ended(tasklet, value, error)
            if self.waits_for is not None or self.pending is not None:
                self.value = self.waits_for = self.pending = None
                self.ready = ready  # if it was doomed
            tasklet = value = error = None
            if following is None:
                following = ready.popleft() if ready else scheduler.idle()
                if type(following) is kind and not following.done:
                    scheduler.alive[following] = None
                    following.stack = self
                    self.tasklet = following
                    continue
            self.tasklet = None
            scheduler.pool.append(self)
            following.switch()

    def give_way(self) -> None:
        """Go to the end of the queue."""
        self.value, self.waits_for = None, ITS_TURN
        self.ready.append(self)
        self.ready.popleft().switch()
        if self.pending is not None:
            raise self.found()

    def park(self, timeout: float | None = None) -> None:
        """Switch to what is next. Another tasklet must wake this stack.

        `waits_for` says what it waits for. Raises TimeoutError after `timeout`
        seconds.
        """
        if timeout is None:
            ready = self.ready
            (ready.popleft() if ready else self.scheduler.idle()).switch()
        else:
            self._park_until(timeout)
        if self.pending is not None:
            raise self.found()

    def _park_until(self, timeout: float) -> None:
        timer = None
        try:
            timer = self.scheduler.after(
                timeout, lambda: self._timed_out(timeout)
            )
            ready = self.ready
            (ready.popleft() if ready else self.scheduler.idle()).switch()
        finally:
            if timer is not None:
                timer.leave(self)
            elif self.waits_for is not None:  # refused: it does not wait
                self.waits_for.leave(self)

    def found(self) -> BaseException:
        """The error that it had yet to find."""
        error, self.pending = self.pending.error, None  # type: ignore
        return error

    def look_early(self) -> None:
        """Look at sockets now, if that keeps no other tasklet from running.

        It saves two switches.
        """
        scheduler = self.scheduler
        if scheduler.turn is None:
            scheduler.look_at_clock()
        if len(self.ready) == 1:  # the clock's turn
            scheduler.turn.take_early(scheduler.clock)

    def go_on(self) -> None:
        """Queue it: what it waited for has happened."""
        self.ready.append(self)

    def resume_with(self, error: BaseException) -> None:
        """Queue it: what it waited for has failed."""
        self.waits_for, self.pending = ITS_TURN, Thrown(self, error)
        self.ready.append(self.pending)

    def interrupt(self, error: BaseException) -> None:
        """Raise an error where it waits, at its turn; a kill stays a kill.

        What a partner has handed over is not lost: if the two have met, the
        error comes at the next wait.
        """
        if self.pending is not None:
            if not isinstance(self.pending.error, GreenletExit):
                self.pending.error = error
        elif isinstance(self.ready, Doomed):
            self.ready.add(error)
        elif self.waits_for is not None and self.waits_for.leave(self):
            self.resume_with(error)
        elif hasattr(self.waits_for, "meets"):
            self.ready = Doomed(self, error)
        else:
            self.pending = Thrown(self, error)

    def _timed_out(self, timeout: float) -> None:
        if self.waits_for is None:
            return
        what = self.waits_for.describe_wait(self)  # while it still stands there
        if self.waits_for.leave(self):
            name = self.tasklet.name
            error = TimeoutError(f"{name} waited {what} for {timeout} s")
            self.resume_with(error)


def current_stack(what: str) -> Stack:
    """The stack that runs. Raises Misuse if no tasklet does, and names `what`.

    Where time is short, `type(getcurrent()) is Stack` asks the same.
    """
    me = getcurrent()
    if type(me) is not Stack:
        raise outside(what)
    return me


def outside(what: str) -> Misuse:
    """The error of a verb that was called outside of all tasklets."""
    return Misuse(
        f"{what} works inside a tasklet only. "
        "Put it into a function, spawn(...) that, then run()"
    )


def start_stacks(stack: Stack) -> NoReturn:
    """Start each stack that is switched in.

    It does so from a shallow place: a new greenlet inherits the recursion
    depth of the one that starts it.
    """
    while True:
        stack = stack.switch()


def _raise(error: BaseException) -> NoReturn:
    raise error
