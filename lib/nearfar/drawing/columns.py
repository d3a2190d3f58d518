"""Columns: which events share a place, and how far apart the places are.

The one idea: by time, a second has the same number of pixels everywhere in a
picture. Where that is impossible, the axis is broken and says so: after a
long pause in which nothing happens, and where words need more room.

`layout` puts the columns into the picture. Left out: the lanes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from ..trace import HANDS_ON, Event
from .svg import QUIET, line, text, width_of

__all__ = ["Scale", "columns_of", "axis"]

STEP = 30  # pixels from place to place, where time does not count
TIMELINE, WIDE = 480, 900  # pixels of all pauses together: as a rule, at most
LONG = 120  # pixels of a pause that is cut short
FAR = 4  # so many times all other pauses together is a long pause
CLOSE = 4.0  # pixels, at least, between two places
TRUE, NEAR = 0.15, 8  # part and pixels by which a pause may be off its scale


@dataclass(frozen=True)
class Scale:
    """How many pixels a second has, and where it has others.

    `cut` are the instants after which it has fewer. `room` are the pixels that
    the words need before an instant.
    """

    second: float
    cut: frozenset[float] = frozenset()
    room: Mapping[float, float] = field(default_factory=dict)

    @classmethod
    def of(cls, events: list[Event]) -> Scale:
        """The scale at which the pauses fill a picture of usual width."""
        pauses = [(end - start, start) for start, end in _pauses(events)]
        longest, start = max(pauses, default=(0.0, 0.0))
        rest = sum(pause for pause, _ in pauses) - longest
        if 0 < FAR * rest < longest:
            return cls((TIMELINE - LONG) / rest, frozenset({start}))
        return cls(TIMELINE / (rest + longest or 1.0))

    def gap(self, start: float, end: float) -> float:
        """Pixels from an instant to the next one."""
        if start == end:
            return 0.0
        true = LONG if start in self.cut else self.second * (end - start)
        return true + self.room.get(end, 0.0)

    def widened(
        self,
        events: list[Event],
        at: dict[int, float],
        pushed: dict[float, float],
    ) -> Scale:
        """The scale with room for all words, if that does not get too wide.

        `pushed` are the pixels that words needed before each instant.
        """
        drawn = [
            (end - start, x2[0] - x1[-1] + pushed.get(end, 0.0))
            for (start, x1), (end, x2) in pairwise(_places(events, at))
            if start not in self.cut
        ]
        second = max((wide / pause for pause, wide in drawn), default=0.0)
        if second * sum(pause for pause, _ in drawn) > WIDE:
            return replace(self, room=pushed)
        return replace(self, second=max(second, self.second))

    def breaks(
        self, events: list[Event], at: dict[int, float]
    ) -> list[tuple[float, float, float, float]]:
        """The pauses off the scale: (start, end, its x, its x)."""
        return [
            (start, end, x1[-1], x2[0])
            for (start, x1), (end, x2) in pairwise(_places(events, at))
            for true in [self.second * (end - start)]
            if abs(x2[0] - x1[-1] - true) > max(NEAR, TRUE * true)
        ]


def _pauses(events):
    return pairwise(sorted({event.time for event in events}))


def _places(events, at):
    """The instants in order, each with the places of its events in order."""
    places: dict[float, set[float]] = {}
    for event in events:
        if event.step in at:
            places.setdefault(event.time, set()).add(at[event.step])
    return [(time, sorted(xs)) for time, xs in sorted(places.items())]


def columns_of(
    events: list[Event], by: str, queues: dict, scale: Scale
) -> Iterator[tuple[float, list[Event]]]:
    """The events that share a place, and their distance from the last ones.

    One moment is one place: one tasklet stops, and the next goes on.
    """
    if by == "clock":
        ordered = sorted(events, key=lambda e: e.clock)
        for _, same in groupby(ordered, key=lambda e: e.clock):
            yield STEP, list(same)
        return
    gap, column = 0.0, events[:1]
    for event, later in pairwise(events):
        if not _hands_on(event, later, queues):
            yield gap, column
            gap, column = STEP, []
            if by == "time":
                gap = max(CLOSE, scale.gap(event.time, later.time))
        column.append(later)
    yield gap, column


def _hands_on(event, later, queues):
    """Whether the next one goes on in the moment in which this one stops."""
    if event.kind not in HANDS_ON or event.tasklet == later.tasklet:
        return False
    could_run = later.tasklet in queues[later.step]
    return could_run and later.kind in ("start", "switch")


def axis(
    by: str, events: list[Event], at: dict[int, float], breaks: list, y: float
) -> list[str]:
    """Marks where the clock stood, as many as have room, and the breaks."""
    name = "time" if by == "time" else "logical clock"
    parts, free = [text(20, y + 4, name, "q")], 20 + width_of(name) + 6
    marks: dict[str, float] = {}
    for event in events:
        if event.step in at:
            value = event.time if by == "time" else event.clock
            marks.setdefault(_number(value), at[event.step])
    for told, x in sorted(marks.items(), key=lambda mark: mark[1]):
        wide = width_of(told, 11)
        parts.append(line(x, y - 14, x, y - 9, "tick"))
        if x - wide / 2 > free:
            parts.append(text(x, y + 4, told, "p q"))
            free = x + wide / 2 + 8
    if by == "time":  # an instant may take more than one place
        for _, xs in _places(events, at):
            parts.append(_stroke(f"M{xs[0]:g} {y - 9:g}H{xs[-1]:g}"))
    for _, _, x1, x2 in breaks:
        x = (x1 + x2) / 2
        parts.append(_stroke(f"M{x - 5:g} {y - 4:g}l5-10m3 0l-5 10"))
    return parts


def _number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _stroke(path):
    return f'<path d="{path}" stroke="{QUIET}" fill="none"/>'
