"""Diagrams: all drawing, always from a recorded run, never by hand.

The one idea: a picture is a function of a `Trace` (or of measured rows), so it
cannot say anything that did not happen, and the same run gives the same
picture to the last byte.

`space_time` draws who sent what to whom. Read a lane from left to right: thick
is running, thin is in the queue (it could run), dotted is waiting, an arrow is
a message, a dot the end, a cross a wait for ever. `speed_up` draws measured
rows beside the ideal.
"""

from __future__ import annotations

import base64
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from .trace import Trace

if TYPE_CHECKING:
    from .benchmark import Row

__all__ = ["Figure", "space_time", "stack", "speed_up"]

# Colours that keep their contrast on the card's own ground, in any theme.
GROUND, INK, QUIET = "#fdfcf9", "#26323f", "#5d6875"
RUNNING, WAITING, MESSAGE, WRONG = "#1d5b8f", "#a9b3bf", "#b3402a", "#b3402a"
UNDRAWN = ("spawn", "close", "throw")  # kinds of event
WAITS = ("block", "sleep", "schedule")
LANE, STEP, MARGIN, LETTER = 58, 26, 18, 6.6  # pixels


class Figure:
    """A drawing as SVG with a text that says the same: `alt`."""

    def __init__(self, svg: str, alt: str, width: int, height: int):
        self.svg = svg
        self.alt = alt
        self.width = width  # pixels
        self.height = height

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        return (
            f'<img alt="{escape(self.alt)}" '
            f'src="data:image/svg+xml;base64,{data}">'
        )

    def __repr__(self):
        return f"<figure: {self.alt}>"


def space_time(trace: Trace, title: str = "", by: str = "step") -> Figure:
    """A lane for each tasklet, an arrow for each message.

    `by="step"` spaces the events evenly, in the order in which they happened;
    `by="time"` puts them where the clock stood.
    """
    if by not in ("step", "time"):
        raise ValueError(f"by= is 'step' or 'time', not {by!r}")
    events = [e for e in trace.events if e.kind not in UNDRAWN]
    names = list(dict.fromkeys(e.tasklet for e in events))
    if not names:
        raise ValueError("the trace is empty: run() inside `with Trace()`")
    left = MARGIN * 2 + LETTER * max(map(len, names))
    arrows = _messages(events)
    place = _places(events, arrows, left, by)
    lane = {
        name: MARGIN + (28 if title else 8) + LANE * index
        for index, name in enumerate(names)
    }
    right = max(
        [x + MARGIN for x in place.values()]
        + [place[a] + LETTER * len(v) + MARGIN for _, a, _, _, v in arrows]
    )
    parts = [_text(MARGIN, MARGIN + 6, title, INK, "bold")] if title else []
    for name in names:
        mine = [e for e in events if e.tasklet == name]
        parts += _lane(name, mine, place, lane[name], trace.events)
    parts += [_arrow(*arrow, place, lane) for arrow in arrows]
    height = lane[names[-1]] + LANE // 2 + MARGIN
    if by == "time":
        parts += _time_axis(events, place, height)
        height += MARGIN
    stuck = [
        name
        for name in names
        if _is_stuck([e for e in events if e.tasklet == name])
    ]
    alt = _describe(names, arrows, stuck, title)
    width = round(max(right + MARGIN, MARGIN * 2 + LETTER * 1.1 * len(title)))
    return Figure(_svg(width, height, parts), alt, width, height)


def stack(*figures: Figure) -> Figure:
    """Several figures as one, from top to bottom."""
    height, parts = 0, []
    for figure in figures:
        parts.append(figure.svg.replace("<svg ", f'<svg y="{height}" ', 1))
        height += figure.height
    width = max(figure.width for figure in figures)
    alt = " ".join(figure.alt for figure in figures)
    return Figure(_svg(width, height, parts), alt, width, height)


def speed_up(rows: list[Row], workers: dict[str, int]) -> None:
    """Plot measured speed-ups (with matplotlib) beside the ideal line.

    `workers` says how many workers each row's name stands for. A dot is the
    median, its bar the range over the rounds.
    """
    from matplotlib import pyplot

    _, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
    most = max(workers.values())
    axes.plot([1, most], [1, most], color="0.6", linestyle="--", label="ideal")
    first = rows[0]
    marks = iter("osD^v<>")
    for row in rows:
        if row.name in workers:
            ratios = [
                one / own
                for one, own in zip(first.times_s, row.times_s, strict=True)
            ]
            axes.errorbar(
                workers[row.name],
                row.speedup,
                yerr=[
                    [row.speedup - min(ratios)],
                    [max(ratios) - row.speedup],
                ],
                marker=next(marks),
                capsize=4,
                linestyle="",
                label=row.name,
            )
    axes.set(xlabel="workers", ylabel=f"times as fast as {first.name}")
    axes.set_xticks(range(1, most + 1))
    axes.set_ylim(bottom=0)
    axes.set_xlim(0.7, most + 1.3)
    axes.legend(frameon=False, loc="center right")


