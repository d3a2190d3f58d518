"""Space-time diagrams: who sent what to whom, always from a recorded run.

The one idea: a picture is a function of a `Trace`. So it cannot say anything
that did not happen, and the same run gives the same picture to the last byte.

Read a lane from left to right: thick is running, thin is in the run queue, grey
is waiting. An arrow is a message, a ring the end, a cross a wait without an end
or an error. After Lamport (1978), who drew time upwards.

`layout` finds the places; this module says what stands there, and says it
again in words. Left out: the turns at the processor. See `turn_rows`.
"""

from __future__ import annotations

from itertools import pairwise

from ..trace import Trace
from .columns import STEP, axis
from .figure import Figure
from .layout import BAR, LANE, Layout
from .steps import (
    BAND,
    LETTERS,
    MARGIN,
    Timeline,
    deadlocks_told,
    heading,
    lane_name,
    left_of,
    names_of,
    steps_of,
)
from .svg import box, line, shorten, text, width_of

__all__ = ["space_time"]

TALK = ("send", "receive", "post", "arrive", "throw", "fault")
BARE_LANE = 44  # pixels from lane to lane, if no words stand between


def space_time(
    trace: Trace,
    title: str = "",
    by: str = "step",
    wrong: str = "",
    latest: bool = False,
) -> Figure:
    """A lane for each tasklet, an arrow for each message.

    `by="step"` spaces the events evenly, in the order in which they happened;
    `by="time"` puts them where the run's clock stood; `by="clock"` where the
    logical clock stood, which is all there is if a trace was merged from
    several processes. `wrong` says, in red below the lanes, what is wrong with
    the run. A run that is too long is drawn up to a limit, or with `latest`
    from an event on. Raises ValueError if the trace is empty.
    """
    if by not in ("step", "time", "clock"):
        raise ValueError(f"by= is 'step', 'time' or 'clock', not {by!r}")
    run = Timeline.of(trace)
    lanes = _lanes(run.drawn(), title)
    left = left_of(lanes)
    layout, run, left_out = _laid_out(run, lanes, left, by, latest)
    shown = run.without_the_killing()
    at = _everywhere(shown.events, layout.at, left)
    parts = heading(title)
    for name, y in lanes.items():
        parts += [lane_name(name, y), *_lane(name, y, shown, at)]
    parts += layout.parts + layout.labels
    bottom = max(lanes.values()) + 30
    dead, dead_end = _deadlock(shown, at, lanes, bottom)
    parts += dead
    failed, failed_end = _failures(shown, at, lanes)
    parts += failed
    drawn = run.drawn()
    breaks = layout.scale.breaks(drawn, layout.at) if by == "time" else []
    if by != "step":
        parts += axis(by, drawn, layout.at, breaks, bottom + 8)
        bottom += 24
    title_end = MARGIN + width_of(title, 15)
    ends = (layout.right, dead_end, failed_end, title_end)
    width = max(*ends, *at.values())
    if left_out:
        which = "earlier" if latest else "more"
        note = f"… {left_out} {which} events, not drawn"
        parts.append(text(left, bottom + 8, note, "q"))
        bottom += 20
    if wrong:
        told = shorten(f"✕ {wrong}", 90)
        parts.append(text(left, bottom + 10, told, "wrong"))
        width, bottom = max(width, left + width_of(told)), bottom + 24
    alt = _describe(shown, lanes, title, left_out, layout.arrows, breaks)
    alt += f" Wrong: {wrong}." if wrong else ""
    steps = steps_of(shown, at, lanes)
    size = round(width + MARGIN), round(bottom + 6)
    return Figure(parts, alt, *size, steps)


def _laid_out(run, lanes, left, by, latest):
    """A layout, the part of the run in it, and how many events are left out."""
    drawn, queues = run.drawn(), run.queues()
    layout, left_out = Layout.of(lanes, left, drawn, by, queues)
    if left_out and not latest:
        return layout, run.part(1, max(layout.at)), left_out
    more = left_out
    while more:
        drawn = drawn[more:]
        layout, more = Layout.of(lanes, left, drawn, by, queues)
        left_out += more
    return layout, run.part(drawn[0].step) if left_out else run, left_out


def _lanes(drawn, title):
    """The height of each tasklet's lane."""
    top = MARGIN + (38 if title else 12)
    top += 6 * any(event.kind == "fault" for event in drawn)  # for lightning
    talk = any(event.kind in TALK for event in drawn)
    lane = LANE if talk else BARE_LANE
    return {name: top + lane * n for n, name in enumerate(names_of(drawn))}


def _everywhere(events, at, left):
    """A place for the events that are not drawn, too: that of the last."""
    x, places = left, {}
    for event in events:
        x = at.get(event.step, x)
        if event.kind == "deadlock":
            x += STEP
        places[event.step] = x
    return places


def _lane(name, y, shown, at):
    """Bars for what a tasklet does from each event to the next."""
    spans = []  # [state, x1, x2]
    for (event, now), (later, _) in pairwise(shown):
        state, x1, x2 = now.state(name), at[event.step], at[later.step]
        if spans and spans[-1][0] == state and spans[-1][2] == x1:
            spans[-1][2] = x2
        elif x2 > x1:
            spans.append([state, x1, x2])
    parts = []
    if spans and spans[-1][0] == "waits" and name in shown.moments[-1].stuck:
        spans[-1][0] = "stuck"
    for state, x1, x2 in spans:
        parts += _bar(state, x1, x2, y)
    for event, now in shown:
        ends = event.kind == "end" and event.tasklet == name
        if ends and name not in now.stuck and not _failure(event):
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


def _failure(event):
    """Of a tasklet that ended with an error: "fails with Refused"."""
    how = event.value if event.kind == "end" else ""
    killed = how.endswith((" Killed", " GreenletExit", " TaskletExit"))
    return f"fails{how}" if how and not killed else ""


def _failures(shown, at, lanes):
    """Crosses for tasklets that end with an error, and the error."""
    parts, right = [], 0.0
    for event, now in shown:
        words = _failure(event)
        if words and event.tasklet not in now.stuck:
            x, y = at[event.step], lanes[event.tasklet]
            parts.append(text(x - 6, y + 5, "✕", "over t"))
            parts.append(text(x + 14, y + 4, words, "wrong"))
            right = max(right, x + 14 + width_of(words))
    return parts, right


def _deadlock(shown, at, lanes, bottom):
    """Crosses for tasklets that wait forever, and what for."""
    dead = [(e, now) for e, now in shown if e.kind == "deadlock"]
    if not dead:
        return [], 0.0
    event, now = dead[-1]
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


def _describe(shown, names, title, left_out, arrows, breaks):
    """The alternative text: lanes, messages, failures, deadlocks."""
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
    for event in shown.events:
        if words := _failure(event):
            sentences.append(f"{event.tasklet} {words}")
    sentences += deadlocks_told(shown)
    if breaks:
        where = (f"between {start:g} and {end:g}" for start, end, *_ in breaks)
        sentences.append(f"The axis is not to scale {', '.join(where)}")
    if left_out:
        sentences.append(f"{left_out} more events are not drawn")
    return ". ".join(sentences) + "."
