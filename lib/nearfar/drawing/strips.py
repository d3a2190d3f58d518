"""Strips: rows of small cells, each of one kind.

They show bytes, such as those of one read, and outcomes, such as whether a
message of each length arrived. Read a row from left to right. Neighbours of one
kind are drawn as one, and told as one in `alt`.

A strip fits a phone, so that you see all of it at once.
"""

from __future__ import annotations

from itertools import groupby

from .figure import Figure
from .svg import INK, MESSAGE, QUEUED, RUNNING, WRONG, text, width_of

__all__ = ["strip"]

LEFT, TOP, ROW, HIGH, LOW = 12, 38, 46, 20, 7  # pixels
WIDTH = 416  # of all cells together
TICKS = (1, 2, 4, 8, 16, 32, 64, 128)
FILLS = [RUNNING, QUEUED, "#c58a2b", MESSAGE, INK]
BOX = 12  # pixels, of the legend


def strip(
    rows: dict[str, str],
    kinds: dict[str, str],
    *,
    x: str,
    first: int = 1,
    title: str = "",
    wrong: str = "",
) -> Figure:
    """Draw a row of cells for each item of `rows`.

    Each character of a row is a cell; `kinds` says in words what it stands
    for, and a blank is no cell. `x` says what is counted along the strip, from
    `first` on. The kind `wrong` is drawn low, in the colour of failures.

    Raises ValueError for a character that `kinds` does not name.
    """
    unknown = set("".join(rows.values())) - kinds.keys() - {" "}
    if unknown:
        raise ValueError(f"kinds does not say what {unknown} means")
    most = max(map(len, rows.values()))
    cell = WIDTH / most
    fills = dict(zip(kinds, FILLS, strict=False))
    if wrong:
        fills[wrong] = WRONG
    parts = [text(LEFT, 24, title, "t")]
    told = []
    for number, (label, cells) in enumerate(rows.items()):
        top = TOP + number * ROW
        parts.append(text(LEFT, top + 13, label))
        parts += _runs(cells, cell, top + 20, fills, wrong)
        told.append(f"{label}: {_in_words(cells, kinds, first)}")
    bottom = TOP + len(rows) * ROW
    parts += _ticks(most, cell, first, bottom)
    parts.append(text(LEFT, bottom + 24, x, "q"))
    legend, bottom = _legend(kinds, fills, bottom + 34)
    alt = f"Strip ({title}), by {x}. {'; '.join(told)}."
    return Figure([*parts, *legend], alt, 2 * LEFT + WIDTH, bottom + 12)


def _runs(cells, cell, top, fills, wrong):
    at = 0
    for kind, same in groupby(cells):
        count = len(list(same))
        if kind != " ":
            high = LOW if kind == wrong else HIGH
            yield (
                f'<rect x="{LEFT + at * cell:.1f}" y="{top + HIGH - high}" '
                f'width="{max(1.0, count * cell - 1):.1f}" height="{high}" '
                f'rx="{min(2, high / 2):g}" style="fill:{fills[kind]}"/>'
            )
        at += count


def _ticks(most, cell, first, top):
    step = next(each for each in TICKS if most / each <= 16)
    start = -first % step
    for at in range(start, most, step):
        yield (
            f'<text class="p" x="{LEFT + (at + 0.5) * cell:.1f}" '
            f'y="{top + 8}">{first + at}</text>'
        )


def _legend(kinds, fills, top):
    """What each colour stands for, in lines, and where the last one ends."""
    parts, left = [], LEFT
    for kind, words in kinds.items():
        wide = BOX + 5 + width_of(words, 11)
        if left > LEFT and left + wide > LEFT + WIDTH:
            left, top = LEFT, top + 18
        parts.append(
            f'<rect x="{left:g}" y="{top}" width="{BOX}" height="{BOX}" '
            f'rx="2" style="fill:{fills[kind]}"/>'
        )
        parts.append(text(left + BOX + 5, top + 10, words, "q"))
        left = round(left + wide + 14)
    return parts, top + BOX


def _in_words(cells, kinds, first):
    words, at = [], first
    for kind, same in groupby(cells):
        count = len(list(same))
        last = at + count - 1
        where = f"{at}" if count == 1 else f"{at} to {last}"
        if kind != " ":
            words.append(f"{where} {kinds[kind]}")
        at += count
    return ", ".join(words)
