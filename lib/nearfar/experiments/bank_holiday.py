"""A bank holiday: the real bank and its real machines, in bad worlds.

The one idea: nothing here is a model. The ledger is a SQLite file, and the
bank and the ATMs are those of `bank`, to the last line. Only what carries their
messages, sets their clocks and cuts their power is simulated, so what breaks
here would have broken at a street corner.

`holiday(network)` opens a bank and some machines, and lets customers come.
`INVARIANTS` must hold at the end of every day. `hunt` looks for a day on which
one does not.

Left out, and in `bank_rush`: odd amounts, wrong PINs, jams, and machines that
lie.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random

from ..bank import (
    ATM,
    DRAWER_CENTS,
    Audit,
    Bank,
    Drawer,
    Ledger,
    PaperDisk,
    Refused,
    Reply,
    Request,
    Unknown,
    money,
    seal_pin,
)
from ..near import sleep
from ..simulation import Host, Network
from .bank_hosts import REPAIR, HostDisk, folder_of, host_ledger

__all__ = [  # a report's line that replays a day names one of the last five
    *("holiday", "Day", "Visit", "INVARIANTS"),
    *("books_are_right", "all_is_settled", "cash_is_what_was_booked"),
    *("customers_were_told_the_truth", "the_network_drains"),
]

OPENING_CENTS = 10_000  # on each account
PIN = "2006"
SEAL = seal_pin(PIN, cost=2)  # a weak one: sealing is not what is tried here
RARE = [  # what a day can come to, and a hunt must have come to
    "bank: disk full",
    "machine: disk full",
    "machine: settles after a crash",
    *(
        f"{verb}: {told}"
        for verb in ("deposit", "transfer", "withdraw")
        for told in ("done", "refused", "unknown")
    ),
]


@dataclass
class Visit:
    """What a customer wanted and was told; the bank's side is in its books.

    `told` is "done", "refused", "unknown", or "" if the machine went dark.
    """

    account: str
    verb: str
    cents: int
    payee: str = ""
    told: str = ""


@dataclass
class Day:
    """What the invariants look at after the day."""

    network: Network
    bank: Host
    machines: list[Host]
    visits: list[Visit] = field(default_factory=list)
    unsettled: dict[str, int] = field(default_factory=dict)

    def audit(self) -> Audit:
        """What the bank's books say."""
        with self._books() as ledger:
            return ledger.audit()

    def balances(self) -> dict[str, int]:
        """What the books say of each account, in cents."""
        with self._books() as ledger:
            return {name: ledger.account(name).cents for name in ledger.names()}

    def held(self) -> tuple[str, ...]:
        """The withdrawals that the books say are not settled."""
        with self._books() as ledger:
            return ledger.open_withdrawals()

    def drawer_cents(self) -> int:
        """All the notes in all the machines."""
        return sum(
            Drawer(PaperDisk(host.disk.files)).cents for host in self.machines
        )

    def _books(self):
        return Ledger(self.bank.disk / "books", create=False, durable=False)


def holiday(
    network: Network,
    atms: int = 3,
    visits: int = 3,
    bank: Callable = Bank,
    atm: Callable = ATM,
    ledger: Callable = Ledger,
) -> Day:
    """Start a bank and some machines, each with so many visits to come."""
    folder, lives = folder_of(network), count()

    def copy(disk):
        """The files as they are at this instant, as a power cut leaves them."""
        return shutil.copytree(disk, folder / f"life-{next(lives)}")

    books = folder / "opening"
    books.mkdir()
    accounts = [f"customer-{number}" for number in range(1, atms + 1)]
    with Ledger(books / "books", durable=False) as opening:
        for account in accounts:
            opening.open_account(account, OPENING_CENTS, SEAL)
        opening.commit()
    at = network.host("bank", books, survive=copy)
    day = Day(network, at, [])
    network.marks |= dict.fromkeys(RARE, 0)  # nothing is reached yet
    at.start(keep_bank, bank, ledger, daemon=True)
    for number in range(1, atms + 1):
        host = network.host(f"atm-{number}", survive=HostDisk.survivor)
        host.disk = HostDisk(host, {})
        day.machines.append(host)
        plans = [
            plan(network.seed, host.name, visit, accounts)
            for visit in range(visits)
        ]
        host.start(keep_machine, atm, day, plans)
    return day


def keep_bank(host, bank, ledger):
    """A bank, until its power is cut."""
    with host_ledger(ledger)(host) as books, host.listen(Request) as listener:
        bank(books).serve(listener)


