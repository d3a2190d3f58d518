"""A replicated bank in bad worlds: three replicas, some machines, and faults.

The one idea: a consensus algorithm promises something about every world, so
each promise is an invariant, and `hunt` draws thousands of worlds. The
replicas, the bank and the ATMs are the real ones. A `RaftWitness` sees every
step of all replicas, and survives their crashes.

The witness checks the five properties of the paper (figure 3) at each step. At
the end of a day the replicas' books must agree and add up, and the customers'
answers must be linearizable.

Left out: withdrawals, whose cash `bank_holiday` counts.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from ..bank import (
    ATM,
    Addresses,
    Books,
    Elsewhere,
    Ledger,
    Refused,
    Reply,
    Request,
    Teller,
    Unknown,
)
from ..checking import REFUSED, Accounts, History, linearizable
from ..near import sleep, spawn
from ..replicas import (
    BYTES,
    ELECTION,
    LEADER,
    PeerReply,
    PeerRequest,
    Raft,
    Replica,
    Storage,
)
from ..simulation import Faults, Host, Network
from .bank_hosts import HostDisk, folder_of

__all__ = [
    "replicated_day",
    "STORM",
    "INVARIANTS",
    "RaftWitness",
    "Watched",
    "HastyReplica",
]

CENTS = 1_000  # on each account at first
PIN = "2006"
# A weak seal, and the same in each process: a seed must give the same day.
SEAL = (
    "2$" + "0" * 32 + "$"
    "fcd69bfee140125852656e1bce057b078da1fe2389363761bf87d0166cb8ca04"
)
REPAIR = 3.0  # seconds until a full disk has room again
PATIENCE = 10  # times that a machine tries to settle, at the end of its day
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


class RaftWitness:
    """Watch every replica through all restarts; raise if one breaks a rule."""

    def __init__(self) -> None:
        self.leaders: dict[int, str] = {}  # by term
        self.committed: dict[int, tuple] = {}  # (term, command) by index
        self.replicas: dict[str, Raft] = {}  # in their present lives

    def led(self, raft: Raft) -> None:
        """Election safety, leader completeness and log matching."""
        other = self.leaders.setdefault(raft.term, raft.name)
        assert other == raft.name, (
            f"{other} and {raft.name} both lead in term {raft.term}"
        )
        for index, (term, _) in self.committed.items():
            kept = index <= raft.storage.last_index and (
                index <= raft.storage.snapshot.index
                or raft.storage.term_at(index) == term
            )
            assert kept, (
                f"{raft.name} leads in term {raft.term} without the committed "
                f"entry {index}"
            )
        for one in self.replicas.values():
            check_matching(one.storage, raft.storage)

    def saw(self, index: int, entry) -> None:
        """State machine safety: one entry is committed at an index, forever."""
        told = entry.term, entry.command
        before = self.committed.setdefault(index, told)
        assert before == told, f"two entries are committed at index {index}"


def check_matching(one: Storage, other: Storage) -> None:
    """Log matching: where two logs have the same entry, all before are, too."""
    first = max(one.snapshot.index, other.snapshot.index) + 1
    last = min(one.last_index, other.last_index)
    same = False
    for index in range(last, first - 1, -1):
        agree = one.term_at(index) == other.term_at(index)
        same = same or agree
        equal = agree and one.entry(index) == other.entry(index)
        assert equal or not same, f"two logs differ at {index}, and agree later"


class Watched(Raft):
    """The rules, and a witness who looks on."""

    witness: RaftWitness

    def become_leader(self) -> None:
        self.witness.led(self)
        super().become_leader()

    def answer(self, request):
        reply = super().answer(request)
        self.look()
        return reply

    def hear(self, peer, request, reply) -> None:
        super().hear(peer, request, reply)
        self.look()

    def apply(self, index, entry) -> None:
        self.witness.saw(index, entry)
        super().apply(index, entry)

    def look(self) -> None:
        """Show the witness each entry that is committed."""
        first = max(self.storage.snapshot.index, self.seen) + 1
        for index in range(first, self.commit_index + 1):
            self.witness.saw(index, self.storage.entry(index))
        self.seen = self.commit_index

    seen = 0
    long_log = 6  # entries: so that a short day has snapshots, too


class WatchedStorage(Storage):
    """Leader append-only, and no replica drops what is committed."""

    raft: Raft | None = None

    def write(self, after, entries) -> None:
        if self.raft is not None:
            leads = self.raft.role is LEADER
            assert not leads or after == self.last_index, (
                "a leader overwrote its log"
            )
            assert after >= self.raft.commit_index, (
                f"{self.raft.name} dropped the committed entry {after + 1}"
            )
        super().write(after, entries)


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


def accounts_of(atms) -> list[str]:
    """The accounts of a day."""
    return [f"customer-{number}" for number in range(1, atms + 1)]


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


def wish(chance, account, accounts) -> tuple:
    """Draw a visit: (seconds until it begins, verb, arguments)."""
    verb = chance.choice(["deposit", "transfer", "balance", "balance"])
    cents = chance.randint(1, CENTS)
    others = [name for name in accounts if name != account] or [account]
    args = {
        "deposit": (account, cents),
        "transfer": (account, chance.choice(others), cents),
        "balance": (account,),
    }[verb]
    return chance.uniform(0, 2), verb, args


def keep_machine(host, day, names, account, wishes) -> None:
    """A machine: settle what the last life left, then serve its customer."""
    chance = Random(f"{host.network.seed}/{host.name}/{host.crashes}")

    def connect(address):
        return host.connect(Reply | Elsewhere, address, timeout=0.2)

    try:
        order = chance.sample(names, len(names))
        machine = ATM(Addresses(connect, order), host.disk, chance)
        while wishes:
            pause, verb, args = wishes.pop(0)
            sleep(pause)
            with suppress(Refused, Unknown):
                machine.sign_in(account, PIN)
                by = partial_of(machine, verb)
                day.history.call(account, verb, *args, by=by)
            machine.sign_out()
        for _ in range(PATIENCE):
            if not machine.settle():
                day.closed.add(host.name)
                break
            sleep(REPAIR)
    except OSError:  # its disk is full
        host.crash(REPAIR)


def partial_of(machine, verb):
    """What does a call of the history, and returns the model's answer."""

    def by(account, *rest):
        if verb == "balance":
            return machine.balance()
        if verb == "deposit":
            return machine.deposit(*rest)
        try:
            return machine.transfer(*rest)
        except Refused as refusal:
            if ", not " in str(refusal):  # it has 1.00, not 2.00
                return REFUSED
            raise

    return by


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
