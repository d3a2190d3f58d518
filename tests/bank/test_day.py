"""One day, everywhere: the same script, so the same books.

A bank and three machines live through a day whose every word is written down
beforehand: in memory, over sockets, in a simulated network, and as four
processes, whose machines are typed at as by a person. The bank, the machines
and the conversation at the screen are the real ones everywhere.

Nothing has to be normalised. Each machine draws its ids from a seed of its
own, and the books hold no time. Only the salt of a sealed PIN is left out.
"""

import math
import os
import re
import sqlite3
import subprocess
import sys
from collections import deque
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from random import Random

import msgspec
import pytest

from nearfar import spawn
from nearfar.bank import (
    ATM,
    DRAWER_CENTS,
    MENU,
    SIGN,
    Accepted,
    Audit,
    Bank,
    Deposit,
    Disk,
    Drawer,
    Ledger,
    Reply,
    Request,
    Script,
    SignIn,
    Transfer,
    money,
    seal_pin,
    serve_customers,
)
from nearfar.far import Waiters
from nearfar.processes import Program
from nearfar.simulation import WORLDS, Faults, simulated

ACCOUNTS = [
    ("grant", 10_000, "1111"),
    ("eve", 5_000, "2222"),
    ("ann", 2_000, "3333"),
    ("mallory", 100, "4444"),
]
MACHINES = {"atm-1": 1, "atm-2": 2, "atm-3": 3}  # with their seeds

# Who is typed at, and what. The next turn begins when the machine has done
# all of it and asks for more.
DAY = [
    ("atm-1", "grant; 1111; withdraw 20"),
    ("atm-2", "eve; 2222; transfer 12.50 ann"),
    ("atm-3", "ann; 0000"),  # the wrong PIN
    ("atm-1", "transfer 15 eve"),
    ("atm-3", "ann; 3333; withdraw 30"),  # which eve has just given her
    ("atm-2", "withdraw 900"),  # more than she has
    ("atm-1", "deposit 10000000000"),  # more than an account may hold
    ("atm-3", "transfer 5 evee; leave"),  # nobody of that name
    ("atm-2", "deposit 7.50; withdraw 20000; leave"),  # more than is in it
    ("atm-1", "transfer -5; dance; statement; leave"),
    ("atm-2", "mallory; 0000; mallory; 1234; mallory; 9999"),
    ("atm-3", "mallory; 4444"),  # right, and too late
    ("atm-2", "grant; 1111; transfer 40 ann; deposit 0.05; leave"),
    ("atm-3", "ann; 3333; withdraw 42.50; balance; leave"),
    ("atm-1", "eve; 2222; withdraw 0.01; statement; leave"),
]
# All at once. Whatever the order, there is enough for everybody.
RUSH = [
    ("atm-1", "grant; 1111; withdraw 20; transfer 15 eve; deposit 5; leave"),
    ("atm-2", "eve; 2222; transfer 12.50 ann; withdraw 10; withdraw 900"),
    ("atm-3", "ann; 3333; deposit 10; transfer 7 grant; transfer 1 evee"),
    ("atm-2", "leave; grant; 1111; transfer 5 ann; deposit 0.05; leave"),
    ("atm-3", "leave; eve; 2222; transfer 1 grant; withdraw 10; leave"),
    ("atm-1", "mallory; 4444; deposit 1; withdraw 1; leave"),
]
# And here there is not: whoever comes first gets it.
LAST_NOTES = [(atm, "eve; 2222; withdraw 30; leave") for atm in MACHINES]


@dataclass
class Evening:
    """What is left of a day."""

    requests: list  # the whole table, in order; the refused ones as well
    postings: list  # the whole table
    accounts: list  # the whole table, without the seals
    audit: Audit
    drawers: dict  # cents, by machine
    disks: dict  # each machine's journal and drawer, byte for byte
    told: dict  # what each machine said


def evening(folder, told):
    """Look at what the day has left on the disks."""
    with Ledger(folder / "books", create=False) as books:
        audit = books.audit()
    with closing(sqlite3.connect(folder / "books")) as books:
        tables = [
            books.execute(f"SELECT {what} ORDER BY 1, 2").fetchall()
            for what in (
                "number, id, verb, payer, payee, cents, refusal, told "
                "FROM request",
                "request, cents, account FROM posting",
                "name, cents, frozen, wrong FROM account",
            )
        ]
    disks = {name: Disk(folder / name) for name in MACHINES}
    drawers = {name: Drawer(disk).cents for name, disk in disks.items()}
    files = {
        name: (disk.read("journal"), disk.read("drawer"))
        for name, disk in disks.items()
    }
    return Evening(*tables, audit, drawers, files, told)


# --- Near, far and farther: one process --------------------------------------


