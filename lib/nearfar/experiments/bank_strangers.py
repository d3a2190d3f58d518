"""Strangers: machines that lie, or have lost their way.

The one idea: whatever a machine can send, one of them will send: ids that are
used already, orders out of turn, PINs that are wrong, amounts that are none.
The bank has no rule against a stranger; it must only keep its books right.

`wander` is such a machine. Left out: to confirm or to reverse what an honest
machine has withdrawn. The bank takes the word of every machine for its cash.
"""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import Any

from ..bank import (
    Balance,
    Confirm,
    Deposit,
    Reply,
    Reverse,
    SignIn,
    Statement,
    Transfer,
    Withdraw,
)
from ..far import LOST, Malformed
from ..near import sleep
from ..simulation import Host

__all__ = ["wander"]

FAILED = (*LOST, Malformed)
PATIENCE = 5.0  # seconds
ODD_NAMES = ("frozen", "nobody", "@cash", "@held", "", "x" * 65, "a\tb")
ODD_IDS = ("", "open customer-1", "x" * 64, "x" * 65, "\x1b[2J", "ein Stück")
ODD_CENTS = (0, -1, -500, 1, 10**12, 10**12 + 1, 10**12 - 10_000)


class Stranger:
    """What one of them may say; `seen` holds what others have sent."""

    def __init__(self, chance: Random, pins, seen):
        self.chance, self.pins, self.seen = chance, pins, seen
        self.accounts = [*pins]
        self.me = chance.choice(self.accounts)
        self.sent: list = []
        self.ids = [f"{chance.getrandbits(32):08x}" for _ in range(3)]
        self.to_come: list = []  # of a muddle
        self.has = 0  # the balance that it has heard last

    def next(self):
        """Draw a request, or go on with what was begun."""
        if not self.to_come and self.chance.random() < 0.1:
            self.to_come = self.muddle()
        if self.to_come:
            return self.to_come.pop(0)
        often = [self.order] * 3 + [self.settle] * 2
        rarely = [self.card, self.look, self.again, self.overheard]
        request = self.chance.choice([*often, *rarely])()
        self.sent.append(request)
        return request

    def hear(self, reply):
        """Remember the balance, if the reply tells one."""
        told = getattr(reply, "cents", None)
        self.has = self.has if told is None else told

    def muddle(self):
        """Everything that can be done under one id, in any order."""
        id, cents = f"{self.chance.getrandbits(32):08x}", self.cents()
        withdraw = Withdraw(id, self.me, cents)
        other = Transfer(id, self.me, self.chance.choice(self.accounts), cents)
        choice = [withdraw, withdraw, Confirm(id), Reverse(id)]
        choice += [Deposit(id, self.me, cents), other]
        return self.chance.choices(choice, k=6)

    def card(self):
        """Show a PIN, mostly the right one."""
        right = self.chance.random() < 0.95
        wrong = self.chance.choice(["0000", "0001", "0002"])
        return SignIn(self.me, self.pins[self.me] if right else wrong)

    def look(self):
        """Ask for a balance, or for lines of a statement."""
        name = self.name()
        if self.chance.random() < 0.5:
            return Balance(name)
        return Statement(name, self.chance.choice([10, 1, 3, 0, -1, 10**6]))

    def order(self):
        """Ask for money to be moved, under an id that may be used."""
        id, name = self.id(), self.name()
        kind = self.chance.choice([Deposit, Withdraw, Withdraw, Transfer])
        if kind is Transfer:
            payee = self.chance.choice([*self.accounts, self.name()])
            return Transfer(id, name, payee, self.cents())
        return kind(id, name, self.cents())

    def settle(self):
        """Settle something, whether it is there or not."""
        kind = self.chance.choice([Confirm, Confirm, Reverse])
        return kind(self.id())

    def again(self):
        """Repeat a request, as a machine does that got no reply."""
        return self.chance.choice(self.sent) if self.sent else self.card()

    def overheard(self):
        """Repeat a deposit of another machine."""
        sent = [x for sent in self.seen.values() for x in sent]
        deposits = [x for x in sent if isinstance(x, Deposit)]
        return self.chance.choice(deposits) if deposits else self.look()

    def id(self):
        """One of a few ids, so that they are used again; rarely an odd one."""
        odd = self.chance.random() < 0.05
        return self.chance.choice(ODD_IDS if odd else self.ids)

    def name(self):
        """Its own account, mostly."""
        draw = self.chance.random()
        others = self.accounts if draw < 0.9 else ODD_NAMES
        return self.me if draw < 0.7 else self.chance.choice(others)

    def cents(self):
        """An amount, mostly a sensible one."""
        if self.chance.random() < 0.1:
            return self.chance.choice([*ODD_CENTS, self.has, self.has + 1])
        return self.chance.randint(1, 4_000)


def wander(host: Host, many: int, pins, seen) -> None:
    """Send so many requests to the bank, on connections that come and go."""
    chance = Random(f"{host.network.seed}/{host.name}/{host.crashes}")
    stranger = Stranger(chance, pins, seen)
    line: Any  # a connection that carries plain bytes
    while many > 0:
        sleep(chance.uniform(0, 60))
        with suppress(*FAILED), host.connect(Reply, "bank") as connection:
            connection.send(stranger.card())
            for _ in range(chance.randint(1, 12)):
                many -= 1
                connection.send(stranger.next())
                if chance.random() < 0.8:  # else it does not wait for it
                    stranger.hear(connection.receive(PATIENCE))
                    sleep(chance.choice([0, 0, 1]))
        if chance.random() < 0.1:
            many -= 1
            with suppress(*FAILED), host.connect(bytes, "bank") as line:
                line.send(b"\x00nonsense")
                line.receive(PATIENCE)
