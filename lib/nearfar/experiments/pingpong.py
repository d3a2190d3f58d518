"""Ping-pong: how deep the stack gets while a ball goes to and fro.

The one idea: a caller waits for its callee to return, so two functions that
call each other pile up, one call for each hop. Two tasklets that take turns do
not wait for a return: each stays where it is. `stack_depths` counts both;
`paused_calls` reads one stack.

The game is from Grant T. Olson's *Why Stackless?* (2006).
"""

from __future__ import annotations

import sys
from types import FrameType

from ..near import run, schedule, spawn

__all__ = ["stack_depths", "depth", "paused_calls"]


def stack_depths(hops: int) -> dict[str, dict[int, list[int]]]:
    """Count the calls on the stack at each hop of the ball.

    Returns {way: {hop: [calls]}}, for two ways to play: in "calls" each player
    calls the other, in "turns" two tasklets take turns. The count starts where
    each of them began, so it is the same on every Python. Raises
    RecursionError when the calls get too deep, after a thousand hops or so.
    """
    return {"calls": _depths_of_calls(hops), "turns": _depths_of_turns(hops)}


def depth() -> int:
    """Count the calls that have not returned, the caller's included."""
    frame: FrameType | None = sys._getframe(1)
    count = 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


def paused_calls(top: FrameType) -> list[str]:
    """Name the calls on the stack below a frame, the outermost first.

    Each has its first argument, as in "visit('b')". For a paused greenlet,
    the frame on top is its `gr_frame`.
    """
    frame: FrameType | None = top
    calls: list[str] = []
    while frame is not None:
        code = frame.f_code
        first = code.co_varnames[: min(1, code.co_argcount)]
        shown = ", ".join(repr(frame.f_locals[name]) for name in first)
        calls.append(f"{code.co_name}({shown})")
        frame = frame.f_back
    return calls[::-1]


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
