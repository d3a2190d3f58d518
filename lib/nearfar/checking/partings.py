"""Partings: a run that fails beside the nearest run that passes.

The one idea: two runs that differ in one choice are equal up to that choice.
So that choice is why one of them failed: which tasklet ran, which tasklet had
to wait, and where that one stood.

Read `parting_of`, then `Parting`. Left out: the messages between the tasklets;
`space_time` draws them, from a trace of either run.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass

from ..drawing import Figure, svg
from .choices import Choices, run_once
from .liveness import frames_of, tasklet_of

__all__ = ["Turn", "Parting", "Record", "parting_of"]

CELL, LANE, MARGIN = 26, 24, 20  # pixels
SHOWN, BEFORE = 24, 12  # turns in the picture, and before the parting


@dataclass(frozen=True)
class Turn:
    """A turn: the tasklet that took it, and where that stood before it.

    A choice of `select`, or among timers, is a turn too, with `choice` set.
    """

    name: str
    stands: str
    choice: bool = False


@dataclass(frozen=True)
class Parting:
    """Two runs of one program, turn by turn, and where they part.

    `turn` counts from 1. The turns before it are the same in both.
    """

    passing: tuple[Turn, ...]
    failing: tuple[Turn, ...]
    turn: int
    error: Exception | None

    @property
    def words(self) -> str:
        """Where they part, in a sentence."""
        fails, passes = (
            turns[self.turn - 1] if self.turn <= len(turns) else None
            for turns in (self.failing, self.passing)
        )
        if fails is None or passes is None:
            return f"turn {self.turn}: one run ends, the other goes on"
        if fails.choice:
            return f"turn {self.turn}: {fails.stands}, not {passes.stands}"
        return (
            f"turn {self.turn}: `{fails.name}` ran before `{passes.name}` "
            f"{passes.stands}"
        )

    def draw(self, title: str = "Where they part") -> Figure:
        """Draw both runs, a column for each turn, and mark where they part."""
        first = max(0, self.turn - 1 - BEFORE)
        pair = [("passes", self.passing), ("fails", self.failing)]
        names = list(dict.fromkeys(t.name for _, run in pair for t in run))
        names = [n for n in names if n]
        left = MARGIN + 70 + max(svg.width_of(n) for n in names)
        parts = [svg.text(MARGIN, MARGIN + 8, title, "t")]
        top = MARGIN + 40
        bottom = top + 2 * (LANE * len(names) + 28)
        x = left + CELL * (self.turn - 1 - first)
        parts.append(svg.box(x - 1, top - 12, CELL, bottom - top, "x"))
        for word, run in pair:
            parts += _rows(word, run[first:], names, first, left, top)
            top += LANE * len(names) + 28
        error = f"{type(self.error).__name__}: {self.error}".splitlines()[0]
        for words in (self.words, svg.shorten(error, 90)):
            parts.append(svg.text(MARGIN, top, words, "q"))
            top += 16
        longest = max(len(self.passing), len(self.failing)) - first
        right = left + CELL * min(longest, SHOWN)
        right = max(right, MARGIN + svg.width_of(self.words, 11))
        return Figure(parts, self._told(title), round(right + MARGIN), top)

    def _told(self, title):
        orders = [
            f"{word}: {', '.join(t.name for t in run[:SHOWN])}"
            for word, run in (("Passes", self.passing), ("Fails", self.failing))
        ]
        return f"{title}. {'. '.join(orders)}. They part at {self.words}."


def _rows(word, run, names, first, left, top):
    """The rows of one run: a cell for each turn."""
    kind = "t" if word == "passes" else "wrong t"
    parts = [svg.text(MARGIN, top + 4, word, kind)]
    right = left + CELL * min(len(run), SHOWN)
    for place, name in enumerate(names):
        y = top + LANE * place
        parts.append(svg.text(MARGIN + 64, y + 4, name))
        parts.append(svg.line(left, y, right, y, "tick"))
    for column, turn in enumerate(run[:SHOWN]):
        if turn.name:
            x, y = left + CELL * column, top + LANE * names.index(turn.name)
            number = f"{first + column + 1}"
            parts.append(svg.box(x, y - 10, CELL - 3, 20, "r"))
            parts.append(svg.text(x + CELL / 2 - 1, y + 4, number, "n"))
    return parts


class Record:
    """Writes down the turns of a run."""

    def __init__(self):
        self.turns: list[Turn] = []

    def turn(self, turn) -> None:
        """A turn is about to be taken."""
        tasklet = tasklet_of(turn)
        if tasklet is not None:
            self.turns.append(Turn(tasklet.name, stands(tasklet)))

    def choice(self, words: str) -> None:
        """Something else was chosen."""
        self.turns.append(Turn("", words, choice=True))


def stands(tasklet) -> str:
    """Say where a tasklet stands, to follow "ran before `name`"."""
    if tasklet.stack is None:
        return "had begun"
    frame = next(iter(frames_of(tasklet.stack)), None)
    if frame is None:
        return "went on"
    code, number = frame.f_code, frame.f_lineno
    source = linecache.getline(code.co_filename, number).strip()
    told = f" after `{source}`" if source else ""
    return f"went on{told} (line {number} of {code.co_name})"


def parting_of(
    program: Callable[[], object],
    passing: dict[int, int],
    failing: dict[int, int],
    **options,
) -> Parting:
    """Run a program in two orders; return where they part."""
    records, errors = [], []
    for schedule in (passing, failing):
        record = Record()
        choices = Choices(schedule, watch=record, **options)
        errors.append(run_once(program, choices))
        records.append(tuple(record.turns))
    passed, failed = records
    pairs = zip(passed, failed, strict=False)
    turn = next(
        (n for n, (p, f) in enumerate(pairs, 1) if p != f),
        min(map(len, records)) + 1,
    )
    return Parting(passed, failed, turn, errors[1])
