"""Links: what carries the messages of a simulated network.

The one idea: a message takes a while, so to carry it is to set a timer. A
`Link` is one direction of a connection: a queue of what is on its way, each
message with the time at which it arrives. A connection is two links, with a
`SimulatedConnection` at either end.

Here is what a fault *does* to a connection. Which faults strike, and how
often, is in `faults`.
"""

from __future__ import annotations

import math
from collections import deque
from functools import lru_cache, partial
from heapq import heappush

from ..far import Broken
from ..near import Closed, lowlevel
from .faults import Luck

__all__ = ["Link", "NOTICE", "delays", "hello", "finish", "break_off"]

NOTICE = 30.0  # seconds of silence after which a peer is presumed dead
DELAYS = 4_096  # drawn once; every link takes them in an order of its own


class Link:
    """One direction of a connection: what is on its way, in order.

    It carries messages, as bytes, and functions that are called with the link
    when they arrive (to open a connection, to close or to break it). Only the
    first of them needs a timer.

    Ten thousand links do not fit into a processor's cache, so a link is small.
    Its queues are tuples, because they rarely hold more than one message, and
    never more than `ON_THE_WIRE`.
    """

    __slots__ = (
        *("source", "target", "name", "network", "clock", "other", "end"),
        *("open", "next", "behind", "arrived", "load", "latest", "dead"),
        *("number", "luck", "delays", "place", "stride", "readers", "room"),
        "held_since",
    )

    def __init__(self, source, target, more):
        self.source, self.target = source, target
        self.name = f"{source.name}>{target.name}{more}"
        self.network = network = source.network
        self.clock = network.clock
        self.other = None  # the link back
        self.end = None  # the connection at its far end, once there is one
        self.open = False  # whether messages are wanted there
        self.next = None  # what arrives next, and has a timer
        self.behind = ()  # (when, what) of all that follows it
        self.arrived = ()  # messages that wait to be received
        self.load = 0  # how many messages these three hold
        self.latest = 0.0  # when the last one arrives
        self.dead = False  # whether it loses everything from now on
        self.number = -1  # of the last message; 0 is the attempt to connect
        self.luck = luck = Luck(network.seed, self.name)
        self.delays = network.delays
        self.place = luck.state % DELAYS
        self.stride = luck.state // DELAYS % DELAYS | 1
        self.held_since = None  # since when a wall stops what comes next
        self.readers = ()  # stacks that wait for a message
        self.room = None  # waiters for room on the wire, if any

    def post(self, what):
        """Send a message out; a fault may strike it."""
        if self.dead:
            return
        self.number += 1
        network = self.network
        if network.eventful:
            struck = network.fate(
                self.name, self.number, self.luck, network.at_messages
            )
            if struck:
                self._suffer(struck, what)
                return
        self.put(what)

    def put(self, what, extra: float = 0.0):
        """Send it on its way, to arrive after everything before it."""
        if self.dead:
            return
        clock = self.clock
        self.place = place = (self.place + self.stride) % DELAYS
        when = clock.time + self.delays[place] + extra
        if when < self.latest:
            when = self.latest
        self.latest = when
        if self.next is None:
            self.next = what
            clock.number = number = clock.number + 1  # as in expect()
            heappush(clock.arrivals, (when, number, self))
            if not clock.scheduler.watching:
                clock.watch()
        elif self.behind:
            self.behind.append((when, what))
        else:
            self.behind = deque([(when, what)])

    @property
    def message(self) -> str:
        """The name of the message that arrives next.

        "" if nothing is on its way, or only the news that the connection ends.
        """
        behind = [what for _, what in self.behind]
        if not _is_message(self.next):
            return ""
        return f"{self.name}#{self.number - sum(map(_is_message, behind))}"

    def lose(self):
        """Lose all that is on its way here; the connection breaks.

        An attempt to connect that is lost stays unnoticed by both hosts.
        """
        opening = self.message.endswith("#0")
        self.next, self.behind = None, ()
        self.network.note(self.source.name, "lost")
        if opening:
            self.dead = self.other.dead = True
        else:
            self.snap()

    def snap(self):
        """Break the connection; what is on its way still arrives."""
        for link in (self, self.other):
            link.put(break_off)
            link.dead = True

    def deliver(self, now, one=False):
        """Deliver what is due by now; with `one`, no second message."""
        what, network = self.next, self.network
        if what is None or (network.walls and self._is_held(network, now)):
            return
        while True:
            if type(what) is not bytes:
                what(self)
            elif self.open:
                self.arrived += (what,)
                readers = self.readers
                if readers:  # as in wake_one()
                    self.readers = readers[1:]
                    readers[0].go_on()
            if not self.behind:
                self.next = None
                return
            when, what = self.behind.popleft()
            if when > now or (one and _is_message(what)):
                self.next = what
                self.clock.expect(when, self)
                return

    def wait(self, timeout=None):
        """Wait until a message arrives, or the connection ends."""
        me = lowlevel.current_stack("receive()")
        try:
            me.waits_for = self
            self.readers += (me,)
            me.park(timeout)
        except BaseException:
            if not self.leave(me):  # it was woken: another must look
                self.wake_one()
            raise

    def wake_one(self):
        """Let the first tasklet that waits for a message look again."""
        if self.readers:
            first = self.readers[0]
            self.readers = self.readers[1:]
            first.go_on()

    def wake(self):
        """Let all tasklets that wait here look again."""
        while self.readers:
            self.wake_one()
        if self.room is not None:
            self.room.wake()

    def leave(self, stack) -> bool:
        """Take a tasklet out of those that wait; say whether it was there."""
        many = len(self.readers)
        self.readers = tuple(one for one in self.readers if one is not stack)
        return len(self.readers) < many

    def describe_wait(self, stack) -> str:
        return "for a message"

    def _suffer(self, struck, what):
        network, extra = self.source.network, 0.0
        for fault in struck:
            if fault.kind == "crash_sending":
                by_itself = what is welcome or what is refuse
                fall = self.source.fall if by_itself else self.source.crash
                return fall(fault.seconds)
            if fault.kind == "apart":
                network.apart([self.target.name], None, fault.seconds)
            elif fault.kind == "crash":
                seconds = fault.seconds
                self.put(lambda link, s=seconds: link.target.fall(s))
            elif fault.kind == "late":
                extra += fault.seconds
                network.note(self.source.name, f"late {fault.seconds:g} s")
            else:
                network.note(self.source.name, fault.kind)
        kinds = {fault.kind for fault in struck}
        if "lost" not in kinds:
            self.put(what, extra)
        if "lost" in kinds and self.number == 0:
            self.dead = self.other.dead = True  # neither host hears of it
        elif kinds & {"lost", "cut"}:
            self.snap()

    def _is_held(self, network, now):
        until = network.held_until(self.source.name, self.target.name)
        if until <= now:
            self.held_since = None
            return False
        if self.held_since is None:
            self.held_since = now
        if until - self.held_since <= NOTICE:
            self.clock.expect(until, self)
            return True
        self.dead = self.other.dead = True  # systems try for about that long
        for link in (self, self.other):
            link.next, link.behind = None, ()
            self.clock.scheduler.after(NOTICE, partial(break_off, link))
        return True


