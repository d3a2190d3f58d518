"""Orders: run a program in every order within a bound, or find one that fails.

The one idea: first in, first out is *one* order, and a program that is right
in it may be wrong in another. `explore` tries the plain order first, then
every order with one *departure* from it (a choice at which the first in the
queue does not run), then every order with two, and so on: this is *delay
bounding*. So the first order that fails has the fewest departures possible,
and a person can follow it. A small program runs out of orders: what holds in
all of them is proved. For a larger one, what is left of the budget goes into
orders that are drawn at random, and the result says what was covered.

Sources: Emmi, Qadeer and Rakamaric, "Delay-bounded scheduling" (POPL 2011);
Musuvathi and Qadeer on context bounding (PLDI 2007). Read `choices` first.
Left out: the reduction of orders that differ in no visible way.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from math import inf
from random import Random
from typing import TypeVar

from .choices import Choices, Watch, run_once
from .fewer import leave_out
from .findings import Explored, Failure, Uncertain
from .liveness import Endless

__all__ = ["explore", "replay_order", "every_order"]

Watcher = TypeVar("Watcher", bound=Watch)
SCHEDULES = 3_000  # orders that are tried at most
TURNS = 150_000  # of all orders together, about


def explore(
    program: Callable[[], object],
    schedules: int = SCHEDULES,
    *,
    holds: Callable[[object], object] | None = None,
    seconds: float | None = None,
    turns: int = TURNS,
    departures: int | None = None,
    timeouts: bool = False,
) -> Explored:
    """Run `program()` in many orders, up to the first one that fails.

    The program runs as a tasklet, in virtual time, and may `spawn` others. An
    error that comes out, a deadlock, or a run that does not end is a failure.
    Each run must begin anew: make the channels inside.

    `holds(state)` is asked after every switch, where `state` is what the
    program returned (so it spawns tasklets and returns before they run); False
    or an error is a failure. With `timeouts`, a timeout may win over tasklets
    that are ready.

    The budget is a number of `schedules` and of `turns` in all of them
    together; both are the same on every machine. `seconds` limits the time,
    too. `departures` limits how many of them are tried systematically.
    """
    options = {"holds": holds, "timeouts": timeouts}
    search = Search(program, options, schedules, turns, seconds)
    most = inf if departures is None else departures
    return search.explored(most)


def replay_order(
    program: Callable[[], object],
    schedule: dict[int, int] | int,
    *,
    holds: Callable[[object], object] | None = None,
    timeouts: bool = False,
) -> None:
    """Run `program()` once, in the order that a dict or a seed gives.

    `{7: 2}` takes the one with two others before it at the 7th choice, and
    the first one everywhere else. The error of the run comes out.
    """
    choices = _choices(schedule, holds=holds, timeouts=timeouts)
    error = run_once(program, choices)
    if error is not None:
        raise error


def every_order(
    program: Callable[[], object],
    look_on: Callable[[], Watcher],
    most: int = 100,
    **options,
) -> Iterator[tuple[Watcher, Exception | None]]:
    """Run it in up to `most` orders, also after one that fails.

    Yields, for each, the `look_on()` that watched it, and its error.
    """
    left, orders = most, deque[dict[int, int]]([{}])
    while orders and left:
        schedule, left = orders.popleft(), left - 1
        watch = look_on()
        choices = Choices(schedule, watch=watch, **options)
        error = run_once(program, choices)
        orders.extend(s for s, _ in _departing(schedule, choices.met))
        yield watch, error


def _choices(schedule, **options):
    if isinstance(schedule, dict):
        return Choices(schedule, **options)
    return Choices(draw=Random(schedule).randrange, **options)


class Search:
    """A search through the orders of one program, within a budget."""

    def __init__(self, program, options, schedules, turns, seconds):
        self.program = program
        self.options = options
        self.schedules = schedules
        self.turns = turns
        self.until = inf if seconds is None else time.monotonic() + seconds
        self.tried = 0
        self.spent = 0  # turns

    def explored(self, most: float) -> Explored:
        """Try the plain order, those with one departure, with two, ..."""
        level = 0
        tries: Iterator = iter([({}, ())])
        while True:
            before, runs = self.tried, []
            for schedule, known in tries:
                choices, error = self.try_one(schedule, known)
                if error is not None:
                    failure = self.failed(schedule, error, None)
                    deep = max(level - 1, 0)
                    return Explored(before, deep, False, failure=failure)
                runs.append((schedule, choices.met))
                if time.monotonic() > self.until:
                    return Explored(max(before, 1), max(level - 1, 0), False)
            size = sum(_children(*run) for run in runs)
            if not size:
                return Explored(self.tried, level, True)
            if level == most or not self.fits(size):
                return self.draw(level)
            level += 1
            tries = (child for run in runs for child in _departing(*run))

    def fits(self, size: int) -> bool:
        """Whether so many more orders are within the budget."""
        each = self.spent / self.tried
        return (
            self.tried + size <= self.schedules
            and self.spent + size * each <= self.turns
        )

    def draw(self, level: int) -> Explored:
        """Spend what is left on orders that are drawn at random."""
        orders = self.tried
        for seed in range(self.schedules - orders):
            if self.spent > self.turns or time.monotonic() > self.until:
                break
            choices, error = self.try_one(seed)
            if error is not None:
                schedule, error = self.shrink(choices.departures, error)
                failure = self.failed(schedule, error, seed)
                drawn = self.tried - orders
                return Explored(orders, level, False, drawn, failure)
        return Explored(orders, level, False, self.tried - orders)

    def try_one(self, schedule, known=()):
        """Run it in one order, which begins like one that is known."""
        choices = _choices(schedule, **self.options)
        error = run_once(self.program, choices)
        self.tried += 1
        self.spent += choices.turns
        if known and choices.met[: len(known)] != known:
            error = Uncertain(_differs(known, choices.met))
        return choices, error

    def shrink(self, departures, error):
        """Fewer departures with which it fails in the same way, and how."""

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

    def failed(self, schedule, error, seed):
        """The failure, if it fails like that again."""
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
            self.tried,
            seed,
            passing,
            self.options,
        )

    def nearest_that_passes(self) -> dict[int, int] | None:
        """With the fewest departures, where the plain order fails."""
        level: list[dict[int, int]] = [{}]
        left = NEAREST
        while level and left:
            following = []
            for schedule in level:
                choices = Choices(schedule, **self.options)
                left -= 1
                if run_once(self.program, choices) is None:
                    return schedule
                following += [s for s, _ in _departing(schedule, choices.met)]
                if not left:
                    break
            level = following
        return None


NEAREST = 200  # orders, in which one is looked for that passes


def _children(schedule, met) -> int:
    """How many orders have one departure more, after the last of these."""
    return sum(met[max(schedule, default=0) :]) - (
        len(met) - max(schedule, default=0)
    )


def _departing(schedule, met):
    """These orders, each with the choices that it must meet at first."""
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


CAUSES = (
    "Look for random numbers without a seed, the real clock, the order of a "
    "set, or a variable that outlives a run"
)
