"""Diagrams: all drawing, always from a recorded run, never by hand.

The one idea: a picture is a function of a `Trace` (or of measured times), so
it cannot say anything that did not happen, and the same run gives the same
picture to the last byte.

`space_time` draws who sent what to whom. Read a lane from left to right: thick
is running, thin is in the queue (it could run), grey is waiting, an arrow is a
message, a ring the end, a cross a wait for ever. `who_runs_when` shows the
same run as a strip of turns. Both can be stepped: see `figures`. Measured
results are drawn by `curves`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise

from .curves import curves, speed_up
from .figures import (
    Figure,
    box,
    line,
    shorten,
    stack,
    text,
    width_of,
)
from .history import merge, moments
from .trace import Event, Trace

__all__ = [
    "Figure",
    "space_time",
    "who_runs_when",
    "stack",
    "curves",
    "speed_up",
    "merge",
]

UNDRAWN = ("spawn", "close", "deadlock")  # kinds of event
HANDS_ON = ("block", "sleep", "schedule", "end")
LANE, STEP, MARGIN = 66, 30, 20  # pixels
TIMELINE = 480  # pixels from the first event to the last, by time
WIDEST = 1800  # pixels; what would come later is counted, not drawn
PUSH, PUSHES = 6, 60  # pixels, and how often, to make room for words
STRICT = 12  # tries in which words may not lie over a line
LETTERS = 26  # of a name or a message in a picture; tables have them all
ROWS = (22, 38, 54)  # where words can stand below a lane
BAR, BAND = 8, 14  # pixels: how thick it is to run and to wait
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
    lanes = {name: top + LANE * n for n, name in enumerate(names)}
    left = 2 * MARGIN + max(width_of(shorten(n, LETTERS)) for n in names)
    layout = _Layout(lanes, left)
    left_out = layout.place_all(drawn, by)
    last = max(layout.at) if left_out else len(trace.events)
    shown = _without_the_killing(trace.events[:last])
    every = list(moments(shown))
    at = _everywhere(shown, layout.at, left)
    parts = [text(MARGIN, MARGIN + 8, title, "t")] if title else []
    for name, y in lanes.items():
        parts.append(text(MARGIN, y + 4, shorten(name, LETTERS), "k"))
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
        note = f"… {left_out} more events: see trace.table()"
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
    left = 2 * MARGIN + max(width_of(shorten(n, LETTERS)) for n in names)
    shown = _without_the_killing(trace.events)
    every = list(moments(shown))
    kinds = ("start", "switch", "deadlock")
    turns = [n for n, event in enumerate(shown) if event.kind in kinds]
    most = int((WIDEST - left) / CELL)
    left_out, turns = len(turns[most:]), turns[:most]
    parts = [text(MARGIN, MARGIN + 8, title, "t")] if title else []
    for name, y in lanes.items():
        parts.append(text(MARGIN, y + 4, shorten(name, LETTERS), "k"))
    for column in range(len(turns)):
        x = left + CELL * column + CELL / 2 - 1
        parts.append(text(x, top - 6, f"{column + 1}", "p q"))
    for name, y in lanes.items():
        parts += _row(name, [every[turn] for turn in turns], left, y)
    bottom = top + CELL * len(names) + 8
    if left_out:
        note = f"… {left_out} more turns: see trace.table()"
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


@dataclass
class _Arrow:
    """A message: from one event to another, perhaps the same one."""

    sent: Event | None
    arrived: Event | None
    sender: str
    receiver: str
    value: str
    crowded: bool = False  # others are on their way at the same time

    def words(self) -> str:
        return shorten(self.value, LETTERS)


def _arrows(events) -> list[_Arrow]:
    """All messages, each at the event at which it can be drawn."""
    arrived = {e.message: e for e in events if e.kind == "arrive"}
    posted = {e.message: e for e in events if e.kind == "post"}
    arrows = []
    for e in events:
        if e.kind in ("send", "throw"):
            arrows.append(_Arrow(e, e, e.tasklet, e.partner, e.value))
        elif e.kind == "receive":
            arrows.append(_Arrow(e, e, e.partner, e.tasklet, e.value))
        elif e.kind == "post" and e.message not in arrived:
            arrows.append(_Arrow(e, None, e.tasklet, "", e.value))
        elif e.kind == "arrive":
            post = posted.get(e.message)
            sender = post.tasklet if post else ""
            arrows.append(_Arrow(post, e, sender, e.tasklet, e.value))
    wires = [a for a in arrows if a.sent and a.arrived not in (None, a.sent)]
    for one in wires:
        one.crowded = any(
            other is not one
            and other.sender == one.sender
            and other.sent.step < one.arrived.step
            and one.sent.step < other.arrived.step
            for other in wires
        )
    return arrows


class _Layout:
    """Finds a place for each event, and for words that cover no others."""

    def __init__(self, lanes, left):
        self.lanes = lanes  # name: y
        self.left = left
        self.right = left
        self.at: dict[int, float] = {}  # step: x
        self.parts: list[str] = []  # lines; the words lie over them
        self.labels: list[str] = []
        self.arrows: list[_Arrow] = []
        self.words: list[tuple] = []  # boxes: x1, y1, x2, y2
        self.lines: list[tuple] = []

    def place_all(self, events, by) -> int:
        """Returns how many events are left out, for want of room."""
        arrows = {}
        for arrow in _arrows(events):
            if {arrow.sender, arrow.receiver} - {"", *self.lanes}:
                continue  # of somebody who has no lane
            end = arrow.arrived or arrow.sent
            arrows.setdefault(end.step, []).append(arrow)
        x, done = self.left, 0
        for gap, column in _columns(events, by):
            if x + gap > WIDEST:
                return len(events) - done
            ending = [a for e in column for a in arrows.get(e.step, ())]
            x = self.place(x + gap, column, ending)
            done += len(column)
        return 0

    def place(self, x, column, ending) -> float:
        """Put the events of a column at x, or a little later: where there is
        room for the words of the arrows that end there."""
        for attempt in range(PUSHES):
            strict = attempt < STRICT  # then words may lie over a line
            later = x + PUSH * (attempt if strict else attempt - STRICT)
            for event in column:
                self.at[event.step] = later
            lines, words = self.lines[:], self.words[:]
            spots = [self.spot(arrow, strict) for arrow in ending]
            if None not in spots or attempt == PUSHES - 1:
                break
            self.lines, self.words = lines, words
        for arrow, spot in zip(ending, spots, strict=True):
            if spot is not None:
                self.draw(arrow, *spot)
        return later

    def ends(self, arrow):
        """Where its line begins and ends."""
        lanes = self.lanes
        if arrow.arrived is None or arrow.sent is None:
            event = arrow.sent or arrow.arrived
            x, y = self.at[event.step], lanes[event.tasklet]
            if arrow.arrived is None:
                return x, y + BAR / 2, x + 20, y + 32
            return x - 20, y - 32, x, y - BAR / 2 - 1
        x1, x2 = self.at[arrow.sent.step], self.at[arrow.arrived.step]
        y1, y2 = lanes[arrow.sender], lanes[arrow.receiver]
        down = 1 if y2 > y1 else -1
        return x1, y1 + down * BAR / 2, x2, y2 - down * (BAR / 2 + 1)

    def spot(self, arrow, strict):
        """Its line and a free box for its words; None if there is none."""
        x1, y1, x2, y2 = ends = self.ends(arrow)
        if x1 == x2 and any(_covers(ends, other) for other in self.lines):
            return None
        if strict and any(_crosses(ends, word) for word in self.words):
            return None
        wide = width_of(arrow.words())
        rows, sides = self.baselines(y1, y2), 2
        if arrow.crowded:  # beside the head
            rows, sides, strict = rows[-1:], 1, False
        for y in rows:
            for x in _beside(ends, y, wide)[:sides]:
                place = (x - 3, y - 11, x + wide + 4, y + 4)
                if x < self.left - 8 or any(
                    _overlaps(place, word) for word in self.words
                ):
                    continue
                if strict and any(_crosses(s, place) for s in self.lines):
                    continue
                self.lines.append(ends)
                self.words.append(place)
                return ends, place
        return None

    def baselines(self, y1, y2):
        """Where words can stand: near the sender first."""
        rows = [
            lane + row
            for lane in (min(self.lanes.values()) - LANE, *self.lanes.values())
            for row in ROWS
            if min(y1, y2) + 8 <= lane + row <= max(y1, y2)
        ]
        return sorted(rows, key=lambda y: abs(y - 4 - y1))

    def draw(self, arrow, ends, place):
        sent = (arrow.sent or arrow.arrived).step
        arrived = (arrow.arrived or arrow.sent).step
        lost = arrow.arrived is None or arrow.sent is None
        lost = lost or arrow.sent.kind == "throw"
        x, y = place[0] + 3, place[3] - 4
        step = f'data-s="{sent} {arrived}"'
        head = "" if arrow.arrived is None else ' marker-end="url(#head)"'
        drawn = line(*ends, "a l" if lost else "a")
        self.parts.append(drawn.replace("/>", f" {step}{head}/>"))
        words = text(round(x, 1), y, arrow.words(), "v")
        self.labels.append(words.replace("<text", f"<text {step}"))
        self.right = max(self.right, place[2], ends[2])
        self.arrows.append(arrow)


def _columns(events, by):
    """(distance from the last one, events that share one place) in order."""
    if by == "clock":
        ordered = sorted(events, key=lambda e: e.clock)
        for _, column in groupby(ordered, key=lambda e: e.clock):
            yield STEP, list(column)
        return
    times = [e.time for e in events]
    scale = TIMELINE / (max(times) - min(times) or 1.0)
    gap, column = 0.0, []
    for event, later in pairwise([*events, None]):
        column.append(event)
        if later is not None and _hands_on(event, later, by):
            continue
        yield gap, column
        column = []
        if later is not None:
            gap = STEP
            if by == "time":
                gap = max(4.0, scale * (later.time - event.time))


def _hands_on(event, later, by):
    """Whether the next one goes on in the moment in which this one stops."""
    if event.kind not in HANDS_ON or later.kind not in ("start", "switch"):
        return False
    if event.tasklet == later.tasklet:
        return False
    return event.time == later.time


def _beside(ends, y, wide):
    """Where words at height y begin, right and left of a line."""
    x1, y1, x2, y2 = ends
    places = [
        x1 + (x2 - x1) * min(1.0, max(0.0, (side - y1) / (y2 - y1)))
        for side in (y - 11, y + 3)
    ]
    return max(places) + 7, min(places) - 7 - wide


def _overlaps(one, other):
    return (
        one[0] < other[2]
        and other[0] < one[2]
        and one[1] < other[3]
        and other[1] < one[3]
    )


def _crosses(segment, word):
    """Whether a line goes through a box: tried at points along it."""
    x1, y1, x2, y2 = segment
    left, top, right, bottom = word
    if right <= left:
        return False
    low, high = 0.0, 1.0  # the part of the line that is within the box
    for start, change, least, most in (
        (x1, x2 - x1, left, right),
        (y1, y2 - y1, top, bottom),
    ):
        if change == 0:
            if not least < start < most:
                return False
            continue
        one, two = sorted(((least - start) / change, (most - start) / change))
        low, high = max(low, one), min(high, two)
    return low < high


def _covers(one, other):
    """Whether two upright lines lie on each other, or nearly."""
    if other[0] != other[2] or abs(one[0] - other[0]) > 8:
        return False
    a, b = sorted((one[1], one[3])), sorted((other[1], other[3]))
    return a[0] < b[1] and b[0] < a[1]


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
    told, lost = [], []
    for a in arrows:
        if a.arrived is None:
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
    ran = [
        events[t - 1].tasklet for t in turns if events[t - 1].kind != "deadlock"
    ]
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
