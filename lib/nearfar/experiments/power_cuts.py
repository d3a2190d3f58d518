"""Power cuts: a cash machine dies at each step that it takes on its disk.

The one idea: a crash is two lives. In the first one a machine is asked for
10.00 and dies after so many steps. In the second one it starts on the disk
that the power cut has left, and settles with the bank. `die` plays both, once
for each disk that can be left.

Left out: a bank that dies, too. See `bank_holiday`.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from ..bank import (
    ATM,
    DRAWER_CENTS,
    Bank,
    Ledger,
    PaperDisk,
    Reply,
    Request,
    seal_pin,
)
from ..far import Connection, pair
from ..near import run, spawn

__all__ = ["PowerCut", "MortalDisk", "new_bank", "Death", "die"]

OPENING_CENTS = 5_000
ASKED_CENTS = 1_000


class PowerCut(BaseException):
    """The power is off: no program can catch this and go on."""


class MortalDisk(PaperDisk):
    """A paper disk whose machine has power for `power` more steps."""

    power = 1_000

    def _step(self, *step):
        if self.power == 0:
            self.steps.append(step)  # half of it may be done
            raise PowerCut
        self.power -= 1
        super()._step(*step)


def new_bank() -> tuple[Bank, Callable[[], Connection]]:
    """A bank in this process where Eve has 50.00, and how to call it."""
    bank = Bank(Ledger())
    bank.ledger.open_account("eve", OPENING_CENTS, seal_pin("2222", cost=2))

    def call():
        here, there = pair(Request | Reply)
        spawn(bank.serve_one, there, daemon=True)
        return here

    return bank, call


class Death(NamedTuple):
    """The step at which a machine died, and what its second life came to.

    `seen` holds (cents paid out, cents debited) for every disk that the power
    cut can leave.
    """

    verb: str
    file: str
    seen: set[tuple[int, int]]


def die(steps: int) -> Death | None:
    """Let a machine die after so many steps; None if it takes no more.

    Raises AssertionError if the bank's books are wrong afterwards.
    """
    seen, way, ways = set(), 0, 1
    while way < ways:
        (bank, call), disk = new_bank(), MortalDisk()
        if run(until=spawn(_first_life, call, disk, steps)) == "lived":
            return None
        left = [c for c in disk.crashes() if c.step == len(disk.steps) - 1]
        paid = run(until=spawn(_second_life, call, left[way].disk))
        problems = bank.ledger.audit().problems
        assert not problems, f"the books are wrong: {problems}"
        eve = bank.ledger.account("eve")
        assert eve is not None
        seen.add((paid, OPENING_CENTS - eve.cents))
        way, ways = way + 1, len(left)
    verb, file, _ = disk.steps[-1]
    return Death(verb, file, seen)


def _first_life(call, disk, steps):
    """Sign in, then ask for cash until the power is cut."""
    atm = ATM(call, disk, Random(1))
    atm.sign_in("eve", "2222")
    disk.power = steps
    try:
        atm.withdraw(ASKED_CENTS)
    except PowerCut:
        return "died"
    return "lived"


def _second_life(call, disk):
    """Start on what is left and settle; returns the cents that went out."""
    atm = ATM(call, disk, Random(2))
    atm.settle()
    return DRAWER_CENTS - atm.drawer.cents
