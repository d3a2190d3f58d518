"""What the bank tells, to whom, and what a stranger may make it keep."""

import os
import random
import re
from contextlib import suppress
from itertools import count

import msgspec
import pytest

from nearfar import Closed, VirtualClock, run, sleep, spawn
from nearfar.bank import (
    ATM,
    Accepted,
    Balance,
    Bank,
    Confirm,
    Declined,
    Deposit,
    Ledger,
    PaperDisk,
    Reply,
    Request,
    Reverse,
    SignIn,
    Transfer,
    Withdraw,
    seal_pin,
)
from nearfar.far import Malformed, encode, pair

CHEAP = 2  # a look at a PIN, in tests


@pytest.fixture
def bank():
    bank = Bank(Ledger())
    for name, cents in (("eve", 5_000), ("grant", 10_000)):
        bank.ledger.open_account(name, cents, seal_pin("2222", CHEAP))
    bank.ledger.commit()
    yield bank
    bank.ledger.close()


# --- Replies -----------------------------------------------------------------


@pytest.mark.parametrize("asker", ["", "grant"])
def test_a_balance_is_told_to_its_customer_alone(bank, asker):
    for request, cents in (
        (Deposit("d", "eve", 1), 5_001),
        (Withdraw("w", "eve", 1_000), 4_001),
        (Confirm("w"), 4_001),
        (Withdraw("v", "eve", 1_000), 3_001),
        (Reverse("v"), 4_001),
    ):
        mine = isinstance(request, Withdraw)
        if not mine:
            assert bank.decide(request, asker) == Accepted(None)
        assert bank.decide(request, "eve") == Accepted(cents)
        if not mine:  # nor when it is asked again
            assert bank.decide(request, asker) == Accepted(None)


def test_a_balance_that_is_not_told_is_not_on_the_wire():
    assert encode(Accepted(None))[4:] == b'{"type":"Accepted"}'
    assert encode(Accepted(0))[4:] == b'{"type":"Accepted","cents":0}'
    assert msgspec.json.decode(b'{"type":"Accepted"}', type=Accepted) == (
        Accepted(None)
    )


@pytest.mark.parametrize(
    "request_",
    [Deposit("1", "eve", 10**12), Transfer("1", "grant", "eve", 1)],
    ids=lambda request: type(request).__name__,
)
def test_a_refusal_does_not_tell_what_another_customer_has(bank, request_):
    told = bank.decide(request_, "grant")
    assert "50.00" not in str(told)
    assert "5000" not in str(told)


def test_a_machine_pays_in_for_another_and_is_not_told_what_he_has(bank):
    def customer():
        atm = ATM(lambda: call(bank), PaperDisk(), random.Random(1))
        atm.sign_in("grant", "2222")
        return atm.deposit(100), atm.deposit(100, "eve"), len(atm.unsettled)

    told = run(until=spawn(customer), clock=VirtualClock())
    assert told == (10_100, None, 0)
    assert bank.ledger.account("eve").cents == 5_100


# --- What is kept forever ----------------------------------------------------


def call(bank):
    here, there = pair(Request | Reply)
    spawn(bank.serve_one, there, daemon=True)
    return here


def kept(bank):
    audit = bank.ledger.audit()
    return audit.movements + audit.refused


ORDERS = [
    lambda number: Deposit(f"{number}", "nobody", 1),
    lambda number: Deposit(f"{number}", "eve", 1),
    lambda number: Reverse(f"{number}"),
    lambda number: Confirm(f"{number}"),
    lambda number: Withdraw(f"{number}", "eve", 1),
    lambda number: Transfer(f"{number}", "eve", "grant", 1),
]


@pytest.mark.parametrize("order", ORDERS)
def test_what_a_stranger_may_make_the_bank_keep_is_bounded(bank, order):
    before, tries = kept(bank), []

    def stranger():
        while True:
            with call(bank) as end:
                try:
                    while True:
                        tries.append(1)
                        assert len(tries) < 2_000, "all of them were answered"
                        end.send(order(len(tries)))
                        end.receive()
                except (Closed, ConnectionError):
                    sleep(1)

    spawn(stranger, daemon=True)
    run(until=spawn(sleep, 60), clock=VirtualClock())
    assert kept(bank) - before <= 120 + 2 * 60 + 1


def test_a_stranger_who_only_asks_is_hung_up_on_as_well(bank):
    lines = []
    bank.log = lines.append

    def stranger():
        with call(bank) as end, suppress(Closed):
            for _ in range(5_000):
                end.send(Balance("eve"))
                end.receive()

    run(until=spawn(stranger), clock=VirtualClock())
    assert lines[-1] == "hung up on an ATM: Busy"
    assert 1_000 < len(lines) < 1_500


def test_customers_are_served_while_a_stranger_is_hung_up_on(bank):
    def stranger():
        while True:
            with call(bank) as end:
                try:
                    while True:
                        end.send(Reverse(os.urandom(8).hex()))
                        end.receive()
                except (Closed, ConnectionError):
                    sleep(0.01)

    def customer():
        with call(bank) as end:
            end.send(SignIn("eve", "2222"))
            assert end.receive(timeout=5) == Accepted(5_000)
            for number in range(1_000):
                end.send(Transfer(f"mine {number}", "eve", "grant", 1))
                assert end.receive(timeout=5) == Accepted(4_999 - number)
                end.send(Withdraw(f"much {number}", "eve", 10**6))
                assert isinstance(end.receive(timeout=5), Declined)
                sleep(0.1)

    spawn(stranger, daemon=True)
    run(until=spawn(customer), clock=VirtualClock())


