"""Measured results: curves with their spread.

The one idea: a single time means nothing. So a point is the median of several
rounds, and its bar goes from the lowest round to the highest. The machine
stands under the curves. Your own measurement is drawn over the recorded one, so
you see which part of a claim your machine shares.

What the axes need is in `axes`. A linear upward axis begins at 0, so that twice
as high is twice as much.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from .axes import Axis, in_words
from .figure import Figure
from .svg import line, text, width_of

__all__ = ["curves", "Series"]

Series = Mapping[str, Mapping[float, list[float]]]  # name: x: its rounds
# Distinct for colour-blind readers, too (after Okabe and Ito).
COLOURS = ("#1d5b8f", "#a63a1e", "#00795c", "#8a5a00", "#7b3f8c", "#3d4854")
MARKS = (  # paths around their middle: a colour alone tells too little
    "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "m-3.5-3.5h7v7h-7z",
    "m0-5l5 5l-5 5l-5-5z",
    "m0-4.5l4.5 8h-9z",
    "m0 4.5l4.5-8h-9z",
    "m-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
)
WIDTH, EDGE, HIGH = 472, 12, 224  # pixels: all, around, from axis to top
CAP = 3  # pixels, from a bar to either end of its cap
TOLD = 12  # points that the alternative text names one by one
PALE = ' opacity="0.4"'


def curves(
    recorded: Series,
    *,
    x: str,
    y: str,
    title: str = "",
    yours: Series | None = None,
    ideal: Mapping[float, float] | None = None,
    log: str = "",
    machine: Mapping | None = None,
    joined: bool = True,
) -> Figure:
    """Draw measured series.

    A series is {x: [the value of each round]}: its medians are joined (or not)
    and barred from the lowest to the highest round. `yours` are series of the
    same names, measured here and now; what was recorded then steps back.
    `ideal` is a line to compare with. `log` is "", "x", "y" or "xy". `machine`
    is what `benchmark.machine()` gave when it was measured. Raises ValueError
    when there is nothing to draw, or `yours` has a name that was not recorded.
    """
    _check(recorded, yours or {}, log)
    drawn = list(_looks(recorded, yours or {}))
    top = 46 if title else 24
    across, up = _axes(drawn, ideal or {}, top, log)
    parts = [text(EDGE, 24, title, "t")] if title else []
    parts += [text(EDGE, top, y, "q"), *_grid(across, up, drawn)]
    if ideal:
        parts += _ideal(ideal, across, up)
    for curve in drawn:
        parts.append(curve.marked(_marks(curve, across, up, joined)))
    bottom = up.start + 36
    parts.append(text(round(WIDTH - EDGE - width_of(x, 11)), bottom, x, "q"))
    legend, bottom = _legend(drawn, bottom + 12)
    for words in _lines(machine):
        bottom += 16
        legend.append(text(EDGE, bottom, words, "q"))
    name = f" ({title})" if title else ""
    alt = " ".join([f"Plot{name} of {y} against {x}.", *map(_told, drawn)])
    return Figure([*parts, *legend], alt, WIDTH, round(bottom) + 12)


class Curve(NamedTuple):
    """One series and how it looks."""

    name: str
    rounds: Mapping[float, list[float]]
    colour: str
    mark: str
    pale: str  # an attribute, or ""

    def marked(self, marks: Iterable[str]) -> str:
        """These marks in the curve's colour."""
        look = f'style="stroke:{self.colour};fill:{self.colour}"{self.pale}'
        return f"<g {look}>{''.join(marks)}</g>"

    def middle(self) -> dict[float, float]:
        """The median at each x, from left to right."""
        return {x: median(self.rounds[x]) for x in sorted(self.rounds)}


def _looks(recorded: Series, yours: Series) -> Iterator[Curve]:
    for number, (name, rounds) in enumerate(recorded.items()):
        look = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
        label = f"{name} (recorded)" if yours else name
        yield Curve(label, rounds, *look, PALE if yours else "")
        if name in yours:
            yield Curve(f"{name} (yours)", yours[name], *look, "")


def _check(recorded, yours, log):
    """Raise ValueError for what cannot be drawn."""
    if not any(recorded.values()):
        raise ValueError("nothing to draw: expected {name: {x: [values]}}")
    strange = set(yours) - set(recorded)
    if strange:
        raise ValueError(
            f"{sorted(strange)} in yours=: nothing of that name was recorded, "
            f"but {sorted(recorded)}"
        )
    if set(log) - {"x", "y"}:
        raise ValueError(f"log= is '', 'x', 'y' or 'xy', not {log!r}")


