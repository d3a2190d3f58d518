"""Schedules: run a program in many orders, to find the one that breaks it.

The one idea: first in, first out is *one* order, and a program that is right
in it may be wrong in another. `explore` runs a program in many orders, each
told by a seed. When one fails, it looks for the order that fails with the
fewest steps out of line, because that is the one a person can follow.

`replay_order` runs a program in one given order: by a seed, or by the dict of
steps that `explore` found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..near import VirtualClock, apart, chooser, run, spawn

__all__ = ["explore", "replay_order", "Failure"]

STEPS = 100_000  # choices in one run; a program that takes more never ends


@dataclass(frozen=True)
class Failure:
    """A program fails in some order: which, how, and how to see it again.

    `seed` is the first that failed (None: plain first in, first out),
    `switches` how many steps out of line its run took; `schedule` is the
    shortest list of such steps that was found, for `replay_order`. Printed, it
    says all of that.
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

    It is run as a tasklet, in virtual time, and may `spawn` others; that any
    error comes out, or that they end in a deadlock, is a failure. It has to
    begin anew each time: make its channels inside. Plain first in, first out
    is tried before all seeds.
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
    with apart():
        spawn(program)
        run(clock=VirtualClock(), seed=seed)


def _fails(program, seed, steps):
    """The error of one run, or None; its steps out of line go into `steps`."""
    choose, number = chooser(seed), 0

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
    """Leave out steps, many at a time and then one by one, while it fails."""
    size = max(1, len(steps) // 2)
    while True:
        numbers = sorted(steps)
        for start in range(0, len(numbers), size):
            without = set(numbers[start : start + size])
            fewer = {n: steps[n] for n in numbers if n not in without}
            found = _fails(program, fewer, {})
            if type(found) is type(error):
                steps, error = fewer, found
                break
        else:
            if size == 1:
                return steps, error
            size = max(1, size // 2)
