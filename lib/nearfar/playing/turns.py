"""Turns: the choices of one process, which are about its tasklets.

The one idea: a run queue that asks which turn is next. It asks only where
there is a choice: a tasklet that is alone in the queue simply runs. A `select`
that could take several cases asks, too. While a tasklet can run, virtual time
stands still. The move "time" lets it pass nevertheless, as on a slow machine,
and the next timer rings.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable

from ..checking import Endless
from ..near import Tasklet, lowlevel
from .asking import Table
from .moves import Choice

__all__ = ["TurnChooser", "TURNS"]

TURNS = 20_000  # in one run; a program that takes more never ends


class TurnChooser:
    """A chooser for `run(seed=...)`: a table that is asked for each turn.

    With `asks=False` it asks for none, and only counts them.
    """

    def __init__(self, table: Table, asks: bool = True):
        self.table, self.asks = table, asks
        self.taken = 0

    def __call__(self, many: int) -> int:
        """Take the first: `Seats` asks in a way of its own."""
        return 0

    def queue(self, scheduler: lowlevel.Scheduler) -> Seats:
        """Return the run queue for a run that is about to begin."""
        return Seats(scheduler, self)


class Seats(lowlevel.Shuffled):
    """A run queue that asks a table which turn is next."""

    def __init__(self, scheduler, turns: TurnChooser):
        super().__init__(scheduler)
        self.turns = turns

    def popleft(self):
        """Take out the turn that is chosen."""
        if self.scheduler.ending:
            return deque.popleft(self)
        self.tidy()
        self.turns.taken += 1
        if self.turns.taken > TURNS:
            words = f"It did not end in {TURNS:,} turns"
            return self._fail(Endless("unknown", words))
        try:
            return self._next() if self.turns.asks else deque.popleft(self)
        except BaseException as error:
            return self._fail(error)

    def case(self, channels: list) -> int:
        """Choose the case that a `select` takes; return its place."""
        if not self.turns.asks:
            return 0
        moves = _numbered(f"take {channel.name}" for channel in channels)
        choices = [
            Choice(move, f"let select take {move[5:]!r}", move[5:])
            for move in moves
        ]
        return moves.index(self.turns.table.choose(choices))

    def _fail(self, error):
        self.scheduler.fail(error)
        return self.pop()

    def _next(self):
        """Ask which turn is next, if there is a choice."""
        clock, timers = self.scheduler.turn, self.scheduler.timers
        while timers and timers[0][2].action is None:
            heapq.heappop(timers)  # cancelled
        due = bool(timers) and timers[0][0] <= self.scheduler.clock.now()
        while self[0] is clock and len(self) > 1 and not due:
            self.rotate(-1)
        turns = [turn for turn in self if due or turn is not clock]
        for turn in turns:
            if turn is not clock and _tasklet_of(turn) is None:
                return self._take(turn)  # an end of the run is no choice
        if timers and turns and not due:
            turns.append(clock)
        if len(turns) < 2:
            return deque.popleft(self)
        turn = self._ask(turns, clock)
        if turn is clock and not due:
            self.scheduler.clock.wait(timers[0][0])
        return self._take(turn)

    def _ask(self, turns, clock):
        moves = _numbered(
            "time" if turn is clock else f"run {_tasklet_of(turn).name}"
            for turn in turns
        )
        choices = [
            Choice(move, f"let {move[4:]} run", _tasklet_of(turn).name)
            if turn is not clock
            else Choice(move, f"let time pass to {self._until():g} s")
            for move, turn in zip(moves, turns, strict=True)
        ]
        return turns[moves.index(self.turns.table.choose(choices))]

    def _until(self):
        return self.scheduler.timers[0][0]

    def _take(self, turn):
        place = next(n for n, other in enumerate(self) if other is turn)
        del self[place]
        return turn


def _numbered(names: Iterable[str]) -> list[str]:
    """The names; a second one of the same name is "... (2)"."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def _tasklet_of(turn) -> Tasklet | None:
    """The tasklet whose turn it is; None for the end of the run."""
    if type(turn) is Tasklet:
        return turn
    return getattr(getattr(turn, "target", turn), "tasklet", None)
