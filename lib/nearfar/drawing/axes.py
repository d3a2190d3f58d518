"""Axes: where a value stands in a plot, and which values are written there.

The one idea: an axis is a function from values to pixels, linear or
logarithmic, and a few round values in its range. Next: `measured`, which draws
curves between two of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Axis", "in_words"]

MOST = 8  # values that are written on an axis
OWN = 12  # of the measured values; where there are more, round ones are
MARGIN = 0.04  # of the length, at either end
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """A range of values, from pixel `start` to pixel `end`."""

    low: float
    high: float
    start: float
    end: float
    log: bool

    @classmethod
    def over(
        cls, values: Iterable[float], start: float, end: float, log: bool
    ) -> Axis:
        """One that holds these values, with a margin."""
        found = [math.log10(each) if log else each for each in values]
        low, high = min(found), max(found)
        margin = MARGIN * (high - low) or 0.5
        return cls(low - margin, high + margin, start, end, log)

    def at(self, value: float) -> float:
        """The pixel of a value."""
        if self.log:
            value = math.log10(value)
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, own: Iterable[float] = ()) -> list[float]:
        """The values to write: the `own` ones if they are few and whole."""
        values = sorted(set(own))
        if 0 < len(values) <= OWN and all(v == int(v) for v in values):
            return values
        return self._powers() if self.log else _steps(self.low, self.high)

    def _powers(self) -> list[float]:
        """Powers of ten; with their double and half if those are few."""
        first, last = math.ceil(self.low), math.floor(self.high)
        every = max(1, math.ceil((last - first + 1) / MOST))
        powers = [10.0**n for n in range(first, last + 1, every)]
        if len(powers) >= 3:
            return powers
        fine = [
            b * 10.0**n for n in range(first - 1, last + 1) for b in (1, 2, 5)
        ]
        low, high = 10**self.low, 10**self.high
        fine = [value for value in fine if low <= value <= high]
        return fine if len(fine) > 1 else _steps(low, high)


def _steps(low: float, high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, not too many."""
    rough = (high - low) / MOST
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(b * power for b in (1, 2, 5, 10) if b * power >= rough)
    return [
        step * n
        for n in range(math.ceil(low / step), math.floor(high / step) + 1)
    ]


def in_words(value: float) -> str:
    """A number as it is written on an axis: short, with commas."""
    if value and not 1e-3 <= abs(value) < 1e7:
        number, power = f"{value:.2e}".split("e")
        factor = f"{float(number):g}·" if float(number) != 1 else ""
        return f"{factor}10{str(int(power)).translate(RAISED)}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
