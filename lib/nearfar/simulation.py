"""Simulation: the connection contract over a network that is all pretence.

The one idea: a message takes a while, so to carry it is to set a timer. In
virtual time a timer costs nothing to wait for, and nothing decides when it
goes off but a seed: a thousand hosts live through an hour in seconds, and
whatever went wrong goes wrong again in the same way.

```python
network = Network(seed=7, faults=Faults(late=0.01, crash=0.001))
bank, atm = network.host("bank"), network.host("atm-1")
bank.start(serve, daemon=True)  # each is handed its host, and restarted
atm.start(visit)  # with it after a crash
network.run()
```

A `Host` has the shape of the module `sockets`: `listen(kinds)` and
`connect(kinds, address)`. What comes out is a listener and connections that
keep the same contract, so a program cannot tell where it is. Messages really
become bytes and are read from them again.

What can go wrong is in `faults`. What did go wrong is in `network.happened`.

Read `Network` and `Host`, then `_Lane`: one direction of one connection.
"""

from __future__ import annotations

import copy
import errno
import math
from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush

from greenlet import GreenletExit, getcurrent

from .channels import Closed
from .clock import VirtualClock
from .connections import ON_THE_WIRE, Broken, Connection, Deadline, Waiters
from .faults import AT_MESSAGES, AT_MOMENTS, Fault, Faults, Luck
from .messages import LIMIT, Frames, Malformed, encode
from .tasklets import Misuse, Tasklet, _me, run, spawn
from .trace import when_traced

__all__ = ["Network", "Host", "Listener", "TooLong"]

CONNECT_TIMEOUT = 5.0  # seconds
NOTICE = 30.0  # seconds of silence after which a peer is held for dead
BACKLOG = 128  # connections that may wait to be accepted
STEPS = 10_000_000  # arrivals in one network; more means it never ends


class TooLong(TimeoutError):
    """The simulation went on beyond its limit of steps."""


FACTOR = 6364136223846793005
STEP =  1442695040888963407
MASK =  0xFFFF_FFFF_FFFF_FFFF
UNIT = 2.0**-53


class NetworkClock(VirtualClock):
    """Virtual time in which messages arrive.

    To a scheduler it is what a `SystemClock` is that watches sockets: asked to
    wait, it comes back early when something has arrived.
    """

    def __init__(self):
        super().__init__()
        self.arrivals = []  # a heap of (when, number, lane)
        self.number = 0
        self.steps = 0  # arrivals so far
        self.most_steps = math.inf
        self.scheduler = None  # that of the run

    def expect(self, when, lane) -> None:
        """Call `lane.deliver(when)` at that time."""
        self.number = number = self.number + 1
        heappush(self.arrivals, (when, number, lane))
        self.look()

    def look(self):
        self.scheduler.watching = 1
        self.scheduler.look_at_clock()

    def wait(self, until: float) -> None:
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


