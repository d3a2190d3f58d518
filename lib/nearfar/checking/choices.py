"""Choices: one run of a program, with every choice written down.

The one idea: given its choices, a run is determined. So a run is a short dict,
{number of the choice: place in the queue}; the first in the queue runs at all
choices that it does not name. A step out of line like this is a *departure*
from first in, first out.

`Choices` holds what is chosen in one run; `Turns` is the run queue that asks
it. Three things are chosen: which tasklet is next, which of several ready
cases a `select` takes, and, where it matters, which timer of equal times rings
first. The clock's own turn is no choice: while a tasklet can run, virtual time
stands still. With `timeouts=True` it is one, because on a real clock time
passes, and a timeout can win over a tasklet that is ready but slow.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import Protocol

from ..near import VirtualClock, lowlevel, run, spawn
from .failures import Wrong
from .liveness import LIMIT, Onlooker

__all__ = ["Watch", "Choices", "Turns", "run_once", "name_of"]

HOUSE = lowlevel.__name__.rpartition(".")[0]


class Watch(Protocol):
    """Looks on while a program runs."""

    def turn(self, turn: object) -> None:
        """A turn is about to be taken."""

    def choice(self, words: str) -> None:
        """A `select` or a timer was chosen."""


class Choices:
    """What is chosen in one run: by `schedule`, or by `draw(many)`.

    Afterwards, `met` tells how many there were at each choice, `departures`
    where the first of them was not taken, and `turns` how often a tasklet got
    the processor. `watch` is told of every turn, and of the other choices.
    """

    def __init__(
        self,
        schedule: dict[int, int] | None = None,
        *,
        draw: Callable[[int], int] | None = None,
        holds: Callable[[object], object] | None = None,
        timeouts: bool = False,
        watch: Watch | None = None,
    ):
        self.schedule = schedule or {}
        self.draw = draw
        self.holds = holds
        self.timeouts = timeouts
        self.watch = watch
        self.met: list[int] = []
        self.departures: dict[int, int] = {}
        self.turns = 0
        self.state: list = []  # what the program returned, once it has
        self.onlooker: Onlooker | None = None

    def __call__(self, many: int) -> int:
        """The place of the one that is chosen out of so many."""
        met = self.met
        met.append(many)
        if self.draw is not None:
            place = self.draw(many)
        else:
            place = self.schedule.get(len(met), 0)
            if place >= many:
                place = many - 1
        if place:
            self.departures[len(met)] = place
        return place

    def queue(self, scheduler: lowlevel.Scheduler) -> Turns:
        """The run queue of a run that is about to begin."""
        return Turns(scheduler, self)

    def wrong(self) -> Exception | None:
        """Why the run must stop here, if it must."""
        if self.turns > LIMIT:
            self.onlooker = self.onlooker or Onlooker()
            endless = self.onlooker.look(self.turns)
            if endless is not None:
                return endless
        if self.holds is not None and self.state:
            return broken(self.holds, self.state[0], f"after turn {self.turns}")
        return None


def broken(holds, state, when) -> Exception | None:
    """The error if a property does not hold, else None."""
    try:
        if holds(state) is not False:
            return None
        told = (holds.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        not_so = f"not so: {told}" if told else f"{name_of(holds)} is not so"
        return Wrong(f"{when}, {not_so}, with {state!r}")
    except Exception as error:
        error.add_note(when)
        return error


class Turns(lowlevel.Shuffled):
    """A run queue that asks a `Choices` who is next."""

    def __init__(self, scheduler, choices):
        super().__init__(scheduler.ready, choices)
        self.scheduler = scheduler
        self.choices = choices

    def popleft(self):
        """Take out the turn that is chosen."""
        scheduler, choices = self.scheduler, self.choices
        if scheduler.ending:
            return deque.popleft(self)
        self.tidy()
        choices.turns += 1
        if choices.holds is not None or choices.turns > LIMIT:
            error = choices.wrong()
            if error is not None:
                return Stop(scheduler.main, error)
        many = len(self)
        if scheduler.turn is not None:
            turn = self._beside_the_clock()
        elif many > 1:
            turn = self.take(choices(many))
        else:
            turn = deque.popleft(self)
        if choices.watch is not None:
            choices.watch.turn(turn)
        return turn

    def take(self, place: int):
        """Take out the turn at this place."""
        turn = self[place]
        del self[place]
        return turn

    def case(self, channels: list) -> int:
        """Which of several ready cases a `select` takes."""
        place = self.choices(len(channels))
        if self.choices.onlooker is not None:
            self.choices.onlooker.passed_over(channels, place)
        if self.choices.watch is not None:
            self.choices.watch.choice(f"select took {channels[place].name!r}")
        return place

    def _beside_the_clock(self):
        """Take a turn out of a queue in which the clock's turn stands, too."""
        timers, clock = self.scheduler.timers, self.scheduler.turn
        while timers and timers[0][2].action is None:
            heapq.heappop(timers)  # cancelled
        due = bool(timers) and timers[0][0] <= self.scheduler.clock.now()
        others = len(self) - (clock in self)
        if due or not others or (timers and self.choices.timeouts):
            turn = self.take(self.choices(len(self)) if len(self) > 1 else 0)
        else:
            while self[0] is clock:
                self.rotate(-1)
            place = self.choices(others) if others > 1 else 0
            places = [n for n, turn in enumerate(self) if turn is not clock]
            turn = self.take(places[place])
        if turn is clock and timers:
            self._choose_timer(timers)
            if others:
                self.scheduler.clock.wait(timers[0][0])
        return turn

    def _choose_timer(self, timers):
        """Which timer of equal times rings first, where that matters.

        It does not for tasklets that only wake up: their turns are choices.
        """
        first = timers[0][0]
        tied = sorted(t for t in timers if t[0] == first and t[2].action)
        if len(tied) < 2 or not any(map(self._matters, tied)):
            return
        place = self.choices(len(tied))
        if self.choices.watch is not None:
            self.choices.watch.choice(f"timer {place + 1} of {len(tied)} rang")
        if place:  # the others ring as soon as every tasklet waits again
            late = math.nextafter(first, math.inf)
            rest = [t for t in timers if t not in tied]
            rest += [(late, *t[1:]) for t in tied if t is not tied[place]]
            timers[:] = [tied[place], *rest]
            heapq.heapify(timers)

    def _matters(self, entry):
        action = entry[2].action
        ours = (getattr(action, "__module__", "") or "").startswith(HOUSE)
        wakes = getattr(action, "__name__", "") == "go_on"
        return not ours or (self.choices.timeouts and not wakes)


class Stop:
    """Stands in for a turn, and ends the run with an error."""

    def __init__(self, main, error):
        self.main = main
        self.error = error

    def switch(self):
        """End the run."""
        error = self.error
        self.main.throw(type(error), error, error.__traceback__)


def run_once(
    program: Callable[[], object], choices: Choices
) -> Exception | None:
    """Run `program()` as a tasklet, in virtual time; return its error.

    What it returns is the state that `choices.holds` is asked about.
    """

    @wraps(program)
    def begun():
        choices.state.append(program())

    plain = choices.holds is None
    try:
        with lowlevel.apart():
            spawn(program if plain else begun, name=name_of(program) + "-1")
            run(clock=VirtualClock(), seed=choices)
        if plain:
            return None
        return broken(choices.holds, choices.state[0], "at the end")
    except Exception as error:
        return error


def name_of(program) -> str:
    """What it is called."""
    return getattr(program, "__name__", "program")
