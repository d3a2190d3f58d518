"""Lanes: what carries the messages of a simulated network.

The one idea: to carry a message is to set a timer. A `Lane` is one direction:
a queue of what flies, each with the time at which it arrives; a connection is
two lanes, with an end (see `ends`) at either side. All of it stands or falls
with the `NetworkClock`, which jumps from one arrival to the next.

Here is what a fault *does* to a connection. What can strike, and how often, is
in `faults`; hosts and networks are in `simulation`.
"""

from __future__ import annotations

import math
from collections import deque
from functools import lru_cache, partial
from heapq import heappop, heappush

from greenlet import getcurrent

from ..far import Broken
from ..near import Closed, Stack, VirtualClock
from ..near.tasklets import _me
from .faults import Luck

__all__ = ["NetworkClock", "Lane", "TooLong"]

NOTICE = 30.0  # seconds of silence after which a peer is held for dead
DELAYS = 4_096  # that are drawn once; every lane takes them in its own order


class TooLong(TimeoutError):
    """The simulation went on beyond its limit of steps."""


class NetworkClock(VirtualClock):
    """Virtual time in which messages arrive.

    It is to a scheduler what a `SystemClock` is that watches sockets: asked to
    wait, it comes back early, when something has arrived.
    """

    def __init__(self, most_steps: int):
        super().__init__()
        self.arrivals = []  # a heap of (when, number, lane)
        self.number = 0
        self.steps = 0  # arrivals so far
        self.most_steps = most_steps
        self.scheduler = None  # that of the run
        self._outer = []  # those of the runs around it

    def enter(self, scheduler) -> None:
        self._outer.append(self.scheduler)
        self.scheduler = scheduler
        if self.arrivals:
            self.watch()

    def leave(self) -> None:
        outer = self._outer.pop()
        if outer is not None:
            self.scheduler = outer
            outer.watching = 0
            if self.arrivals:  # perhaps the inner run has added some
                self.watch()

    def expect(self, when: float, lane: Lane) -> None:
        """Call `lane.deliver(when)` at that time."""
        self.number = number = self.number + 1
        heappush(self.arrivals, (when, number, lane))
        if not self.scheduler.watching:
            self.watch()

    def watch(self) -> None:
        """There is something to wait for: let the scheduler look."""
        self.scheduler.watching = 1
        self.scheduler.look_at_clock()

    def wait(self, until: float) -> None:
        """Make it `until`, or the time of the next arrival."""
        arrivals = self.arrivals
        if not arrivals or arrivals[0][0] > until:
            self._now = max(self._now, until)
            return
        when, _, lane = heappop(arrivals)
        if when > self._now:
            self._now = when
        if not arrivals:
            self.scheduler.watching = 0
        self.steps = steps = self.steps + 1
        if steps > self.most_steps:
            raise TooLong(f"more than {self.most_steps} messages arrived")
        lane.deliver(when)


