"""A rush: the bank, its machines, and everything that can be asked of them.

The one idea: a bug is found only where a check looks. A rush tries what a
holiday (see `bank_holiday`) leaves out: odd amounts, balances and statements,
wrong PINs, jams, machines that lie, and disks that lose what was not synced.
And it looks at everything: each reply is compared with a model's, each word
that a machine says with what it knew.

`rush(network)` is the program, `INVARIANTS` must hold afterwards. Read
`bank_model` first, then `bank_witness`, `bank_customers`, `bank_truth` and
`bank_strangers`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import get_args

from ..bank import (
    ATM,
    Bank,
    Drawer,
    Ledger,
    PaperDisk,
    Reply,
    Request,
    money,
    seal_pin,
    serve_customers,
)
from ..near import sleep
from ..simulation import Host, Network
from .bank_customers import CHOICES, LOOKS, Customers, Wish, plan
from .bank_hosts import REPAIR, BankDisk, HostDisk, durable_ledger, folder_of
from .bank_model import Model
from .bank_strangers import wander
from .bank_truth import untrue
from .bank_witness import BankSide, MachineSide, Witness, watched

__all__ = [  # the line that replays a day names one of these
    *("rush", "Rush", "INVARIANTS"),
    *("the_model_agrees", "ledger_is_right", "books_are_the_models"),
    *("rush_is_settled", "drawers_match_the_books"),
    *("customers_heard_the_truth", "secrets_are_kept"),
]

OPENING_CENTS = 10_000  # on each account
PIN = "271828182"  # the end of each; so long that no id has it by chance
NOTES_CENTS = (1_000_000, 4_321)  # in a new machine
RARE = [  # what a day can come to, and a hunt must have come to
    *("bank: disk full", "machine: disk full", "machine: jams"),
    "bank: cut in a commit",
    *(
        f"bank: {kind.__name__} {told}"
        for kind in get_args(Request)
        for told in ("accepted", "declined")
    ),
    *("sign in: done", "sign in: refused"),
    *(f"{verb}: {told}" for verb in LOOKS for told in ("done", "unknown")),
    *(
        f"{verb}: {told}"
        for verb in CHOICES[:3]
        for told in ("done", "refused", "unknown")
    ),
]


@dataclass
class Rush:
    """What the invariants look at after the day."""

    network: Network
    witness: Witness
    disk: BankDisk  # the bank's
    machines: dict[str, Host] = field(default_factory=dict)
    wishes: dict[str, list[Wish]] = field(default_factory=dict)
    sent: dict[str, list] = field(default_factory=dict)
    notes_cents: dict[str, int] = field(default_factory=dict)
    unsettled: dict[str, list] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def books(self) -> Ledger:
        """Open the bank's books."""
        return Ledger(self.disk.folder / "books", create=False)

    @property
    def model(self) -> Model:
        """What the bank decided, and has on its disk."""
        return self.witness.safe

    def owes(self, begun) -> bool:
        """Whether a machine keeps notes that the bank will not book."""
        asked = "deposit" in self.model.past.get(begun.id, {})
        refused = asked and self.model.told(begun.id, "deposit") is None
        return begun.verb == "deposit" and refused


def rush(
    network: Network,
    atms: int = 3,
    visits: int = 3,
    strangers: int = 2,
    bank: Callable = Bank,
    atm: Callable = ATM,
    ledger: Callable = Ledger,
) -> Rush:
    """Start a bank, its machines with so many customers each, and strangers."""
    folder, lives = folder_of(network), count()
    witness = Witness(Model(), network.mark, network.clock.now)
    network.marks |= dict.fromkeys(RARE, 0)  # nothing is reached yet

    def survive(disk):
        day.disk = disk.survivor(witness, next(lives))
        return day.disk

    at = network.host("bank", survive=survive)
    at.disk = BankDisk(at, folder / "opening")
    day = Rush(network, witness, at.disk)
    numbers = range(1, atms + 1)
    pins = {f"customer-{number}": f"{number:03}{PIN}" for number in numbers}
    pins["frozen"] = f"404{PIN}"
    open_accounts(day.disk.folder, pins, witness)
    at.start(keep_bank, day, bank, ledger, daemon=True)
    for number in numbers:
        host = network.host(f"atm-{number}", survive=HostDisk.torn)
        add_machine(day, host, atm, visits, pins)
    for number in range(1, strangers + 1):
        host = network.host(f"stranger-{number}")
        host.start(wander, 5 * visits, pins, day.sent)
    return day


def open_accounts(folder, pins, witness):
    """Open the customers' accounts, and one that is frozen."""
    folder.mkdir()
    with Ledger(folder / "books", durable=False) as opening:
        for name, pin in pins.items():
            opening.open_account(name, OPENING_CENTS, seal_pin(pin, cost=2))
            witness.model.open(name, OPENING_CENTS, pin)
        opening.change("frozen", frozen=1)
        opening.commit()
    witness.model.frozen.add("frozen")
    witness.committed()


def add_machine(day, host, atm, visits, pins):
    """Start a machine, and plan its customers."""
    name, seed = host.name, day.network.seed
    chance = Random(f"{seed}/{name}")
    host.disk = HostDisk(host, {})
    day.machines[name], day.wishes[name], day.sent[name] = host, [], []
    day.notes_cents[name] = chance.choice(NOTES_CENTS)
    sessions = [plan(chance, pins) for _ in range(visits)]
    host.start(keep_machine, atm, day, sessions)


