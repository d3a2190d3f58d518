"""Hosts: machines of a simulated network, which crash and start again.

The one idea: a host has the verbs of the module `sockets`, `listen(kinds)` and
`connect(kinds, address)`, so a program cannot tell where it runs. A crash
takes everything from the host but its disk; then its programs start anew.

Read `Host` first. Its connections are in `connections`, the links that carry
them in `links`. Left out: a host that is slow.
"""

from __future__ import annotations

import errno
import math
from collections.abc import Callable
from functools import partial

from ..far import LIMIT, Broken, Connection, Listener
from ..near import Misuse, Tasklet, lowlevel, spawn
from .connections import SimulatedConnection
from .faults import Luck
from .links import NOTICE, Link

__all__ = ["Host", "HostListener", "BACKLOG"]

CONNECT_TIMEOUT = 5.0  # seconds
BACKLOG = 128  # connections that may wait to be accepted
TIDY = 4  # tasklets of a host; those that have ended go when there are more


class Life:
    """The tasklets of a host between its start and its next crash.

    It is the `home` of the tasklet of each program, and of all tasklets that
    those spawn, however deep. Each adds itself.
    """

    def __init__(self, host):
        self.host = host
        self.tasklets: dict[Tasklet, None] = {}  # in the order of spawning
        self.tidy_at = TIDY

    def add(self, tasklet: Tasklet) -> None:
        """Note a tasklet; now and then, forget all that have ended."""
        if len(self.tasklets) == self.tidy_at:
            self.tasklets = dict.fromkeys(self.living())
            self.tidy_at = 2 * len(self.tasklets) + TIDY
        self.tasklets[tasklet] = None

    def living(self) -> list[Tasklet]:
        """Return the tasklets that have not ended."""
        return [
            task
            for task in self.tasklets
            if not task.done and task.home is self
        ]


