"""Two-phase commit, and a crash at each step of it and of a saga.

The one idea: in the first phase every bank *prepares*: it locks its account
and promises that it can do its part. In the second phase the coordinator
decides, and tells them. Between the two, a bank that has promised must wait
for the decision.

`crash_at` runs one transfer in either way while a fault strikes. It says what
holds while the host that died is away, and what the evening brings.

Left out: a coordinator that is replaced by another one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from ..far import LOST, Message
from ..near import sleep, spawn
from ..simulation import Fault, Faults, Network
from .between_banks import (
    OPENING_CENTS,
    Branch,
    Done,
    Put,
    Settle,
    Take,
    TransferOrder,
    keep_branch,
    transfer,
)

__all__ = [
    *("Prepare", "Decide", "Participant", "two_phase"),
    *("PROTOCOLS_OF_TWO", "CRASHES", "Outcome", "crash_at"),
]

PATIENCE = 5.0  # seconds to wait for a reply
PAUSE = 1.0  # seconds before the next attempt
VOTES = 2  # attempts to get a vote
AWAY = 60.0  # seconds until a host that crashed is back
MEANWHILE = 40.0  # seconds: when to look, before it is back
PAYER, PAYEE, CENTS = 1, 2, 100  # PAYER is at bank-1, PAYEE at bank-2


class Prepare(Message):
    """Lock an account, and promise to add `cents` if asked to commit."""

    id: str
    account: int
    cents: int


class Decide(Message):
    """Commit what was prepared, or abort it, and unlock the account."""

    id: str
    commit: bool


class Participant(Branch):
    """A bank in a two-phase commit: what it has promised is on its disk."""

    def __init__(self, accounts):
        super().__init__(accounts)
        self.prepared: dict[str, Prepare] = {}

    def _apply(self, request):
        if isinstance(request, Prepare):
            locked = {each.account for each in self.prepared.values()}
            aborted = (Decide, request.id) in self.answers
            left = self.cents[request.account] + request.cents
            if aborted or request.account in locked or left < 0:
                return False
            self.prepared[request.id] = request
        elif isinstance(request, Decide):
            promise = self.prepared.pop(request.id, None)
            if promise and request.commit:
                self.cents[promise.account] += promise.cents
        return True


def two_phase(ask: Callable, journal: dict, order: TransferOrder) -> bool:
    """Carry out a transfer: both banks commit, or neither of them.

    `ask(account, request, attempts)` returns the answer, or None if there is
    none. `journal` is on the coordinator's disk.
    """
    if "commit" not in journal:
        parts = (order.payer, -order.cents), (order.payee, order.cents)
        votes = all(
            ask(account, Prepare(order.id, account, cents), VOTES)
            for account, cents in parts
        )
        journal["commit"] = votes  # from here on it is decided
    for account in (order.payer, order.payee):
        ask(account, Decide(order.id, journal["commit"]))
    return journal["commit"]


def _saga(ask, journal, order):
    return transfer(ask, order)


PROTOCOLS_OF_TWO = {  # how to transfer, the bank's disk, its messages
    "saga": (_saga, Branch, Take | Put | Settle),
    "two-phase commit": (two_phase, Participant, Prepare | Decide),
}
STEPS = {  # of each protocol: what is asked, and the connection it goes over
    "saga": {"take": "bank-1", "put": "bank-2", "settle": "bank-1.2"},
    "two-phase commit": {
        "prepare payer": "bank-1",
        "prepare payee": "bank-2",
        "decide payer": "bank-1.2",
        "decide payee": "bank-2.2",
    },
}
WHO = {  # dies when: the kind of fault, and the message, for a connection
    "teller, before it asks": ("crash_sending", "teller>{}#1"),
    "bank, as it is asked": ("crash", "teller>{}#1"),
    "bank, before it answers": ("crash_sending", "{}>teller{}#1"),
    "teller, as it is answered": ("crash", "{}>teller{}#1"),
}


def _fault(who, line):
    kind, name = WHO[who]
    bank, dot, number = line.partition(".")
    back = name.startswith("{}>")
    where = name.format(bank, dot + number) if back else name.format(line)
    return Fault(kind, where, AWAY)


CRASHES = {  # {protocol: {(who dies when, at which step): fault}}
    protocol: {
        (who, step): _fault(who, line)
        for who in WHO
        for step, line in steps.items()
    }
    for protocol, steps in STEPS.items()
}


class Outcome(NamedTuple):
    """What holds while a host is away, and in the evening."""

    meanwhile: str  # "free", "locked", or "in transit"
    evening: str  # "moved", "not moved", or what is wrong


def crash_at(
    protocol: str,
    fault: Fault | None = None,
    carry_out: Callable | None = None,
) -> Outcome:
    """Let a teller transfer 1.00 from bank-1 to bank-2 as a fault strikes.

    `carry_out` is what the teller runs, if not the protocol's own program.
    """
    ours, disk, kinds = PROTOCOLS_OF_TWO[protocol]
    planned = (fault,) if fault else ()
    network = Network(faults=Faults(planned=planned))
    banks = [network.host(f"bank-{n}", disk([n])) for n in (PAYER, PAYEE)]
    for bank in banks:
        bank.start(keep_branch, kinds, daemon=True)
    order = TransferOrder("t1", PAYER, PAYEE, CENTS, far=True)
    network.host("teller", {}).start(_teller, carry_out or ours, order)
    seen = []

    def look():
        sleep(MEANWHILE)
        seen.append(_state(banks))

    spawn(look)
    network.run()
    return Outcome(seen[0], _evening(banks))


def _teller(host, carry_out, order):
    """Carry out an order; after a crash, carry it out again."""

    def ask(account, request, attempts=math.inf):
        for number in count(1):
            try:
                with host.connect(Done, f"bank-{account}") as line:
                    line.send(request)
                    return line.receive(timeout=PATIENCE).yes
            except LOST:
                if number >= attempts:
                    return None
                sleep(PAUSE)

    carry_out(ask, host.disk, order)


def _state(banks):
    """What other customers find at the two accounts."""
    if any(getattr(bank.disk, "prepared", ()) for bank in banks):
        return "locked"
    return "in transit" if any(bank.disk.transit for bank in banks) else "free"


def _evening(banks):
    one, two = (bank.disk.cents[n] for n, bank in enumerate(banks, start=1))
    moved = one - OPENING_CENTS, two - OPENING_CENTS
    if _state(banks) != "free":
        return f"still {_state(banks)}"
    words = {(-CENTS, CENTS): "moved", (0, 0): "not moved"}
    return words.get(moved, f"payer {moved[0]:+}, payee {moved[1]:+}")
