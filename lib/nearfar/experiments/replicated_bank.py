"""A replicated bank in bad worlds: three replicas, some machines, and faults.

The one idea: a consensus algorithm promises something about every world, so
each promise is an invariant, and `hunt` draws thousands of worlds. The
replicas, the bank and the ATMs are the real ones. The `RaftWitness` of
`raft_witness` sees every step of all replicas; `replica_customers` holds the
machines.

At the end of a day the replicas' books must agree and add up, and the
customers' answers must be linearizable.

Left out: withdrawals, whose cash `bank_holiday` counts.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from ..bank import Books, Ledger, Request, Teller
from ..checking import Accounts, History, linearizable
from ..near import sleep, spawn
from ..replicas import BYTES, ELECTION, PeerReply, PeerRequest, Replica
from ..simulation import Faults, Host, Network
from .bank_hosts import HostDisk, folder_of
from .raft_witness import RaftWitness, Watched, WatchedStorage, check_matching
from .replica_customers import CENTS, REPAIR, accounts_of, keep_machine, wish

__all__ = ["replicated_day", "STORM", "INVARIANTS", "HastyReplica"]

# A weak seal, and the same in each process: a seed must give the same day.
SEAL = (
    "2$" + "0" * 32 + "$"
    "fcd69bfee140125852656e1bce057b078da1fe2389363761bf87d0166cb8ca04"
)
STORM = Faults(
    late=0.01,
    lost=0.005,
    cut=0.005,
    apart=0.003,
    crash=0.002,
    crash_sending=0.002,
    crash_writing=0.005,
    full=0.002,
    delay_s=(0.002, 0.02),
    up_to_s=3.0,
    until_s=15.0,
)


class HastyReplica(Replica):
    """Answers a look without asking whether it still leads: a flaw."""

    def confirm(self, term: int) -> None:
        self._lead_in(term)

    def _look_back(self):
        pass


@dataclass
class Place:
    """What a replica finds again after a power cut: its log and its books."""

    log: HostDisk
    folder: Path


@dataclass
class Day:
    """What the invariants look at after the day."""

    network: Network
    replicas: list[Host]
    machines: list[Host]
    witness: RaftWitness
    history: History = field(default_factory=History)
    closed: set[str] = field(default_factory=set)


class ReplicaDisk(HostDisk):
    """A disk whose host stops when it is full, until there is room."""

    def _announce(self, *step):
        try:
            super()._announce(*step)
        except OSError:
            self.host.network.mark("replica: disk full")
            self.host.crash(REPAIR)

    def after(self, steps):
        return ReplicaDisk(self.host, super().after(steps).files)


def replicated_day(
    network: Network,
    replicas: int = 3,
    atms: int = 2,
    visits: int = 6,
    splits: int = 2,
    rules: type = Watched,
    storage: type = WatchedStorage,
    replica: type = Replica,
    books: type = Books,
) -> Day:
    """Start replicas and machines, each machine with so many visits to come.

    So many times the network falls into two halves for a while.
    """
    folder, lives = folder_of(network), count()
    names = [f"bank-{number}" for number in range(1, replicas + 1)]
    accounts = accounts_of(atms)
    day = Day(network, [], [], RaftWitness())

    def survive(place):
        to = folder / f"life-{next(lives)}"
        return Place(place.log.torn(), shutil.copytree(place.folder, to))

    for name in names:
        host = network.host(name, survive=survive)
        place = Place(ReplicaDisk(host, {}), folder / name)
        place.folder.mkdir()
        host.disk = place
        day.replicas.append(host)
        parts = rules, storage, replica, books
        host.start(keep_replica, day, names, accounts, parts, daemon=True)
    for number, account in enumerate(accounts, 1):
        host = network.host(f"atm-{number}", survive=HostDisk.survivor)
        host.disk = HostDisk(host, {})
        day.machines.append(host)
        chance = Random(f"{network.seed}/{account}")
        wishes = [wish(chance, account, accounts) for _ in range(visits)]
        host.start(keep_machine, day, names, account, wishes)
    network.host("network").start(split, day, splits, daemon=True)
    return day


def split(host, day, splits) -> None:
    """Let nothing pass between two halves of the hosts, and then again."""
    chance = Random(f"{host.network.seed}/splits")
    for _ in range(splits):
        sleep(chance.uniform(1, 4))
        every = [each.name for each in (*day.replicas, *day.machines)]
        half = [name for name in every if chance.random() < 0.5]
        rest = [name for name in every if name not in half]
        host.network.apart(half, rest, chance.uniform(0.2, 5))


def keep_replica(host, day, names, accounts, parts) -> None:
    """A replica and its teller, until their power is cut."""
    rules, storage, replica, machine = parts
    books = machine(
        host.disk.folder / "books", lambda path: Ledger(path, durable=False)
    )
    others = [name for name in names if name != host.name]
    kept = storage(host.disk.log)
    rules = type("Rules", (rules,), {"witness": day.witness})
    raft = rules(host.name, others, kept, books, host.name)
    kept.raft = day.witness.replicas[host.name] = raft
    chance = Random(f"{host.network.seed}/{host.name}/{host.crashes}")

    def connect(peer):
        return host.connect(
            PeerReply, f"{peer}:log", timeout=ELECTION, limit_bytes=BYTES
        )

    carrier = replica(raft, connect, chance)
    teller = Teller(carrier, books, lambda ledger: open_all(ledger, accounts))
    try:
        door = host.listen(Request, host.name)
        log = host.listen(PeerRequest, f"{host.name}:log", limit_bytes=BYTES)
        carrier.start()
        spawn(teller.serve, door, daemon=True)
        carrier.serve(log)
    finally:
        books.close()


def open_all(ledger, accounts) -> None:
    """Open the accounts that are not there yet."""
    for account in accounts:
        if ledger.account(account) is None:
            ledger.open_account(account, CENTS, SEAL)


# --- Invariants at the end of a day ------------------------------------------


def every_machine_closes(day: Day):
    """Once the faults end, every machine comes to its evening."""
    left = {host.name for host in day.machines} - day.closed
    assert not left, f"not so: {', '.join(sorted(left))} never closed"


def logs_match(day: Day):
    """Where two logs have the same entry, so are all before it."""
    logs = [raft.storage for raft in day.witness.replicas.values()]
    for one in logs:
        for other in logs:
            check_matching(one, other)


def books_are_right(day: Day):
    """Each replica's books are right, and one's begin like the others'."""
    longest: list[tuple] = []
    for host in day.replicas:
        place = host.disk.folder / "books"
        with Ledger(place, create=False, durable=False) as ledger:
            audit = ledger.audit()
            told = [*map(tuple, ledger.postings())]
        assert not audit.problems, f"not so: {host.name}: {audit.problems}"
        shorter, longest = sorted((longest, told), key=len)
        same = longest[: len(shorter)] == shorter
        assert same, f"not so: {host.name} has other books"


def answers_are_linearizable(day: Day):
    """One bank could have given every answer, one after another."""
    cents = dict.fromkeys(accounts_of(len(day.machines)), CENTS)
    result = linearizable(day.history.calls, Accounts(cents, transfers=True))
    assert result.answer is not False, f"not so: {result}"


INVARIANTS: list[Callable] = [
    every_machine_closes,
    logs_match,
    books_are_right,
    answers_are_linearizable,
]
