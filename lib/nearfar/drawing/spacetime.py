"""Diagrams: all drawing, always from a recorded run, never by hand.

The one idea: a picture is a function of a `Trace` (or of measured times), so
it cannot say anything that did not happen, and the same run gives the same
picture to the last byte.

`space_time` draws who sent what to whom. Read a lane from left to right: thick
is running, thin is in the queue (it could run), grey is waiting, an arrow is a
message, a ring the end, a cross a wait for ever. `who_runs_when` shows the
same run as a strip of turns. Both can be stepped: see `figures`. Measured
results are drawn by `curves`. (Pictures and the words that say the same stand
together, so that they stay the same; and so it is a long module.)
"""

from __future__ import annotations

from itertools import groupby, pairwise

from ..trace import Trace, fold, merge, moments
from .figure import (
    Figure,
    box,
    explorer,
    line,
    shorten,
    stack,
    text,
    width_of,
)
from .layout import BAR, LANE, LETTERS, STEP, WIDEST, Layout
from .measured import curves, speed_up
from .strips import strip

__all__ = [
    "space_time",
    "who_runs_when",
    "stack",
    "curves",
    "strip",
    "explorer",
    "speed_up",
    "merge",
    "fold",
]

UNDRAWN = ("spawn", "close", "deadlock")  # kinds of event
TALK = ("send", "receive", "post", "arrive", "throw", "fault")
MARGIN = 20  # pixels
BARE_LANE = 44  # pixels from lane to lane, if no words stand between
BAND = 14  # pixels: how thick it is to wait
CELL = 26  # pixels


def space_time(trace: Trace, title: str = "", by: str = "step") -> Figure:
    """A lane for each tasklet, an arrow for each message.

    `by="step"` spaces the events evenly, in the order in which they happened;
    `by="time"` puts them where the run's clock stood; `by="clock"` where the
    logical clock stood, which is all there is if a trace was merged from
    several processes. Raises ValueError if the trace is empty.
    """
    if by not in ("step", "time", "clock"):
        raise ValueError(f"by= is 'step', 'time' or 'clock', not {by!r}")
    drawn = _drawn(trace)
    names = list(dict.fromkeys(e.tasklet for e in drawn))
    top = MARGIN + (38 if title else 12)
    top += 6 * any(event.kind == "fault" for event in drawn)  # for lightning
    talk = any(event.kind in TALK for event in drawn)
    lane = LANE if talk else BARE_LANE
    lanes = {name: top + lane * n for n, name in enumerate(names)}
    left = 2 * MARGIN + max(width_of(_label(n)) for n in names)
    layout = Layout(lanes, left)
    before = zip(trace.events, moments(trace.events, trace.apart), strict=True)
    queues = {1: (), **{e.step + 1: now.queue for e, now in before}}
    left_out = layout.place_all(drawn, by, queues)
    last = max(layout.at) if left_out else len(trace.events)
    shown = _without_the_killing(trace.events[:last])
    every = list(moments(shown, trace.apart))
    at = _everywhere(shown, layout.at, left)
    parts = [text(MARGIN, MARGIN + 8, title, "t")] if title else []
    for name, y in lanes.items():
        parts.append(text(MARGIN, y + 4, _label(name), "k"))
        parts += _lane(name, y, shown, every, at)
    end = max(at.values())
    parts += layout.parts + layout.labels
    bottom = lanes[names[-1]] + 30
    dead, dead_end = _deadlock(shown, every, at, lanes, bottom)
    parts += dead
    if by != "step":
        parts += _axis(by, drawn, layout.at, bottom + 8)
        bottom += 24
    width = max(layout.right, end, dead_end, MARGIN + width_of(title, 15))
    if left_out:
        note = f"… {left_out} more events, not drawn"
        parts.append(text(left, bottom + 8, note, "q"))
        bottom += 20
    alt = _describe(names, shown, every, title, left_out, layout.arrows)
    steps = _steps(shown, every, at, lanes)
    size = round(width + MARGIN), round(bottom + 6)
    return Figure(parts, alt, *size, steps)


