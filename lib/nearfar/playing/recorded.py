"""Recorded: pictures of runs that had no player, and that moves give again.

The one idea: a seed and a list of faults are a whole run of a network. The
plain order of a board is the network's own, so the same seed and faults give
the same run to a board. A picture offers one only if every event agrees.

Left out: runs whose events differ each time, and runs that need more moves
than a game may have.
"""

from __future__ import annotations

from functools import partial

from ..checking import Found
from ..drawing import Figure
from ..trace import Trace
from .boards import Board, take_over
from .moves import MOST_MOVES
from .running import renamed
from .targets import Target

__all__ = ["offer_board", "draw_found"]


def offer_board(
    figure: Figure, trace: Trace, target: Target, title: str = ""
) -> Figure:
    """Let the player of a recorded run begin a board at each of its steps.

    The figure stays as it is if `target` in plain order does not give the
    events of `trace` again, all of them. It has a lane for each host.
    """
    played = target.finish(most=MOST_MOVES)
    lanes = {name for name, _ in (figure.steps or {}).get("lanes", ())}
    same = played.events == tuple(renamed(trace.events))
    same = same and lanes == {*played.hosts}
    if same and played.over and not trace.dropped:
        take_over(figure, Board(target, title=title), played)
    return figure


def draw_found(found: Found, title: str = "", by: str = "step") -> Figure:
    """Draw what a hunt found, as `found.draw` does, and offer a board."""
    trace = Trace()
    figure = found.draw(title, by, trace)
    target = Target(
        partial(found.program, **found.sizes),
        at_end=found.invariant or (),
        seed=found.seed,
        faults=found.calm.only(found.faults),
    )
    return offer_board(figure, trace, target, title)
