"""Spans: who worked when, as a Gantt chart of what was recorded.

The one idea: a bar says "this worker had chunks from here to there", and a gap
says that it had none. So the picture shows what a single time hides: which
workers waited, for which one, and what a lost worker cost. After Henry Gantt
(1910), who drew such charts for workshops.

Left out: the recording. `nearfar.farm` does it, with `Farm(record=True)`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from .figure import Figure
from .svg import INK, QUIET, RUNNING, WRONG, text

__all__ = ["gantt", "Worked"]

LANE, MARGIN, LEFT, WIDTH, BAR = 40, 20, 110, 560, 18  # pixels
COLOURS = {"done": RUNNING, "lost": WRONG, "silent": WRONG}


class Worked(Protocol):
    """A time in which a worker had work."""

    @property
    def worker(self) -> str: ...
    @property
    def began(self) -> float: ...  # seconds
    @property
    def ended(self) -> float: ...
    @property
    def chunks(self) -> int: ...  # how many it was given
    @property
    def fate(self) -> str: ...  # "done", "lost" or "silent"


def gantt(
    spans: Sequence[Worked],
    title: str = "",
    names: Mapping[str, str] | None = None,
    until: float = 0.0,
) -> Figure:
    """Draw a lane for each worker, a bar for each span; lost ones are red.

    Workers are numbered in order of appearance, unless `names` names them.
    `until` is where the axis ends, in seconds from the first span: give the
    same one to charts that are compared. Raises ValueError if there are no
    spans, or if one of them ends after `until`.
    """
    if not spans:
        raise ValueError("nothing was recorded: use Farm(..., record=True)")
    first = min(span.began for span in spans)
    length = max(span.ended for span in spans) - first or 1.0
    if until and length > until:
        raise ValueError(f"a span ends at {length:g} s, after until={until:g}")
    length = until or length
    workers = list(dict.fromkeys(span.worker for span in spans))
    called = {w: f"worker {n}" for n, w in enumerate(workers, 1)}
    called.update(names or {})
    top = MARGIN + (30 if title else 4)
    parts = [text(MARGIN, MARGIN + 8, title, "t")] if title else []
    told = []
    for number, worker in enumerate(workers):
        y = top + LANE * number
        mine = [span for span in spans if span.worker == worker]
        parts.append(text(MARGIN, y + BAR - 4, called[worker]))
        parts += [_bar(span, first, WIDTH / length, y) for span in mine]
        told.append(_describe(called[worker], mine, first))
    bottom = top + LANE * len(workers)
    parts += _axis(bottom, length)
    alt = f"Gantt chart{f' ({title})' if title else ''}: {'; '.join(told)}."
    return Figure(parts, alt, LEFT + WIDTH + 2 * MARGIN, bottom + 2 * MARGIN)


def _bar(span, first, scale, y):
    x = LEFT + (span.began - first) * scale
    seen = 1.0 if span.fate == "done" else 4.0  # pixels, at least
    width = max(seen, (span.ended - span.began) * scale - 1)
    return (
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" '
        f'rx="2" fill="{COLOURS[span.fate]}"/>'
    )


def _describe(name, spans, first):
    done = sum(span.chunks for span in spans if span.fate == "done")
    words = f"{name} did {done} chunks"
    for span in spans:
        if span.fate != "done":
            words += f" and was {span.fate} at {span.ended - first:.2f} s"
    return words


def _axis(y, length):
    parts = [
        f'<line x1="{LEFT}" y1="{y}" x2="{LEFT + WIDTH}" y2="{y}" '
        f'stroke="{INK}"/>'
    ]
    step = 10 ** math.floor(math.log10(length))
    step /= 1 if length / step > 5 else 2 if length / step > 2 else 5
    for number in range(int(length / step) + 1):
        x = LEFT + WIDTH * number * step / length
        parts.append(
            f'<text x="{x:g}" y="{y + 16}" text-anchor="middle" '
            f'style="fill:{QUIET};font-size:11px">{number * step:g}</text>'
        )
    parts.append(text(MARGIN, y + 16, "seconds", "q"))
    return parts
