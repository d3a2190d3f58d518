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

Read `Network`, then `Host`. The connections themselves are in `ends`
and `lanes`.
"""

from __future__ import annotations

import copy
import errno
import math
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack

from greenlet import GreenletExit, getcurrent

from ..far import LIMIT, Accepting, Broken, Connection, Deadline, Waiters
from ..near import Closed, Misuse, Tasklet, run, spawn
from ..near.tasklets import _me
from ..trace import when_traced
from .connections import End
from .faults import AT_MESSAGES, AT_MOMENTS, Fault, Faults, Luck
from .links import NOTICE, Lane, NetworkClock, TooLong, delays

__all__ = ["Network", "Host", "Listener", "TooLong"]

CONNECT_TIMEOUT = 5.0  # seconds
BACKLOG = 128  # connections that may wait to be accepted
STEPS = 10_000_000  # arrivals in one network; more means it never ends
NOTHING: list[Fault] = []  # goes wrong


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
        self.clock = NetworkClock(steps)
        self.hosts: dict[str, Host] = {}
        self.listeners: dict[str, Listener] = {}
        self.happened: list[Fault] = []
        self.marks: dict[str, int] = {}
        self.resources = ExitStack()  # closed after a hunt, in a `with` block
        self.delays = delays(self.faults.delay_s, self.faults.skew)
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
        spawn(self._plan, name="calendar", daemon=True)
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

    def fate(self, what: str, number: int, luck: Luck, shares) -> list[Fault]:
        """What goes wrong here: what is planned, or what luck says."""
        draw = luck.draw() if shares else 1.0
        calm = not shares or draw >= shares[-1][0]
        if calm and not self._planned:  # as good as always
            return NOTHING
        where = f"{what}#{number}"
        struck = list(self._planned.get(where, ()))
        if not calm and self._may_strike():
            kind = next(kind for end, kind in shares if draw < end)
            seconds = round(self.faults.up_to_s * luck.draw(), 3)
            lasts = kind not in ("lost", "cut", "full")
            struck.append(Fault(kind, where, seconds if lasts else 0.0))
        self.happened += struck
        return struck

    def _may_strike(self):
        """Whether chance may still add a fault to those that there were."""
        early = self.clock.now() < self.faults.until_s
        return early and len(self.happened) < self.faults.most

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
        elif fault.where not in self.hosts:
            known = ", ".join(self.hosts)
            raise Misuse(f"{fault!r}: expected one of the hosts {known}")
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
        self.ends: dict[End, None] = {}  # that are open, in order
        self._survive = survive
        self._programs: list[tuple] = []
        self._roots: list[Tasklet] = []
        self._luck = Luck(network.seed, f"{name}!")
        self._moments: dict[str, int] = {}
        self._ports = 0
        self._former: set[Tasklet] = set()  # the roots of earlier lives

    def start(self, program: Callable, *args, daemon: bool = False) -> Tasklet:
        """Run `program(host, *args)` now, and again after every crash.

        Returns the tasklet of its first life.
        """
        self._programs.append((program, args, daemon))
        tasklet = spawn(
            program, self, *args, name=self._called(), daemon=daemon
        )
        self._roots.append(tasklet)
        return tasklet

    def listen(
        self, kinds, address: str = "", *, limit_bytes: int = LIMIT
    ) -> Listener:
        """Listen for connections that carry messages of `kinds`.

        The address is the host's name, unless it is taken or another is given,
        such as `bank:audit`; the listener's `address` says which.
        """
        network = self.network
        if not self._hears():
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
        if not self._hears():
            raise Broken(f"{self.name} is down")
        network = self.network
        if _me("connect()").scheduler.clock is not network.clock:
            raise Misuse(
                "a network has a time of its own: run its hosts by "
                "network.run(), not by run()"
            )
        name = address.partition(":")[0]
        if name not in network.hosts:
            raise Broken(f"cannot find {name!r}: no such host")
        more = network.connection_number(self.name, name)
        there = Lane(self, network.hosts[name], more)
        back = Lane(network.hosts[name], self, more)
        there.other, back.other = back, there
        end = End(self, there, back, kinds, limit_bytes, address)
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
        what, network = f"{self.name}!{name}", self.network
        for fault in network.fate(what, number, self._luck, network.at_moments):
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
        me = _me("crash()").tasklet
        if me in self.fall(seconds, besides=me):
            raise GreenletExit

    def fall(self, seconds: float, besides=None) -> list[Tasklet]:
        """Crash; returns its tasklets, all but `besides` killed."""
        if not self.up:
            return []
        scheduler = self.network.clock.scheduler
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
        self._former.update(self._roots)
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

    def _hears(self):
        """Is it up, and is it not somebody of an earlier life who asks?"""
        tasklet = getattr(getcurrent(), "tasklet", None)
        while self._former and tasklet is not None:
            if tasklet in self._former:
                return False
            tasklet = tasklet.spawner
        return self.up

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


class Listener(Accepting):
    """Where connections arrive. Iterate over it, or `accept()` them."""

    def __init__(self, host: Host, address: str, kinds, limit_bytes: int):
        self.host = host
        self.address = address
        self._kinds = kinds
        self._limit_bytes = limit_bytes
        self._waiting = deque()
        self._arrived = Waiters(f"a connection to {address}")
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

    def welcome(self, lane: Lane) -> bool:
        """Take a connection that arrives, unless too many wait already."""
        if len(self._waiting) >= BACKLOG:
            return False
        end = End(
            self.host,
            lane.other,
            lane,
            self._kinds,
            self._limit_bytes,
            lane.source.name,
        )
        self._waiting.append(end)
        self._arrived.wake_one()
        return True


# --- While a Trace is on -----------------------------------------------------


@when_traced(Network, "note")
def _trace_fault(record, plain, network, host, text):
    where = {"function": ""}  # no line of the host's program did it
    record("fault", host, value=text, time=network.clock.now(), **where)