def test_a_machine_settles_in_the_end_though_a_stranger_is_at_its_host(bank):
    disk = PaperDisk()

    def begins():
        atm = ATM(lambda: call(bank), disk, random.Random(1))
        atm.sign_in("eve", "2222")
        atm.settle = lambda attempts: None  # the power is cut before that
        return atm.withdraw(1_000)

    def settles():
        with call(bank) as end, suppress(Closed):
            for number in range(200):
                end.send(Reverse(f"{number}"))
                end.receive()
        atm = ATM(lambda: call(bank), disk, random.Random(2))
        return atm.settle()

    run(until=spawn(begins), clock=VirtualClock())
    assert run(until=spawn(settles), clock=VirtualClock()) == 0
    assert bank.ledger.account("eve").cents == 4_000


# --- What a customer may make it keep ------------------------------------

REFUSED = [
    lambda number: Withdraw(f"{number}", "eve", 10**6),
    lambda number: Withdraw(f"{number}", "eve", 0),
    lambda number: Transfer(f"{number}", "eve", "nobody", 1),
    lambda number: Transfer(f"{number}", "grant", "eve", 1),
    lambda number: Confirm(f"{number}"),
    lambda number: Balance("grant"),
]


@pytest.mark.parametrize("order", REFUSED)
@pytest.mark.parametrize("many", [1, 20])
def test_what_a_customer_can_make_the_bank_decline_is_bounded(
    bank, order, many
):
    before, lines, number = kept(bank), [], count()
    bank.log = lines.append

    def customer():
        while True:
            with call(bank) as end, suppress(Closed, ConnectionError):
                end.send(SignIn("eve", "2222"))
                end.receive(timeout=5)
                while True:
                    assert len(lines) < 2_000, "all of them were answered"
                    end.send(order(next(number)))
                    assert isinstance(end.receive(timeout=5), Declined)
            sleep(1)

    for _ in range(many):
        spawn(customer, daemon=True)
    run(until=spawn(sleep, 60), clock=VirtualClock())
    most = 120 + 2 * 60 + many
    assert kept(bank) - before <= most
    assert sum("-> Declined" in line for line in lines) <= most


def test_a_customer_who_was_declined_often_is_served_more_slowly(bank):
    def customer():
        with call(bank) as end:
            end.send(SignIn("eve", "2222"))
            end.receive()
            for number in range(200):
                end.send(Withdraw(f"{number}", "eve", 10**6))
                reply = end.receive(timeout=5)
            end.send(Transfer("mine", "eve", "grant", 1))
            return reply, end.receive(timeout=5)

    clock = VirtualClock()
    last, fine = run(until=spawn(customer), clock=clock)
    assert isinstance(last, Declined)
    assert fine == Accepted(4_999)
    assert 30 < clock.now() < 60


# --- What is written into the log ---------------------------------------------


def nonsense(end):
    with suppress(Closed, ConnectionError):
        end.receive()


def unknown(end):
    for number in range(3):
        end.send(SignIn(f"nobody {number}", "1111"))
        end.receive()


def wrong(end):
    for number in range(3):
        end.send(SignIn("eve", f"{number:04}"))
        end.receive()


def breaks_the_line(bank):
    """A connection whose peer sends what is no message."""

    def receive():
        raise Malformed("nonsense")

    here, there = pair(Request | Reply)
    there.receive = receive
    spawn(bank.serve_one, there, daemon=True)
    return here


@pytest.mark.parametrize(
    ("connected", "says"),
    [(breaks_the_line, nonsense), (call, unknown), (call, wrong)],
)
def test_what_a_stranger_may_write_into_the_log_is_bounded(
    bank, connected, says
):
    lines = []
    bank.log = lines.append

    def attack():
        for _ in range(3_000):
            with connected(bank) as end, suppress(Closed, ConnectionError):
                says(end)
            sleep(0.01)

    def story():
        attack()
        attacked = len(lines)
        sleep(60)
        with call(bank) as end:
            end.send(SignIn("grant", "2222"))
            assert end.receive(timeout=5) == Accepted(10_000)
        return attacked

    attacked = run(until=spawn(story), clock=VirtualClock())
    assert 100 < attacked <= 120 + 2 * 60
    assert lines[-1] == "SignIn grant ... -> Accepted 10000"
    assert len(lines) > attacked + 1, "nothing says what was dropped"
    dropped = re.findall(r"\((\d+) lines like .* dropped\)", "\n".join(lines))
    written = sum(not line.startswith("(") for line in lines) - 1
    sent = 3_000 if says is nonsense else 9_000
    assert sum(map(int, dropped)) + written == sent


def test_a_run_with_another_clock_begins_with_no_debts(bank):
    def customer(at_s):
        sleep(at_s)
        with call(bank) as end:
            end.send(SignIn("eve", "2222"))
            end.receive(timeout=5)
            for number in range(150):
                end.send(Withdraw(f"{at_s} {number}", "eve", 10**6))
                end.receive(timeout=5)

    for at_s in (1_000, 0):
        run(until=spawn(customer, at_s), clock=VirtualClock())