class Turns:
    """Hands the lines of a day to the machines, one turn after the other."""

    def __init__(self, day, at_once):
        self.left, self.at_once = deque(day), at_once
        self.next = Waiters("its turn")

    def lines(self, atm):
        for name, words in list(self.left):
            if name == atm:
                while not self.at_once and self.left[0] != (name, words):
                    self.next.wait()
                yield from words.split(";")  # and then it asks for more
                self.left.remove((name, words))
                self.next.wake()


def town(place, folder, turns, atm=ATM, bank=Bank):
    """The program, handed its places; what each screen showed."""
    told = {name: StringIO() for name in MACHINES}

    def keep_machine(name, seed):
        call = partial(place(name).connect, Reply, listener.address)
        machine = atm(call, Disk(folder / name), Random(seed))
        serve_customers(machine, Script(turns.lines(name), told[name]))
        machine.settle()

    with (
        Ledger(folder / "books", durable=False) as ledger,
        place("bank").listen(Request) as listener,
    ):
        for name, cents, pin in ACCOUNTS:
            ledger.open_account(name, cents, seal_pin(pin))
        ledger.commit()
        spawn(bank(ledger).serve, listener, daemon=True)
        machines = [spawn(keep_machine, *each) for each in MACHINES.items()]
        for machine in machines:
            machine.join()
    return {name: screen.getvalue() for name, screen in told.items()}


def in_one_process(world, folder, day, at_once=False, **parts):
    folder.mkdir()
    turns = Turns(day, at_once)
    told = world(lambda place: town(place, folder, turns, **parts))
    return evening(folder, told)


# --- Four processes ----------------------------------------------------------

CHOICE = f"\n    {MENU}\n    Your choice: "
PROMPTS = (f"{SIGN}\n    Account (or quit): ", "    PIN: ", CHOICE)


class Machine:
    """`python -m nearfar atm`, and somebody who types and reads."""

    def __init__(self, bank, folder, seed):
        order = ("atm", f"--bank={bank}", f"--disk={folder}", f"--seed={seed}")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nearfar", *order],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.screen = b""

    def type(self, words):
        for line in words.split(";"):
            self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def read_until_asked(self, times=1):
        """Until it has asked so many times more, or has ended."""
        until = self.asked + times
        out = self.process.stdout.fileno()
        while self.asked < until and (data := os.read(out, 65_536)):
            self.screen += data

    @property
    def asked(self):
        return sum(self.screen.count(prompt.encode()) for prompt in PROMPTS)

    def told(self):
        text = self.screen.decode()
        for prompt in PROMPTS:
            text = text.replace(prompt, "")
        return text.rstrip("\n") + "\n"


def in_four_processes(folder, day, at_once=False):
    folder.mkdir()
    opened = [f"--open={n}:{money(cents)}:{pin}" for n, cents, pin in ACCOUNTS]
    with ExitStack() as stack:
        bank = stack.enter_context(
            Program("bank", f"--file={folder}/books", *opened, quiet=True)
        )
        machines = {}
        for name, seed in MACHINES.items():
            machine = Machine(bank.address, folder / name, seed)
            stack.enter_context(machine.process)
            stack.callback(machine.process.kill)
            machines[name] = machine
        for machine in machines.values():
            machine.read_until_asked()
        for name, words in day:
            machines[name].type(words)
            if not at_once:
                machines[name].read_until_asked(len(words.split(";")))
        for machine in machines.values():
            machine.process.stdin.close()  # nobody comes any more
            machine.read_until_asked(math.inf)
            assert machine.process.wait() == 0
    told = {name: machine.told() for name, machine in machines.items()}
    return evening(folder, told)


# --- The same everywhere -----------------------------------------------------


def slow_network(program):
    """Simulated, and a message may take two seconds."""
    return simulated(program, seed=5, faults=Faults(delay_s=(0, 2)))


PLACES = {
    **{name: partial(in_one_process, world) for name, world in WORLDS.items()},
    "on a slow network": partial(in_one_process, slow_network),
    "in four processes": in_four_processes,
}
everywhere = pytest.mark.parametrize("live", PLACES.values(), ids=PLACES)


@pytest.fixture(scope="module")
def near(tmp_path_factory):
    """The day in memory, one turn after the other."""
    return PLACES["in memory"](tmp_path_factory.mktemp("near") / "day", DAY)


def test_the_day_has_something_of_everything(near):
    verbs = {verb for _, _, verb, *_ in near.requests}
    assert verbs == {"open", "withdraw", "confirm", "deposit", "transfer"}
    assert near.audit.problems == near.audit.open_withdrawals == ()
    assert [refusal for *_, refusal, _ in near.requests if refusal] == [
        "eve has 52.50, not 900.00",
        "an account holds at most 10000000000.00",
        "there is no account 'evee'",
    ]
    screens = "".join(near.told.values())
    for refusal in ("wrong account", "locked", "this machine has", "is like"):
        assert refusal in screens
    gained = sum(near.drawers.values()) - DRAWER_CENTS * len(MACHINES)
    opened = sum(cents for _, cents, _ in ACCOUNTS)
    assert near.audit.customers_cents - opened == gained, "notes are money"