def who_runs_when(trace: Trace, title: str = "") -> Figure:
    """A row for each tasklet, a column for each turn at the processor.

    Blue has the processor; a number is a place in the queue; grey waits.
    Raises ValueError if the trace is empty.
    """
    drawn = _drawn(trace)
    names = list(dict.fromkeys(e.tasklet for e in drawn))
    top = MARGIN + (42 if title else 18)
    lanes = {name: top + CELL / 2 + CELL * n for n, name in enumerate(names)}
    left = 2 * MARGIN + max(width_of(_label(n)) for n in names)
    shown = _without_the_killing(trace.events)
    every = list(moments(shown, trace.apart))
    kinds = ("start", "switch", "deadlock")
    turns = [n for n, event in enumerate(shown) if event.kind in kinds]
    most = int((WIDEST - left) / CELL)
    left_out, turns = len(turns[most:]), turns[:most]
    parts = [text(MARGIN, MARGIN + 8, title, "t")] if title else []
    for name, y in lanes.items():
        parts.append(text(MARGIN, y + 4, _label(name), "k"))
    for column in range(len(turns)):
        x = left + CELL * column + CELL / 2 - 1
        parts.append(text(x, top - 6, f"{column + 1}", "p q"))
    for name, y in lanes.items():
        parts += _row(name, [every[turn] for turn in turns], left, y)
    bottom = top + CELL * len(names) + 8
    if left_out:
        note = f"… {left_out} more turns, not drawn"
        parts.append(text(left, bottom + 10, note, "q"))
        bottom += 20
        shown = shown[: turns[-1] + 1]
    x, at = left + CELL / 2 - 1, {}
    for n, event in enumerate(shown):
        if n in turns:
            x = left + CELL * turns.index(n) + CELL / 2 - 1
        at[event.step] = x
    alt = _describe_turns(names, shown, turns, title, left_out)
    right = max(left + CELL * len(turns), MARGIN + width_of(title, 15))
    steps = _steps(shown, every[: len(shown)], at, lanes, CELL // 2 - 1)
    return Figure(parts, alt, round(right + MARGIN), round(bottom + 8), steps)


def _label(name):
    return shorten(name, LETTERS, keep=8)


def _without_the_killing(events):
    """After a deadlock, run() ends those who are stuck: that is left out."""
    return [
        event
        for event, now in zip(events, moments(events), strict=True)
        if event.tasklet not in now.stuck
    ]


def _drawn(trace):
    """Those events that have a place in a picture."""
    events = _without_the_killing(trace.events)
    drawn = [event for event in events if event.kind not in UNDRAWN]
    if not drawn:
        raise ValueError("the trace is empty: run() inside `with Trace()`")
    return drawn


def _everywhere(events, at, left):
    """A place for the events that are not drawn, too: that of the last."""
    x, places = left, {}
    for event in events:
        x = at.get(event.step, x)
        if event.kind == "deadlock":
            x += STEP
        places[event.step] = x
    return places


def _lane(name, y, events, every, at):
    """Bars for what a tasklet does from each event to the next."""
    spans = []  # [state, x1, x2]
    for (event, now), (later, _) in pairwise(zip(events, every, strict=True)):
        state, x1, x2 = now.state(name), at[event.step], at[later.step]
        if spans and spans[-1][0] == state and spans[-1][2] == x1:
            spans[-1][2] = x2
        elif x2 > x1:
            spans.append([state, x1, x2])
    parts = []
    if spans and spans[-1][0] == "waits" and name in every[-1].stuck:
        spans[-1][0] = "stuck"
    for state, x1, x2 in spans:
        parts += _bar(state, x1, x2, y)
    for event, now in zip(events, every, strict=True):
        ends = event.kind == "end" and event.tasklet == name
        if ends and name not in now.stuck:
            x = at[event.step]
            parts.append(f'<circle class="e" cx="{x:g}" cy="{y:g}" r="5"/>')
    return parts


def _bar(state, x1, x2, y):
    if state == "running":
        return [box(x1 - 1, y - BAR / 2, x2 - x1 + 2, BAR, "r")]
    if state == "queue":
        return [box(x1, y - 1, x2 - x1, 2, "c")]
    if state in ("waits", "stuck"):
        kind = "w" if state == "waits" else "x"
        band = box(x1, y - BAND / 2, x2 - x1, BAND, kind)
        return [band, line(x1 + 2, y, x2 - 2, y, "d")]
    return []


def _deadlock(events, every, at, lanes, bottom):
    """Crosses for those who wait for ever, and what for."""
    dead = [n for n, e in enumerate(events) if e.kind == "deadlock"]
    if not dead:
        return [], 0.0
    event, now = events[dead[-1]], every[dead[-1]]
    x = at[event.step]
    parts = [line(x, min(lanes.values()) - 22, x, bottom - 10, "dead")]
    right = x
    for name, y in lanes.items():
        if name in now.stuck:
            words = f"waits {shorten(now.waits[name], 2 * LETTERS)}"
            parts.append(text(x - 6, y + 5, "✕", "over t"))
            parts.append(text(x + 14, y + 4, words, "wrong"))
            right = max(right, x + 14 + width_of(words))
    if event.value:
        circle = shorten("Each waits for the next: " + event.value, 80)
        parts.append(text(x + 14, bottom - 2, circle, "q"))
        right = max(right, x + 14 + width_of(circle, 11.5))
    return parts, right


def _axis(by, events, at, y):
    """Marks where the clock stood, as many as have room."""
    name = "time" if by == "time" else "logical clock"
    parts, free = [text(MARGIN, y + 4, name, "q")], MARGIN + width_of(name) + 6
    marks = {}
    for event in events:
        if event.step in at:
            value = f"{event.time if by == 'time' else event.clock:.3g}"
            marks.setdefault(value, at[event.step])
    for value, x in sorted(marks.items(), key=lambda mark: mark[1]):
        wide = width_of(value, 11)
        parts.append(line(x, y - 14, x, y - 9, "tick"))
        if x - wide / 2 > free:
            parts.append(text(x, y + 4, value, "p q"))
            free = x + wide / 2 + 8
    return parts


def _steps(events, every, at, lanes, reach=0):
    """What the player needs: lanes, lines of source, and each event."""
    names = list(lanes)
    places = list(dict.fromkeys((e.function, e.line, e.source) for e in events))
    steps = []
    for event, now in zip(events, every, strict=True):
        states = [now.state(name) for name in names]
        steps.append(
            [
                round(at[event.step]),
                names.index(event.tasklet) if event.tasklet in lanes else -1,
                f"{event.tasklet} {event.what}",
                places.index((event.function, event.line, event.source)),
                "".join((state or ".")[0] for state in states),
            ]
        )
    return {
        "lanes": [[name, round(y)] for name, y in lanes.items()],
        "places": places,
        "steps": steps,
        "reach": reach,
    }


def _describe(names, events, every, title, left_out, arrows):
    """The alternative text: lanes, messages, who waits for ever."""
    told, lost, faults = [], [], []
    for a in arrows:
        if a.arrived and a.arrived.kind == "fault":
            faults.append(f"{a.receiver} {a.value}")
        elif a.arrived is None:
            lost.append(f"{a.value} from {a.sender}")
        elif a.sender and a.sent.kind != "throw":
            told.append(f"{a.sender} to {a.receiver}: {a.value}")
    if len(told) > 8:
        told = [*told[:8], f"and {len(told) - 8} more"]
    sentences = [
        f"Space-time diagram{f' ({title})' if title else ''} with a lane for "
        f"each of {', '.join(names)}",
        f"Messages: {'; '.join(told)}" if told else "No messages",
    ]
    if lost:
        sentences.append(f"Not seen to arrive: {'; '.join(lost[:8])}")
    if faults:
        sentences.append(f"Faults: {'; '.join(faults)}")
    sentences += _describe_deadlock(events, every)
    if left_out:
        sentences.append(f"{left_out} more events are not drawn")
    return ". ".join(sentences) + "."


def _describe_deadlock(events, every):
    for event, now in zip(events, every, strict=True):
        if event.kind == "deadlock":
            waits = [f"{n} {now.waits[n]}" for n in now.waits]
            yield f"Deadlock. Waiting for ever: {'; '.join(waits)}"
            if event.value:
                yield f"Each waits for the next: {event.value}"


def _describe_turns(names, events, turns, title, left_out):
    ran = [events[n].tasklet for n in turns if events[n].kind != "deadlock"]
    told = ran if len(ran) <= 24 else [*ran[:24], f"and {len(ran) - 24} more"]
    sentences = [
        f"Who runs when{f' ({title})' if title else ''}: a row for each of "
        f"{', '.join(names)}",
        f"The turns, in order: {', '.join(told)}",
        *_describe_deadlock(events, list(moments(events))),
    ]
    if left_out:
        sentences.append(f"{left_out} more turns are not drawn")
    return ". ".join(sentences) + "."


def _row(name, every, left, y):
    """A tasklet in each turn: it runs, stands in the queue, or waits."""
    parts, x, size = [], left, CELL - 4
    for state, same in groupby(every, key=lambda now: now.state(name)):
        here, run = x, list(same)
        x += CELL * len(run)
        if state == "waits":
            band = box(here + 1, y - BAND / 2, x - here - 4, BAND, "w")
            parts += [band, line(here + 4, y, x - 6, y, "d")]
        for number, now in enumerate(run):
            cell = here + CELL * number + 1
            if state == "running":
                parts.append(box(cell, y - size / 2, size, size, "r"))
            elif state == "queue":
                place = f"{now.queue.index(name) + 1}"
                parts.append(text(cell + size / 2, y + 4, place, "p"))
            elif state == "stuck":
                parts.append(text(cell + 5, y + 5, "✕", "wrong t"))
    return parts
