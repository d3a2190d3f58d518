"""Many banks: accounts split over several banks, and transfers between them.

The one idea: a transfer between two banks is a saga (`between_banks`), and it
takes three steps. The customer's machine begins it and keeps it in its journal
until the last step is answered, because no bank knows the whole transfer.

`town` puts banks and customers on a network, to hunt for a day that loses
money. Left out: what a crossing costs, which chapter 10 works out; a bank that
closes for good, with money in transit.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ..far import LOST
from ..near import sleep
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
    *("town", "Town"),
    *("TOWN_INVARIANTS", "nothing_is_in_transit", "all_money_is_there"),
]

ACCOUNTS = range(1, 1_000)
PATIENCE = 5.0  # seconds to wait for a reply
PAUSE = 1.0  # seconds before the next attempt


@dataclass
class Town:
    """Banks on a network, and what they hold together."""

    banks: list[Host]

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
    transfers: int = 3,
    *,
    transfer=transfer,
    remembers: bool = True,
) -> Town:
    """Start banks, and customers that transfer money again and again.

    Each customer makes so many `transfers`, to any account of any bank. With
    `remembers=False` a customer's machine keeps its journal in memory only.
    """
    hosts = []
    for number in range(banks):
        kept = Branch(ACCOUNTS[number::banks])
        hosts.append(network.host(f"bank-{number + 1}", kept))
        hosts[-1].start(keep_branch, daemon=True)
    the_town = Town(hosts)
    for number in range(customers):
        journal = {"done": 0, "open": None}
        host = network.host(f"customer-{number + 1}", journal)
        host.start(_customer, the_town, transfers, transfer, remembers)
    return the_town


def _customer(host, the_town, transfers, transfer, remembers):
    """Carry out one order after the other; the disk is the journal."""
    journal = host.disk if remembers else {"done": 0, "open": None}
    chance = Random(f"{host.network.seed}/{host.name}/{host.crashes}")
    ask = _asking(host, the_town)
    while journal["done"] < transfers:
        if journal["open"] is None:
            journal["open"] = _plan(chance, len(the_town.banks))
        transfer(ask, journal["open"])
        journal.update(open=None, done=journal["done"] + 1)


def _plan(chance, banks):
    id = f"{chance.getrandbits(48):012x}"
    payer, payee = chance.choice(ACCOUNTS), chance.choice(ACCOUNTS)
    return TransferOrder(id, payer, payee, 100, (payer - payee) % banks != 0)


def _asking(host, the_town):
    """A function that asks a bank until it answers."""
    lines = {}

    def ask(account, request):
        at = the_town.at(account)
        while True:
            try:
                if at not in lines:
                    lines[at] = host.connect(Done, at)
                lines[at].send(request)
                return lines[at].receive(timeout=PATIENCE).yes
            except LOST:
                if at in lines:
                    lines.pop(at).close()
                sleep(PAUSE)

    return ask


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
