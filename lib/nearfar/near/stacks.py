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
from .turns import Interrupt, Turn, Wait

OVER: Any = object()  # in place of the stack of a tasklet that has ended


class Stack(greenlet):
    """A greenlet that runs tasklets, one after another, without a switch."""

    __slots__ = ("tasklet", "scheduler", "ready", "value", "waits_for")
    tasklet: Any  # that it runs
    scheduler: Any  # of this run
    ready: Any  # the scheduler's queue of turns
    value: Any  # what a channel hands over
    waits_for: Wait | None

    @staticmethod  # a bound method would be kept, 200 bytes for each stack
    def run() -> NoReturn:
        """Run one tasklet after another."""
        me: Any = getcurrent()
        scheduler, ready = me.scheduler, me.ready
        kind = type(me.tasklet)
        while True:
            tasklet = me.tasklet
            value = error = None
            try:
                context, args = scheduler.context, tasklet.args
                if context is not None:
                    context = copied(context)
                if args and type(args) is list:
                    call, take, own = args
                    context = own or context
                if me.gr_context is not context:
                    me.gr_context = context
                tasklet.spawner = scheduler.parent = None  # keep no chain
                if not args:  # three calls that hold none of the arguments
                    value = tasklet.function()
                else:
                    tasklet.args = None
                    if type(args) is tuple:
                        args = [*args]
                        value = tasklet.function(args.pop())
                    else:
                        args = None
                        value = call(tasklet.function, take)
            except BaseException as raised:
                kill = isinstance(raised, GreenletExit)  # it keeps no frames
                error = raised.with_traceback(None) if kill else raised
                if me.waits_for is not None:  # interrupted while it waited
                    me.waits_for.leave(me)
            if error is None and tasklet.joiners is None:
                tasklet.value, tasklet.error = value, None
                tasklet.stack = OVER
                if not tasklet.daemon:
                    scheduler.unfinished -= 1
                following = None if scheduler.unfinished else scheduler.main
            else:  # the same and more
                following = scheduler.ended(tasklet, value, error)
            if me.waits_for is not None:
                me.value = me.waits_for = None
                me.ready = ready  # an error may have been there
            if following is None:
                following = ready.popleft() if ready else scheduler.idle()
                if type(following) is kind and following.stack is None:
                    following.stack = me
                    me.tasklet = following
                    continue
            me.tasklet = tasklet = value = error = None
            scheduler.pool.append(me)
            following.switch()

    def give_way(self) -> None:
        """Go to the end of the queue."""
        self.value = self.waits_for = None
        self.ready.append(self)
        self.ready.popleft().switch()
        if self.waits_for is not None:
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
        error: BaseException = thrown.error
        return error


class Thrown(Interrupt):
    """An error that a stack finds at its turn; it waits for no more.

    In place of the stack's run queue, it is an empty one: so the stack finds
    the error when it looks there.
    """

    __slots__ = ()

    def __len__(self) -> int:
        return 0

    def append(self, turn: Turn) -> NoReturn:
        raise self.target.found()

    def switch(self) -> None:
        self.target.waits_for = None
        super().switch()

    def leave(self, stack: Stack) -> bool:
        return False

    def describe_wait(self, stack: Stack) -> str:
        return "for its turn"


def current_stack(what: str) -> Stack:
    """The stack that runs. Raises Misuse if no tasklet does, and names `what`.

    Where time is short, `type(getcurrent()) is Stack` asks the same.
    """
    me = getcurrent()
    if type(me) is not Stack:
        raise outside(what)
    return me


def time_now() -> float:
    """What the clock of this run says, in its seconds."""
    now: float = current_stack("time_now()").scheduler.clock.now()
    return now


def outside(what: str) -> Misuse:
    """The error of a verb that was called outside of all tasklets."""
    return Misuse(
        f"{what} works inside a tasklet only. "
        "Put it into a function, spawn(...) that, then run()"
    )


@cache
def handing_over(many: int, names: tuple[str, ...]) -> Callable[..., Any]:
    """A call of `f` that takes one argument after another, and holds none.

    `f(*args)` would hold them all until `f` returns. Those with `names` come
    last.
    """
    plain = [n for n in names if n.isascii() and n.isidentifier()]
    if len(plain) < len(names) or any(map(iskeyword, names)):
        return lambda f, take: f(
            *[take() for _ in range(many)], **{name: take() for name in names}
        )
    given = ["take()"] * many + [f"{name}=take()" for name in names]
    call: Callable[..., Any] = eval(f"lambda f, take: f({', '.join(given)})")
    return call


def copied(context: Context | None) -> Context | None:
    """A copy for a tasklet; None if there is nothing in it."""
    if not context:
        return None
    copy = context.copy()
    if "decimal" in sys.modules:  # its context is an object that changes
        copy.run(_copy_decimals, sys.modules["decimal"])
    return copy


def _copy_decimals(decimal: Any) -> None:
    decimal.setcontext(decimal.getcontext().copy())
