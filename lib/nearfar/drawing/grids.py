"""Grids: all cases and what came of each, in one picture.

The one idea: a proof by trying everything should look like one. Each cell is a
case that was tried, and one red cell is one way to lose money.

`outcomes` draws power cuts: a column is the step at which the power failed, a
row is what the disk had kept. `squares` draws any cases that have rows and
columns. `tally` draws how often each thing happened, and says "never" in red.

Left out: the trying. `found` in `nearfar.bank` tries all crashes of a disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Protocol

from .figure import Figure
from .svg import box, text, width_of

__all__ = ["outcomes", "squares", "tally", "Stepped"]

CELL, ROW, MARGIN = 34, 26, 16  # pixels
LINE = 18  # pixels from line to line
TALLY = 260  # pixels: the longest bar
Lines = tuple[str, ...]


class Stepped(Protocol):
    """An object with the steps of its run, each a tuple: its verb first."""

    steps: Sequence[tuple]


def outcomes(
    disk: Stepped,
    told: Mapping[tuple[int, str], str],
    title: str,
    good: str = "right",
) -> Figure:
    """Draw what each power cut came to: a column a step, a row a way to cut.

    `told` gives {(step, way): outcome in a word}; `good` is the outcome that
    is drawn quietly, all others are red.
    """
    ways = list(dict.fromkeys(way for _, way in told))
    left = MARGIN + 12 + max(width_of(way) for way in ways)
    top = 72
    parts = [text(MARGIN, 24, title, "t")]
    labels = ["start", *(verb for verb, _, _ in disk.steps)]
    for step, label in enumerate(labels):
        parts.append(_slanted(left + CELL * step + CELL / 2, top - 6, label))
    for row, way in enumerate(ways):
        y = top + ROW * row
        parts.append(text(MARGIN, y + 17, way))
        for step in range(len(labels)):
            outcome = told.get((step, way))
            if outcome is not None:
                parts += _cell(left + CELL * step, y, outcome, outcome == good)
    counts = Counter(told.values())
    summary = ", ".join(f"{many} {word}" for word, many in counts.most_common())
    y = top + ROW * len(ways) + 20
    parts.append(text(MARGIN, y, f"{len(told)} power cuts: {summary}"))
    width = max(
        left + CELL * len(labels) + MARGIN + 40,
        2 * MARGIN + width_of(title, 14) * 1.1,
    )
    alt = (
        f"{title}. A grid of {len(told)} power cuts at {len(labels)} moments: "
        f"{summary}."
    )
    return Figure(parts, alt, round(width), y + MARGIN)


def _cell(x, y, outcome, good):
    sign = "✓" if good else outcome[0].upper()
    kind = "q" if good else "wrong"
    return [
        box(x + 2, y + 2, CELL - 4, ROW - 4, "w" if good else "x"),
        text(x + CELL / 2 - width_of(sign) / 2, y + 18, sign, kind),
    ]


def _slanted(x, y, label):
    words = text(0, 0, label, "q")
    return f'<g transform="translate({x:g} {y:g}) rotate(-35)">{words}</g>'


def squares(
    told: Mapping[str, Mapping[tuple[str, str], Lines]],
    right: Lines,
    title: str,
    good: str = "right",
) -> Figure:
    """Draw a square of cases for each name: rows and columns, as they come.

    `told` gives {name: {(row, column): what came of it, line by line}}; a line
    is `good` if it is the same as in `right`.
    """
    widest = max(
        width_of(line)
        for cases in told.values()
        for line in chain.from_iterable(cases.values())
    )
    parts, alts, y, width = [text(MARGIN, 24, title, "t")], [], 36, 0.0
    for name, cases in told.items():
        drawn, right_edge, y = _cases(name, cases, right, 44 + widest, y)
        parts += drawn
        width = max(width, right_edge)
        same = sum(lines == right for lines in cases.values())
        each = "; ".join(
            f"{' '.join(case)}, {' and '.join(lines)}"
            for case, lines in cases.items()
        )
        alts.append(f"{name}, {same} of {len(cases)} {good}: {each}")
    width = max(width, MARGIN + width_of(title, 15))
    alt = f"{title}. {'. '.join(alts)}."
    return Figure(parts, alt, round(width + MARGIN), round(y + MARGIN))


def _cases(name, cases, right, wide, y):
    """(Parts, right edge, lower edge) of one square that begins at y."""
    rows = list(dict.fromkeys(row for row, _ in cases))
    columns = list(dict.fromkeys(column for _, column in cases))
    left = MARGIN + 12 + max(width_of(row) for row in rows)
    top, high = y + 44, LINE * len(right) + 12
    parts = [text(MARGIN, y + 20, name, "t")]
    for at, column in enumerate(columns):
        parts.append(text(left + wide * at + 10, top - 6, column, "q"))
    for at, row in enumerate(rows):
        parts.append(text(MARGIN, top + high * (at + 0.5) + 4, row))
    for (row, column), lines in cases.items():
        x = left + wide * columns.index(column)
        below = top + high * rows.index(row)
        ground = "w" if lines == right else "x"
        parts.append(box(x + 2, below + 2, wide - 4, high - 4, ground))
        for number, (said, truth) in enumerate(zip(lines, right, strict=True)):
            sign, kind = ("✓", "") if said == truth else ("✕", "wrong")
            at = below + 20 + LINE * number
            parts += [
                text(x + 10, at, sign, kind),
                text(x + 28, at, said, kind),
            ]
    return parts, left + wide * len(columns), top + high * len(rows)


def tally(counts: Mapping[str, int], title: str) -> Figure:
    """Draw a bar for each count; a zero is said in words, and in red."""
    left = MARGIN + 12 + max(width_of(name) for name in counts)
    most = max(1, *counts.values())
    parts = [text(MARGIN, 24, title, "t")]
    for row, (name, count) in enumerate(counts.items()):
        y, long = 40 + ROW * row, TALLY * count / most
        parts.append(text(MARGIN, y + 17, name))
        if count:
            parts.append(box(left, y + 4, long, ROW - 8, "r"))
            parts.append(text(left + long + 8, y + 17, f"{count:,}"))
        else:
            parts.append(text(left, y + 17, "never", "wrong"))
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    width = max(left + TALLY + 60, MARGIN + width_of(title, 15)) + MARGIN
    bottom = 40 + ROW * len(counts) + MARGIN
    return Figure(parts, f"{title}: {told}.", round(width), bottom)
