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

from collections import deque
from collections.abc import Callable
from typing import Any, NoReturn

from greenlet import GreenletExit, getcurrent, greenlet

from .errors import Misuse
from .turns import Interrupt, Turn, Wait


class Task:
    """What a tasklet is to the machinery: a function, and where it stands.

    In the run queue it is its own first turn.
    """

    __slots__ = (
        *("scheduler", "spawner", "function", "args", "daemon", "number"),
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
        self.spawner = spawner  # the tasklet that spawned it, if any
        self.function = function
        self.args = args
        self.daemon = daemon
        self.number = scheduler.spawned = scheduler.spawned + 1
        self.stack: Stack | None = None  # from its first turn to its end
        self.done = False
        self.given_name = name
        self.joiners: deque[Any] | None = None  # stacks that wait for its end
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
        scheduler = self.scheduler
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
            stack.waits_for = None
            scheduler.hub.switch(stack)

    def interrupt(self, error: BaseException) -> None:
        """Let it find `error` at its next turn; a first one, if need be."""
        if self.stack is not None:
            self.stack.interrupt(error)
        elif isinstance(error, GreenletExit):
            remove(self.scheduler.ready, self)
            following = self.scheduler.ended(self, None, error)
            if following is not None:
                self.scheduler.ready.append(following)
        else:
            self.name  # noqa: B018 - is made from the function
            self.function, self.args = _raise, (error,)

    def leave(self, stack: Stack) -> bool:
        """Another tasklet stops waiting for its end. Was it still waiting?"""
        return self.joiners is not None and remove(self.joiners, stack)

    def describe_wait(self, stack: Stack) -> str:
        """What a tasklet that joins it waits for."""
        return f"for {self.name} to end"

    def __repr__(self) -> str:
        return f"<tasklet {self.name}{' (done)' if self.done else ''}>"


class Stack(greenlet):
    """A greenlet that runs tasklets, one after another, without a switch."""

    __slots__ = ("tasklet", "scheduler", "ready", "value", "waits_for")
    tasklet: Any  # the Task that it runs
    scheduler: Any  # of this run
    ready: deque[Turn]  # the scheduler's
    value: Any  # what a channel hands over
    waits_for: Wait | None

    def run(self) -> NoReturn:
        """Run one task after another."""
        scheduler, ready = self.scheduler, self.ready
        following: Any
        while True:
            tasklet = self.tasklet
            value = error = None
            try:
                if tasklet.args:
                    value = tasklet.function(*tasklet.args)
                else:  # a call that needs less of the C stack
                    value = tasklet.function()
            except BaseException as raised:
                error = raised
                if self.waits_for is not None:  # interrupted while it waited
                    self.waits_for.leave(self)
            following = scheduler.ended(tasklet, value, error)
            self.value = self.waits_for = tasklet = value = error = None
            if following is None:
                following = ready.popleft() if ready else scheduler.idle()
                if isinstance(following, Task):
                    scheduler.alive[following] = None
                    following.stack = self
                    self.tasklet = following
                    continue
            self.tasklet = None
            scheduler.pool.append(self)
            following.switch()

    def give_way(self) -> None:
        """Go to the end of the queue."""
        self.waits_for = None
        self.ready.append(self)
        self.ready.popleft().switch()

    def park(self, timeout: float | None = None) -> None:
        """Switch to what is next. Another tasklet must wake this stack.

        `waits_for` says what it waits for. Raises TimeoutError after `timeout`
        seconds.
        """
        ready = self.ready
        if timeout is None:
            (ready.popleft() if ready else self.scheduler.idle()).switch()
            return
        timer = None
        try:
            timer = self.scheduler.after(
                timeout, lambda: self._timed_out(timeout)
            )
            (ready.popleft() if ready else self.scheduler.idle()).switch()
        finally:
            if timer is not None:
                timer.leave(self)
            elif self.waits_for is not None:  # refused: it does not wait
                self.waits_for.leave(self)

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
        self.ready.append(Interrupt(self, error))

    def interrupt(self, error: BaseException) -> None:
        """Raise an error where it waits, at its turn; a kill stays a kill."""
        waits_for, self.waits_for = self.waits_for, None
        if waits_for is None or not waits_for.leave(self):
            for place, other in enumerate(self.ready):
                if other is self or getattr(other, "target", None) is self:
                    pending = getattr(other, "error", None)
                    if not isinstance(pending, GreenletExit):
                        self.ready[place] = Interrupt(self, error)
                    return
        self.resume_with(error)

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


def remove(queue: deque[Any], item: object) -> bool:
    """Take an item out. Was it there?"""
    try:
        queue.remove(item)
    except ValueError:
        return False
    return True


def _raise(error: BaseException) -> NoReturn:
    raise error
