"""Tasklets: functions that take turns. What `spawn` returns.

The one idea: a tasklet is what a program holds in its hand, to wait for an end
and a result, or to end it. While it runs, a `Stack` carries it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greenlet import GreenletExit, getcurrent

from .errors import Misuse
from .scheduler import current_scheduler
from .stacks import OVER, Stack, current_stack, packed

__all__ = ["Tasklet"]


class Tasklet:
    """A function that takes turns with others. Made by `spawn()`."""

    __slots__ = (
        *("scheduler", "spawner", "function", "given", "number", "label"),
        *("daemon", "stack", "joiners", "value", "error", "home"),
    )
    scheduler: Any
    spawner: int  # the number of the tasklet that did; 0: none
    function: Callable[..., Any]
    given: Any  # how to call it, its arguments, its context; or None
    number: int  # of all that were spawned for this run
    label: str  # its name, once it has one
    daemon: bool
    stack: Any  # None until its first turn; OVER in the end
    joiners: Any  # stacks that wait for its end; True: for its result
    value: Any  # what its function has returned
    error: BaseException | None  # or raised, if it has
    home: Any  # for the use of an `on_spawn`

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.stack is OVER

    @property
    def name(self) -> str:
        """What errors and pictures call it."""
        if not hasattr(self, "label"):
            function = getattr(self.function, "func", self.function)
            plain = getattr(function, "__name__", "tasklet")
            self.label = f"{plain}-{self.number}"
        return self.label

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended. TimeoutError after `timeout` seconds."""
        self._wait(timeout, for_result=False)

    def result(self, timeout: float | None = None) -> Any:
        """Wait until it has ended; return what it returned.

        Raises what it raised; RuntimeError if it was killed; TimeoutError
        when it takes longer than `timeout` seconds.
        """
        self._wait(timeout, for_result=True)
        self.scheduler.untaken.pop(self, None)
        error = getattr(self, "error", None)
        if isinstance(error, GreenletExit):
            raise RuntimeError(f"{self.name} was killed: it has no result")
        if error is not None:
            raise error
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
            self.scheduler.over = True
            following = self.scheduler.ended(self, error)
            if following is not None:
                self.scheduler.ready.append(following)
        else:
            self.name  # noqa: B018 - is made from the function
            self.function, self.given = _raise, packed((error,), {})

    def switch(self) -> None:
        """Its first turn: on a used stack or a new one, unless it is over."""
        scheduler = self.scheduler
        if self.stack is not None:
            following: Any = self
            while type(following) is Tasklet and following.stack is not None:
                while scheduler.hub is None:  # it belonged to an inner run
                    scheduler = scheduler.outer
                ready = scheduler.ready
                following = ready.popleft() if ready else scheduler.idle()
            following.switch()
        elif scheduler.pool:
            self.stack = stack = scheduler.pool.pop()
            stack.tasklet = self
            stack.switch()
        else:
            scheduler.start(self)

    def _wait(self, timeout: float | None, for_result: bool) -> None:
        if self.done:
            return
        me = current_stack("result()" if for_result else "join()")
        if self.scheduler is not me.scheduler:
            raise Misuse(f"{self!r} belongs to another run or thread")
        if self is me.tasklet:
            raise Misuse(f"{self.name} waits for its own end")
        self.joiners = self.joiners or {}
        self.joiners[me] = for_result
        me.value, me.waits_for = None, self
        me.park(timeout)

    def leave(self, stack: Stack) -> bool:
        return bool(self.joiners) and self.joiners.pop(stack, None) is not None

    def describe_wait(self, stack: Stack) -> str:
        return f"for {self.name} to end"

    def __repr__(self) -> str:
        return f"<tasklet {self.name}{' (done)' if self.done else ''}>"


def _raise(error: BaseException) -> None:
    raise error
