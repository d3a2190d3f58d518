"""Turn rows: which tasklet has the processor, turn by turn.

The one idea: a scheduler is a queue, and numbers show a queue best. A column is
a turn; blue has the processor, a number is a place in the queue, grey waits.

Left out: messages. They are in `spacetime`.
"""

from __future__ import annotations

from itertools import groupby

from ..trace import Trace
from .figure import Figure
from .layout import WIDEST
from .steps import (
    BAND,
    MARGIN,
    Timeline,
    deadlocks_told,
    heading,
    lane_name,
    left_of,
    names_of,
    steps_of,
)
from .svg import box, line, text, width_of

__all__ = ["who_runs_when"]

CELL = 26  # pixels
TURNS = ("start", "switch", "deadlock")  # kinds of event


def who_runs_when(trace: Trace, title: str = "") -> Figure:
    """A row for each tasklet, a column for each turn at the processor.

    Blue has the processor; a number is a place in the queue; grey waits.
    Raises ValueError if the trace is empty.
    """
    run = Timeline.of(trace)
    names = names_of(run.drawn())
    top = MARGIN + (42 if title else 18)
    lanes = {name: top + CELL / 2 + CELL * n for n, name in enumerate(names)}
    left = left_of(names)
    shown = run.without_the_killing()
    turns = [n for n, e in enumerate(shown.events) if e.kind in TURNS]
    most = int((WIDEST - left) / CELL)
    left_out, turns = len(turns[most:]), turns[:most]
    parts = heading(title)
    parts += [lane_name(name, y) for name, y in lanes.items()]
    for column in range(len(turns)):
        x = left + CELL * column + CELL / 2 - 1
        parts.append(text(x, top - 6, f"{column + 1}", "p q"))
    for name, y in lanes.items():
        parts += _row(name, [shown.moments[turn] for turn in turns], left, y)
    bottom = top + CELL * len(names) + 8
    if left_out:
        note = f"… {left_out} more turns, not drawn"
        parts.append(text(left, bottom + 10, note, "q"))
        bottom += 20
        shown = shown.part(1, shown.events[turns[-1]].step)
    alt = _describe(names, shown, turns, title, left_out)
    right = max(left + CELL * len(turns), MARGIN + width_of(title, 15))
    at = _columns(shown.events, turns, left)
    steps = steps_of(shown, at, lanes, CELL // 2 - 1)
    return Figure(parts, alt, round(right + MARGIN), round(bottom + 8), steps)


def _columns(events, turns, left):
    """For each step, the middle of the turn in which it happened."""
    x, at = left + CELL / 2 - 1, {}
    for n, event in enumerate(events):
        if n in turns:
            x = left + CELL * turns.index(n) + CELL / 2 - 1
        at[event.step] = x
    return at


def _row(name, every, left, y):
    """A tasklet in each turn: it runs, stands in the queue, or waits."""
    parts, x, size = [], left, CELL - 4
    for state, same in groupby(every, key=lambda now: now.state(name)):
        here, run = x, list(same)
        x += CELL * len(run)
        if state == "waits":
            band = box(here + 1, y - BAND / 2, x - here - 4, BAND, "w")
            parts += [band, line(here + 4, y, x - 6, y, "d")]
        for number, now in enumerate(run):
            cell = here + CELL * number + 1
            if state == "running":
                parts.append(box(cell, y - size / 2, size, size, "r"))
            elif state == "queue":
                place = f"{now.queue.index(name) + 1}"
                parts.append(text(cell + size / 2, y + 4, place, "p"))
            elif state == "stuck":
                parts.append(text(cell + 5, y + 5, "✕", "wrong t"))
    return parts


def _describe(names, shown, turns, title, left_out):
    events = shown.events
    ran = [events[n].tasklet for n in turns if events[n].kind != "deadlock"]
    told = ran if len(ran) <= 24 else [*ran[:24], f"and {len(ran) - 24} more"]
    sentences = [
        f"Who runs when{f' ({title})' if title else ''}: a row for each of "
        f"{', '.join(names)}",
        f"The turns, in order: {', '.join(told)}",
        *deadlocks_told(shown),
    ]
    if left_out:
        sentences.append(f"{left_out} more turns are not drawn")
    return ". ".join(sentences) + "."
