"""Branches: accounts split over many banks, and transfers between them.

The one idea: one bank decides, and so one bank is the limit: while its disk
writes, everybody waits. Split over many, accounts of different banks do not
wait for each other; but a transfer between two of them is no longer one
movement that happens or not. It is two, with a moment in between, and a way
back if the second one is refused.

1. `Take`: the payer's bank moves the money from the account to *in transit*.
2. `Put`: the payee's bank books it. 3. `Settle`: the payer's bank forgets the
transit, or puts the money back.

`bench` runs such banks in virtual time. Left out: faults. What a crash between
the steps needs is what an ATM has: a journal, ids, and asking again.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from statistics import mean

from .messages import Message
from .simulation import Network
from .tasklets import sleep, spawn

__all__ = ["Move", "Take", "Put", "Settle", "Done", "Branch", "Bench", "bench"]

WRITE = 0.005  # seconds in which a disk promises one thing, and nothing else
OPENING_CENTS = 100_000
FROZEN = 50  # one account in so many refuses money


class Move(Message):
    """Move money between two accounts of one bank: that is one thing."""

    payer: int
    payee: int
    cents: int


class Take(Message):
    """Move money from an account to what is in transit."""

    id: str
    account: int
    cents: int


class Put(Message):
    """Book money that comes from another account."""

    id: str
    account: int
    cents: int


class Settle(Message):
    """The money has arrived; or `back`: it has not, and comes back."""

    id: str
    back: bool


class Done(Message):
    """What was asked for happened (`yes`), or did not and will not."""

    yes: bool


class Branch:
    """One bank: its accounts, what is in transit, and one disk."""

    def __init__(self, accounts):
        self.cents = dict.fromkeys(accounts, OPENING_CENTS)
        self.transit: dict[str, Take] = {}
        self._disk_free = 0.0  # when it will be

    def decide(self, request: Move | Take | Put | Settle) -> bool:
        """Apply one request, wholly or not at all."""
        if isinstance(request, Move):
            return self._move(request.payer, request.payee, request.cents)
        if isinstance(request, Settle):
            taken = self.transit.pop(request.id)
            if request.back:
                self.cents[taken.account] += taken.cents
            return True
        if isinstance(request, Take):
            if self.cents[request.account] < request.cents:
                return False
            self.cents[request.account] -= request.cents
            self.transit[request.id] = request
            return True
        if request.account % FROZEN == 0:
            return False
        self.cents[request.account] += request.cents
        return True

    def _move(self, payer, payee, cents):
        if self.cents[payer] < cents or payee % FROZEN == 0:
            return False
        self.cents[payer] -= cents
        self.cents[payee] += cents
        return True

    def serve(self, host) -> None:
        """Serve all who connect, as a program of a host."""
        with host.listen(Move | Take | Put | Settle) as listener:
            for connection in listener:
                spawn(self._serve_one, host, connection, daemon=True)

    def _serve_one(self, host, connection):
        with connection:
            for request in connection:
                done = Done(self.decide(request))
                now = host.network.clock.now()
                self._disk_free = max(now, self._disk_free) + WRITE
                sleep(self._disk_free - now)  # in the queue, then on the disk
                connection.send(done)

    def total(self) -> int:
        """All the money of this bank, in transit or not."""
        on_the_way = sum(taken.cents for taken in self.transit.values())
        return sum(self.cents.values()) + on_the_way


@dataclass(frozen=True)
class Bench:
    """What came of it: `far` of the transfers went from bank to bank."""

    branches: int
    a_second: float
    far: float
    near_s: float  # how long a transfer within one bank took, on average
    far_s: float
    returned: int
    drift_cents: int  # over all banks: by how much the money has changed


def bench(
    branches: int,
    local: float = 0.0,
    customers: int = 256,
    seconds: float = 10.0,
    seed: int = 0,
) -> Bench:
    """Let customers transfer as fast as they can, for some virtual seconds.

    A payee is a stranger anywhere; with `local`, a chance from 0 to 1, a
    neighbour who is at the same bank.
    """
    network, times, returned = Network(seed), {True: [], False: []}, []
    accounts = range(1, 64 * 100)
    banks = [Branch(accounts[n::branches]) for n in range(branches)]
    for number, bank in enumerate(banks):
        network.host(f"bank-{number}").start(bank.serve, daemon=True)
    before = sum(bank.total() for bank in banks)

    def customer(host, number):
        chance, lines = Random(f"{seed}/{number}"), {}

        def ask(account, request):
            at = f"bank-{(account - 1) % branches}"
            if at not in lines:
                lines[at] = host.connect(Done, at, timeout=60)
            lines[at].send(request)
            return lines[at].receive().yes

        turn = 0
        while network.clock.now() < seconds:
            payer, payee = chance.choice(accounts), chance.choice(accounts)
            if chance.random() < local:
                neighbours = accounts[(payer - 1) % branches :: branches]
                payee = chance.choice(neighbours)
            far = (payer - payee) % branches != 0
            turn += 1
            began = network.clock.now()
            transfer(ask, f"{number}/{turn}", payer, payee, far)
            times[far].append(network.clock.now() - began)

    def transfer(ask, id, payer, payee, far):
        if not far:
            ask(payer, Move(payer, payee, 100))
            return
        ask(payer, Take(id, payer, 100))
        arrived = ask(payee, Put(id, payee, 100))
        ask(payer, Settle(id, back=not arrived))
        if not arrived:
            returned.append(id)

    for number in range(customers):
        network.host(f"customer-{number}").start(customer, number)
    network.run()
    many = len(times[True]) + len(times[False])
    return Bench(
        branches,
        many / network.clock.now(),
        len(times[True]) / many,
        mean(times[False] or [0.0]),
        mean(times[True] or [0.0]),
        len(returned),
        sum(bank.total() for bank in banks) - before,
    )