class Network:
    """Hosts, what is on its way between them, and everybody's luck.

    The same `seed` and `faults` give the same run. `happened` lists the faults
    that were drawn or planned and did strike; `marks` counts what programs
    said to have reached, by `mark(name)`.
    """

    def __init__(
        self, seed: int = 0, faults: Faults | None = None, steps: int = STEPS
    ):
        self.seed = seed
        self.faults = faults or Faults()
        self.clock = NetworkClock()
        self.clock.most_steps = steps
        self.hosts: dict[str, Host] = {}
        self.listeners: dict[str, Listener] = {}
        self.happened: list[Fault] = []
        self.marks: dict[str, int] = {}
        self.walls: list[tuple[set[str], set[str] | None, float]] = []
        self.at_messages = self.faults.chances(AT_MESSAGES)
        self.at_moments = self.faults.chances(AT_MOMENTS)
        self._connections: dict[tuple[str, str], int] = {}
        self._planned: dict[str, list[Fault]] = {}
        for fault in self.faults.planned:
            if fault.at is None:
                self._planned.setdefault(fault.where, []).append(fault)
        self.eventful = bool(self._planned or self.at_messages)

    def host(self, name: str, disk=None, survive=copy.deepcopy) -> Host:
        """The host of that name, made at the first call.

        `disk` is what a restarted program finds again: at a crash, whatever
        `survive(disk)` returns at that instant.
        """
        if name not in self.hosts:
            if not name or set(name) & set(">#!.:| "):
                raise Misuse(f"a host's name has none of >#!.:| , not {name!r}")
            self.hosts[name] = Host(self, name, disk, survive)
        return self.hosts[name]

    def run(self, until=None, *, timeout=None, seed=None):
        """`nearfar.run` in this network's time; `timeout` in its seconds.

        Raises `TooLong` when more than `steps` messages arrive.
        """
        plan = spawn(self._plan, name="calendar", daemon=True)
        self.clock.scheduler = plan.scheduler
        return run(until, timeout=timeout, clock=self.clock, seed=seed)

    def apart(self, these, those=None, seconds: float = math.inf) -> None:
        """From now on nothing passes between two groups of hosts.

        Without `those`, between the first group and everybody else. What is on
        its way is held back; a connection over which something was held for
        more than 30 seconds breaks.
        """
        until = self.clock.now() + seconds
        those = None if those is None else set(those)
        self.walls.append((set(these), those, until))
        for name in these:
            self.note(name, f"apart for {seconds:g} s")

    def note(self, host: str, text: str) -> None:
        """Something befalls a host: for those who trace, nothing else."""

    def mark(self, name: str) -> None:
        """Count that a program came here: for the coverage of a hunt."""
        self.marks[name] = self.marks.get(name, 0) + 1

    def held_until(self, one: str, other: str) -> float:
        """When the last wall between two hosts will have fallen."""
        now = self.clock.now()
        self.walls = [wall for wall in self.walls if wall[2] > now]
        return max(
            (
                until
                for these, those, until in self.walls
                if (one in these) != (other in these)
                and (those is None or one in those or other in those)
            ),
            default=now,
        )

    def delay(self, luck: Luck) -> float:
        """How long the next message takes, in seconds."""
        low, high = self.faults.delay_s
        part = draw = luck.draw()
        for _ in range(self.faults.skew - 1):
            part *= draw
        return low + (high - low) * part

    def fate(self, where: str, luck: Luck | None, shares) -> list[Fault]:
        """What goes wrong here: what is planned, or what luck says."""
        struck = list(self._planned.get(where, ()))
        faults = self.faults
        if shares and luck is not None:
            draw, calm = luck.draw(), self.clock.now() >= faults.until_s
            kind = next((k for end, k in shares if draw < end), None)
            if kind and not calm and len(self.happened) < faults.most:
                seconds = round(faults.up_to_s * luck.draw(), 3)
                lasts = kind not in ("lost", "cut", "full")
                struck.append(Fault(kind, where, seconds if lasts else 0.0))
        self.happened += struck
        return struck

    def connection_number(self, one: str, other: str) -> str:
        """What tells a second connection between two hosts from the first."""
        pair = min(one, other), max(one, other)
        number = self._connections[pair] = self._connections.get(pair, 0) + 1
        return "" if number == 1 else f".{number}"

    def _plan(self):
        """Set a timer for each fault that has a time."""
        after, now = self.clock.scheduler.after, self.clock.now()
        for fault in self.faults.planned:
            if fault.at is not None and fault.at >= now:
                after(fault.at - now, lambda fault=fault: self._strike(fault))

    def _strike(self, fault):
        self.happened.append(fault)
        if fault.kind == "apart":
            these, _, those = fault.where.partition("|")
            self.apart(these.split(), those.split() or None, fault.seconds)
        elif fault.kind == "cut":
            for host in self.hosts.values():
                for end in list(host.ends):
                    if end.out == fault.where:
                        end.snap()
        elif fault.kind == "clock":
            self.hosts[fault.where].offset_s += fault.seconds
        else:
            self.hosts[fault.where].fall(fault.seconds)


