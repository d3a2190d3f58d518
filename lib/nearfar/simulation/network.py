"""Network: hosts, the links between them, and what goes wrong.

The one idea: one seed decides everything that chance decides. So a run that
fails can be replayed.

```python
network = Network(seed=7, faults=Faults(late=0.01, crash=0.001))
bank, atm = network.host("bank"), network.host("atm-1")
bank.start(serve, daemon=True)  # each is handed its host, and restarted
atm.start(visit)  # with it after a crash
network.run()
```

`network.happened` lists the faults that struck. Read `Network` here, then
`Host` in `hosts`; the kinds of faults are in `faults`.
"""

from __future__ import annotations

import copy
import math
from contextlib import ExitStack

from ..near import Misuse, run, spawn
from ..trace import when_traced
from .clock import NetworkClock
from .faults import AT_MESSAGES, AT_MOMENTS, Fault, Faults, Luck
from .hosts import Host, HostListener
from .links import delays

__all__ = ["Network"]

STEPS = 10_000_000  # arrivals in one network; more means it never ends
NOTHING: list[Fault] = []  # goes wrong


class Network:
    """Hosts, what is on its way between them, and what goes wrong.

    The same `seed` and `faults` give the same run. `happened` lists the faults
    that struck, drawn or planned; `marks` counts the places that programs
    reported with `mark(name)`. A run ends after `steps` arrivals.
    """

    def __init__(
        self, seed: int = 0, faults: Faults | None = None, steps: int = STEPS
    ):
        self.seed = seed
        self.faults = faults or Faults()
        self.clock = NetworkClock(steps)
        self.hosts: dict[str, Host] = {}
        self.listeners: dict[str, HostListener] = {}
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
        """Return the host of that name, made at the first call.

        `disk` is what a restarted program finds again. At a crash it becomes
        what `survive(disk)` returns at that instant.
        """
        if name not in self.hosts:
            if not name or set(name) & set(">#!.:| "):
                raise Misuse(f"a host's name has none of >#!.:| , not {name!r}")
            self.hosts[name] = Host(self, name, disk, survive)
        return self.hosts[name]

    def run(self, until=None, *, timeout=None, seed=None):
        """Run the hosts in this network's time; `timeout` is in its seconds.

        For the rest see `nearfar.run`. Raises `TooLong` when more than `steps`
        messages arrive.
        """
        spawn(self._plan, name="calendar", daemon=True)
        return run(until, timeout=timeout, clock=self.clock, seed=seed)

    def apart(self, these, those=None, seconds: float = math.inf) -> None:
        """Let nothing pass between two groups of hosts for `seconds`.

        Without `those`, the second group is every other host. A message on its
        way is held back; a connection that holds one for more than 30 seconds
        breaks.
        """
        until = self.clock.now() + seconds
        those = None if those is None else set(those)
        self.walls.append((set(these), those, until))
        for name in these:
            self.note(name, f"apart for {seconds:g} s")

    def note(self, host: str, text: str) -> None:
        """Tell a Trace what strikes a host; without one, do nothing."""

    def mark(self, name: str) -> None:
        """Count that a program reached a place, for the report of a hunt."""
        self.marks[name] = self.marks.get(name, 0) + 1

    def held_until(self, one: str, other: str) -> float:
        """Return the time from which on nothing keeps two hosts apart."""
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
        """Return the faults that strike here: planned ones, and one drawn."""
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
        """Whether one more fault may be drawn."""
        early = self.clock.now() < self.faults.until_s
        return early and len(self.happened) < self.faults.most

    def connection_number(self, one: str, other: str) -> str:
        """Return what names a second connection of two hosts: `.2`."""
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
            host = self.hosts.get(fault.where.partition(">")[0])
            for connection in list(host.connections) if host else ():
                if connection.out == fault.where:
                    connection.snap()
        elif fault.where not in self.hosts:
            known = ", ".join(self.hosts)
            raise Misuse(f"{fault!r}: expected one of the hosts {known}")
        elif fault.kind == "clock":
            self.hosts[fault.where].offset_s += fault.seconds
        else:
            self.hosts[fault.where].fall(fault.seconds)


# --- While a Trace is on -----------------------------------------------------


@when_traced(Network, "note")
def _trace_fault(record, plain, network, host, text):
    where = {"function": ""}  # no line of the host's program did it
    record("fault", host, value=text, time=network.clock.now(), **where)
