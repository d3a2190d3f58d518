"""Many banks: accounts split over several banks, and transfers between them.

The one idea: a single bank is the limit, because every customer waits while
its disk writes. Accounts at different banks do not wait for each other. The
price is a saga (`between_banks`): a transfer between two of them takes three
steps, and the customer's machine keeps it in its journal until the last one
is answered.

`town` puts banks and customers on a network; `bench` times one. Left out: a
bank that closes for good, with money in transit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from statistics import mean
from typing import NamedTuple

from ..far import Broken
from ..near import Closed, sleep
from ..simulation import Host, Network
from .between_banks import (
    OPENING_CENTS,
    Branch,
    Done,
    TransferOrder,
    keep_branch,
    transfer,
)

__all__ = [
    *("town", "Town", "bench", "Bench", "Cost"),
    *("TOWN_INVARIANTS", "nothing_is_in_transit", "all_money_is_there"),
]

ACCOUNTS = range(1, 64 * 100)
PATIENCE = 5.0  # seconds to wait for a reply
PAUSE = 1.0  # seconds before the next attempt
LOST = (Broken, Closed, TimeoutError)


class Carried(NamedTuple):
    """What became of an order, what it took, and when (in seconds)."""

    far: bool
    arrived: bool
    writes: int
    began: float
    ended: float


@dataclass
class Town:
    """Banks and their customers; `done` are the orders carried out."""

    network: Network
    banks: list[Host]
    done: list[Carried] = field(default_factory=list)

    def at(self, account: int) -> str:
        """The name of the bank that keeps an account."""
        return self.banks[(account - 1) % len(self.banks)].name

    def on_accounts(self) -> int:
        """All the money on all accounts of all banks, in cents."""
        return sum(sum(bank.disk.cents.values()) for bank in self.banks)

    def in_transit(self) -> int:
        """All the money that was taken and not settled, in cents."""
        return sum(
            take.cents
            for bank in self.banks
            for take in bank.disk.transit.values()
        )


def town(
    network: Network,
    banks: int = 2,
    customers: int = 3,
    transfers: float = 3,
    *,
    local: float = 0.0,
    seconds: float = math.inf,
    remembers: bool = True,
) -> Town:
    """Start banks, and customers that transfer money again and again.

    Each customer makes so many `transfers`, or as many as begin within
    `seconds`. The payee can be at any bank; with `local`, a chance from 0 to
    1, it is at the payer's. With `remembers=False` a customer's machine keeps
    its journal in memory only.
    """
    hosts = []
    for number in range(banks):
        kept = Branch(ACCOUNTS[number::banks])
        hosts.append(network.host(f"bank-{number + 1}", kept))
        hosts[-1].start(keep_branch, daemon=True)
    the_town = Town(network, hosts)
    for number in range(customers):
        journal = {"done": 0, "open": None}
        host = network.host(f"customer-{number + 1}", journal)
        host.start(_customer, the_town, transfers, local, seconds, remembers)
    return the_town


def _customer(host, the_town, transfers, local, seconds, remembers):
    """Carry out one order after the other; the disk is the journal."""
    journal = host.disk if remembers else {"done": 0, "open": None}
    chance = Random(f"{host.network.seed}/{host.name}/{host.crashes}")
    now = host.network.clock.now
    ask, count = _asking(host, the_town)
    while journal["done"] < transfers and now() < seconds:
        if journal["open"] is None:
            id = f"{chance.getrandbits(48):012x}"
            journal["open"] = _plan(id, chance, local, len(the_town.banks))
        order, began, before = journal["open"], now(), count[0]
        arrived = transfer(ask, order)
        writes = count[0] - before
        the_town.done.append(Carried(order.far, arrived, writes, began, now()))
        journal.update(open=None, done=journal["done"] + 1)


def _plan(id, chance, local, banks):
    payer, payee = chance.choice(ACCOUNTS), chance.choice(ACCOUNTS)
    if chance.random() < local:
        payee = chance.choice(ACCOUNTS[(payer - 1) % banks :: banks])
    return TransferOrder(id, payer, payee, 100, (payer - payee) % banks != 0)


def _asking(host, the_town):
    """A function that asks a bank until it answers, and [how often it did]."""
    lines, count = {}, [0]

    def ask(account, request):
        at = the_town.at(account)
        while True:
            try:
                if at not in lines:
                    lines[at] = host.connect(Done, at)
                lines[at].send(request)
                reply = lines[at].receive(timeout=PATIENCE)
                count[0] += 1
                return reply.yes
            except LOST:
                if at in lines:
                    lines.pop(at).close()
                sleep(PAUSE)

    return ask, count


# --- Invariants at the end of a run ------------------------------------------


def nothing_is_in_transit(the_town: Town):
    """Nothing is in transit: every transfer was settled."""
    cents = the_town.in_transit()
    assert not cents, f"not so: {cents} cents are on no account"


def all_money_is_there(the_town: Town):
    """The banks together have what they started with."""
    cents = the_town.on_accounts() - OPENING_CENTS * len(ACCOUNTS)
    assert not cents, f"not so: {cents:+} cents"


TOWN_INVARIANTS = [nothing_is_in_transit, all_money_is_there]


@dataclass(frozen=True)
class Cost:
    """The mean cost of a transfer; each write takes two messages."""

    writes: float
    messages: float
    seconds: float


@dataclass(frozen=True)
class Bench:
    """Figures of a town; `far` is the share of transfers between banks."""

    banks: int
    a_second: float
    far: float
    within: Cost | None
    across: Cost | None
    returned: int
    drift_cents: int  # over all banks: by how much the money has changed


def bench(
    banks: int,
    local: float = 0.0,
    customers: int = 32,
    seconds: float = 1.0,
    seed: int = 0,
) -> Bench:
    """Let `customers` for each bank transfer as fast as they can."""
    network = Network(seed)
    the_town = town(
        network,
        banks,
        customers * banks,
        math.inf,
        local=local,
        seconds=seconds,
    )
    morning = the_town.on_accounts()
    network.run()
    across = [each for each in the_town.done if each.far]
    return Bench(
        banks,
        sum(each.ended <= seconds for each in the_town.done) / seconds,
        len(across) / len(the_town.done),
        _cost([each for each in the_town.done if not each.far]),
        _cost(across),
        sum(not each.arrived for each in across),
        the_town.on_accounts() + the_town.in_transit() - morning,
    )


def _cost(done):
    if not done:
        return None
    writes = mean(each.writes for each in done)
    seconds = mean(each.ended - each.began for each in done)
    return Cost(writes, 2 * writes, seconds)
