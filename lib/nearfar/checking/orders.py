"""Orders: run a program in every order within a bound, or find one that fails.

The one idea: first in, first out is *one* order, and a program that is right
in it may be wrong in another. A *departure* from it is a choice at which the
first in the queue does not run. `explore` tries the plain order, then every
order with one departure, then with two, and so on: this is *delay bounding*.
A small program runs out of orders: what holds in all is proved.

Some bugs need many departures. So between two of these orders `explore` draws
one at random, and the first that fails, of either kind, is a failure.

Sources: Emmi, Qadeer and Rakamaric, "Delay-bounded scheduling" (POPL 2011);
Musuvathi and Qadeer on context bounding (PLDI 2007). Read `choices` first,
then `searching`. Left out: to skip orders that differ in no visible way.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from .choices import run_once
from .findings import Explored
from .searching import Search, choices_of

__all__ = ["explore", "replay_order"]

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
    """Run `program()` in many orders, up to the first that fails.

    The program runs as a tasklet in virtual time, and may `spawn` others. It
    fails by an error, a deadlock, or a run that does not end. Make its
    channels inside: each run must begin anew.

    `explore` calls `holds(state)` after every switch, with what the program
    returned; False or an error is a failure. So the program returns its state
    before the tasklets that it spawned run. With `timeouts`, a timeout may win
    over tasklets that are ready.

    The budget is a number of `schedules`, and of `turns` in all of them: both
    are the same on every machine. You can also limit the time by `seconds`, and
    delay bounding by `departures`.
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

    `{7: 2}` takes the tasklet with two others before it at the 7th choice, and
    the first everywhere else. A seed gives the order that `explore` draws from
    it. Raises the error of the run.
    """
    choices = choices_of(schedule, holds=holds, timeouts=timeouts)
    error = run_once(program, choices)
    if error is not None:
        raise error
