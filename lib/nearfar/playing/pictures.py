"""Pictures: the space-time diagram of what was played.

The one idea: what was played is a trace like any other. In a network each host
has one lane. Of a long game, the picture shows the end.
"""

from __future__ import annotations

from bisect import bisect_left

from ..drawing import Figure, space_time
from ..trace import Trace, fold
from .running import Played

__all__ = ["draw_played", "moves_before"]


def draw_played(played: Played, title: str = "") -> Figure:
    """Draw what has happened so far, and the first promise that broke."""
    wrong = played.broken[0].why.splitlines()[0] if played.broken else ""
    return space_time(_shown(played), title, wrong=wrong, latest=True)


def moves_before(played: Played) -> list[int]:
    """For each step of its picture, the number of moves before it."""
    steps = _shown(played).whole or range(1, len(played.events) + 1)
    return [bisect_left(played.met, step) for step in steps]


def _shown(played: Played) -> Trace:
    """In a network each host has one lane."""
    trace = played.trace
    return fold(trace, played.hosts) if played.hosts else trace
