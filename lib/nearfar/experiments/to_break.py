"""To break: eight small programs that work, until you choose the order.

The one idea: a program that is right in plain order is not yet right. Each of
these keeps its promise if the first in the queue runs first and the network
behaves. Each breaks under a few other choices: play with it.

The programs stand in the order of the chapters, each with the `Target` that
says what it promises. Left out: what to do about it. The chapters say that.
"""

from __future__ import annotations

import json

from .. import Channel, schedule, sleep, spawn
from ..bank import ATM, Begun, PaperDisk, synced
from ..playing import Target
from ..simulation import Faults
from . import wire2006
from .bank_holiday import INVARIANTS, holiday
from .delivery import PROTOCOLS, Booked, PayIn, Till
from .forgetful_voters import election, one_leader_a_term

__all__ = [
    *("three_in_line", "workshop", "two_packets", "two_machines", "paying"),
    *("eves_bank", "quick_day", "election", "TARGETS"),
]

EVEN = Faults(delay_s=(0.1, 0.1))


# --- 01: starve a tasklet ----------------------------------------------------


def three_in_line():
    """Three tasklets take four turns each, and write them down."""
    turns = []

    def work(name):
        for _ in range(4):
            turns.append(name)
            schedule()

    for name in ("ann", "bob", "cy"):
        spawn(work, name, name=name)
    return turns


def nobody_starves(turns):
    """No tasklet waits while the others take five turns."""
    for name in ("ann", "bob", "cy"):
        since = turns[::-1].index(name) if name in turns else len(turns)
        # After four turns a tasklet has ended, and waits no longer.
        assert since < 5 or turns.count(name) == 4, (
            f"{name} waits while the others take {since} turns"
        )


# --- 02: deadlock the factory ------------------------------------------------


def workshop():
    """Two workers share a drill and a press; each needs both for a doll."""
    drill, press = Channel("drill"), Channel("press")

    def lend(tool):
        while True:
            tool.send("here you are")
            tool.receive()

    def work(first, second):
        first.receive()
        second.receive()
        first.send("back")
        second.send("back")

    def work_later(first, second):
        schedule()
        work(first, second)

    for tool in (drill, press):
        spawn(lend, tool, name=tool.name, daemon=True)
    spawn(work, drill, press, name="ann")
    spawn(work_later, press, drill, name="bob")


# --- 03: hang a reader -------------------------------------------------------


class Wire:
    """Bytes on their way; `recv` returns what has come so far."""

    def __init__(self):
        self.data = b""
        self.news: Channel[None] = Channel("bytes")

    def send(self, data):
        self.data += data
        if self.news.balance < 0:
            self.news.send(None)

    def recv(self, count):
        if not self.data:
            self.news.receive()
        got, self.data = self.data[:count], self.data[count:]
        return got


def two_packets():
    """A customer sends one message in two packets to the reader of 2006."""
    wire = Wire()

    def customer():
        wire.send(b"DEPOSIT|eve")
        schedule()
        wire.send(b"|100\r\n")

    def bank():
        schedule()
        wire2006.receive(wire)

    spawn(customer, name="customer")
    spawn(bank, name="bank")


# --- 04: lose an update ------------------------------------------------------


def two_machines():
    """Two machines pay 10 in for Grant; the southern customer comes later."""
    accounts = {"grant": 100}

    def pay_in():
        balance = accounts["grant"]
        schedule()  # the log is written
        accounts["grant"] = balance + 10

    def pay_in_later():
        schedule()
        schedule()
        pay_in()

    spawn(pay_in, name="north")
    spawn(pay_in_later, name="south")
    return accounts


def both_are_booked(accounts):
    """Grant has both payments in the end."""
    cents = accounts["grant"]
    assert cents == 120, f"100 and twice 10 came to {cents}"


# --- 06: pay twice -----------------------------------------------------------


def paying(protocol):
    """One customer pays in 100.00, under a protocol of chapter 06."""
    ask, remembers = PROTOCOLS[protocol]

    def visit(network):
        till = Till(remembers)
        network.host("bank").start(till.serve, daemon=True)
        network.host("atm").start(pay)
        return till

    def pay(host):
        request = PayIn("p1", 10_000)
        ask(lambda: host.connect(Booked, "bank"), request)

    return visit


def booked_once(till):
    """The bank books the payment at most once."""
    told = f"one payment of 100.00, and {till.cents / 100:.2f} are booked"
    assert till.cents <= 10_000, told


# --- 07: find the write whose crash hurts ------------------------------------


class SlowDisk(PaperDisk):
    """A disk whose steps take time, so that the power can fail after each."""

    def _step(self, *step):
        super()._step(*step)
        sleep(0.01)

    def power_cut(self):
        """Return what is left if nothing stays that was not synced."""
        left = PaperDisk(self._start)
        for verb, name, data in synced(self.steps):
            if verb != "sync":
                getattr(left, verb)(name, data)
        return SlowDisk(left.files)


def eves_bank(network):
    """Eve pays in twice; each time the bank saves, then tells her."""
    seen = []  # (what happened, cents)

    def serve(host):
        try:
            eve = json.loads(host.disk.read("accounts"))["eve"]
        except ValueError:
            eve = 0
        seen.append(("found", eve))
        while eve < 70:
            eve += 10
            host.disk.write("new", json.dumps({"eve": eve}).encode())
            host.disk.rename("new", "accounts")
            host.disk.sync("accounts")
            seen.append(("told", eve))

    disk = SlowDisk({"accounts": b'{"eve": 50}'})
    network.host("bank", disk, SlowDisk.power_cut).start(serve)
    return seen


def finds_what_it_told(seen):
    """The bank finds on its disk what it has told Eve."""
    told = 50
    for what, cents in seen:
        if what == "told":
            told = cents
        else:
            assert cents >= told, f"it told Eve {told}, and finds {cents}"


# --- 08: break QuickATM ------------------------------------------------------


class QuickATM(ATM):
    """The machine of chapter 08: it keeps its journal in memory."""

    def _begin(self, verb, account, cents):
        begun = Begun(self._new_id(), verb, account, cents)
        self._note(begun)
        return begun


def quick_day(network, atms=1, visits=1):
    """A holiday with machines that keep their journals in memory."""
    return holiday(network, atms, visits, atm=QuickATM)


MESSAGES = frozenset({"deliver", "hold", "lose", "time"})
POWER = frozenset({"crash", "restart"})
TARGETS = {
    "starve a tasklet": Target(three_in_line, holds=nobody_starves),
    "deadlock the factory": Target(workshop),
    "hang a reader": Target(two_packets),
    "lose an update": Target(two_machines, at_end=both_are_booked),
    "pay twice": Target(
        paying("at least once"),
        holds=booked_once,
        verbs=MESSAGES,
        faults=EVEN,
    ),
    "find the write whose crash hurts": Target(
        eves_bank, holds=finds_what_it_told, verbs=POWER
    ),
    "break QuickATM": Target(
        quick_day, at_end=INVARIANTS, verbs=POWER, seed=38
    ),
    "elect two leaders of one term": Target(
        election, holds=one_leader_a_term, faults=EVEN
    ),
}
