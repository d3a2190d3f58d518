"""Waiting: a queue of tasklets that wait for something to change.

The one idea: a wait is a queue that a tasklet stands in, and an answer to two
questions. Can this tasklet `leave` the queue? What does it wait for, in words?
A timeout, a kill and a deadlock ask nothing else. It is built on
`nearfar.near.lowlevel` alone; connections, banks and farms wait in it.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from ..near import lowlevel

__all__ = ["Waiters"]


class Waiters:
    """Tasklets that wait for something to change, first come first served.

    `what` completes the sentence "it waits for ...". A tasklet that wakes up
    must look again: another one may have been quicker.
    """

    __slots__ = ("what", "stacks")

    def __init__(self, what: str):
        self.what = what
        self.stacks: Any = deque()

    def __bool__(self) -> bool:
        """Whether any tasklet waits here."""
        return bool(self.stacks)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until `wake()` or `wake_one()`.

        Raises TimeoutError if that takes longer than `timeout` seconds.
        """
        me = lowlevel.current_stack("waiting")
        try:
            me.value, me.waits_for = None, self
            self.stacks.append(me)
            me.park(timeout)
        except BaseException:
            if not self.leave(me):  # it was woken: another must look
                self.wake_one()
            raise

    def wake_one(self) -> None:
        """Let the first tasklet that waits look again."""
        if self.stacks:
            stack = self.stacks.popleft()
            stack.ready.append(stack)  # go_on(), a call less

    def wake(self) -> None:
        """Let all tasklets that wait look again."""
        while self.stacks:
            self.wake_one()

    def leave(self, stack: lowlevel.Stack) -> bool:
        return lowlevel.take_out(self, "stacks", stack)

    def describe_wait(self, stack: lowlevel.Stack) -> str:
        return f"for {self.what}"
