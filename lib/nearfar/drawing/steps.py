"""Steps: a run as its pictures show it, moment by moment.

The one idea: replay a trace once. The result is a `Timeline`: each event, with
the moment after it. The lanes, the words and the steps of the player read it.

`spacetime` and `turn_rows` draw it. Left out: what a moment is. That is in
`nearfar.trace`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

from ..trace import Event, Moment, Trace, moments
from .svg import shorten, text, width_of

__all__ = ["Timeline"]

MARGIN = 20  # pixels
LETTERS = 26  # of a name in a picture; tables have them all
BAND = 14  # pixels: how thick it is to wait
UNDRAWN = ("spawn", "close", "deadlock")  # kinds of event


@dataclass(frozen=True)
class Timeline:
    """The events of a run, and the moment after each of them."""

    events: list[Event]
    moments: list[Moment]

    @classmethod
    def of(cls, trace: Trace) -> Timeline:
        """Replay a trace. Raises ValueError if it holds nothing to draw."""
        whole = cls(trace.events, list(moments(trace.events, trace.apart)))
        if not whole.drawn():
            raise ValueError("the trace is empty: run() inside `with Trace()`")
        return whole

    def __iter__(self) -> Iterator[tuple[Event, Moment]]:
        return zip(self.events, self.moments, strict=True)

    def part(self, first: int, last: float = inf) -> Timeline:
        """The same run from a step to another."""
        kept = [(e, now) for e, now in self if first <= e.step <= last]
        return Timeline([e for e, _ in kept], [now for _, now in kept])

    def without_the_killing(self) -> Timeline:
        """Leave out how `run()` ends, after a deadlock, the stuck tasklets."""
        kept = [(e, now) for e, now in self if e.tasklet not in now.stuck]
        return Timeline([e for e, _ in kept], [now for _, now in kept])

    def drawn(self) -> list[Event]:
        """Those events that have a place of their own in a picture."""
        events = self.without_the_killing().events
        return [event for event in events if event.kind not in UNDRAWN]

    def queues(self) -> dict[int, tuple[str, ...]]:
        """For each step, the run queue just before it."""
        return {1: (), **{e.step + 1: now.queue for e, now in self}}


def names_of(events: list[Event]) -> list[str]:
    """The tasklets with a lane, in order of appearance."""
    return list(dict.fromkeys(event.tasklet for event in events))


def left_of(names: Iterable[str]) -> float:
    """Where the lanes begin: right of the longest name."""
    return 2 * MARGIN + max(width_of(_label(name)) for name in names)


def heading(title: str) -> list[str]:
    """The title, if there is one."""
    return [text(MARGIN, MARGIN + 8, title, "t")] if title else []


def lane_name(name: str, y: float) -> str:
    """A tasklet's name, at the left end of its lane."""
    return text(MARGIN, y + 4, _label(name), "k")


def _label(name):
    return shorten(name, LETTERS, keep=8)


def steps_of(
    shown: Timeline,
    at: dict[int, float],
    lanes: dict[str, float],
    reach: int = 0,
) -> dict:
    """What the player needs: lanes, lines of source, and each event.

    `at` gives each step its x; a column reaches as far as `reach` to both
    sides of it.
    """
    names = list(lanes)
    places = list(
        dict.fromkeys((e.function, e.line, e.source) for e in shown.events)
    )
    steps = []
    for event, now in shown:
        states = [now.state(name) for name in names]
        steps.append(
            [
                round(at[event.step]),
                names.index(event.tasklet) if event.tasklet in lanes else -1,
                f"{event.tasklet} {event.what}",
                places.index((event.function, event.line, event.source)),
                "".join((state or ".")[0] for state in states),
            ]
        )
    earlier = shown.events[0].step - 1  # steps that are left out
    return {
        "lanes": [[name, round(y)] for name, y in lanes.items()],
        "places": places,
        "steps": steps,
        "reach": reach,
    } | ({"earlier": earlier} if earlier else {})


def deadlocks_told(shown: Timeline) -> Iterator[str]:
    """The sentences of the alternative text about waits without an end."""
    for event, now in shown:
        if event.kind == "deadlock":
            waits = [f"{n} {now.waits[n]}" for n in now.waits]
            yield f"Deadlock. Waiting forever: {'; '.join(waits)}"
            if event.value:
                yield f"Each waits for the next: {event.value}"
