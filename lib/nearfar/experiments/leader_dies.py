"""A leader dies: at each step of one deposit, and what comes of it.

The one idea: a simulated network names each message and each write, so "dies
in the middle" becomes a list. `steps_of_a_deposit` takes it from a calm run.
`die_at` runs the same deposit again, with one crash.

Left out: two crashes. `replicated_bank` draws those by seed.
"""

from __future__ import annotations

from typing import NamedTuple

from ..bank import Ledger
from ..near import sleep
from ..replicas import Replica
from ..simulation import Fault, Faults, Network
from .replicated_bank import replicated_day

__all__ = ["steps_of_a_deposit", "die_at", "Came", "EagerReplica"]

SEED = 9  # a day whose only visit is a deposit
AWAY = 20.0  # seconds until a host that crashed is back
EVENING = 15.0  # seconds, before the dead host is back
CALM = Faults(delay_s=(0.002, 0.02))


class Spy(Network):
    """A network that lists each message and each write."""

    def __init__(self) -> None:
        super().__init__(SEED, CALM)
        self.eventful = True
        self.seen: list[str] = []

    def fate(self, what, number, luck, shares):
        self.seen.append(f"{what}#{number}")
        return super().fate(what, number, luck, shares)


class EagerReplica(Replica):
    """Answers once the order is on its own disk: a flaw.

    Its peers hear of the order with the next heartbeat.
    """

    def replicate(self, term: int, commands: list[str]) -> None:
        raft = self._lead_in(term)
        raft.last_applied = raft.propose(commands)


class Came(NamedTuple):
    """What came of one deposit: what the customer was told, and the books."""

    told: str
    booked: str


def steps_of_a_deposit(
    replica: type = Replica,
) -> dict[tuple[str, str], Fault]:
    """Each moment of a deposit at which the leader can die, and the fault."""
    network = Spy()
    with network.resources:
        day = one_deposit(network, replica)
    leader = day.witness.leaders[max(day.witness.leaders)]
    first = network.seen.index(f"atm-1>{leader}#2")  # after the sign-in
    last = network.seen.index(f"{leader}>atm-1#2")
    found: dict[tuple[str, str], Fault] = {}
    for where in network.seen[first : last + 9]:  # and the next heartbeats
        step = _step(leader, where)
        if step:
            found.setdefault(*step)
    return found


def _step(leader, where):
    """(Who dies, when) and the fault; None for what is not of the leader."""
    writes = {f"{leader}!append": "writes", f"{leader}!sync": "syncs"}
    moment = where.partition("#")[0]
    if moment in writes:
        name = "the leader", f"before it {writes[moment]} its log"
        return name, Fault("crash_writing", where, AWAY)
    source, _, target = moment.partition(">")
    if source == leader and target.startswith("bank"):
        name = "the leader", f"before it asks {target[:6]}"
        return name, Fault("crash_sending", where, AWAY)
    if target.startswith(leader) and source.startswith("bank"):
        name = "the leader", f"as {source[:6]} answers"
        return name, Fault("crash", where, AWAY)
    if source == leader and target.startswith("atm"):
        return ("the leader", "before it replies"), Fault(
            "crash_sending", where, AWAY
        )
    return None


def one_deposit(network, replica):
    """Run the day, up to some heartbeats after its only visit."""
    day = replicated_day(network, atms=1, visits=1, splits=0, replica=replica)
    network.host("evening").start(lambda host: sleep(EVENING))
    network.run()
    return day


def die_at(fault: Fault | None = None, replica: type = Replica) -> Came:
    """Run the deposit with one crash, and look into the leader's books."""
    network = Network(SEED, CALM.only((fault,) if fault else ()))
    with network.resources:
        day = one_deposit(network, replica)
        (call,) = day.history.calls
        told = "answered" if isinstance(call.answer, int) else "no answer"
        leader = day.witness.leaders[max(day.witness.leaders)]
        place = network.hosts[leader].disk.folder / "books"
        with Ledger(place, create=False, durable=False) as ledger:
            many = sum(each.verb == "deposit" for each in ledger.postings())
    return Came(told, {0: "lost", 2: "booked once"}.get(many, "booked twice"))
