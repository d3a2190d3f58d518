"""A bank and its backup: the obvious design, and how it loses money.

The one idea: two machines keep one account, and the second takes over when it
hears nothing from the first. Whatever the two agree on, there is a moment at
which each must act without the other.

`noon` runs one day in virtual time. Left out: replicas that ask a majority,
which is the cure.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from ..drawing import Figure, space_time
from ..far import LOST, Message
from ..near import sleep, spawn
from ..playing import Target, offer_board
from ..simulation import Faults, Network
from ..trace import Trace, fold

__all__ = ["noon", "Noon"]

CENTS = 10_000  # on the account in the morning
SILENCE = 3.0  # seconds, and the backup takes over
NOON = 2.0  # the moment at which it happens


class Withdraw(Message):
    """A customer wants cash."""

    cents: int


class Paid(Message):
    """Here it is."""


class Declined(Message):
    """There is not enough."""


class Copy(Message):
    """The first tells the backup what it has paid."""

    cents: int


class Alive(Message):
    """A heartbeat."""


class Copied(Message):
    """The backup knows."""


@dataclass
class Noon:
    """What came of a day."""

    balance: dict[str, int]  # by machine, in cents
    paid_cents: int = 0
    told: list[str] = field(default_factory=list)
    figure: Figure | None = None

    def pay(self, name: str, order: Withdraw) -> Paid | Declined:
        """Decide by what one machine knows."""
        if self.balance[name] < order.cents:
            return Declined()
        self.balance[name] -= order.cents
        self.paid_cents += order.cents
        return Paid()


def first(host, day, waits):
    """The bank: pay, and keep the backup informed."""
    copies = host.connect(Copied, "backup:copies")
    spawn(beat, copies, daemon=True)
    for customer in host.listen(Withdraw):
        with customer, suppress(*LOST):
            order = customer.receive()
            reply = day.pay("first", order)
            if waits:
                with suppress(*LOST):  # then the backup is dead, or is it?
                    copies.send(Copy(order.cents))
                    copies.receive(timeout=1.0)
                customer.send(reply)
            else:
                customer.send(reply)
                sleep(1.0)  # copies are collected, and sent later
                copies.send(Copy(order.cents))


def beat(copies):
    """Send a heartbeat every two seconds."""
    with suppress(*LOST):
        while True:
            copies.send(Alive())
            sleep(2.0)


def backup(host, day):
    """Follow the first; when it falls silent, be the bank."""
    door = host.listen(Copy | Alive, "backup:copies")
    with suppress(*LOST), door.accept() as copies:
        while True:
            message = copies.receive(timeout=SILENCE)
            if isinstance(message, Copy):
                day.balance["backup"] -= message.cents
                copies.send(Copied())
    for customer in host.listen(Withdraw):
        with customer:
            customer.send(day.pay("backup", customer.receive()))


def customer(host, day, at, address, cents):
    """Ask for cash at a given second."""
    sleep(at)
    with host.connect(Paid | Declined, address) as bank:
        bank.send(Withdraw(cents))
        told = type(bank.receive(timeout=5.0)).__name__.lower()
    day.told.append(f"{host.name}: {cents / 100:.2f} {told}")


def noon(waits: bool, cut: bool = False) -> Noon:
    """Run a day on which the first machine dies, or is only `cut` off.

    With `waits` it answers a customer when the backup has a copy, not before.
    """
    game = Target(
        _noon(waits, cut),
        holds=_pays_what_there_is,
        seed=1,
        faults=Faults(delay_s=(0.1, 0.1)),
    )
    network = Network(game.seed, game.faults)
    with Trace() as trace:
        day = game.program(network)
        network.run()
    shown = fold(trace, ["ann", "first", "backup", "bob"])
    title = "The cable is cut" if cut else "The first machine dies"
    day.figure = offer_board(space_time(shown, title), trace, game, title)
    return day


def _noon(waits, cut):
    early = 2.5 if cut else 1.0

    def starts(network):
        day = Noon({"first": CENTS, "backup": CENTS})
        network.host("first").start(first, day, waits, daemon=True)
        network.host("backup").start(backup, day, daemon=True)
        ann, bob = network.host("ann"), network.host("bob")
        ann.start(customer, day, early, "first", 8_000)
        bob.start(customer, day, 6.0, "backup", 8_000)
        spawn(strike, network, name="noon")
        return day

    def strike(network):
        sleep(NOON)
        if cut:
            network.apart(["first", "ann"], ["backup", "bob"], 20.0)
        else:
            network.hosts["first"].fall(1_000.0)

    return starts


def _pays_what_there_is(day):
    """The customers get no more than was on the account."""
    told = f"{CENTS / 100:.2f} were there, {day.paid_cents / 100:.2f} are paid"
    assert day.paid_cents <= CENTS, told