class Lane:
    """One direction of a connection: what is on its way, in order.

    What flies is a message, as bytes, or a function that is called with the
    lane at the far end (to open a connection, to close or to break it). Only
    the first of them needs a timer.

    Ten thousand lanes do not fit into a processor's cache, so a lane is small:
    its queues are tuples, for there is hardly ever more than one in them, and
    at most what `ON_THE_WIRE` allows.
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
        self.other = None  # the lane back
        self.end = None  # where it arrives, once there is one
        self.open = False  # whether messages are wanted there
        self.next = None  # what arrives next, and has a timer
        self.behind = ()  # (when, what) of all that flies behind it
        self.arrived = ()  # messages that nobody has received yet
        self.load = 0  # how many messages are in any of them
        self.latest = 0.0  # when the last one arrives
        self.dead = False  # what is sent from now on gets lost
        self.number = -1  # of the last message; 0 is the attempt to connect
        self.luck = luck = Luck(network.seed, self.name)
        self.delays = network.delays
        self.place = luck.state % DELAYS
        self.stride = luck.state // DELAYS % DELAYS | 1
        self.held_since = None  # when a wall has stopped what comes next
        self.readers = ()  # stacks that wait for a message
        self.room = None  # those who wait for room on the wire, if any do

    def post(self, what):
        """A message sets out, and may meet with its fate."""
        self.number += 1
        network = self.network
        if network.eventful and not self.dead:
            struck = network.fate(
                self.name, self.number, self.luck, network.at_messages
            )
            if struck:
                self._suffer(struck, what)
                return
        self.put(what)

    def put(self, what, extra: float = 0.0):
        """It is on its way, and arrives after all that went before it."""
        if self.dead:
            return
        clock = self.clock
        self.place = place = (self.place + self.stride) % DELAYS
        when = clock._now + self.delays[place] + extra
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

    def snap(self):
        """The connection breaks; what is on its way still arrives."""
        for lane in (self, self.other):
            lane.put(_break)
            lane.dead = True

    def deliver(self, now):
        """Let arrive what is due."""
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
                    readers[0].ready.append(readers[0])
            if not self.behind:
                self.next = None
                return
            when, what = self.behind.popleft()
            if when > now:
                self.next = what
                self.clock.expect(when, self)
                return

    def wait(self, timeout=None):
        """Wait until a message arrives, or the end of the connection."""
        me = getcurrent()
        if type(me) is not Stack:
            _me("receive()")  # says what is wrong
        self.readers += (me,)
        me.waits_for = self
        try:
            me.park(timeout)
        except BaseException:  # it may have been woken: another must look
            self.wake_one()
            raise

    def wake_one(self):
        """Let the first who waits for a message look again."""
        if self.readers:
            first = self.readers[0]
            self.readers = self.readers[1:]
            first.ready.append(first)

    def wake(self):
        """Let all look again who wait here, for whatever it is."""
        while self.readers:
            self.wake_one()
        if self.room is not None:
            self.room.wake()

    def leave(self, stack) -> bool:
        """Somebody stops waiting for a message. Was it still waiting?"""
        many = len(self.readers)
        self.readers = tuple(one for one in self.readers if one is not stack)
        return len(self.readers) < many

    def describe_wait(self, stack) -> str:
        return "for a message"

    def _suffer(self, struck, what):
        network, extra = self.source.network, 0.0
        for fault in struck:
            if fault.kind == "crash_sending":
                by_itself = what is _welcome or what is _refuse
                fall = self.source.fall if by_itself else self.source.crash
                return fall(fault.seconds)
            if fault.kind == "apart":
                network.apart([self.target.name], None, fault.seconds)
            elif fault.kind == "crash":
                seconds = fault.seconds
                self.put(lambda lane, s=seconds: lane.target.fall(s))
            elif fault.kind == "late":
                extra += fault.seconds
                network.note(self.source.name, f"late {fault.seconds:g} s")
            else:
                network.note(self.source.name, fault.kind)
        kinds = {fault.kind for fault in struck}
        if "lost" not in kinds:
            self.put(what, extra)
        if "lost" in kinds and self.number == 0:
            self.dead = self.other.dead = True  # nobody knows of it yet
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
        for lane in (self, self.other):
            lane.next, lane.behind = None, ()
            self.clock.scheduler.after(NOTICE, partial(_break, lane))
        return True


# What arrives, beside messages, at the far end of a lane:


def _hello(address, lane):
    """Somebody connects."""
    network = lane.source.network
    listener = network.listeners.get(address)
    if listener is None and lane.target.up:
        lane.other.post(_refuse)
    elif listener is not None and listener.welcome(lane):
        lane.other.post(_welcome)


def _welcome(lane):
    lane.end.state = "open"
    lane.wake()


def _refuse(lane):
    lane.end.state = "refused"
    lane.end.close()


def _finish(lane):
    """The peer has closed."""
    if lane.end is not None:
        lane.end.finish(Closed, "the peer has closed the connection")


def _break(lane):
    if lane.end is not None:
        lane.end.finish(Broken, "the peer is gone: the connection broke")


@lru_cache
def delays(delay_s: tuple[float, float], skew: int) -> list[float]:
    """How long messages take: the numbers that all lanes draw from."""
    luck, (low, high) = Luck(0, "delays"), delay_s
    shares = [luck.draw() for _ in range(DELAYS)]
    return [low + (high - low) * math.prod([u] * skew) for u in shares]