# --- What arrives at the far end of a link, beside messages ------------------


def hello(address, link):
    """A connection arrives at a host."""
    network = link.source.network
    listener = network.listeners.get(address)
    if listener is None and link.target.up:
        link.other.post(refuse)
    elif listener is not None and listener.welcome(link):
        link.other.post(welcome)


def welcome(link):
    """A listener has taken the connection."""
    link.end.state = "open"
    link.wake()


def refuse(link):
    """No listener has this address."""
    link.end.state = "refused"
    link.end.close()


def _is_message(what):
    """Whether it has a number, unlike the news that a connection ends."""
    return type(what) in (bytes, partial) or what in (welcome, refuse)


def finish(link):
    """The peer has closed the connection."""
    if link.end is not None:
        link.end.finish(Closed, "the peer has closed the connection")


def break_off(link):
    """The connection has broken."""
    if link.end is not None:
        link.end.finish(Broken, "the peer is gone: the connection broke")


@lru_cache
def delays(delay_s: tuple[float, float], skew: int) -> list[float]:
    """Return the delays that all links take in turn, in seconds."""
    luck, (low, high) = Luck(0, "delays"), delay_s
    shares = [luck.draw() for _ in range(DELAYS)]
    return [low + (high - low) * math.prod([u] * skew) for u in shares]