def keep_bank(host, day, bank, ledger):
    """A bank, until its power is cut."""
    witness = day.witness
    with (
        durable_ledger(ledger, witness)(host) as books,
        host.listen(Request) as listener,
    ):
        teller = watched(bank, witness)(books, day.log.append)
        teller.serve(BankSide(each, witness) for each in listener)


def keep_machine(host, atm, day, sessions):
    """A machine: settle what the last life left, then serve customers."""
    name, network = host.name, host.network
    chance = Random(f"{network.seed}/{name}/{host.crashes}")
    people = Random(f"{network.seed}/{name}/{host.crashes}/people")

    def notes():
        return Drawer(PaperDisk(host.disk.files)).cents

    queue = Customers(sessions, day.wishes[name], notes, people, network.mark)

    def hears(what):
        queue.hears(what)
        if isinstance(what, Request):
            day.sent[name].append(what)

    def connect():
        return MachineSide(lambda: host.connect(Reply, "bank"), hears)

    try:
        drawer = Drawer(host.disk, day.notes_cents[name], queue.jammed)
        machine = queue.machine = atm(connect, host.disk, chance, drawer)
        machine.settle()
        serve_customers(machine, queue)
        while machine.settle() and not all(map(day.owes, machine.unsettled)):
            sleep(REPAIR)
        day.unsettled[name] = machine.unsettled
    except OSError:  # out of order, until there is room
        network.mark("machine: disk full")
        host.crash(REPAIR)


# --- Invariants at the end of a day ------------------------------------------


def the_model_agrees(day: Rush):
    """Every reply of the bank is the one that the model gives, and on disk."""
    wrong = day.witness.complaints
    assert not wrong, f"not so: {wrong[0]}"


def ledger_is_right(day: Rush):
    """The books are right: no money was made or lost in them."""
    with day.books() as books:
        audit = books.audit()
    assert not audit.problems, f"not so: {audit.problems}"
    due = day.model.counts()
    found: tuple[object, ...]
    found = audit.accounts, audit.movements, audit.refused
    found += audit.customers_cents, audit.cash_cents
    found += tuple(sorted(audit.open_withdrawals)), audit.held_cents
    assert found == due, f"not so: the audit counts {found}, not {due}"


def books_are_the_models(day: Rush):
    """The books have the balances, the lines and the locks of the model."""
    model = day.model
    with day.books() as books:
        for name in model.lines:
            account = books.account(name)
            found = account.cents, account.wrong, books.statement(name, 100)
            lines = [(x.verb, x.other, x.cents, x.balance) for x in found[2]]
            due = model.cents[name], model.wrong[name], model.lines[name]
            found = *found[:2], lines
            assert found == due, f"not so: {name} has {found}, not {due}"
        held = {*books.open_withdrawals()}
    assert held == model.held(), f"not so: {held} is held, not {model.held()}"


def rush_is_settled(day: Rush):
    """Every machine has settled with the bank, and closed."""
    left = day.machines.keys() - day.unsettled.keys()
    assert not left, f"not so: {', '.join(sorted(left))} never closed"
    for name, sent in day.sent.items():
        assert all(map(day.owes, day.unsettled[name])), f"not so: {name}"
        ids = {getattr(request, "id", "") for request in sent}
        held = day.model.held() & ids
        assert not held, f"not so: {name} left {held}"


def drawers_match_the_books(day: Rush):
    """The notes that each machine gained are those that the bank booked."""
    model = day.model
    for name, host in day.machines.items():
        ids = {getattr(request, "id", "") for request in day.sent[name]}
        booked = sum(begun.cents for begun in day.unsettled[name])
        for id in ids:
            verbs = model.past.get(id, {})
            if model.told(id, "deposit") is not None:
                booked += verbs["deposit"][2]
            if model.told(id, "confirm") is not None:
                booked -= verbs["withdraw"][2]
        notes = Drawer(PaperDisk(host.disk.files)).cents
        gained = notes - day.notes_cents[name]
        assert gained == booked, (
            f"not so: the drawer of {name} gained {money(gained)}, "
            f"the bank booked {money(booked)}"
        )


def customers_heard_the_truth(day: Rush):
    """Every machine told its customers the truth."""
    for name, wishes in day.wishes.items():
        old: set[str] = set()
        for wish in wishes:
            for text in untrue(wish, old, day.model):
                raise AssertionError(f"not so: {name}: {text}: {wish}")
            old |= {getattr(x, "id", "") for x in wish.passed}


def secrets_are_kept(day: Rush):
    """The bank logs each reply; no PIN, and nothing that steers a terminal."""
    told = sum("->" in line for line in day.log)
    due = day.witness.replies
    assert told == due, f"not so: {told} lines for {due} replies"
    for line in day.log:
        leaked = [pin for pin in day.model.pins.values() if pin in line]
        assert not leaked, f"not so: {line!r}"
        assert line.isprintable(), f"not so: {line!r}"


INVARIANTS = [
    the_model_agrees,
    ledger_is_right,
    books_are_the_models,
    rush_is_settled,
    drawers_match_the_books,
    customers_heard_the_truth,
    secrets_are_kept,
]
