"""Between banks: a transfer in three steps, each of which can be repeated.

The one idea: a transfer between two banks is a saga. It is two movements with
a moment between them, and a way back if the second one is refused.

1. `Take`: the payer's bank moves the money from the account to *in transit*.
2. `Put`: the payee's bank books it. 3. `Settle`: the payer's bank forgets the
transit, or puts the money back.

Between any two steps a machine can crash, or a reply can get lost. So each
step has an id, and a bank answers a repeated step as before. `many_banks` runs
it with many customers; `two_phase` is the other way to do it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..far import Broken, Message
from ..near import sleep, spawn
from ..simulation import Host

__all__ = [
    *("Move", "Take", "Put", "Settle", "Done"),
    *("Branch", "keep_branch", "TransferOrder", "transfer"),
]

WRITE = 0.005  # seconds in which a disk promises one thing, and nothing else
OPENING_CENTS = 100_000  # on each account
FROZEN = 50  # one account in so many refuses money


class Move(Message):
    """Move money between two accounts of one bank, in one step."""

    id: str
    payer: int
    payee: int
    cents: int


class Take(Message):
    """Move money from an account to what is in transit."""

    id: str
    account: int
    cents: int


class Put(Message):
    """Book money that comes from an account at another bank."""

    id: str
    account: int
    cents: int


class Settle(Message):
    """The money has arrived. Or, with `back`, it was refused: put it back."""

    id: str
    back: bool


class Done(Message):
    """What was asked for happened (`yes`), or did not and will not."""

    yes: bool


class Branch:
    """What is on a bank's disk: accounts, transits, and all its answers."""

    def __init__(self, accounts):
        self.cents = dict.fromkeys(accounts, OPENING_CENTS)
        self.transit: dict[str, Take] = {}
        self.answers: dict[tuple, bool] = {}
        self._free = 0.0  # when the disk will be

    def decide(self, request: Move | Take | Put | Settle) -> bool:
        """Apply a request wholly or not at all, and once."""
        step = type(request), request.id
        if step not in self.answers:
            self.answers[step] = self._apply(request)
        return self.answers[step]

    def _apply(self, request):
        match request:
            case Move(_, payer, payee, cents):
                if self.cents[payer] < cents or payee % FROZEN == 0:
                    return False
                self.cents[payer] -= cents
                self.cents[payee] += cents
            case Take(id, payer, cents):
                if self.cents[payer] < cents:
                    return False
                self.cents[payer] -= cents
                self.transit[id] = request
            case Put(_, payee, cents):
                if payee % FROZEN == 0:
                    return False
                self.cents[payee] += cents
            case Settle(id, back):
                taken = self.transit.pop(id)
                if back:
                    self.cents[taken.account] += taken.cents
        return True

    def write(self, now: float) -> None:
        """Wait in the disk's queue, and then for the disk."""
        self._free = max(now, self._free) + WRITE
        sleep(self._free - now)


def keep_branch(host: Host, kinds=Move | Take | Put | Settle) -> None:
    """A bank: serve every connection; all it knows is on its disk."""
    with host.listen(kinds) as listener:
        for connection in listener:
            spawn(_serve_one, host, connection, daemon=True)


def _serve_one(host, connection):
    with connection:
        try:
            for request in connection:
                done = Done(host.disk.decide(request))
                host.disk.write(host.network.clock.now())
                connection.send(done)
        except Broken:
            pass


@dataclass(frozen=True)
class TransferOrder:
    """What a customer wants, and under which id."""

    id: str
    payer: int
    payee: int
    cents: int
    far: bool  # the payee is at another bank


def transfer(ask, order: TransferOrder) -> bool:
    """Move money: in one step within a bank, in three between two.

    `ask(account, request)` asks that account's bank until it answers. Doing
    all of it again does no harm: see `Branch.decide`.
    """
    id, payer, payee, cents = order.id, order.payer, order.payee, order.cents
    if not order.far:
        return ask(payer, Move(id, payer, payee, cents))
    if not ask(payer, Take(id, payer, cents)):
        return False
    arrived = ask(payee, Put(id, payee, cents))
    ask(payer, Settle(id, back=not arrived))
    return arrived
