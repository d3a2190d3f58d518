"""Deadlines: one timeout for several waits in a row.

The one idea: the rest of a timeout is a number of seconds that remembers the
whole. So an error can name the timeout that the caller asked for.
"""

from __future__ import annotations

import math

from ..near import Clock, lowlevel

__all__ = ["Deadline", "Left"]


class Deadline:
    """One timeout for several waits in a row."""

    def __init__(self, timeout: float | None):
        self._clock: Clock = lowlevel.current_stack("waiting").scheduler.clock
        self._timeout = timeout
        self._when = math.inf
        if timeout is not None:
            lowlevel.check_seconds(timeout)
            self._when = self._clock.now() + timeout

    def left(self) -> Left | None:
        """Seconds that are left of it; None if there is no end to it."""
        if self._timeout is None or self._when == math.inf:
            return None
        return Left(self._when - self._clock.now(), self._timeout)

    def over(self) -> bool:
        """Has it come?"""
        return self._when <= self._clock.now()

    def share(self, parts: int) -> Deadline:
        """One that comes when a part of what is left is over."""
        left = self.left()
        return Deadline(None if left is None else left / parts)


class Left(float):
    """Seconds that are left; in an error's text, those that were given."""

    __slots__ = ("given",)
    given: float

    def __new__(cls, seconds: float, given: float) -> Left:
        """So many seconds (never less than 0) of those that were given."""
        self = super().__new__(cls, max(0.0, seconds))
        self.given = getattr(given, "given", given)
        return self

    def __str__(self) -> str:
        return f"{self.given:g}"
