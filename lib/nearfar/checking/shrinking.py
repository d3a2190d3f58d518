"""Shrinking: make a failing world as small as it gets.

The one idea: leave something out, run the world again, and keep the change if
the same invariant still fails. A seed draws dozens of faults; a person can
follow one or two.

`shrink` tries fewer faults first, or a single one at an earlier message or
another host; then fewer hosts; then shorter silences. The idea comes from
QuickCheck and from delta debugging; `fewer` leaves the faults out.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from ..simulation import Network
from .failures import Found, live
from .fewer import leave_out

__all__ = ["shrink"]

TRIES = 1_000  # worlds, at most


def shrink(found: Found) -> Found:
    """Return the same failure with fewer faults, smaller sizes, rounder times.

    It runs at most 1,000 worlds.
    """
    budget = _Budget(found)
    if not budget.smaller():  # it needs the chances themselves
        return found
    _drop_faults(budget)
    _try_alone(budget)
    _try_each(budget, _earlier)
    for name in found.sizes:
        for size in range(1, budget.found.sizes[name]):
            sizes = {**budget.found.sizes, name: size}
            fewer = tuple(_among(f, size) for f in budget.found.faults)
            if budget.smaller(sizes=sizes) or budget.smaller(
                sizes=sizes, faults=fewer
            ):
                break
    _drop_faults(budget)
    _try_each(budget, _shorter)
    return budget.found


class _Budget:
    """A failure, and how many worlds may still be tried to shrink it."""

    def __init__(self, found):
        self.found = found
        self.invariants = [found.invariant] if found.invariant else []
        self.left = TRIES

    def smaller(self, **changes) -> bool:
        """Keep the changes if the same invariant still fails."""
        if not self.left:
            return False
        self.left -= 1
        tried = replace(self.found, **changes)
        network = Network(tried.seed, tried.calm.only(tried.faults))
        error, broken, _ = live(
            network, tried.program, self.invariants, tried.sizes
        )
        if type(error) is not type(self.found.error):
            return False
        if broken is not self.found.invariant:
            return False
        struck = [fault for fault in tried.faults if fault in network.happened]
        self.found = replace(tried, faults=tuple(struck), error=error)
        return True


def _try_alone(budget):
    """One fault instead of several: each of them, early, at another host."""
    several = budget.found.faults if len(budget.found.faults) > 1 else ()
    for fault in several:
        for idea in (*_earlier(fault), fault):
            for number in (1, 2, 3):
                alone = re.sub(r"-\d+", f"-{number}", idea.where)
                if budget.smaller(faults=(replace(idea, where=alone),)):
                    return


def _try_each(budget, ideas):
    """Replace each fault by a simpler one, where that still fails."""
    for place, fault in enumerate(budget.found.faults):
        for idea in ideas(fault):
            faults = [*budget.found.faults]
            if place < len(faults) and idea != fault:
                faults[place] = idea
                if budget.smaller(faults=tuple(faults)):
                    break


def _earlier(fault):
    """The same fault at the first connection, at the first message."""
    for late, early in ((r"(\.\d+)?#\d+", "#1"), (r"\.\d+(?=#)", "")):
        yield replace(fault, where=re.sub(late, early, fault.where))


def _shorter(fault):
    """The same fault for fewer or at least for rounder seconds."""
    lasts = fault.seconds
    rounded = float(round(lasts)) if lasts < math.inf else lasts
    for seconds in (0.0, 1.0, 10.0, 60.0, rounded):
        if seconds < lasts:
            yield replace(fault, seconds=seconds)


def _drop_faults(budget):
    """Leave out faults while the same invariant still fails."""

    def still_fails(rest):
        return budget.found.faults if budget.smaller(faults=rest) else None

    leave_out(budget.found.faults, still_fails)


def _among(fault, size):
    """The same fault, at a host whose number is not above `size`."""

    def lower(number):
        return f"-{min(size, int(number[1]))}"

    return replace(fault, where=re.sub(r"-(\d+)", lower, fault.where))
