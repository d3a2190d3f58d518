"""Targets: a program, what it promises, and lists of moves.

The one idea: a list of moves is a run, so all that a player wants is a
function of lists. To undo is to play a shorter one. A move that the plain
order would have made costs nothing; each other one is a *departure*. The
shortest way to break a promise is the one with the fewest departures, and
`shortest_break` tries all lists with one of them, then all with two.

Read `Target`. How one list is played is in `running`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from random import Random

from ..checking import leave_out
from ..simulation import Faults
from .moves import VERBS, checked
from .running import Played, Run

__all__ = ["play", "Target", "Searched"]

MOST = 300  # moves until a run that does not end is left
RUNS = 3_000  # in one search
SPARE = 20  # moves that a run of it may take beyond twice the plain one's
CALM = 0.7  # the chance that a random move is the plain order's


@dataclass(frozen=True)
class Searched:
    """What a search found, and what it covered.

    The search tried every list with at most `covered` departures. None of
    these breaks a promise.
    """

    found: Played | None
    covered: int
    runs: int


def play(program: Callable, moves: Iterable[str] = (), **game) -> Played:
    """Run a program under a list of moves, up to the next choice.

    The move "next" makes the plain order's choice, whatever that is.
    For what else it takes see `Target`. Raises `BadMoves` if a move is not
    open.
    """
    return Target(program, **game).play(moves)


@dataclass(frozen=True)
class Target:
    """A program to play with, and what it promises.

    `program()` spawns tasklets, `program(network)` starts hosts; either
    returns a state. Each function in `holds` is called with it at every choice
    and at the end, those in `at_end` only there. False or an error says that
    the promise is broken. `verbs` are the kinds of moves that are allowed
    beside the plain order's. `seed` and `faults` are those of the network.
    """

    program: Callable
    holds: Callable | Iterable[Callable] = ()
    at_end: Callable | Iterable[Callable] = ()
    verbs: frozenset[str] = frozenset(VERBS)
    seed: int = 0
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self):
        for name in ("holds", "at_end"):
            one = getattr(self, name)
            promises = (one,) if callable(one) else tuple(one)
            object.__setattr__(self, name, promises)

    def play(self, moves: Iterable[str] = ()) -> Played:
        """Make these moves, and stop at the next choice."""
        return Run(self, checked(moves), lambda choices: None).played()

    def finish(self, moves: Iterable[str] = (), most: int = MOST) -> Played:
        """Make these moves, then those of the plain order, to the end.

        It stops after `most` moves.
        """
        moves = checked(moves)
        return self._until(most, lambda number, choices: choices[0].move, moves)

    def random(self, seed: int, most: int = MOST) -> Played:
        """Make moves at random, the same for the same seed."""
        chance = Random(seed)

        def rule(number, choices):
            if chance.random() < CALM:
                return choices[0].move
            return chance.choice(choices).move

        return self._until(most, rule)

    def follow(self, schedule: dict[int, int]) -> Played:
        """Make the choices of a failure that `explore` found, to the end.

        Those that a search has not, such as to let time pass, are left plain.
        """
        met = count(1)

        def rule(number, choices):
            open_now = [choice.move for choice in choices]
            if open_now[-1] == "time":
                open_now.pop()
            place = schedule.get(next(met), 0) if len(open_now) > 1 else 0
            return open_now[min(place, len(open_now) - 1)]

        return self._until(MOST, rule)

    def shrink(self, moves: Iterable[str]) -> Played:
        """Leave out departures while the same promise is broken.

        Raises ValueError if the moves break none.
        """
        whole = self.finish(moves)
        if not whole.broken:
            raise ValueError("these moves break no promise: nothing to shrink")
        promise = whole.broken[0].promise

        def still_fails(rest):
            played = self._depart(dict(rest))
            told = [broken.promise for broken in played.broken]
            kept = [*played.departures.items()]
            return kept if promise in told and len(kept) <= len(rest) else None

        left = leave_out([*whole.departures.items()], still_fails)
        return self._up_to_break(self._depart(dict(left)))

    def shortest_break(self, runs: int = RUNS) -> Searched:
        """Look for a list of moves with few departures that breaks a promise.

        It tries at most so many lists, the shortest first.
        """
        tries: deque[tuple] = deque([()])
        covered, tried = MOST, 0
        most = 2 * len(self.finish().moves) + SPARE
        while tries and tried < runs:
            departures = tries.popleft()
            played, tried = self._depart(dict(departures), most), tried + 1
            if played.broken:
                found = self._up_to_break(played)
                return Searched(found, min(covered, len(departures) - 1), tried)
            more = [*_departing(departures, played.offered)]
            fit = runs - tried - len(tries)
            if len(more) > fit:
                covered = min(covered, len(departures))
            tries.extend(more[: max(fit, 0)])
        return Searched(None, covered, tried)

    def _depart(self, departures: dict[int, str], most: int = MOST) -> Played:
        """Make a run of the plain order with some other moves in it."""

        def rule(number, choices):
            wish = departures.get(number)
            is_open = wish in [choice.move for choice in choices]
            return wish if is_open else choices[0].move

        return self._until(most, rule, traced=False)

    def _until(self, most, rule, moves=(), traced=True) -> Played:
        def limited(choices):
            number = len(game.table.made)
            return rule(number, choices) if number < most else None

        game = Run(self, moves, limited, traced)
        return game.played()

    def _up_to_break(self, played) -> Played:
        """The same run up to the moment in which a promise breaks."""
        return self.play(played.moves[: played.broken[0].after])


def _departing(departures, offered):
    """The same departures, and one more after the last of them."""
    first = departures[-1][0] + 1 if departures else 0
    for number in range(first, len(offered)):
        for choice in offered[number][1:]:
            yield (*departures, (number, choice.move))