@everywhere
def test_a_day_is_the_same_day_everywhere(near, live, tmp_path):
    assert live(tmp_path / "day", DAY) == near


def ids_of(seed):
    """The first ids that a machine with that seed makes up."""
    chance = Random(seed)
    return {f"{chance.getrandbits(64):016x}" for _ in range(20)}


def in_any_order(evening):
    """What must be the same although the machines did not take turns.

    Every row of the books, with its id, in the order of ids; each machine's
    own rows in the order of booking; and what balances were on the way, left
    out.
    """
    ids = {number: id for number, id, *_ in evening.requests}
    own = {name: ids_of(seed) for name, seed in MACHINES.items()}
    left_out = partial(re.sub, r"\b(have|has) [0-9.]+", r"\1 ...")
    return replace(
        evening,
        requests={
            "all": sorted(
                (*row[1:6], left_out(row[6] or "")) for row in evening.requests
            ),
            **{
                name: [row[1:3] for row in evening.requests if row[1] in ids]
                for name, ids in own.items()
            },
        },
        postings=sorted((ids[row[0]], *row[1:]) for row in evening.postings),
        told={name: left_out(text) for name, text in evening.told.items()},
    )


@everywhere
def test_a_day_all_at_once_has_the_same_books_in_some_order(live, tmp_path):
    near = PLACES["in memory"](tmp_path / "near", RUSH)
    far = live(tmp_path / "day", RUSH, at_once=True)
    assert in_any_order(far) == in_any_order(near)
    assert far.audit.problems == ()


@everywhere
def test_whoever_comes_first_gets_the_last_notes(live, tmp_path):
    evening = live(tmp_path / "day", LAST_NOTES, at_once=True)
    assert evening.audit.problems == evening.audit.open_withdrawals == ()
    assert ("eve", 2_000, 0, 0) in evening.accounts
    paid = [DRAWER_CENTS - cents for cents in evening.drawers.values()]
    assert sorted(paid) == [0, 0, 3_000]
    screens = "".join(evening.told.values())
    assert screens.count("Take your 30.00. You have 20.00.") == 1
    assert screens.count("Refused: eve has 20.00, not 30.00.") == 2


# --- And it would be noticed -------------------------------------------------


class CountsBadly(ATM):
    """Books one cent less than came in."""

    def _asked(self, request, *details):
        if isinstance(request, Deposit):
            request = msgspec.structs.replace(request, cents=request.cents - 1)
        return super()._asked(request, *details)


class PaysTwice(ATM):
    """Its drawer gives the notes, and again."""

    def withdraw(self, cents):
        self.drawer.move("", -cents)
        return super().withdraw(cents)


class NeverConfirms(ATM):
    """Leaves it at having paid."""

    def settle(self, attempts=1):
        return 0


class TakesAnyPin(Bank):
    """Lets everybody in."""

    def decide(self, request, *who):
        if isinstance(request, SignIn):
            return Accepted(self.ledger.account(request.account).cents)
        return super().decide(request, *who)


class FavoursGrant(Bank):
    """Whoever should get it, Grant does."""

    def decide(self, request, *who):
        if isinstance(request, Transfer):
            request = msgspec.structs.replace(request, payee="grant")
        return super().decide(request, *who)


@pytest.mark.parametrize(
    "other", [CountsBadly, PaysTwice, NeverConfirms, TakesAnyPin, FavoursGrant]
)
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_another_bank_or_machine_has_another_day(near, world, other, tmp_path):
    kind = "atm" if issubclass(other, ATM) else "bank"
    day = in_one_process(world, tmp_path / "day", DAY, **{kind: other})
    assert day != near


def test_a_movement_that_vanished_is_noticed_though_the_money_adds_up(tmp_path):
    near = PLACES["in memory"](tmp_path / "day", DAY)
    with closing(sqlite3.connect(tmp_path / "day" / "books")) as books:
        ((number, cents),) = books.execute(
            "SELECT number, cents FROM request "
            "WHERE verb = 'deposit' AND payee = 'eve'"
        ).fetchall()
        for forget in (
            f"DELETE FROM request WHERE number = {number}",
            f"DELETE FROM posting WHERE request = {number}",
            f"UPDATE account SET cents = cents - {cents} WHERE name = 'eve'",
            f"UPDATE account SET cents = cents + {cents} WHERE name = '@cash'",
        ):
            books.execute(forget)
        books.commit()
    day = evening(tmp_path / "day", near.told)
    assert day.audit.customers_cents + day.audit.cash_cents == 0
    assert day.audit.problems, "its place among the orders is empty"
    assert day.requests != near.requests
