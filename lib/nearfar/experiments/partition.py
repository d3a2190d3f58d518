"""A partition: two cash machines that can't reach their bank for a while.

The one idea: while no message arrives, a machine can refuse, and then it is
not available. Or it can answer from what it knows, and then two machines may
promise the same money. No program can avoid both.

`cut_off` plays such a day. Left out: a machine that crashes; `bank.ATM` shows
what its journal is for.
"""

from __future__ import annotations

from typing import NamedTuple

from ..far import LOST, Message
from ..near import sleep, spawn
from ..simulation import Fault, Faults, Network

__all__ = ["Pay", "Said", "Evening", "cut_off"]

OPENING_CENTS = 10_000
PLANS = {  # of each machine: when a customer comes, and how much is wanted
    "atm-1": [(5.0, 1_000), (20.0, 8_000)],
    "atm-2": [(25.0, 8_000)],
}
APART = Fault("apart", "bank", 90, at=10)
PATIENCE = 5.0


class Pay(Message):
    """Debit the account; `paid` says that the notes are out already."""

    id: str
    cents: int
    paid: bool


class Said(Message):
    """The bank's answer."""

    yes: bool


class Evening(NamedTuple):
    """What a day came to."""

    asked: int
    answered: int
    paid_cents: int
    balance_cents: int


def cut_off(limit_cents: int) -> Evening:
    """Let two machines serve one account, at times without their bank.

    A machine that gets no answer pays up to `limit_cents` on its own, and
    tells the bank when it can.
    """
    network = Network(faults=Faults(planned=(APART,)))
    account = {"cents": OPENING_CENTS}
    paid: list[int | None] = []
    network.host("bank").start(_bank, account, daemon=True)
    for name, plan in PLANS.items():
        network.host(name).start(_machine, plan, limit_cents, paid)
    network.run()
    asked = sum(map(len, PLANS.values()))
    answered = [cents for cents in paid if cents is not None]
    return Evening(asked, len(answered), sum(answered), account["cents"])


def _bank(host, account):
    """Debit what is there, and what a machine has already paid."""

    def serve(connection):
        with connection:
            for pay in connection:
                yes = pay.paid or pay.cents <= account["cents"]
                account["cents"] -= pay.cents * yes
                connection.send(Said(yes))

    with host.listen(Pay) as listener:
        for connection in listener:
            spawn(serve, connection, daemon=True)


def _machine(host, plan, limit_cents, paid):
    """Serve the customers of a plan; note each amount, None if unanswered."""
    owed = []
    for when, cents in plan:
        sleep(when - host.network.clock.now())
        pay = Pay(f"{host.name} {when}", cents, paid=False)
        said = _ask(host, pay)
        if said is None and cents <= limit_cents:
            owed.append(Pay(pay.id, cents, paid=True))
            said = True
        paid.append(None if said is None else cents * said)
    while owed:
        if _ask(host, owed[0]) is None:
            sleep(1)
        else:
            owed.pop(0)


def _ask(host, pay):
    try:
        with host.connect(Said, "bank") as connection:
            connection.send(pay)
            return connection.receive(timeout=PATIENCE).yes
    except LOST:
        return None