def describe(machine: Mapping) -> str:
    """A machine in a line: processor, cores, system, Python."""
    cores = f"{machine['cores']} core{'s' * (machine['cores'] != 1)}"
    return (
        f"{machine['processor']}, {cores}, "
        f"{machine['system']}, Python {machine['python']}"
    )


def _axes(drawn, ideal, top, log):
    xs, ys = {*ideal}, {*ideal.values()}
    for curve in drawn:
        xs.update(curve.rounds)
        ys.update(*curve.rounds.values())
    for letter, values in ("x", xs), ("y", ys):
        if letter in log and min(values) <= 0:
            raise ValueError(
                f"log={log!r} draws values above 0, and {letter} has "
                f"{min(values):g}: leave {letter!r} out of log="
            )
    if "y" not in log:
        ys.add(0.0)
    up = Axis.over(ys, top + 12 + HIGH, top + 12, "y" in log)
    widest = max(width_of(in_words(value), 11) for value in up.ticks())
    left = EDGE + widest + 8
    return Axis.over(xs, left, WIDTH - EDGE, "x" in log), up


def _grid(across: Axis, up: Axis, drawn) -> Iterator[str]:
    for value in up.ticks():
        y, words = up.at(value), in_words(value)
        yield line(across.start, round(y, 1), across.end, round(y, 1), "tick")
        yield (
            f'<text class="q" style="text-anchor:end" x="{across.start - 6:g}" '
            f'y="{y + 4:.1f}">{words}</text>'
        )
    free = 0.0  # from here on, a number has room
    own = set().union(*(curve.rounds for curve in drawn))
    for value in across.ticks(own):
        x, words = across.at(value), in_words(value)
        half = width_of(words, 11) / 2
        if x - half < free:
            continue
        free = x + half + 6
        yield line(round(x, 1), up.start, round(x, 1), up.end, "tick")
        yield (
            f'<text class="p" x="{x:.1f}" y="{up.start + 16:g}">{words}</text>'
        )


def _marks(curve, across, up, joined) -> Iterator[str]:
    points = [(across.at(x), up.at(y)) for x, y in curve.middle().items()]
    if joined:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        yield f'<path d="M{path}" style="fill:none;stroke-width:1.6"/>'
    for (x, y), at in zip(points, sorted(curve.rounds), strict=True):
        ends = [up.at(f(curve.rounds[at])) for f in (min, max)]
        if ends[0] - ends[1] >= 1:  # pixel, else there is nothing to see
            caps = "".join(f"M{x - CAP:.1f} {end:.1f}h6" for end in ends)
            yield f'<path d="M{x:.1f} {ends[0]:.1f}V{ends[1]:.1f}{caps}"/>'
        yield f'<path d="M{x:.1f} {y:.1f}{curve.mark}" style="stroke:none"/>'


def _ideal(ideal, across, up) -> Iterator[str]:
    points = [(across.at(x), up.at(y)) for x, y in sorted(ideal.items())]
    for (x1, y1), (x2, y2) in pairwise(points):
        ends = round(x1, 1), round(y1, 1), round(x2, 1), round(y2, 1)
        yield line(*ends, "d")
    x, y = points[-1]
    left = x - width_of("ideal", 11)
    yield text(round(left, 1), round(y - 6, 1), "ideal", "q")


def _legend(drawn, top):
    """A mark and a name for each curve, and where the last line ends."""
    parts, left = [], EDGE
    for curve in drawn:
        wide = 34 + width_of(curve.name, 11)
        if left > EDGE and left + wide > WIDTH - EDGE:
            left, top = EDGE, top + 18
        way = f'<path d="M{left} {top + 6:g}h22" style="stroke-width:1.6"/>'
        mark = f"M{left + 11} {top + 6:g}{curve.mark}"
        marks = way, f'<path d="{mark}" style="stroke:none"/>'
        parts.append(curve.marked(marks))
        parts.append(text(left + 28, top + 10, curve.name, "q"))
        left = round(left + wide + 14)
    return parts, top + 12


def _lines(machine) -> list[str]:
    """The machine, in lines that fit."""
    lines: list[str] = []
    for part in f"recorded on {describe(machine)}".split() if machine else ():
        longer = f"{lines[-1]} {part}" if lines else part
        if lines and width_of(longer, 11) <= WIDTH - 2 * EDGE:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _told(curve: Curve) -> str:
    """A curve in words: each point, or those that say most."""
    middle = curve.middle()
    chosen = list(middle)
    if len(middle) > TOLD:
        extremes = [f(middle, key=middle.__getitem__) for f in (min, max)]
        chosen = sorted({chosen[0], chosen[-1], *extremes})
    points = [f"{in_words(middle[x])} at {in_words(x)}" for x in chosen]
    return f"{curve.name}: {', '.join(points) or 'no points'}."
