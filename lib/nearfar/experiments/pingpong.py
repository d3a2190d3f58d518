"""Ping-pong: how deep the stack gets while a ball goes to and fro.

The one idea: a caller waits for its answer, so two functions that call each
other pile up, one call for each hop. Two tasklets that take turns do not wait
for each other's return: each stays where it is. `stack_depths` counts both.

The game is from Grant T. Olson's *Why Stackless?* (2006).
"""

from __future__ import annotations

import sys
from types import FrameType

from ..near import run, schedule, spawn

__all__ = ["stack_depths", "depth"]


def stack_depths(hops: int) -> dict[str, dict[int, list[int]]]:
    """How many calls deep the stack is at each hop of the ball.

    Returns {way: {hop: [calls]}}, for two ways to play: in "calls" each player
    calls the other, in "turns" two tasklets take turns. The count starts where
    each of them began, so it is the same on every Python. Raises
    RecursionError when the calls get too deep, after a thousand hops or so.
    """
    return {"calls": _depths_of_calls(hops), "turns": _depths_of_turns(hops)}


def depth() -> int:
    """How many calls are under way, from the outermost one to the caller."""
    frame: FrameType | None = sys._getframe(1)
    count = 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


def _depths_of_calls(hops):
    depths, ground = {}, depth()

    def ping(hop):
        depths[hop] = [depth() - ground]
        if hop < hops:
            pong(hop + 1)

    def pong(hop):
        depths[hop] = [depth() - ground]
        if hop < hops:
            ping(hop + 1)

    ping(1)
    return depths


def _depths_of_turns(hops):
    depths = {}

    def player(ground):
        while len(depths) < hops:
            depths[len(depths) + 1] = [depth() - ground]
            schedule()

    spawn(lambda: player(depth()), name="ping")
    spawn(lambda: player(depth()), name="pong")
    run()
    return depths
