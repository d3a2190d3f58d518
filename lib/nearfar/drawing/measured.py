"""Measured results: curves with their spread, drawn by matplotlib.

The one idea: a single time means nothing. So a point is the median of several
rounds, and its bar goes from the lowest round to the highest. The machine
stands under the curves. Your own measurement is drawn over the recorded one, so
you see which part of a claim your machine shares.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from .svg import GROUND, INK, QUIET

__all__ = ["curves", "Series"]

Series = Mapping[str, Mapping[float, list[float]]]  # name: x: its rounds
# Distinct for colour-blind readers, too (after Okabe and Ito).
COLOURS = ("#1d5b8f", "#a63a1e", "#00795c", "#8a5a00", "#7b3f8c", "#3d4854")
MARKS = "osD^vP"


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
) -> None:
    """Draw measured series as pyplot's current figure.

    A series is {x: [the value of each round]}: its medians are joined (or not)
    and barred from the lowest to the highest round. `yours` are series of the
    same names, measured here and now; what was recorded then steps back.
    `ideal` is a line to compare with. `log` is "", "x", "y" or "xy". `machine`
    is what `benchmark.machine()` gave when it was measured. Raises ValueError
    when there is nothing to draw, or `yours` has a name that was not recorded.
    """
    _check(recorded, yours, log)
    from matplotlib import pyplot

    # No rc_context: the first figure of a notebook makes pyplot interactive,
    # and a context would take that back.
    figure, axes = pyplot.subplots(figsize=(6.8, 4), layout="constrained")
    if ideal:
        _draw_ideal(axes, ideal)
    for number, name in enumerate(recorded):
        look = {
            "color": COLOURS[number % len(COLOURS)],
            "marker": MARKS[number % len(MARKS)],
            "linestyle": "-" if joined else "",
        }
        pale = {"alpha": 0.4, "linewidth": 1.2} if yours else {}
        label = f"{name} (recorded)" if yours else name
        _draw(axes, recorded[name], label=label, **look, **pale)
        if yours and name in yours:
            _draw(axes, yours[name], label=f"{name} (yours)", **look)
    _dress(axes, recorded, x, y, title, log)
    _add_legend(figure, machine)
    figure.set_facecolor(GROUND)


def _check(recorded, yours, log):
    """Raise ValueError for what cannot be drawn."""
    if not any(recorded.values()):
        raise ValueError("nothing to draw: expected {name: {x: [values]}}")
    strange = set(yours or ()) - set(recorded)
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


def _draw(axes, rounds, **look):
    xs = sorted(rounds)
    middle = [statistics.median(rounds[x]) for x in xs]
    below = [m - min(rounds[x]) for x, m in zip(xs, middle, strict=True)]
    above = [max(rounds[x]) - m for x, m in zip(xs, middle, strict=True)]
    size = {"markersize": 6, "capsize": 3, "elinewidth": 1.2}
    axes.errorbar(xs, middle, yerr=[below, above], **size, **look)


def _draw_ideal(axes, ideal):
    axes.plot(*zip(*sorted(ideal.items()), strict=True), "--", c="#8b95a1")
    last = max(ideal)
    axes.annotate(
        "ideal",
        (last, ideal[last]),
        xytext=(4, 4),
        textcoords="offset points",
        color=QUIET,
    )


def _add_legend(figure, machine):
    """Beside the curves it would lie on one of them, sooner or later."""
    legend = figure.legend(
        title=f"recorded on {describe(machine)}" if machine else None,
        title_fontsize=8,
        alignment="left",
        loc="outside lower left",
        ncols=2,
        frameon=False,
        fontsize=9,
    )
    legend.get_title().set_color(QUIET)


def _dress(axes, recorded, x, y, title, log):
    axes.set(xlabel=x, ylabel=y, facecolor=GROUND)
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set_color(INK)
    xs = sorted({at for rounds in recorded.values() for at in rounds})
    if "x" in log:
        axes.set_xscale("log")
    elif len(xs) <= 12 and all(at == int(at) for at in xs):
        axes.set_xticks(xs)
    if "y" in log:
        axes.set_yscale("log")
    axes.grid(color="#e4e6e7", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#9aa4b0")
    axes.tick_params(colors=INK)
