"""The machines of a replicated bank, and what their customers wish.

The one idea: a machine outlives its crashes. It settles what its last life
left, and the wishes that are left are those of its next life.
"""

from __future__ import annotations

from contextlib import suppress
from random import Random

from ..bank import ATM, Addresses, Elsewhere, Refused, Reply, Unknown
from ..checking import REFUSED
from ..near import sleep

__all__ = ["accounts_of", "wish", "keep_machine"]

CENTS = 1_000  # on each account at first
PIN = "2006"  # its seal is in `replicated_bank`
REPAIR = 3.0  # seconds until a full disk has room again
PATIENCE = 10  # times that a machine tries to settle, at the end of its day


def accounts_of(atms) -> list[str]:
    """The accounts of a day."""
    return [f"customer-{number}" for number in range(1, atms + 1)]


def wish(chance, account, accounts) -> tuple:
    """Draw a visit: (seconds until it begins, verb, arguments)."""
    verb = chance.choice(["deposit", "transfer", "balance", "balance"])
    cents = chance.randint(1, CENTS)
    others = [name for name in accounts if name != account] or [account]
    args = {
        "deposit": (account, cents),
        "transfer": (account, chance.choice(others), cents),
        "balance": (account,),
    }[verb]
    return chance.uniform(0, 2), verb, args


def keep_machine(host, day, names, account, wishes) -> None:
    """A machine: settle what the last life left, then serve its customer."""
    chance = Random(f"{host.network.seed}/{host.name}/{host.crashes}")

    def connect(address):
        return host.connect(Reply | Elsewhere, address, timeout=0.2)

    try:
        order = chance.sample(names, len(names))
        machine = ATM(Addresses(connect, order), host.disk, chance)
        while wishes:
            pause, verb, args = wishes.pop(0)
            sleep(pause)
            with suppress(Refused, Unknown):
                machine.sign_in(account, PIN)
                by = partial_of(machine, verb)
                day.history.call(account, verb, *args, by=by)
            machine.sign_out()
        for _ in range(PATIENCE):
            if not machine.settle():
                day.closed.add(host.name)
                break
            sleep(REPAIR)
    except OSError:  # its disk is full
        host.crash(REPAIR)


def partial_of(machine, verb):
    """What does a call of the history, and returns the model's answer."""

    def by(account, *rest):
        if verb == "balance":
            return machine.balance()
        if verb == "deposit":
            return machine.deposit(*rest)
        try:
            return machine.transfer(*rest)
        except Refused as refusal:
            if ", not " in str(refusal):  # it has 1.00, not 2.00
                return REFUSED
            raise

    return by
