"""Grids: every crash point and what came of it, in one picture.

The one idea: a proof by trying everything should look like it. A column is a
point at which the power was cut, a row is what the disk had kept by then, a
cell is what was found afterwards. One red cell is one way to lose money.

`found` does the trying, `outcomes` the drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from .disk import PaperDisk
from .figures import Figure, box, text, width_of

__all__ = ["found", "outcomes"]

CELL, ROW, MARGIN = 34, 26, 16  # pixels
GOOD = "right"  # the outcome that is drawn quietly
Outcomes = dict[tuple[int, str], str]


def found(disk: PaperDisk, judge: Callable[[int, PaperDisk], str]) -> Outcomes:
    """What each crash of a disk comes to: (step, how it was cut): outcome.

    `judge(step, disk)` says it in a word, "right" if all is well; `disk` is
    what was found after a cut after so many steps.
    """
    return {
        (crash.step, crash.what): judge(crash.step, crash.disk)
        for crash in disk.crashes()
    }


def outcomes(disk: PaperDisk, told: Outcomes, title: str) -> Figure:
    """Draw what `found` has found: a column for each step, a row for each way
    in which it was cut."""
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
                parts += _cell(left + CELL * step, y, outcome)
    counts = Counter(told.values())
    summary = ", ".join(f"{many} {word}" for word, many in counts.most_common())
    y = top + ROW * len(ways) + 20
    parts.append(text(MARGIN, y, f"{len(told)} power cuts: {summary}"))
    width = max(
        left + CELL * len(labels) + MARGIN + 40,
        2 * MARGIN + width_of(title, 14) * 1.1,
    )
    alt = (
        f"{title}. A grid of {len(told)} power cuts, at each of "
        f"{len(disk.steps)} steps: {summary}."
    )
    return Figure(parts, alt, round(width), y + MARGIN)


def _cell(x, y, outcome):
    good = outcome == GOOD
    sign = "✓" if good else outcome[0].upper()
    kind = "q" if good else "wrong"
    return [
        box(x + 2, y + 2, CELL - 4, ROW - 4, "w" if good else "x"),
        text(x + CELL / 2 - width_of(sign) / 2, y + 18, sign, kind),
    ]


def _slanted(x, y, label):
    words = text(0, 0, label, "q")
    return f'<g transform="translate({x:g} {y:g}) rotate(-35)">{words}</g>'
