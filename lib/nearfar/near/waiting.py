"""Waiting: the parts of which waits for other things are built.

The one idea: a wait is a queue that a tasklet stands in, and an answer to two
questions. Can this tasklet `leave` the queue? What does it wait for, in words?
A time-out, a kill and a deadlock ask nothing else. `Waiters` is
such a queue.
"""

from __future__ import annotations

from collections import OrderedDict

from .clock import Clock
from .stacks import Stack, current_stack


class Waiters:
    """Tasklets that wait for something to change, first come first served.

    `what` completes the sentence "it waits for ...". A tasklet that wakes up
    must look again: another one may have been quicker.
    """

    __slots__ = ("what", "stacks")

    def __init__(self, what: str):
        self.what = what
        self.stacks: OrderedDict[Stack, None] = OrderedDict()

    def __bool__(self) -> bool:
        """Whether any tasklet waits here."""
        return bool(self.stacks)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until `wake()` or `wake_one()`.

        Raises TimeoutError if that takes longer than `timeout` seconds.
        """
        me = current_stack("waiting")
        self.stacks[me] = None
        me.value, me.waits_for = None, self
        try:
            me.park(timeout)
        except BaseException:  # it may have been woken: another must look
            self.wake_one()
            raise

    def wait_watched(self, me: Stack, timeout: float | None = None) -> None:
        """Let `me`, which is the current stack, wait for a call of the clock.

        The clock's watcher calls a function that wakes these waiters.
        """
        scheduler = me.scheduler
        if scheduler.turn is None:
            scheduler.look_at_clock()
        scheduler.watching += 1
        self.stacks[me] = None
        me.value, me.waits_for = None, self
        try:
            if timeout is None:
                me.ready.popleft().switch()  # the clock's turn is there
                if me.pending is not None:
                    raise me.found()
            else:
                me.park(timeout)
        except BaseException:  # as in wait()
            self.wake_one()
            raise
        finally:
            scheduler.watching -= 1

    def wake_one(self) -> None:
        """Let the first tasklet that waits look again."""
        if self.stacks:
            stack = self.stacks.popitem(last=False)[0]
            stack.ready.append(stack)

    def wake(self) -> None:
        """Let all tasklets that wait look again."""
        while self.stacks:
            self.wake_one()

    def leave(self, stack: Stack) -> bool:
        return self.stacks.pop(stack, 0) is None

    def describe_wait(self, stack: Stack) -> str:
        return f"for {self.what}"


def time_now() -> float:
    """What the clock of this run says, in its seconds."""
    clock: Clock = current_stack("now()").scheduler.clock
    return clock.now()