class Host:
    """A machine with a name, a disk, and programs that start again.

    Hand it to a program in place of the module `sockets`. `up` says whether it
    runs, `crashes` how often it crashed, `offset_s` how wrong its clock is.
    """

    def __init__(self, network, name, disk, survive):
        self.network = network
        self.name = name
        self.disk = disk
        self.up = True
        self.crashes = 0
        self.offset_s = 0.0  # of its clock
        self.connections: dict[SimulatedConnection, None] = {}  # open, in order
        self.listeners: dict[str, HostListener] = {}  # by address
        self._survive = survive
        self._programs: list[tuple] = []
        self._life = Life(self)
        self._luck = Luck(network.seed, f"{name}!")
        self._moments: dict[str, int] = {}
        self._ports = 0
        self._outage: lowlevel.Timer | None = None  # its end, while it lasts

    def start(self, program: Callable, *args, daemon: bool = False) -> Tasklet:
        """Run `program(host, *args)` now, and again after every crash.

        Returns the tasklet of its first life.
        """
        self._programs.append((program, args, daemon))
        tasklet = spawn(
            program, self, *args, name=self._called(), daemon=daemon
        )
        self._give_life(tasklet)
        return tasklet

    def listen(
        self, kinds, address: str = "", *, limit_bytes: int = LIMIT
    ) -> HostListener:
        """Listen for connections that carry messages of `kinds`.

        The address is the host's name, or one that you give, such as
        `bank:audit`. If the name is taken, `listen` adds a number; the
        listener's `address` tells it. Raises OSError if an address that you
        give is in use.
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
        return HostListener(self, address, kinds, limit_bytes)

    def connect(
        self,
        kinds,
        address: str,
        *,
        timeout: float = CONNECT_TIMEOUT,
        limit_bytes: int = LIMIT,
    ) -> Connection:
        """Connect to a listener; messages of `kinds` may come back.

        Raises `Broken` if no listener answers within `timeout` seconds.
        """
        if not self._hears():
            raise Broken(f"{self.name} is down")
        network = self.network
        me = lowlevel.current_stack("connect()")
        if me.scheduler.clock is not network.clock:
            raise Misuse(
                "connect() was called outside of the network's own time: run "
                "its hosts by network.run(), not by run()"
            )
        name = address.partition(":")[0]
        if name not in network.hosts:
            raise Broken(f"cannot find {name!r}: no such host")
        more = network.connection_number(self.name, name)
        there = Link(self, network.hosts[name], more)
        back = Link(network.hosts[name], self, more)
        there.other, back.other = back, there
        connection = SimulatedConnection(
            self, there, back, kinds, limit_bytes, address
        )
        connection.open(address, timeout)
        return connection

    def now(self) -> float:
        """Return the time by this host's own clock, right or wrong."""
        return self.network.clock.now() + self.offset_s

    def moment(self, name: str) -> None:
        """Mark a moment at which faults can strike, such as before a write.

        The host crashes (`crash_writing`), its disk is full (`full`: OSError)
        or its clock changes (`clock`).
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
        """Lose everything but the disk, and start again after `seconds`.

        Its tasklets are killed. What they still do in a `finally` reaches
        neither the network nor the disk that the restarted programs find. The
        peers hear nothing until it is back, or for 30 seconds.
        """
        me = lowlevel.current_stack("crash()").tasklet
        if me in self.fall(seconds, besides=me):
            raise lowlevel.Killed

    def fall(self, seconds: float, besides=None) -> list[Tasklet]:
        """Crash; return its tasklets, after killing all but `besides`."""
        if not self.up:
            return []
        scheduler = self.network.clock.scheduler
        self.network.note(self.name, "crashes")
        self.up = False
        self.crashes += 1
        survived = self._survive(self.disk)
        for listener in [*self.listeners.values()]:
            listener.close()
        silence = min(seconds, NOTICE)
        for connection in list(self.connections):
            connection.die(silence)
        if seconds < math.inf:  # run() waits for programs that start again
            scheduler.settled -= self._waited_for()
            self._outage = scheduler.after(
                seconds, lambda: self._boot(scheduler, survived)
            )
        dying, self._life = self._life.living(), Life(self)
        for tasklet in dying:
            if tasklet is not besides:
                tasklet.interrupt(lowlevel.Killed())
        return dying

    def start_again(self) -> None:
        """End an outage now that would end by itself later."""
        outage, self._outage = self._outage, None
        if outage is not None and outage.action is not None:
            boot = outage.action
            outage.leave(self)
            boot()

    def _boot(self, scheduler, disk):
        self.up, self.disk = True, disk
        self.network.note(self.name, "starts again")
        scheduler.settled += self._waited_for()  # here they are
        for program, args, daemon in self._programs:
            self._give_life(  # no tasklet spawns it: the power is back
                lowlevel.spawn_in(
                    scheduler,
                    partial(program, self, *args),
                    self._called(),
                    daemon,
                )
            )

    def _give_life(self, tasklet):
        """Make it, and all that it spawns, die at the next crash."""
        tasklet.home = self._life
        self._life.add(tasklet)

    def _hears(self):
        """Whether it is up, and the caller did not start before a crash."""
        tasklet = getattr(lowlevel.getcurrent(), "tasklet", None)
        life = getattr(tasklet, "home", None)
        ours = life is not None and life.host is self
        return self.up and (life is self._life or not ours)

    def _called(self):
        return self.name + "'" * self.crashes

    def _waited_for(self):
        return sum(not daemon for _, _, daemon in self._programs)

    def __repr__(self):
        return f"<host {self.name}{'' if self.up else ' (down)'}>"


class HostListener(Listener):
    """Where connections to a host arrive; iterate over it, or `accept()`."""

    def __init__(self, host: Host, address: str, kinds, limit_bytes: int):
        super().__init__(address)
        self.host = host
        self._kinds = kinds
        self._limit_bytes = limit_bytes
        host.listeners[address] = host.network.listeners[address] = self

    def _close_door(self):
        del self.host.listeners[self.address]
        del self.host.network.listeners[self.address]

    def welcome(self, link: Link) -> bool:
        """Take a connection that arrives, unless too many wait already."""
        if len(self.waiting) >= BACKLOG:
            return False
        connection = SimulatedConnection(
            self.host,
            link.other,
            link,
            self._kinds,
            self._limit_bytes,
            link.source.name,
        )
        self.arrive(connection)
        return True
