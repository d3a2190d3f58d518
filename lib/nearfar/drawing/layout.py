"""Layouts: a place for each event, and for words that cover no others.

The one idea: go from left to right, and put each event where it belongs. If the
words of a message that ends there have no room, move a little to the right.

Left out: the lanes, and what stands in them. That is in `spacetime`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..trace import Event
from .columns import Scale, columns_of
from .svg import bolt, line, shorten, text, width_of

__all__ = ["Arrow", "Layout"]

LANE = 66  # pixels from lane to lane
WORDS = 34  # letters of a message
WIDEST = 1800  # pixels; what would come later is counted, not drawn
PUSH, PUSHES = 6, 84  # pixels, and how often, to make room for words
STRICT = 36  # tries in which words must not lie over a line
ROWS = (22, 38, 54)  # where words can stand below a lane
BAR = 8  # pixels: how thick it is to run


@dataclass
class Arrow:
    """A message: from one event to another, perhaps the same one."""

    sent: Event | None
    arrived: Event | None
    sender: str
    receiver: str
    value: str
    crowded: bool = False  # others are on their way at the same time

    def words(self) -> str:
        return shorten(self.value, WORDS)


def _arrows(events) -> list[Arrow]:
    """All messages, each at the event at which it can be drawn."""
    arrived = {e.message: e for e in events if e.kind == "arrive"}
    posted = {e.message: e for e in events if e.kind == "post"}
    arrows = []
    for e in events:
        if e.kind in ("send", "throw"):
            arrows.append(Arrow(e, e, e.tasklet, e.partner, e.value))
        elif e.kind == "fault":  # a bolt from the blue
            arrows.append(Arrow(None, e, "", e.tasklet, e.value))
        elif e.kind == "receive":
            arrows.append(Arrow(e, e, e.partner, e.tasklet, e.value))
        elif e.kind == "post" and e.message not in arrived:
            arrows.append(Arrow(e, None, e.tasklet, "", e.value))
        elif e.kind == "arrive":
            post = posted.get(e.message)
            sender = post.tasklet if post else ""
            arrows.append(Arrow(post, e, sender, e.tasklet, e.value))
    wires: list[Any] = [
        a for a in arrows if a.sent and a.arrived not in (None, a.sent)
    ]
    for one in wires:
        one.crowded = any(
            other is not one
            and other.sender == one.sender
            and other.sent.step < one.arrived.step
            and one.sent.step < other.arrived.step
            and _in_line(one, other)
            for other in wires
        )
    return arrows


def _in_line(one, other):
    """Whether neither of two messages overtakes the other."""
    before = one.sent.step < other.sent.step
    return before == (one.arrived.step < other.arrived.step)


class Layout:
    """Finds a place for each event, and for words that cover no others."""

    def __init__(self, lanes, left, scale):
        self.lanes = lanes  # name: y
        self.scale = scale
        self.left = left
        self.right = left
        self.at: dict[int, float] = {}  # step: x
        self.pushed: dict[float, float] = {}  # instant: pixels
        self.parts: list[str] = []  # lines; the words lie over them
        self.labels: list[str] = []
        self.arrows: list[Arrow] = []
        self.words: list[tuple] = []  # boxes: x1, y1, x2, y2
        self.lines: list[tuple] = []

    @classmethod
    def of(cls, lanes, left, events, by, queues) -> tuple[Layout, int]:
        """A layout, and how many events are left out for want of room.

        `queues` says for each step who could run just before it. By time, a
        first layout tells how much room the words need.
        """
        layout = cls(lanes, left, Scale.of(events))
        left_out = layout.place_all(events, by, queues)
        if by == "time":
            scale = layout.scale.widened(events, layout.at, layout.pushed)
            layout = cls(lanes, left, scale)
            left_out = layout.place_all(events, by, queues)
        return layout, left_out

    def place_all(self, events, by, queues) -> int:
        """Returns how many events are left out, for want of room."""
        arrows: dict[int, list[Arrow]] = {}
        for arrow in _arrows(events):
            if {arrow.sender, arrow.receiver} - {"", *self.lanes}:
                continue  # of a tasklet without a lane
            end: Any = arrow.arrived or arrow.sent
            arrows.setdefault(end.step, []).append(arrow)
        x, done = self.left, 0
        for gap, column in columns_of(events, by, queues, self.scale):
            if x + gap > WIDEST:
                return len(events) - done
            ending = [a for e in column for a in arrows.get(e.step, ())]
            wish, x = x + gap, self.place(x + gap, column, ending)
            if ending:
                self.pushed.setdefault(column[0].time, x - wish)
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
            if arrow.sent is None:  # it comes from outside
                return x - 20, y - 32, x, y - BAR / 2 - 1
            down = -1 if y == max(lanes.values()) else 1
            return x, y + down * BAR / 2, x + 20, y + down * 32
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
        if arrow.arrived and arrow.arrived.kind == "fault":
            drawn, head = bolt(*ends[2:]), ""
        self.parts.append(drawn.replace("/>", f" {step}{head}/>"))
        words = text(round(x, 1), y, arrow.words(), "v")
        self.labels.append(words.replace("<text", f"<text {step}"))
        self.right = max(self.right, place[2], ends[2])
        self.arrows.append(arrow)


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
    if right <= left or max(x1, x2) <= left or min(x1, x2) >= right:
        return False
    if max(y1, y2) <= top or min(y1, y2) >= bottom:
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
