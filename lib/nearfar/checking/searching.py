"""Searching: which orders `explore` tries, and what it makes of a failure.

The one idea: two searches take turns. *Delay bounding* tries all orders with
one departure, then with two: it is thorough, and late where a bug needs many.
Orders drawn at random meet such a bug early, or miss it. Taken in turn,
neither costs more than twice what the better would.

Read `Search` from the top; `explore` in `orders` is its only user.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from math import inf
from random import Random
from typing import Any, NamedTuple

from .choices import Choices, run_once
from .fewer import leave_out
from .findings import Explored, Failure, Uncertain
from .liveness import Endless

__all__ = ["Search", "choices_of", "every_order"]

BESIDE = 100  # orders drawn at random in turn with the others, at most
NEAREST = 200  # orders that a search for one that passes may try
CAUSES = (
    "Look for random numbers without a seed, the real clock, the order of a "
    "set, or a variable that outlives a run"
)


class Hit(NamedTuple):
    """An order that was drawn at random, and fails."""

    schedule: dict[int, int]  # with as few departures as still fail
    error: Exception
    seed: int
    tried: int  # orders up to it


class Search:
    """A search through the orders of one program, within a budget.

    `orders` counts those of delay bounding, `drawn` those drawn at random;
    `spent` and `staked` are the turns that they took.
    """

    def __init__(self, program, options, schedules, turns, seconds):
        self.program = program
        self.options = options
        self.schedules = schedules
        self.turns = turns
        self.until = inf if seconds is None else time.monotonic() + seconds
        self.beside = min(BESIDE, schedules // 10)
        self.orders = self.drawn = self.spent = self.staked = 0
        self.hit: Hit | None = None

    def explored(self, most: float) -> Explored:
        """Try the plain order, those with one departure, those with two, ..."""
        level = 0
        tries: Iterator = iter([({}, ())])
        while True:
            before, runs = self.orders, []
            for schedule, known in tries:
                met, error = self.bound(schedule, known)
                if error is not None:
                    failure = self.failed(schedule, error)
                    return self.found(before, level - 1, failure)
                runs.append((schedule, met))
                if time.monotonic() > self.until:
                    return self.found(before, level - 1)
                if level and self.drawn < self.beside:
                    self.draw()
                if self.hit and len(self.hit.schedule) <= level:
                    return self.found(before, level - 1)
            size = sum(_children(*run) for run in runs)
            if not size and not self.hit:
                return Explored(self.orders, level, True)
            if level == most or not self.fits(size):
                break
            level += 1
            tries = (child for run in runs for child in _departing(*run))
        while self.has_left():
            self.draw()
        return self.found(self.orders, level)

    def fits(self, size: int) -> bool:
        """Whether so many more orders of delay bounding are in the budget."""
        return (
            self.orders + size <= self.schedules
            and self.spent + size * self.spent / self.orders <= self.turns
        )

    def has_left(self) -> bool:
        """Whether there is a budget left for orders drawn at random."""
        return (
            self.hit is None
            and self.orders + self.drawn < self.schedules
            and self.spent + self.staked <= self.turns
            and time.monotonic() <= self.until
        )

    def bound(self, schedule, known):
        """Run an order; return what it met, and its error.

        It must begin with the choices that are known.
        """
        choices = choices_of(schedule, **self.options)
        error = run_once(self.program, choices)
        self.orders += 1
        self.spent += choices.turns
        if known and choices.met[: len(known)] != known:
            error = Uncertain(_differs(known, choices.met))
        return choices.met, error

    def draw(self) -> None:
        """Run an order that is drawn at random, until one has failed."""
        if self.hit:
            return
        choices = choices_of(self.drawn, **self.options)
        error = run_once(self.program, choices)
        self.drawn += 1
        self.staked += choices.turns
        if error is not None:
            schedule, error = self.shrink(choices.departures, error)
            tried = self.orders + self.drawn
            self.hit = Hit(schedule, error, self.drawn - 1, tried)

    def shrink(self, departures, error):
        """Fewer departures that give the same kind of error, and the error."""

        def still_fails(numbers):
            nonlocal error
            some = {n: departures[n] for n in numbers}
            found = run_once(self.program, Choices(some, **self.options))
            if type(found) is not type(error):
                return None
            error = found
            return numbers

        numbers = leave_out(sorted(departures), still_fails)
        return {n: departures[n] for n in numbers}, error

    def found(self, orders, level, failure=None) -> Explored:
        """What was covered, and a failure with few departures, if any."""
        if self.hit and failure is None:
            failure = self.failed(self.hit.schedule, self.hit.error)
        return Explored(
            max(orders, 1), max(level, 0), False, self.drawn, failure
        )

    def failed(self, schedule, error) -> Failure:
        """The failure; with `Uncertain` if the program passes the next time."""
        if not isinstance(error, Uncertain):
            choices = Choices(schedule, **self.options)
            again = run_once(self.program, choices)
            if type(again) is not type(error):
                error = Uncertain(_unlike(error, again))
        passing = None
        if schedule:
            passing = dict(list(schedule.items())[:-1])
            if run_once(self.program, Choices(passing, **self.options)):
                passing = None
        elif not isinstance(error, Uncertain | Endless):
            passing = self.nearest_that_passes()
        return Failure(
            self.program,
            schedule,
            error,
            self.hit.tried if self.hit else self.orders,
            self.hit.seed if self.hit else None,
            passing,
            self.options,
        )

    def nearest_that_passes(self) -> dict[int, int] | None:
        """The order with the fewest departures that passes, if one is met."""
        orders = every_order(self.program, NEAREST, **self.options)
        return next((order for order, _, error in orders if not error), None)


def every_order(
    program: Callable[[], object],
    most: int,
    look_on: Callable[[], Any] = lambda: None,
    **options,
) -> Iterator[tuple[dict[int, int], Any, Exception | None]]:
    """Run a program in up to `most` orders, whether they fail or not.

    Yields each order, the `look_on()` that watched its run, and its error.
    Orders with few departures come first.
    """
    orders = deque[dict[int, int]]([{}])
    while orders and most:
        schedule, most = orders.popleft(), most - 1
        choices = Choices(schedule, watch=look_on(), **options)
        error = run_once(program, choices)
        yield schedule, choices.watch, error
        orders.extend(s for s, _ in _departing(schedule, choices.met))


def choices_of(schedule: dict[int, int] | int, **options) -> Choices:
    """Return the choices that a dict names, or that a seed draws."""
    if isinstance(schedule, dict):
        return Choices(schedule, **options)
    return Choices(draw=_lots(schedule), **options)


def _lots(seed) -> Callable[[int], int]:
    """Draw which one is next; draw once how often that is the last of them.

    The last in a queue has just given way. If it goes on time after time, the
    others stand still, and what they left half done shows.
    """
    chance = Random(seed)
    share = chance.random()

    def draw(many):
        last = chance.random() < share
        return many - 1 if last else chance.randrange(many)

    return draw


def _children(schedule, met) -> int:
    """How many orders have one more departure, after the last of these."""
    return sum(met[max(schedule, default=0) :]) - (
        len(met) - max(schedule, default=0)
    )


def _departing(schedule: dict[int, int], met: list[int]) -> Iterator[tuple]:
    """Yield those orders, each with the choices that it must meet first."""
    for number in range(max(schedule, default=0) + 1, len(met) + 1):
        for place in range(1, met[number - 1]):
            yield {**schedule, number: place}, met[:number]


def _differs(known, met):
    number = next(
        (n for n, many in enumerate(known) if met[n : n + 1] != [many]), 0
    )
    now = f"{met[number]} were" if number < len(met) else "nothing was"
    return (
        "the program is not deterministic. The same choices led to another "
        f"run: at choice {number + 1}, {known[number]} were ready, and the "
        f"next time {now}. {CAUSES}"
    )


def _unlike(error, again):
    then = "it passed" if again is None else f"it failed with {again!r}"
    return (
        "the program is not deterministic. It failed with "
        f"{error!r}; with the same choices again, {then}. {CAUSES}"
    )
