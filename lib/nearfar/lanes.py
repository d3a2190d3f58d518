"""Lanes: one connection of a simulated network, at work.

The one idea: to carry a message is to set a timer. A `Lane` is one direction:
a queue of what flies, each with the time at which it arrives; a connection is
two lanes and an `End` at either side. All of it stands or falls with the
`NetworkClock`, which jumps from one arrival to the next.

Here is what a fault *does* to a connection. What can strike, and how often, is
in `faults`; hosts and networks are in `simulation`.
"""

from __future__ import annotations

import math
from collections import deque
from functools import lru_cache, partial
from heapq import heappop, heappush

from msgspec import DecodeError

from .channels import Closed
from .clock import VirtualClock
from .connections import ON_THE_WIRE, Broken, Connection, Deadline, Waiters
from .faults import Luck
from .messages import HEADER, encode
from .tasklets import _me

__all__ = ["NetworkClock", "Lane", "End", "TooLong"]

SHORT = 128  # bytes of a frame that cannot be deep enough to do harm
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

    def expect(self, when: float, lane: Lane) -> None:
        """Call `lane.deliver(when)` at that time."""
        self.number = number = self.number + 1
        heappush(self.arrivals, (when, number, lane))
        if not self.scheduler.watching:
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

    What flies is a frame of bytes, or a function that is called with the lane
    at the far end (to open a connection, to close or to break it). Only the
    first of them needs a timer.
    """

    __slots__ = (
        *("source", "target", "name", "network", "clock", "other", "end"),
        *("open", "flying", "arrived", "load", "latest", "dead", "number"),
        *("luck", "delays", "place", "stride", "reader", "room"),
    )

    def __init__(self, source, target, more):
        self.source, self.target = source, target
        self.name = f"{source.name}>{target.name}{more}"
        self.network = network = source.network
        self.clock = network.clock
        self.other = None  # the lane back
        self.end = None  # where it arrives, once there is one
        self.open = False  # whether messages are wanted there
        self.flying = deque()  # (when, what)
        self.arrived = deque()  # frames that nobody has received yet
        self.load = 0  # how many messages are in either
        self.latest = 0.0  # when the last one arrives
        self.dead = False  # what is sent from now on gets lost
        self.number = -1  # of the last message; 0 is the attempt to connect
        self.luck = luck = Luck(network.seed, self.name)
        self.delays = network.delays
        self.place = luck.state % DELAYS
        self.stride = luck.state // DELAYS % DELAYS | 1
        self.reader = Waiters("a message")
        self.room = Waiters("room on the wire")

    def post(self, what):
        """A message sets out, and may meet with its fate."""
        self.number += 1
        network = self.network
        if network.eventful and not self.dead:
            where = f"{self.name}#{self.number}"
            struck = network.fate(where, self.luck, network.at_messages)
            if struck:
                self._suffer(struck, what)
                return
        self.put(what)

    def put(self, what, extra: float = 0.0):
        """It is on its way, and arrives after all that went before it."""
        if self.dead:
            return
        self.place = place = (self.place + self.stride) % DELAYS
        when = self.clock._now + self.delays[place] + extra
        if when < self.latest:
            when = self.latest
        self.latest = when
        flying = self.flying
        if not flying:
            self.clock.expect(when, self)
        flying.append((when, what))

    def snap(self):
        """The connection breaks; what is on its way still arrives."""
        for lane in (self, self.other):
            lane.put(_break)
            lane.dead = True

    def deliver(self, now):
        """Let arrive what is due."""
        flying, network = self.flying, self.network
        if network.walls and flying and self._is_held(network, now):
            return
        while flying and flying[0][0] <= now:
            what = flying.popleft()[1]
            if type(what) is not bytes:
                what(self)
            elif self.open:
                self.arrived.append(what)
                self.reader.wake_one()
        if flying:
            self.clock.expect(flying[0][0], self)

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
            return False
        if until - now <= NOTICE:
            self.clock.expect(until, self)
            return True
        self.dead = self.other.dead = True  # systems try for about that long
        for lane in (self, self.other):
            lane.flying.clear()
            self.clock.scheduler.after(NOTICE, partial(_break, lane))
        return True


# What arrives, beside messages, at the far end of a lane:


def _hello(address, lane):
    """Somebody connects."""
    network = lane.source.network
    listener = network.listeners.get(address)
    if listener is not None and listener.welcome(lane):
        lane.other.post(_welcome)
    elif lane.target.up:
        lane.other.post(_refuse)


def _welcome(lane):
    lane.end.state = "open"
    lane.reader.wake()


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


class End(Connection):
    """One end, on one host."""

    def __init__(self, host, out, into, frames, peer):
        self._host = host
        self._out, self._into = out, into
        self._frames = frames
        self._limit_bytes = frames.limit_bytes
        self._short = min(SHORT, HEADER + frames.limit_bytes)
        self._decode = frames._decode
        self._calm = not host.network.eventful
        into.open = True
        self._ended = False  # nothing more can be sent, see below
        self.out, self.into, self.peer = out.name, into.name, peer
        self.state = "connecting"
        self._closed = False
        self._over = None  # (type, text): nothing more can come, or go
        into.end = self
        host.ends[self] = None

    def open(self, address, timeout):
        """Say hello, and wait for the welcome."""
        deadline = Deadline(timeout)
        self._out.post(partial(_hello, address))
        try:
            while self.state == "connecting" and self._over is None:
                self._into.reader.wait(deadline.left())
        except BaseException as error:
            self.close()
            if not isinstance(error, TimeoutError):
                raise
        if self.state == "connecting":
            why = self._over[1] if self._over else f"no answer in {timeout} s"
            raise Broken(f"cannot connect to {address}: {why}")
        if self.state == "refused":
            raise Broken(f"cannot connect to {address}: nobody listens there")

    def _send(self, message, timeout=None):
        out = self._out
        if self._ended or out.load >= ON_THE_WIRE:
            self._wait_for_room(message, timeout)
        frame = encode(message, self._limit_bytes)
        out.load += 1
        self._queued(message, len(frame))
        if self._calm:
            out.put(frame)
        else:
            out.post(frame)

    def _wait_for_room(self, message, timeout):
        deadline = None
        while True:
            if self._closed:
                raise Closed(f"the connection to {self.peer} is closed")
            if self._over is not None:
                raise Broken(self._over[1])
            if self._out.load < ON_THE_WIRE:
                return
            deadline = deadline or Deadline(timeout)
            self._out.room.wait(deadline.left())

    def _receive(self, timeout=None):
        into = self._into
        arrived = into.arrived
        if not arrived:
            if timeout is None and not self._ended:  # most waits are these
                into.reader.wait_as(_me("receive()"), None)
            if not arrived:
                self._wait_for_message(into, timeout)
        frame = arrived.popleft()
        if len(frame) > self._short:
            message = self._read(frame)
        else:
            try:
                message = self._decode(frame[HEADER:])
            except DecodeError:
                message = self._read(frame)
        into.load -= 1
        if into.room.stacks:
            into.room.wake_one()
        if arrived:
            into.reader.wake_one()
        self._taken(message, len(frame))
        return message

    def _wait_for_message(self, into, timeout):
        deadline = None
        while not into.arrived:
            if self._closed:
                raise Closed(f"the connection to {self.peer} is closed")
            if self._over is not None:
                kind, text = self._over
                raise kind(text)
            if timeout is not None:
                deadline = deadline or Deadline(timeout)
                timeout = deadline.left()
            into.reader.wait(timeout)

    def _read(self, frame):
        """With all checks; and nonsense stays where it is."""
        self._into.arrived.appendleft(frame)
        (message,) = self._frames.feed(frame)
        return self._into.arrived.popleft() and message

    send, receive = _send, _receive  # a call less for each

    def close(self):
        if self._closed:
            return
        self._closed, self._into.open, self._ended = True, False, True
        self._into.arrived.clear()
        self._out.put(_finish)
        self._host.ends.pop(self, None)
        self._wake()

    def finish(self, kind, text):
        """Nothing more comes, for a good reason or a bad one."""
        if self._over is None:
            self._over = kind, text
            self._ended = True
        self._host.ends.pop(self, None)
        self._wake()

    def snap(self):
        """The connection breaks, for no reason that either end knows."""
        self._out.snap()

    def die(self, silence):
        """Its host has crashed. The peer hears of it after a while."""
        self._into.open = False
        self._into.arrived.clear()
        self._into.dead = True
        self._out.put(_break, extra=silence)
        self._out.dead = True
        self.finish(Broken, f"{self._host.name} has crashed")

    def _wake(self):
        for lane in (self._out, self._into):
            lane.reader.wake()
            lane.room.wake()


@lru_cache
def delays(delay_s: tuple[float, float], skew: int) -> list[float]:
    """How long messages take: the numbers that all lanes draw from."""
    luck, (low, high) = Luck(0, "delays"), delay_s
    shares = [luck.draw() for _ in range(DELAYS)]
    return [low + (high - low) * math.prod([u] * skew) for u in shares]
