"""Stacks: what runs a tasklet, lets it wait, and wakes it.

The one idea: no central loop. A tasklet that has to wait takes the first entry
of the run queue and switches straight to it. A `Stack` is a greenlet that runs
one tasklet after another, because making a greenlet costs twenty times as much
as using one again.

Read `Stack`: its `run` and `park` are the heart of this package. Left out:
priorities, and turns taken by force. A tasklet that never waits keeps all
others from running: that is the price of switches that you can see.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import Context
from functools import cache
from keyword import iskeyword
from typing import Any, NoReturn

from greenlet import GreenletExit, getcurrent, greenlet

from .errors import Misuse

OVER: Any = object()  # in place of the stack of a tasklet that has ended


class Stack(greenlet):
    """A greenlet that runs tasklets, one after another, without a switch."""

    __slots__ = ("tasklet", "scheduler", "ready", "value", "waits_for")
    tasklet: Any  # that it runs
    scheduler: Any  # of this run
    ready: Any  # the scheduler's queue of turns
    value: Any  # what a channel hands over
    waits_for: Any  # it can be asked to `leave` and `describe_wait`

    @staticmethod  # a bound method would be kept, 200 bytes for each stack
    def run() -> NoReturn:
        """Run one tasklet after another."""
        me: Any = getcurrent()
        scheduler, ready, tasklet = me.scheduler, me.ready, me.tasklet
        kind = type(tasklet)
        while True:
            try:
                given = tasklet.given
                scheduler.parent = 0
                if given is None:
                    if me.gr_context is not None:
                        me.gr_context = None
                    tasklet.value = tasklet.function()
                else:
                    call, arguments, me.gr_context = given
                    tasklet.given = given = None  # hold none of them
                    tasklet.value = call(tasklet.function, arguments.pop)
            except BaseException as error:
                if me.waits_for is not None:  # interrupted while it waited
                    me.waits_for.leave(me)
                following = scheduler.ended(tasklet, error)
            else:
                following = None
                if tasklet.joiners is not None:
                    following = scheduler.ended(tasklet, None)
                else:  # the same, for most of them
                    tasklet.stack = OVER
                    scheduler.settled = settled = scheduler.settled + 1
                    if settled == scheduler.spawned:
                        following = scheduler.main
            if me.waits_for is not None:
                me.value = me.waits_for = None
                me.ready = ready  # an error may have been there
            if following is None:
                following = ready.popleft() if ready else scheduler.idle()
                if type(following) is kind and following.stack is None:
                    following.stack = me
                    me.tasklet = tasklet = following
                    continue
            me.tasklet = tasklet = None
            scheduler.pool.append(me)
            following.switch()
            tasklet = me.tasklet

    def give_way(self) -> None:
        """Go to the end of the queue."""
        self.value = self.waits_for = None  # its last wait is over
        self.ready.append(self)  # the run queue
        self.ready.popleft().switch()  # the next one runs, and it pauses here
        if self.waits_for is not None:  # another tasklet has thrown an error
            raise self.found()  # the error

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
        if type(self.waits_for) is Thrown:
            raise self.found()

    def _park_until(self, timeout: float) -> None:
        timer = None
        try:
            timer = self.scheduler.after(timeout, lambda: self._late(timeout))
            ready = self.ready
            (ready.popleft() if ready else self.scheduler.idle()).switch()
        finally:
            if timer is not None:
                timer.leave(self)
            elif self.waits_for is not None:  # refused: it does not wait
                self.waits_for.leave(self)

    def _late(self, timeout: float) -> None:
        wait = self.waits_for
        if wait is None:
            return
        what = wait.describe_wait(self)  # while it still stands there
        if wait.leave(self):
            name = self.tasklet.name
            error = TimeoutError(f"{name} waited {what} for {timeout} s")
            self.resume_with(error)

    def go_on(self) -> None:
        """Queue it: what it waited for has happened."""
        self.ready.append(self)

    def resume_with(self, error: BaseException) -> None:
        """Queue it: what it waited for has failed."""
        self.waits_for = Thrown(self, error)
        self.ready.append(self.waits_for)

    def interrupt(self, error: BaseException) -> None:
        """Raise an error where it waits, at its turn; a kill stays a kill.

        What a partner has handed over must not be lost: if the two have met,
        the error comes at the next wait, or meeting.
        """
        wait = self.waits_for
        for thrown in (wait, self.ready):
            if isinstance(thrown, Thrown):
                if not isinstance(thrown.error, GreenletExit):
                    thrown.error = error
                return
        if wait is not None and wait.leave(self):
            self.resume_with(error)
        elif hasattr(wait, "meets"):
            self.ready = Thrown(self, error)
        else:  # it stands in the queue
            self.waits_for = Thrown(self, error)

    def found(self) -> BaseException:
        """The error that was thrown in, which is to be raised now."""
        thrown: Any = self.waits_for
        if isinstance(self.ready, Thrown):
            if thrown is not None:
                thrown.leave(self)
            thrown, self.ready = self.ready, self.scheduler.ready
        self.waits_for = None
        return thrown.error  # type: ignore[no-any-return]


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


class Thrown(Interrupt):
    """An error that a stack finds at its turn; it waits for no more.

    In place of the stack's run queue, it is an empty one: so the stack finds
    the error when it looks there.
    """

    __slots__ = ()

    def __len__(self) -> int:
        return 0

    def append(self, turn: Any) -> NoReturn:
        raise self.target.found()

    def switch(self) -> None:
        self.target.waits_for = None
        super().switch()

    def leave(self, stack: Stack) -> bool:
        return False

    def describe_wait(self, stack: Stack) -> str:
        return "for its turn"


def current_stack(what: str) -> Stack:
    """The stack that runs. Raises Misuse, with `what` in it, if none does."""
    me = getcurrent()
    if type(me) is not Stack:
        raise outside(what)
    return me


def time_now() -> float:
    """What the clock of this run says, in its seconds."""
    return current_stack("time_now()").scheduler.clock.now()  # type: ignore


def outside(what: str) -> Misuse:
    """The error of a verb that was called outside of all tasklets."""
    return Misuse(
        f"{what} works inside a tasklet only. "
        "Put it into a function, spawn(...) that, then run()"
    )


def packed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """How to call a function with these, the last one first, its context."""
    call = handing_over(len(args), tuple(kwargs))
    return call, [*args, *kwargs.values()][::-1], None


@cache
def handing_over(many: int, names: tuple[str, ...]) -> Callable[..., Any]:
    """A call of `f` that takes one argument after another, and holds none.

    `f(*args)` would hold them all until `f` returns. Those with `names` come
    last.
    """
    plain = [n for n in names if n.isascii() and n.isidentifier()]
    if plain != [*names] or any(map(iskeyword, names)):
        return lambda f, take: f(
            *[take() for _ in range(many)], **{name: take() for name in names}
        )
    given = ["take()"] * many + [f"{name}=take()" for name in names]
    return eval(f"lambda f, take: f({', '.join(given)})")  # type: ignore


def within(context: Context | None, given: Any) -> Any:
    """What is `packed`, or None, with a copy of that context."""
    if not context:
        return given
    call, arguments, _ = given or packed((), {})
    copy = context.copy()
    if decimal := sys.modules.get("decimal"):  # its context is changed in place
        copy.run(lambda: decimal.setcontext(decimal.getcontext().copy()))
    return call, arguments, copy