class Host:
    """A machine with a name, a disk, and programs that it starts again.

    Hand it to a program in place of the module `sockets`.
    """

    def __init__(self, network, name, disk, survive):
        self.network = network
        self.name = name
        self.disk = disk
        self.up = True
        self.crashes = 0
        self.offset_s = 0.0  # of its clock
        self.ends: dict[_End, None] = {}  # that are open, in order
        self._survive = survive
        self._programs: list[tuple] = []
        self._roots: list[Tasklet] = []
        self._luck = Luck(network.seed, f"{name}!")
        self._moments: dict[str, int] = {}
        self._ports = 0

    def start(self, program: Callable, *args, daemon: bool = False) -> None:
        """Run `program(host, *args)` now, and again after every crash."""
        self._programs.append((program, args, daemon))
        self._roots.append(
            spawn(program, self, *args, name=self._called(), daemon=daemon)
        )

    def listen(
        self, kinds, address: str = "", *, limit_bytes: int = LIMIT
    ) -> Listener:
        """Listen for connections that carry messages of `kinds`.

        The address is the host's name, unless it is taken or another is given,
        such as `bank:audit`; the listener's `address` says which.
        """
        network = self.network
        if not self.up:
            raise Broken(f"{self.name} is down")
        if not address:
            address, taken = self.name, network.listeners
            while address in taken:
                self._ports += 1
                address = f"{self.name}:{self._ports}"
        if address.partition(":")[0] != self.name:
            raise OSError(f"cannot listen on {address}: this is {self.name}")
        if address in network.listeners:
            raise OSError(f"cannot listen on {address}: address already in use")
        return Listener(self, address, kinds, limit_bytes)

    def connect(
        self,
        kinds,
        address: str,
        *,
        timeout: float = CONNECT_TIMEOUT,
        limit_bytes: int = LIMIT,
    ) -> Connection:
        """Connect to a listener; messages of `kinds` may come back.

        Raises `Broken` if nobody answers there within `timeout` seconds.
        """
        if not self.up:
            raise Broken(f"{self.name} is down")
        network = self.network
        name = address.partition(":")[0]
        if name not in network.hosts:
            raise Broken(f"cannot find {name!r}: no such host")
        more = network.connection_number(self.name, name)
        there = _Lane(self, network.hosts[name], more)
        back = _Lane(network.hosts[name], self, more)
        there.other, back.other = back, there
        end = _End(self, there, back, Frames(kinds, limit_bytes), address)
        end.open(address, timeout)
        return end

    def now(self) -> float:
        """What this host's own clock says, right or wrong."""
        return self.network.clock.now() + self.offset_s

    def moment(self, name: str) -> None:
        """Say that something is about to be done, such as a write to disk.

        Here a crash can strike (`crash_writing`), the disk be full (`full`:
        OSError) or the clock be set (`clock`).
        """
        number = self._moments[name] = self._moments.get(name, 0) + 1
        where = f"{self.name}!{name}#{number}"
        network = self.network
        for fault in network.fate(where, self._luck, network.at_moments):
            if fault.kind == "clock":
                self.offset_s += fault.seconds
                network.note(self.name, f"clock off by {self.offset_s:g} s")
            elif fault.kind == "full":
                network.note(self.name, "disk full")
                raise OSError(errno.ENOSPC, f"no space left on {self.name}")
            else:
                self.crash(fault.seconds)

    def crash(self, seconds: float = math.inf) -> None:
        """Lose everything but the disk, at once; start again after a while.

        Its tasklets are killed. What they still do in a `finally` reaches
        neither the network nor the disk that the next life will find. Its
        peers hear nothing until it is back, or for 30 seconds.
        """
        me = getattr(getcurrent(), "tasklet", None)
        if me in self.fall(seconds, besides=me):
            raise GreenletExit

    def fall(self, seconds: float, besides=None) -> list[Tasklet]:
        """Crash; returns its tasklets, all but `besides` killed."""
        if not self.up:
            return []
        scheduler = getcurrent().scheduler
        self.network.note(self.name, "crashes")
        self.up = False
        self.crashes += 1
        survived = self._survive(self.disk)
        for listener in [*self.network.listeners.values()]:
            if listener.host is self:
                listener.close()
        silence = min(seconds, NOTICE)
        for end in list(self.ends):
            end.die(silence)
        if seconds < math.inf:  # run() waits for those who will be back
            scheduler.unfinished += self._waited_for()
            scheduler.after(seconds, lambda: self._boot(scheduler, survived))
        members = self._members(scheduler)
        for tasklet in members:
            if tasklet is not besides:
                tasklet.interrupt(GreenletExit())
        return members

    def _boot(self, scheduler, disk):
        self.up, self.disk = True, disk
        self.network.note(self.name, "starts again")
        self._roots = [
            Tasklet(
                scheduler,
                None,  # nobody spawns it: the power is back
                program,
                (self, *args),
                self._called(),
                daemon,
            )
            for program, args, daemon in self._programs
        ]
        scheduler.ready.extend(self._roots)  # already counted as unfinished

    def _called(self):
        return self.name + "'" * self.crashes

    def _waited_for(self):
        return sum(not daemon for _, _, daemon in self._programs)

    def _members(self, scheduler):
        """Its programs and all that they have spawned, however deep."""
        ours = dict.fromkeys(self._roots, True)
        for tasklet in [*scheduler.alive, *scheduler.unbegun()]:
            line = []
            while tasklet is not None and tasklet not in ours:
                line.append(tasklet)
                tasklet = tasklet.spawner
            ours.update(dict.fromkeys(line, ours.get(tasklet, False)))
        return [t for t, mine in ours.items() if mine and not t.done]

    def __repr__(self):
        return f"<host {self.name}{'' if self.up else ' (down)'}>"


