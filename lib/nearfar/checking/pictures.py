"""Pictures: the tree of all orders, and the calls of a history.

The one idea: a search walks through a tree. The tree forks where several
tasklets could run. A leaf is one order, and says whether the program passed.
Tree and leaves are drawn from the runs themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..drawing import Figure, svg
from .histories import Call
from .partings import Record
from .searching import every_order

__all__ = ["tree_of_orders", "draw_calls"]

MARGIN, ROW, STEP, BOX = 20, 30, 118, 96  # pixels
LANE, LEFT = 40, 90


@dataclass
class Node:
    """A turn; `after` are the turns that can come next, by name."""

    name: str
    after: dict[str, Node] = field(default_factory=dict)
    error: Exception | None = None
    y: float = 0.0


def tree_of_orders(
    program: Callable[[], object],
    title: str = "All orders",
    most: int = 60,
    **options,
) -> Figure:
    """Draw the tree of a program's orders; a red leaf is one that fails.

    Each box names the tasklet whose turn it is, from left to right. Takes the
    options of `explore`, and draws at most `most` orders.
    """
    root, told = Node("start"), []
    for _, watch, error in every_order(program, most, Record, **options):
        node, names = root, []
        for turn in watch.turns[1:]:  # the first is the program's own
            name = turn.name or turn.stands
            node = node.after.setdefault(name, Node(name))
            names.append(name)
        node.error = error
        told.append(f"{', '.join(names)}: {'fails' if error else 'passes'}")
    rows = _place(root, MARGIN + 40)
    parts = [svg.text(MARGIN, MARGIN + 8, title, "t")]
    width = _draw(root, MARGIN, parts)
    alt = f"{title}: a tree of {len(told)} orders. {'; '.join(told)}."
    return Figure(parts, alt, round(width + MARGIN), round(rows))


def _place(node, y):
    """Give each node its height; return where the next leaf goes."""
    if not node.after:
        node.y = y
        return y + ROW
    for child in node.after.values():
        y = _place(child, y)
    heights = [child.y for child in node.after.values()]
    node.y = (heights[0] + heights[-1]) / 2
    return y


def _draw(node, x, parts):
    """Draw a node and what comes after it; return the right edge."""
    here = x + BOX
    for child in node.after.values():
        parts.append(svg.line(here, node.y, x + STEP, child.y, "tick"))
    parts.append(svg.box(x, node.y - 10, BOX, 20, "r"))
    name = svg.shorten(node.name, 14, keep=2)
    parts.append(svg.text(x + BOX / 2, node.y + 4, name, "n"))
    if not node.after:
        told, kind = ("✗ fails", "wrong") if node.error else ("✓ passes", "")
        parts.append(svg.text(here + 8, node.y + 4, told, kind))
        return here + 70
    return max(_draw(child, x + STEP, parts) for child in node.after.values())


def draw_calls(
    calls: Iterable[Call],
    culprit: Call | None = None,
    title: str = "Calls",
) -> Figure:
    """Draw a lane for each client, a bar for each call; the culprit is red.

    Bars begin and end in the order of the events, not to a scale of time. A
    bar that ends in dots had no answer.
    """
    calls = list(calls)
    times = sorted({t for c in calls for t in (c.began, c.ended)} - {math.inf})
    wide = max((svg.width_of(_answer(c), 11) for c in calls), default=0)
    step = max(28.0, (wide + 16) / 2)
    at = {time: LEFT + step * n for n, time in enumerate(times)}
    right = LEFT + step * len(times)
    clients = list(dict.fromkeys(call.client for call in calls))
    top = MARGIN + 34
    parts = [svg.text(MARGIN, MARGIN + 8, title, "t")]
    for number, client in enumerate(clients):
        y = top + LANE * number
        parts.append(svg.text(MARGIN, y + 4, client))
        mine = [call for call in calls if call.client == client]
        for call in mine:
            parts += _bar(call, at, right, y, call == culprit)
    height = top + LANE * len(clients)
    alt = f"{title}: {'; '.join(_told(calls, culprit))}."
    return Figure(parts, alt, round(right + MARGIN + 40), round(height))


def _bar(call, at, right, y, wrong):
    start, end = at[call.began], at.get(call.ended, right)
    kind = "wrong" if wrong else "r"
    parts = [svg.box(start, y - 4, end - start, 10, kind)]
    if call.ended == math.inf:
        parts.append(svg.line(end, y + 1, end + 30, y + 1, "d"))
    parts.append(svg.text(start, y - 8, _answer(call), "q"))
    return parts


def _answer(call) -> str:
    args = ", ".join(map(str, call.args))
    return svg.shorten(f"{call.name} {args} → {call.answer}", 32)


def _told(calls: Sequence[Call], culprit) -> list[str]:
    return [
        f"{call}{' (here it breaks)' if call == culprit else ''}"
        for call in calls
    ]
