"""Choices: one run of a program, with every choice written down.

The one idea: the choices determine the run. So a run is a short dict, {number
of the choice: place in the queue}. At each choice that it does not name, the
first in the queue runs; each that it names is a *departure* from first in,
first out.

`Choices` holds the choices of one run; `Turns` is the run queue that asks it.
There are three kinds: which tasklet is next, which of several ready cases a
`select` takes, and which timer of equal times rings first, where that matters.
The clock's own turn is no choice: while a tasklet can run, virtual time stands
still. With `timeouts=True` it is one, because on a real clock time passes, and
a timeout can win over a tasklet that is ready but slow.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Protocol

from ..near import VirtualClock, lowlevel, run, spawn
from .failures import Wrong
from .liveness import LIMIT, Onlooker

__all__ = ["Watch", "Choices", "Turns", "run_once", "apart", "name_of"]

HOUSE = lowlevel.__name__.rpartition(".")[0]


class Watch(Protocol):
    """What may watch a run: it is told of turns and choices."""

    def turn(self, turn: object) -> None:
        """A turn is about to be taken."""

    def choice(self, words: str) -> None:
        """A `select` or a timer was chosen."""


class Choices:
    """The choices of one run, by a `schedule` or by `draw(many)`.

    After the run, `met` says how many candidates each choice had, `departures`
    which choices did not take the first, and `turns` how many turns tasklets
    took. `watch` is told of every turn, and of the other choices.
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
        self.state: list = []  # what the program has returned, if it has
        self.onlooker: Onlooker | None = None

    def __call__(self, many: int) -> int:
        """Choose one out of so many; return its place."""
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
        """Return the run queue for a run that is about to begin."""
        return Turns(scheduler, self)

    def wrong(self) -> Exception | None:
        """Return the error that must stop the run here, if any."""
        if self.turns > LIMIT:
            self.onlooker = self.onlooker or Onlooker()
            endless = self.onlooker.look(self.turns)
            if endless is not None:
                return endless
        if self.holds is not None and self.state:
            return broken(self.holds, self.state[0], f"after turn {self.turns}")
        return None


def broken(holds, state, when) -> Exception | None:
    """Return the error if a property does not hold, else None."""
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
    """A run queue that asks a `Choices` which turn is next."""

    def __init__(self, scheduler, choices):
        super().__init__(scheduler)
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
        """Choose the case that a `select` takes; return its place."""
        place = self.choices(len(channels))
        if self.choices.onlooker is not None:
            self.choices.onlooker.passed_over(channels, place)
        if self.choices.watch is not None:
            self.choices.watch.choice(f"select took {channels[place].name!r}")
        return place

    def _beside_the_clock(self):
        """Take a turn out of a queue that also holds the clock's turn."""
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

    `choices.holds` is called with what the program returned, its state.
    """

    @wraps(program)
    def begun():
        choices.state.append(program())

    plain = choices.holds is None
    try:
        with apart():
            spawn(program if plain else begun, name=name_of(program) + "-1")
            run(clock=VirtualClock(), seed=choices)
        if plain:
            return None
        return broken(choices.holds, choices.state[0], "at the end")
    except Exception as error:
        return error


@contextmanager
def apart() -> Iterator[None]:
    """Spawn and run in here as if nothing had been spawned before."""
    threads = lowlevel.threads
    before, threads.next = threads.next, lowlevel.Scheduler()
    try:
        yield
    finally:
        threads.drop()
        threads.next = before


def name_of(program) -> str:
    """Return the program's name."""
    return getattr(program, "__name__", "program")
