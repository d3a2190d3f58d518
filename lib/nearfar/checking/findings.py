"""Findings: what a search through orders covered, and the order that fails.

The one idea: a result must say what it is worth. "It holds" means "in all
2,520 orders", or "in all orders with at most 2 departures". A failure comes
with the line that replays it, and with the turn at which it parts from a run
that passes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .choices import name_of
from .partings import Parting, parting_of

__all__ = ["Explored", "Failure", "Uncertain"]


class Uncertain(AssertionError):
    """A program that does not repeat its run when the choices are the same."""


@dataclass(frozen=True)
class Failure:
    """An order in which a program fails: which, how, and how to replay it.

    `schedule` names the departures, for `replay_order`. `tried` counts the
    orders up to the first that failed. `seed` is what drew that one, or None
    if delay bounding found it: then no order with fewer departures fails.
    `passing` is the nearest order that passes, if `explore` met one.
    """

    program: Callable[[], object]
    schedule: dict[int, int]
    error: Exception
    tried: int
    seed: int | None = None
    passing: dict[int, int] | None = None
    options: dict = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The line of Python that replays it."""
        options = "".join(
            f", {name}={name_of(value) if callable(value) else value}"
            for name, value in self.options.items()
            if value
        )
        called = name_of(self.program)
        return f"replay_order({called}, {self.schedule}{options})"

    def parting(self) -> Parting | None:
        """Replay it and the nearest run that passes; return where they part."""
        if self.passing is None:
            return None
        return parting_of(
            self.program, self.passing, self.schedule, **self.options
        )

    def __str__(self):
        many = len(self.schedule)
        away = f"{many} {'departure' if many == 1 else 'departures'}"
        plain = "first in, first out"
        if not many:
            found = f"fails in plain order, {plain}"
        elif self.seed is None:
            found = f"fails in order {self.tried:,}, with {away} from {plain}"
        else:
            found = f"fails under seed {self.seed}; {away} from {plain} suffice"
        parting = self.parting()
        why = f"{parting.words}\n" if parting else ""
        return (
            f"{found}\n{type(self.error).__name__}: {self.error}\n"
            f"{why}see it again: {self.line}"
        )


@dataclass(frozen=True)
class Explored:
    """What was covered, and the failure if there is one.

    `orders` counts the orders of delay bounding, `drawn` those drawn at random.
    The search tried all orders with at most `departures` departures; if it is
    `complete`, there are no others.
    """

    orders: int
    departures: int
    complete: bool
    drawn: int = 0
    failure: Failure | None = None

    @property
    def covered(self) -> str:
        """What the search tried, in words."""
        if self.complete:
            few = {1: "the only order", 2: "both orders"}
            return few.get(self.orders, f"all {self.orders:,} orders")
        most = self.departures
        words = (
            f"all {self.orders:,} orders with at most {most} "
            f"departure{'' if most == 1 else 's'}"
            if most
            else "the plain order"
        )
        return f"{words}, and {self.drawn:,} at random" if self.drawn else words

    def __str__(self):
        return str(self.failure or f"holds in {self.covered}")
