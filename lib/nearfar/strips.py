"""Strips: rows of small cells, where it is the kind of each that counts.

For bytes (whose are they? in which read did they come?) and for outcomes (did
a message of this length arrive?). Read a row from left to right; cells of one
kind that stand side by side are drawn as one, and told as one in `alt`.
"""

from __future__ import annotations

from html import escape
from itertools import groupby

from .figures import INK, MESSAGE, QUEUED, RUNNING, WRONG, Figure

__all__ = ["strip"]

LEFT, TOP, ROW, HIGH = 150, 44, 30, 20  # pixels
WIDTH = 600  # of all cells together
TICKS = (1, 2, 4, 8, 16, 32, 64, 128)
FILLS = [RUNNING, QUEUED, "#c58a2b", MESSAGE, INK]
LETTER = 7.5  # pixels a letter of the legend takes


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
    `first` on. The kind `wrong` is drawn in the colour of failures.

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
    parts = [f'<text class="t" x="16" y="26">{escape(title)}</text>']
    told = []
    for number, (label, cells) in enumerate(rows.items()):
        top = TOP + number * ROW
        parts.append(f'<text x="16" y="{top + 15}">{escape(label)}</text>')
        parts += _runs(cells, cell, top, fills)
        told.append(f"{label}: {_in_words(cells, kinds, first)}")
    bottom = TOP + len(rows) * ROW
    parts += _ticks(most, cell, first, bottom)
    parts.append(f'<text class="q" x="16" y="{bottom + 12}">{escape(x)}</text>')
    parts += _legend(kinds, fills, bottom + 30)
    alt = f"Strip ({title}), by {x}. {'; '.join(told)}."
    return Figure(parts, alt, LEFT + WIDTH + 20, bottom + 54)


def _runs(cells, cell, top, fills):
    at = 0
    for kind, same in groupby(cells):
        count = len(list(same))
        if kind != " ":
            yield (
                f'<rect x="{LEFT + at * cell:.1f}" y="{top}" '
                f'width="{max(1.0, count * cell - 1):.1f}" height="{HIGH}" '
                f'rx="2" style="fill:{fills[kind]}"/>'
            )
        at += count


def _ticks(most, cell, first, top):
    step = next(each for each in TICKS if most / each <= 16)
    start = -first % step
    for at in range(start, most, step):
        yield (
            f'<text class="p" x="{LEFT + (at + 0.5) * cell:.1f}" '
            f'y="{top + 12}">{first + at}</text>'
        )


def _legend(kinds, fills, top):
    left = LEFT
    for kind, words in kinds.items():
        yield (
            f'<rect x="{left}" y="{top}" width="12" height="12" rx="2" '
            f'style="fill:{fills[kind]}"/>'
            f'<text class="q" x="{left + 17}" y="{top + 10}">'
            f"{escape(words)}</text>"
        )
        left += 36 + round(LETTER * len(words))


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
