"""Pictures: the space-time diagram of what was played.

The one idea: what was played is a trace like any other. In a network each host
has one lane.
"""

from __future__ import annotations

from ..drawing import Figure, space_time
from ..trace import fold
from .running import Played

__all__ = ["draw_played"]


def draw_played(played: Played, title: str = "") -> Figure:
    """Draw what has happened so far, and the first promise that broke."""
    trace = played.trace
    if played.hosts:
        trace = fold(trace, played.hosts)
    wrong = played.broken[0].why.splitlines()[0] if played.broken else ""
    return space_time(trace, title, wrong=wrong)
