"""The exercise of chapter 11 about lost results: 11.3.

The one idea: a result is lost with its worker. What must run again follows
from the graph and from the results that are left.
"""

from __future__ import annotations

from operator import add, neg

from .promises import Exercise, doing, expect

lineage = Exercise(
    "11.3",
    "what must run again",
    hint="To compute a task, first compute each of its arguments that is "
    "missing, in the same way: a function that calls itself. It stops at a "
    "task that is kept, or that is in the list already.",
    begun=True,
)

# Out of order on purpose: what a task needs may stand below it.
SUMS = {
    "total": (add, "ab", "cd"),
    "ab": (add, "a", "b"),
    "cd": (add, "c", "d"),
    "other": (neg, "d"),
    **{"a": (abs, 1), "b": (abs, 2), "c": (abs, 3), "d": (abs, 4)},
}
DIAMOND = {
    "top": (add, "left", "right"),
    "left": (add, "base", 1),
    "right": (add, "base", "left"),
    "base": (abs, -5),
}


def _expect_runs(answer, graph, kept, wanted, expected):
    asked = (
        f"the tasks that run for {wanted!r} while {sorted(kept) or 'nothing'} "
        "is kept"
    )
    with doing(asked):
        found = answer(dict(graph), set(kept), wanted)
    expect(
        asked,
        happened=found,
        expected="a list of names of tasks",
        holds=isinstance(found, list | tuple)
        and all(isinstance(name, str) for name in found),
    )
    expect(asked, happened=sorted(found), expected=sorted(expected))
    return found


@lineage.promise("if nothing is kept, all that it needs runs", orders=0)
def nothing_kept(answer):
    needed = ["a", "b", "c", "d", "ab", "cd", "total"]
    _expect_runs(answer, SUMS, [], "total", needed)
    _expect_runs(answer, SUMS, [], "cd", ["c", "d", "cd"])


@lineage.promise("what is kept does not run, nor what only it needs", orders=0)
def some_kept(answer):
    kept = ["c", "d", "cd"]
    _expect_runs(answer, SUMS, kept, "total", ["a", "b", "ab", "total"])
    _expect_runs(answer, SUMS, ["ab", "cd"], "total", ["total"])
    _expect_runs(answer, SUMS, ["ab", "d"], "total", ["c", "cd", "total"])
    _expect_runs(answer, SUMS, ["total"], "total", [])


@lineage.promise("each task runs once, after its arguments", orders=0)
def in_order(answer):
    for graph, wanted in ((SUMS, "total"), (DIAMOND, "top")):
        needed = sorted(set(graph) - {"other"})
        runs = _expect_runs(answer, graph, [], wanted, needed)
        for place, task in enumerate(runs):
            late = [a for a in graph[task][1:] if a in runs[place:]]
            expect(
                f"arguments of {task!r} that run after it, in {runs}",
                happened=late,
                expected=[],
            )
