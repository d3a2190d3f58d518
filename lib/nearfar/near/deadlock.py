"""Deadlocks: which tasklet waits for which, in words.

The one idea: when no tasklet can ever run again, all that is needed to say why
is still there. Each waiting tasklet knows what it waits for, its suspended
frames know where in the source it stands, and their variables show which other
tasklets could have helped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from greenlet import getcurrent

HOUSE = __name__.split(".")[0]  # all that is ours begins with it
TOLD = 50  # waiting tasklets that are named and looked at


def describe_deadlock(tasklets: list[Any]) -> str:
    """A line for each of the tasklets that waits, and a circle if there is."""
    waiting = tasklets[:TOLD]
    lines = ["Deadlock: no tasklet can run."]
    for tasklet in waiting:
        stack = tasklet.stack
        what = stack.waits_for.describe_wait(stack)
        lines.append(f"  {tasklet.name} waits {what}{_where(stack)}")
    if len(tasklets) > TOLD:
        lines.append(f"  and {len(tasklets) - TOLD} more")
    if circle := _find_circle(waiting):
        names = " -> ".join(tasklet.name for tasklet in circle)
        lines.append(f"In a circle, each waits for the next: {names}")
    return "\n".join(lines)


def _find_circle(waiting: list[Any]) -> list[Any]:
    """Tasklets each of which waits for the next, and the last for the first.

    A tasklet that joins another waits for that one. One that waits in a
    channel waits for all that have the channel in their variables and wait
    elsewhere.
    """
    at_hand = {
        tasklet: [
            value
            for frame in _frames(tasklet.stack)
            for value in frame.f_locals.values()
        ]
        for tasklet in waiting
    }

    def helpers(tasklet: Any) -> list[Any]:
        thing = tasklet.stack.waits_for
        if thing in at_hand:  # the end of another tasklet
            return [thing]
        return [
            other
            for other in waiting
            if other.stack.waits_for is not thing
            and any(thing is held for held in at_hand[other])
        ]

    for first in waiting:
        paths, tried = [[first]], {first}
        for path in paths:  # which grow longer, and more
            for other in helpers(path[-1]):
                if other is first:
                    return [*path, first]
                if other not in tried:
                    tried.add(other)
                    paths.append([*path, other])
    return []


def _frames(stack: Any) -> Iterator[FrameType]:
    """The frames of a waiting tasklet that are not ours, innermost first."""
    frame: FrameType | None = getattr(stack, "gr_frame", None)  # if there is
    if stack is getcurrent():
        frame = sys._getframe()
    while frame:
        package = frame.f_globals.get("__package__") or ""
        if package.split(".")[0] != HOUSE:
            yield frame
        frame = frame.f_back


def _where(stack: Any) -> str:
    """Where in the source it stands."""
    for frame in _frames(stack):
        code = frame.f_code
        file = os.path.basename(code.co_filename)
        place = "line" if "ipykernel" in code.co_filename else f"{file}, line"
        return f", in {code.co_name}() ({place} {frame.f_lineno})"
    return ""
