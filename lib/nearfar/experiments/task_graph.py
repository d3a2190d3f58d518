"""Task graphs: which task needs whose result, drawn from left to right.

The one idea: a graph is a dict. It maps the name of a task to a tuple of a
function and its arguments, and an argument that names a task is that task's
result. Dask takes such dicts, too.

A task stands one column to the right of the last one that it needs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from graphlib import TopologicalSorter
from itertools import count

from ..drawing import Figure, svg

__all__ = ["task_graph", "Graph"]

Graph = Mapping[str, tuple]  # {name: (function, *arguments)}

MARGIN, HIGH, ROW, GAP = 20, 28, 44, 56  # pixels
KINDS = ("wrong", "n"), ("r", "n")  # ground and letters of each kind of mark
PLAIN = "w", "p"


def task_graph(
    graph: Graph,
    title: str = "",
    marked: Mapping[str, Collection[str]] | None = None,
) -> Figure:
    """Draw a box for each task, and an arrow to each task that needs it.

    `marked` colours tasks: {what the colour means: names}, red first, then
    blue. Raises ValueError for an empty graph, more than two colours, or
    tasks that need each other in a circle.
    """
    marked = marked or {}
    if not graph or len(marked) > len(KINDS):
        raise ValueError("task_graph() takes some tasks, and two colours")
    TopologicalSorter({name: _needs(graph, name) for name in graph}).prepare()
    wide = 24 + max(map(svg.width_of, graph))
    places = _places(graph, wide, MARGIN + (30 if title else 0))
    looks = dict.fromkeys(graph, PLAIN)
    for look, names in zip(KINDS, marked.values(), strict=False):
        looks |= dict.fromkeys(names, look)
    parts = [svg.text(MARGIN, MARGIN + 8, title, "t")] if title else []
    for name, (x, y) in places.items():
        for needed in _needs(graph, name):
            at, height = places[needed]
            parts.append(_arrow(at + wide, height, x, y))
        ground, letters = looks[name]
        parts.append(svg.box(x, y - HIGH / 2, wide, HIGH, ground))
        parts.append(svg.text(x + wide / 2, y + 4, name, letters))
    bottom = max(y for _, y in places.values()) + HIGH
    for words, colour in zip(marked, ("red", "blue"), strict=False):
        parts.append(svg.text(MARGIN, bottom + 8, f"{colour}: {words}", "q"))
        bottom += 18
    right = max(x for x, _ in places.values()) + wide
    widths = [svg.width_of(title, 14), *(svg.width_of(m) for m in marked)]
    width = max(right, MARGIN + max(widths)) + MARGIN
    alt = _told(graph, title, marked)
    return Figure(parts, alt, round(width), round(bottom + 8))


def _needs(graph, name):
    """The tasks whose results are arguments of this one, each once."""
    names = [a for a in graph[name][1:] if isinstance(a, str) and a in graph]
    return list(dict.fromkeys(names))


def _places(graph, wide, top):
    """{name: (left edge, middle)}: a sum stands between what it needs."""
    rows = count()

    @cache
    def place(name):
        needed = [place(each) for each in _needs(graph, name)]
        if not needed:
            return MARGIN, top + HIGH / 2 + ROW * next(rows)
        right = max(x for x, _ in needed)
        heights = [y for _, y in needed]
        return right + wide + GAP, sum(heights) / len(heights)

    return {name: place(name) for name in graph}


def _arrow(x1, y1, x2, y2):
    return (
        f'<line class="a" marker-end="url(#head)" x1="{x1:g}" y1="{y1:g}" '
        f'x2="{x2 - 2:g}" y2="{y2:g}"/>'
    )


def _told(graph, title, marked):
    told = []
    for name in graph:
        needed = _needs(graph, name)
        told.append(f"{name} needs {' and '.join(needed) or 'none'}")
    for words, names in marked.items():
        told.append(f"{words}: {', '.join(sorted(names)) or 'none'}")
    return f"Task graph{f' ({title})' if title else ''}. {'. '.join(told)}."