class Listener:
    """Where connections arrive. Iterate over it, or `accept()` them."""

    def __init__(self, host: Host, address: str, kinds, limit_bytes: int):
        self.host = host
        self.address = address
        self._kinds = kinds
        self._limit_bytes = limit_bytes
        self._waiting = deque()
        self._arrived = Waiters(f"for a connection to {address}")
        self._closed = False
        host.network.listeners[address] = self

    def accept(self, timeout: float | None = None) -> Connection:
        """The next connection. Raises `Closed`, or TimeoutError."""
        deadline = Deadline(timeout)
        while not self._waiting:
            if self._closed:
                raise Closed(f"the listener on {self.address} is closed")
            self._arrived.wait(deadline.left())
        return self._waiting.popleft()

    def close(self) -> None:
        """Accept no more; the connections that there are go on."""
        if not self._closed:
            self._closed = True
            del self.host.network.listeners[self.address]
            while self._waiting:
                self._waiting.popleft().close()
            self._arrived.wake()

    def welcome(self, lane: _Lane) -> bool:
        """Take a connection that arrives, unless too many wait already."""
        if len(self._waiting) >= BACKLOG:
            return False
        frames = Frames(self._kinds, self._limit_bytes)
        end = _End(self.host, lane.other, lane, frames, lane.source.name)
        self._waiting.append(end)
        self._arrived.wake_one()
        return True

    def __iter__(self):
        return self

    def __next__(self) -> Connection:
        try:
            return self.accept()
        except Closed:
            raise StopIteration from None

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()


class _Lane:
    """One direction of a connection: what is on its way, in order.

    What flies is a frame of bytes, or a function that is called with the lane
    at the far end (to open a connection, to close or to break it). Only the
    first of them needs a timer.
    """

    __slots__ = (
        "network",
        "clock",
        "load","open",
        "state", "least", "spread", "skew",
        "source",
        "target",
        "name",
        "other",
        "end",
        "flying",
        "arrived",
        "latest",
        "dead",
        "number",
        "luck",
        "reader",
        "room",
    )

    def __init__(self, source, target, more):
        self.source, self.target = source, target
        self.network = source.network
        self.clock = source.network.clock
        self.open = False
        self.load = 0  # messages on their way, or not yet received
        self.name = f"{source.name}>{target.name}{more}"
        self.other = None  # the lane back
        self.end = None  # where it arrives, once there is one
        self.flying = deque()  # (when, what)
        self.arrived = deque()  # frames that nobody has received yet
        self.latest = 0.0  # when the last of them arrives
        self.dead = False  # what is sent from now on gets lost
        self.number = -1  # of the last message; 0 is the attempt to connect
        self.luck = Luck(source.network.seed, self.name)
        self.state = self.luck.state
        self.least = .01
        self.spread = .04
        self.skew = ()
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
        self.state = state = self.state * FACTOR + STEP & MASK
        part = (state >> 11) * UNIT
        for _ in self.skew:
            part *= part
        when = self.clock._now + self.least + self.spread * part + extra
        if when < self.latest:
            when = self.latest
        self.latest = when
        flying = self.flying
        if not flying:
            clock = self.clock
            clock.number = number = clock.number + 1
            heappush(clock.arrivals, (when, number, self))
            if not clock.scheduler.watching:
                clock.look()
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
                waiting = self.reader._stacks
                if waiting:
                    stack = waiting.popleft()
                    stack.ready.append(stack)
        if flying:
            self.clock.expect(flying[0][0], self)

    def _suffer(self, struck, what):
        network, extra = self.source.network, 0.0
        for fault in struck:
            network.note(self.target.name, f"{fault.kind} {fault.where}")
            if fault.kind == "crash_sending":
                self.source.crash(fault.seconds)
                return
            if fault.kind == "apart":
                network.apart([self.target.name], None, fault.seconds)
            elif fault.kind == "crash":
                seconds = fault.seconds
                self.put(lambda lane, s=seconds: lane.target.fall(s))
            elif fault.kind == "late":
                extra += fault.seconds
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


class _End(Connection):
    """One end, on one host."""

    def __init__(self, host, out, into, frames, peer):
        self._host = host
        self._out, self._into = out, into
        self._frames = frames
        self._limit_bytes = frames.limit_bytes
        self._decode = frames._decoder.decode
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
        if not into.arrived:
            if timeout is None and not self._ended:
                me = _me("receive()")
                me.waits_for = reader = into.reader
                reader._stacks.append(me)
                me.park()
            if not into.arrived:
                self._wait_for_message(into, timeout)
        frame = into.arrived.popleft()
        message = self._decode(frame[4:])
        into.load -= 1
        if into.room._stacks:
            into.room.wake_one()
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

    send, receive = _send, _receive

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


# --- While a Trace is on -----------------------------------------------------


@when_traced(Network, "note")
def _trace_fault(record, plain, network, host, text):
    record("fault", host, value=text, time=network.clock.now())