def _places(events, arrows, left, by):
    """From each event's step to its x; arrows get room for their words."""
    if by == "step":
        place, x, words_end = {}, left, 0.0
        words = {arrived: len(value) for _, arrived, _, _, value in arrows}
        for event in events:
            if event.step in words:
                x = max(x, words_end)
                words_end = x + LETTER * words[event.step] + STEP
            place[event.step] = x
            x += STEP
        return place
    last = max(e.time for e in events) or 1.0
    width = STEP * 18
    return {e.step: left + width * e.time / last for e in events}


def _lane(name, events, place, y, every):
    """A name and a line: thick it runs, thin it could, dotted it waits."""
    parts = [_text(MARGIN, y + 4, name, INK)]
    for event, later in pairwise(events):
        x1, x2 = place[event.step], place[later.step]
        if event.kind not in WAITS:
            parts.append(_line(x1 - 1, x2 + 1, y, RUNNING, 6))
        elif later is events[-2] and _is_stuck(events):
            x2 = max(place.values())  # it never went on
            return [
                *parts,
                _line(x1, x2, y, WAITING, 2, "2 4"),
                _text(x2 - 5, y + 5, "✕", WRONG, "bold"),
                _text(x1 + 6, y - 8, f"waits {event.value}", QUIET),
            ]
        else:
            awake = _woken(name, event, later, place, every)
            parts.append(_line(x1, awake, y, WAITING, 2, "2 4"))
            parts.append(_line(awake, x2, y, WAITING, 2))
    end = place[events[-1].step]
    parts.append(f'<circle cx="{end:g}" cy="{y}" r="5" fill="{RUNNING}"/>')
    return parts


def _woken(name, event, later, place, every):
    """Where a wait ends and the place in the queue begins."""
    if event.kind == "schedule":
        return place[event.step]
    between = every[event.step : later.step - 1]
    woken = [e.step for e in between if name in e.wakes and e.step in place]
    return place[woken[-1]] if woken else place[later.step]


def _line(x1, x2, y, colour, width, dashes="none"):
    return (
        f'<line x1="{x1:g}" y1="{y}" x2="{x2:g}" y2="{y}" stroke="{colour}" '
        f'stroke-width="{width}" stroke-dasharray="{dashes}"/>'
    )


def _is_stuck(events):
    """Whether it was ended while it waited for ever."""
    return (
        len(events) > 2
        and events[-1].value.endswith("GreenletExit")
        and events[-3].kind == "block"
    )


def _messages(events):
    """(sent, arrived, from, to, value) for each message, in order."""
    on_the_way = {}
    messages = []
    for e in events:
        if e.kind == "send":
            messages.append((e.step, e.step, e.tasklet, e.partner, e.value))
        elif e.kind == "receive":
            messages.append((e.step, e.step, e.partner, e.tasklet, e.value))
        elif e.kind == "post":
            on_the_way[e.message] = e
        elif e.kind == "arrive" and e.message in on_the_way:
            post = on_the_way.pop(e.message)
            messages.append(
                (post.step, e.step, post.tasklet, e.tasklet, e.value)
            )
    return messages


def _arrow(sent, arrived, sender, receiver, value, place, lane):
    x1, x2, y1, y2 = place[sent], place[arrived], lane[sender], lane[receiver]
    y2 -= 6 if y2 > y1 else -6
    part = LANE / 2 / abs(y2 - y1)  # the words stand beside the sender's lane
    x, y = x1 + part * (x2 - x1) + 8, y1 + part * (y2 - y1) + 4
    return (
        f'<line x1="{x1:g}" y1="{y1}" x2="{x2:g}" y2="{y2}" stroke="{MESSAGE}"'
        f' stroke-width="2" marker-end="url(#head)"/>'
        + _text(x, y, value, MESSAGE)
    )


def _time_axis(events, place, y):
    marks = {}
    for event in events:
        marks.setdefault(f"{event.time:g}", place[event.step])
    return [_text(x - 3, y, label, QUIET) for label, x in marks.items()]


def _describe(names, messages, stuck, title):
    told = [f"{a} to {b}: {value}" for _, _, a, b, value in messages]
    if len(told) > 8:
        told = [*told[:8], f"and {len(told) - 8} more"]
    sentences = [
        f"Space-time diagram{f' ({title})' if title else ''} with a lane for "
        f"each of {', '.join(names)}",
        f"Messages: {'; '.join(told)}" if told else "No messages",
    ]
    if stuck:
        sentences.append(f"Waiting for ever: {', '.join(stuck)}")
    return ". ".join(sentences) + "."


def _text(x, y, words, colour, weight="normal"):
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{colour}" font-weight="{weight}" '
        f'stroke="{GROUND}" stroke-width="4" paint-order="stroke">'
        f"{escape(words)}</text>"
    )


def _svg(width, height, parts):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="12">'
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{MESSAGE}"/></marker></defs>'
        f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>'
        + "".join(parts)
        + "</svg>"
    )
