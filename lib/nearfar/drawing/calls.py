"""Call stacks: the calls that have not returned, for each paused function.

The one idea: a pile of boxes. The outermost call lies at the bottom, each
call stands on its caller, and the blue one on top is where it paused.
"""

from __future__ import annotations

from collections.abc import Iterator

from .figure import Figure
from .steps import MARGIN, heading
from .svg import box, text, width_of

__all__ = ["call_stacks"]

HIGH, GAP = 28, 4  # pixels


def call_stacks(stacks: dict[str, list[str]], title: str = "") -> Figure:
    """Draw {name: [calls, the outermost first]} as piles, side by side.

    Raises ValueError if there is no stack, or an empty one.
    """
    if not stacks or not all(stacks.values()):
        raise ValueError(
            "call_stacks() takes {name: [calls]}, none of them empty"
        )
    deepest = max(map(len, stacks.values()))
    ground = MARGIN + (30 if title else 0) + deepest * (HIGH + GAP)
    parts, left = heading(title), float(MARGIN)
    for name, calls in stacks.items():
        wide = max(width_of(words, 13) for words in (*calls, name)) + 24
        parts += _pile(calls, left, ground, wide)
        parts.append(text(left, ground + 20, name, "t"))
        left += wide + 2 * MARGIN
    parts.append(text(MARGIN, ground + 44, "blue: where it paused", "q"))
    told = [f"{n}, from the bottom: {', '.join(c)}" for n, c in stacks.items()]
    alt = f"Call stacks{f' ({title})' if title else ''}. {'. '.join(told)}."
    right = max(left - MARGIN, 2 * MARGIN + width_of(title, 15))
    return Figure(parts, alt, round(right), round(ground + 58))


def _pile(
    calls: list[str], left: float, ground: float, wide: float
) -> Iterator[str]:
    for number, call in enumerate(calls, start=1):
        top = ground - number * (HIGH + GAP)
        paused = number == len(calls)
        yield box(left, top, wide, HIGH, "r" if paused else "w")
        yield text(left + wide / 2, top + 18, call, "n" if paused else "p")
