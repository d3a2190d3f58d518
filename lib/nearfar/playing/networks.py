"""Networks: the choices of a simulated network, which are about its messages.

The one idea: a network's clock is asked what comes next whenever every tasklet
waits. This clock asks the player. A message arrives when the player delivers
it. Only those of one connection keep their order. The move "time" goes on to
the next timeout, whatever is on its way.

The plain order is that of the network itself: what is due first comes first.
Left out: connections that break after a long silence. A line that the player
has cut holds its messages until it is healed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from heapq import heapify
from itertools import combinations

from ..simulation import Network, NetworkClock
from .asking import Table
from .moves import Choice

__all__ = ["AskingClock"]

OUTAGE = 10.0  # seconds that a host is down, unless it is started again
STEPS = 100_000  # arrivals in one game


class AskingClock(NetworkClock):
    """The time of a network in which a table decides what arrives."""

    def __init__(self, network: Network, table: Table, verbs: frozenset[str]):
        super().__init__(STEPS)
        self.network, self.table, self.verbs = network, table, verbs
        self.held: list[tuple] = []  # as in arrivals
        self.cut: set[frozenset[str]] = set()  # pairs of hosts

    def enter(self, scheduler) -> None:
        super().enter(scheduler)
        self.watch()  # always: messages may be held

    def wait(self, until: float) -> None:
        """Ask for a move, and make it."""
        if self.scheduler.ready:
            return  # time stands still
        self.arrivals[:] = [e for e in self.arrivals if e[2].next is not None]
        move = self.table.choose(self._choices(until))
        verb, _, what = move.partition(" ")
        if verb == "time":
            self._pass(until)
        elif verb in ("deliver", "hold", "lose"):
            entry = next(e for e in self._known() if e[2].message == what)
            for queue in (self.arrivals, self.held):
                queue[:] = [e for e in queue if e is not entry]
            heapify(self.arrivals)
            getattr(self, f"_{verb}")(entry, until)
        else:
            getattr(self, f"_{verb}")(*what.split(" "))

    # --- What is open --------------------------------------------------------

    def _known(self):
        """All that is on its way, what is due first at the front."""
        return sorted(self.arrivals) + self.held

    def _choices(self, until):
        """All that is open, the plain order's choice first."""
        found = [*self._messages(), *self._faults()]
        plain, due = self._plain(until)
        if due < math.inf or plain == "time":
            words = f"let time pass to {due:g} s"
            if due == math.inf:
                words = "wait for what will not come"
            found.append(Choice("time", words))
        found.sort(key=lambda choice: choice.move != plain)
        return [
            choice
            for choice in found
            if choice.move == plain or choice.move.split()[0] in self.verbs
        ]

    def _plain(self, until):
        """The move of the plain order, and the time to which "time" goes."""
        timed = [e for e in self.arrivals if not e[2].message]
        first = min([(until, math.inf), *timed])
        free = [
            e
            for e in sorted(self.arrivals)
            if e[2].message and not self._is_cut(e[2])
        ]
        if free and free[0] < first:
            return f"deliver {free[0][2].message}", first[0]
        if first[0] == math.inf and self.cut:
            pairs = combinations(self.network.hosts, 2)
            pair = next(p for p in pairs if frozenset(p) in self.cut)
            return f"heal {' '.join(pair)}", math.inf
        if first[0] == math.inf and self.held:
            return f"deliver {self.held[0][2].message}", math.inf
        return "time", first[0]

    def _messages(self) -> Iterator[Choice]:
        for entry in self._known():
            link, name = entry[2], entry[2].message
            if not name:
                continue
            if not self._is_cut(link):
                words = f"deliver {name} to {link.target.name}"
                yield Choice(f"deliver {name}", words, name)
            if entry not in self.held:
                yield Choice(f"hold {name}", f"hold {name} back", name)
            yield Choice(f"lose {name}", f"lose {name}", name)

    def _faults(self) -> Iterator[Choice]:
        for name, host in self.network.hosts.items():
            if host.up:
                yield Choice(f"crash {name}", f"cut the power of {name}", name)
            else:
                yield Choice(f"restart {name}", f"start {name} again", name)
        for one, other in combinations(self.network.hosts, 2):
            if frozenset((one, other)) in self.cut:
                words = f"mend the line of {one} and {other}"
                yield Choice(f"heal {one} {other}", words, one)
            else:
                words = f"cut {one} off from {other}"
                yield Choice(f"apart {one} {other}", words, one)

    def _is_cut(self, link):
        return frozenset((link.source.name, link.target.name)) in self.cut

    # --- What each move does -------------------------------------------------

    def _pass(self, until):
        """Go on to the next timeout, or to the news of a broken connection."""
        timed = [e for e in self.arrivals if not e[2].message]
        first = min(timed, default=(math.inf,))
        if first[0] <= until and timed:
            self.arrivals.remove(first)
            heapify(self.arrivals)
            self._deliver(first, until)
        elif until < math.inf:
            self.time = max(self.time, until)
        else:
            self.scheduler.watching = 0  # nothing will ever come

    def _deliver(self, entry, until):
        """Let one message arrive, with the end of its connection if due."""
        when, _, link = entry
        if when <= until:
            self.time = max(self.time, when)
        self.steps += 1
        link.deliver(self.time, one=True)

    def _hold(self, entry, until):
        self.held.append(entry)

    def _lose(self, entry, until):
        entry[2].lose()

    def _crash(self, name):
        self.network.hosts[name].fall(OUTAGE)

    def _restart(self, name):
        self.network.hosts[name].start_again()

    def _apart(self, one, other):
        self.cut.add(frozenset((one, other)))
        self.network.note(one, f"cut off from {other}")

    def _heal(self, one, other):
        self.cut.remove(frozenset((one, other)))
        self.network.note(one, f"reaches {other} again")