def keep_machine(host, atm, day, plans):
    """A machine: settle what the last life left, then serve customers."""
    try:
        chance = Random(f"{host.network.seed}/{host.name}/{host.crashes}")
        machine = atm(lambda: host.connect(Reply, "bank"), host.disk, chance)
        if machine.unsettled:
            host.network.mark("machine: settles after a crash")
        machine.settle()
        while plans:
            pause, visit = plans.pop(0)
            sleep(pause)
            day.visits.append(visit)
            visit.told = serve(machine, visit, host.network)
        while machine.settle():
            sleep(REPAIR)
        day.unsettled[host.name] = len(machine.unsettled)
    except OSError:  # out of order, until there is room
        host.network.mark("machine: disk full")
        host.crash(REPAIR)


def serve(machine, visit, network) -> str:
    """Serve one customer; return what the machine said."""
    try:
        machine.sign_in(visit.account, PIN)
        if visit.verb == "withdraw":
            machine.withdraw(visit.cents)
        elif visit.verb == "deposit":
            machine.deposit(visit.cents)
        else:
            machine.transfer(visit.payee, visit.cents)
        told = "done"
    except Refused:
        told = "refused"
    except Unknown:
        told = "unknown"
    machine.sign_out()
    network.mark(f"{visit.verb}: {told}")
    return told


def plan(seed, name, number, accounts) -> tuple[float, Visit]:
    """Draw a visit: (seconds until it begins, what it is about)."""
    chance = Random(f"{seed}/{name}/visit {number}")
    account, payee = chance.choice(accounts), chance.choice(accounts)
    verb = chance.choice(["withdraw", "withdraw", "deposit", "transfer"])
    cents = chance.randrange(500, 6_000, 500)
    return chance.uniform(0, 60), Visit(account, verb, cents, payee)


# --- Invariants at the end of a day ------------------------------------------


def books_are_right(day: Day):
    """The books are right: no money was made or lost in them."""
    audit = day.audit()
    assert not audit.problems, f"not so: {audit.problems}"


def all_is_settled(day: Day):
    """Every machine has told the bank everything, and nothing is held."""
    held = day.held()
    assert not held, f"not settled at the bank: {held}"
    left = {name: many for name, many in day.unsettled.items() if many}
    assert not left, f"not settled at the machines: {left}"


def cash_is_what_was_booked(day: Day):
    """The notes that left the machines are those that the bank booked."""
    opening = len(day.machines)
    notes = day.drawer_cents() - DRAWER_CENTS * opening
    booked = sum(day.balances().values()) - OPENING_CENTS * opening
    assert notes == booked, (
        f"not so: the drawers gained {money(notes)}, "
        f"the accounts {money(booked)}"
    )


def customers_were_told_the_truth(day: Day):
    """Every customer was told the truth, or that it is not known."""
    possible = {
        host.name.replace("atm", "customer"): {OPENING_CENTS}
        for host in day.machines
    }
    for visit in day.visits:
        for account in {visit.account, visit.payee} & possible.keys():
            changes = effects(visit, account)
            before = possible[account]
            possible[account] = {old + new for old in before for new in changes}
    balances = day.balances()
    for account, told in possible.items():
        balance = balances[account]
        assert balance in told, (
            f"not so: {account} has {money(balance)}, and was told of "
            f"{' or '.join(money(cents) for cents in sorted(told))}"
        )


def the_network_drains(day: Day):
    """Once the faults end, every machine comes to its evening."""
    left = {host.name for host in day.machines} - day.unsettled.keys()
    assert not left, f"not so: {', '.join(sorted(left))} never closed"


def effects(visit, account) -> set[int]:
    """What a visit may have added to an account, by what was told."""
    whole = 0
    if visit.account == account:
        whole += visit.cents if visit.verb == "deposit" else -visit.cents
    if visit.payee == account and visit.verb == "transfer":
        whole += visit.cents
    if visit.told == "done":
        return {whole}
    if visit.told == "refused":
        return {0}
    if visit.told == "unknown" and visit.verb == "withdraw":
        return {0}  # "no cash comes out, and what was debited comes back"
    if visit.told == "unknown" and visit.verb == "deposit":
        return {whole}  # "your notes are in here, and will be booked"
    return {0, whole}


INVARIANTS = [
    books_are_right,
    all_is_settled,
    cash_is_what_was_booked,
    customers_were_told_the_truth,
    the_network_drains,
]
