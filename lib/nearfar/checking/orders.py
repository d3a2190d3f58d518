"""Orders: run a program in many orders, to find the one that breaks it.

The one idea: first in, first out is *one* order, and a program that is right
in it may be wrong in another. `explore` runs a program in many orders, one for
each seed. When one fails, it looks for an order that fails with fewer steps
out of line, because a person can follow that one.

`replay_order` runs a program in one given order: by a seed, or by the dict of
steps that `explore` found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..near import VirtualClock, lowlevel, run, spawn
from .fewer import leave_out

__all__ = ["explore", "replay_order", "Failure"]

STEPS = 100_000  # choices in one run; a program that takes more never ends


@dataclass(frozen=True)
class Failure:
    """An order in which a program fails: which, how, and how to replay it.

    `seed` is the first that failed (None: plain first in, first out),
    `switches` how many steps out of line its run took; `schedule` holds the
    fewest such steps that were found, for `replay_order`. Its text says all
    of that.
    """

    program: Callable[[], object]
    seed: int | None
    switches: int
    schedule: dict[int, int]
    error: BaseException

    def __str__(self):
        name = getattr(self.program, "__name__", "program")
        order = "first in, first out"
        found = (
            f"fails in plain order, {order}"
            if self.seed is None
            else f"fails under seed {self.seed}, with {self.switches} steps "
            f"away from {order}; {len(self.schedule)} are enough"
        )
        return (
            f"{found}\n"
            f"{type(self.error).__name__}: {self.error}\n"
            f"see it again: replay_order({name}, {self.schedule})"
        )


def explore(
    program: Callable[[], object], schedules: int = 200
) -> Failure | None:
    """Run `program()` in many orders; the first failure, or None.

    The program runs as a tasklet, in virtual time, and may `spawn` others. An
    error that comes out, or a deadlock, is a failure. Each run must begin
    anew: make the channels inside. Plain first in, first out comes before all
    seeds.
    """
    for seed in [None, *range(schedules)]:
        steps: dict[int, int] = {}
        error = _fails(program, {} if seed is None else seed, steps)
        if error is not None:
            shortest, error = _shrink(program, steps, error)
            return Failure(program, seed, len(steps), shortest, error)
    return None


def replay_order(
    program: Callable[[], object], seed: int | dict[int, int]
) -> None:
    """Run `program()` once, in the order that a seed or a schedule gives."""
    with lowlevel.apart():
        spawn(program)
        run(clock=VirtualClock(), seed=seed)


def _fails(program, seed, steps):
    """The error of one run, or None; its steps out of line go into `steps`."""
    choose, number = lowlevel.chooser(seed), 0

    def recorded(many):
        nonlocal number
        number += 1
        if number > STEPS:
            raise TimeoutError(f"more than {STEPS} choices: it does not end")
        place = choose(many)
        if place:
            steps[number] = place
        return place

    try:
        replay_order(program, recorded)
    except Exception as error:
        return error
    return None


def _shrink(program, steps, error):
    """The fewest steps out of line with which it fails, and how it does."""

    def still_fails(numbers):
        nonlocal error
        found = _fails(program, {n: steps[n] for n in numbers}, {})
        if type(found) is not type(error):
            return None
        error = found
        return numbers

    numbers = leave_out(sorted(steps), still_fails)
    return {n: steps[n] for n in numbers}, error
