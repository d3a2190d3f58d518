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

from greenlet import getcurrent
from msgspec import DecodeError

from .channels import Closed
from .clock import VirtualClock
from .connections import (
    ON_THE_WIRE,
    Broken,
    Connection,
    Deadline,
    Left,
    Waiters,
    record_post,
    watch_receiving,
)
from .faults import Luck
from .messages import HEADER, SHALLOW, Frames, _decoder, encode, encode_body
from .tasklets import Stack, _me
from .trace import when_traced

__all__ = ["NetworkClock", "Lane", "End", "TooLong"]

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
            return False
        if until - now <= NOTICE:
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
    if listener is not None and listener.welcome(lane):
        lane.other.post(_welcome)
    elif lane.target.up:
        lane.other.post(_refuse)


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


class End(Connection):
    """One end, on one host."""

    __slots__ = (
        *("_host", "_out", "_into", "_kinds", "_limit_bytes", "_short"),
        *("_decode", "_frames", "_calm", "_ended", "_closed", "_over"),
        *("out", "into", "peer", "state", "asking"),
        *("sent", "received", "bytes_sent", "bytes_received"),
    )

    def __init__(self, host, out, into, kinds, limit_bytes, peer):
        self._host = host
        self._out, self._into = out, into
        self._kinds, self._limit_bytes = kinds, limit_bytes
        self._short = min(SHALLOW, limit_bytes)  # bytes that do no harm
        self._decode = bytes if kinds is bytes else _decoder(kinds)
        self._frames = None  # a stream, for a message that is not so simple
        self._calm = not host.network.eventful
        into.open = True
        self._ended = False  # nothing more can be sent, see below
        self.out, self.into, self.peer = out.name, into.name, peer
        self.state = "connecting"
        self.asking = None
        self.sent = self.received = self.bytes_sent = self.bytes_received = 0
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
                self._into.wait(deadline.left())
        except BaseException as error:
            self.close()
            if not isinstance(error, TimeoutError):
                raise
        if self.state == "connecting":
            why = self._over[1] if self._over else f"no answer in {timeout} s"
            raise Broken(f"cannot connect to {address}: {why}")
        if self.state == "refused":
            raise Broken(f"cannot connect to {address}: nobody listens there")

    def send(self, message, timeout=None, _posted=None):
        out = self._out
        if self._ended:
            self._wait_for_room(None)  # there will be none: it says why
        body = encode_body(message, self._limit_bytes)
        if out.load >= ON_THE_WIRE:
            self._wait_for_room(timeout)
        out.load += 1
        self.sent += 1
        self.bytes_sent += HEADER + len(body)
        if _posted is not None:  # somebody watches
            _posted(self, message)
        if self._calm:
            out.put(body)
        else:
            out.post(body)

    def _wait_for_room(self, timeout):
        out, deadline = self._out, None
        while True:
            if self._closed:
                raise Closed(f"the connection to {self.peer} is closed")
            if self._over is not None:
                raise Broken(self._over[1])
            if out.load < ON_THE_WIRE:
                return
            deadline = deadline or Deadline(timeout)
            out.room = out.room or Waiters("room on the wire")
            out.room.wait(deadline.left())

    def receive(self, timeout=None):
        into = self._into
        if not into.arrived:
            if timeout is None and not self._ended:  # most waits are these
                into.wait()
            if not into.arrived:
                self._wait_for_message(into, timeout)
        body = into.arrived[0]
        if len(body) > self._short:
            message = self._read(body)
        else:
            try:
                message = self._decode(body)
            except DecodeError:
                message = self._read(body)
        into.arrived = into.arrived[1:]
        into.load -= 1
        if into.room is not None:
            into.room.wake_one()
        if into.arrived:
            into.wake_one()
        self.received += 1
        self.bytes_received += HEADER + len(body)
        return message

    def _wait_for_message(self, into, timeout):
        clock = into.clock
        until = None if timeout is None else clock._now + timeout
        while not into.arrived:
            if self._closed:
                raise Closed(f"the connection to {self.peer} is closed")
            if self._over is not None:
                kind, text = self._over
                raise kind(text)
            into.wait(timeout)
            if until is not None:
                timeout = Left(until - clock._now, timeout)

    def _read(self, body):
        """With all checks; after nonsense nothing can be read any more."""
        if self._frames is None:
            self._frames = Frames(self._kinds, self._limit_bytes)
        (message,) = self._frames.feed(encode(body, len(body)))
        return message

    def close(self):
        if self._closed:
            return
        self._closed, self._into.open, self._ended = True, False, True
        self._into.arrived = ()
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
        self._into.arrived = ()
        self._into.dead = True
        self._out.put(_break, extra=silence)
        self._out.dead = True
        self.finish(Broken, f"{self._host.name} has crashed")

    def _wake(self):
        for lane in (self._out, self._into):
            if lane.readers or lane.room is not None:
                lane.wake()


@lru_cache
def delays(delay_s: tuple[float, float], skew: int) -> list[float]:
    """How long messages take: the numbers that all lanes draw from."""
    luck, (low, high) = Luck(0, "delays"), delay_s
    shares = [luck.draw() for _ in range(DELAYS)]
    return [low + (high - low) * math.prod([u] * skew) for u in shares]


# --- While a Trace is on -----------------------------------------------------


@when_traced(End, "send")  # before a fault of that moment is told
def _trace_send(record, plain, end, message, timeout=None):
    plain(end, message, timeout, partial(record_post, record))


watch_receiving(End)
