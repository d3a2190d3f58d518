"""What one stranger may cost the bank: words, turns and looks at PINs."""

import random
import textwrap

import pytest

from nearfar import Closed, VirtualClock, run, schedule, sleep, spawn
from nearfar.bank import (
    ATM,
    Accepted,
    Balance,
    Bank,
    Confirm,
    Deposit,
    Ledger,
    PaperDisk,
    Refused,
    Reply,
    Request,
    Reverse,
    SignIn,
    Statement,
    Transfer,
    Withdraw,
    pins,
    seal_pin,
)
from nearfar.far import Frames, Malformed, connect, encode, listen, pair
from nearfar.trace import shown

LONG = "x" * 65  # a word has up to 64 letters


def open_bank(**options):
    bank = Bank(Ledger(), **options)
    for name, pin in (("eve", "2222"), ("mallory", "9999")):
        bank.ledger.open_account(name, 5_000, seal_pin(pin))
    bank.ledger.commit()
    return bank


@pytest.fixture
def bank():
    bank = open_bank()
    yield bank
    bank.ledger.close()


# --- Words and numbers -------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        SignIn(LONG, "1111"),
        SignIn("eve", "1" * 65),
        Balance(LONG),
        Statement(LONG),
        Statement("eve", 2**60),
        Deposit(LONG, "eve", 1),
        Deposit("1", LONG, 1),
        Deposit("1", "eve", 10**4_000),
        Deposit("1", "eve", -(2**60)),
        Withdraw(LONG, "eve", 1),
        Withdraw("1", LONG, 1),
        Withdraw("1", "eve", 2**60),
        Transfer(LONG, "eve", "grant", 1),
        Transfer("1", LONG, "grant", 1),
        Transfer("1", "eve", LONG, 1),
        Transfer("1", "eve", "grant", 2**60),
        Confirm(LONG),
        Reverse(LONG),
    ],
    ids=lambda request: type(request).__name__,
)
def test_what_is_too_long_is_no_request(request_):
    with pytest.raises(Malformed, match="Expected"):
        list(Frames(Request).feed(encode(request_)))


def test_a_customer_who_types_too_much_is_told_at_once(bank):
    calls = []

    def call():
        calls.append("call")
        here, there = pair(Request | Reply)
        spawn(bank.serve_one, there, daemon=True)
        return here

    def customer():
        atm = ATM(call, PaperDisk(), random.Random(1))
        atm.sign_in("eve", "2222")
        with pytest.raises(Refused, match="up to 64 letters"):
            atm.transfer(LONG, 100)
        with pytest.raises(Refused, match="up to 64 letters"):
            atm.sign_in("eve", "2" * 65)

    run(until=spawn(customer), clock=VirtualClock())
    assert calls == ["call"], "the machine asked again and again"


def test_a_log_line_costs_no_more_than_what_is_shown(monkeypatch):
    sizes, shorten = [], textwrap.shorten

    def watched(text, *details, **more):
        sizes.append(len(text))
        return shorten(text, *details, **more)

    monkeypatch.setattr(textwrap, "shorten", watched)
    assert shown(Balance("word " * 20_000)).startswith("Balance word word")
    assert max(sizes) < 5_000


def test_a_log_that_fails_costs_lines_and_no_service(bank):
    lines = []

    def log(line):
        if 2 <= len(replies) < 5:
            raise OSError("No space left on device")
        lines.append(line)

    def customer():
        with in_memory(bank) as end:
            for _ in range(7):
                end.send(Balance("eve"))
                replies.append(end.receive(timeout=5))

    replies, bank.log = [], log
    run(until=spawn(customer), clock=VirtualClock())
    assert len(replies) == 7
    answered = "Balance eve -> Declined sign in first"
    assert lines == [answered] * 2 + ["(3 lines dropped)"] + [answered] * 2


# --- Turns -------------------------------------------------------------------


def in_memory(bank, listener=None):
    here, there = pair(Request | Reply)
    spawn(bank.serve_one, there, daemon=True)
    return here


def over_sockets(bank, listener):
    spawn(bank.serve, listener, daemon=True)
    return connect(Reply, listener.address)


@pytest.mark.parametrize("call", [in_memory, over_sockets])
@pytest.mark.parametrize(
    "request_",
    [Balance("eve"), Reverse("nothing"), Deposit("1", "nobody", 1)],
    ids=lambda request: type(request).__name__,
)
def test_a_peer_that_sends_ahead_gives_way_after_each_answer(
    bank, request_, call
):
    turns, answered_in = [], []
    bank.log = lambda line: answered_in.append(len(turns))

    def other():
        while True:
            turns.append("mine")
            schedule()

    def sends_ahead():
        with call(bank, listener) as end:
            for _ in range(12):
                end.send(request_)
            for _ in range(12):
                end.receive(timeout=5)

    with listen(Request) as listener:
        spawn(other, daemon=True)
        run(until=spawn(sends_ahead), timeout=20)
    assert len(answered_in) == 12
    assert len(set(answered_in)) == 12, "it was answered twice in one turn"


# --- Looks at PINs -----------------------------------------------------------


def looks_in(seconds, bank, many):
    """How often a PIN is looked at while `many` peers do nothing but ask."""

    def asks():
        while True:  # until it is hung up on
            with in_memory(bank) as end:
                try:
                    for _ in range(16):
                        end.send(SignIn("mallory", "9999"))
                        end.receive()
                except (Closed, ConnectionError):
                    sleep(0.1)

    for _ in range(many):
        spawn(asks, daemon=True)
    run(until=spawn(sleep, seconds), clock=VirtualClock())


def counted(monkeypatch):
    looks, opens = [], pins.opens

    def watched(*details):
        looks.append(1)
        assert len(looks) < 1_000, "in a moment of the clock"
        return opens(*details)

    monkeypatch.setattr("nearfar.bank.sign_ins.opens", watched)
    return looks


@pytest.mark.parametrize("many", [1, 50])
def test_what_a_peer_may_make_the_bank_hash_is_bounded(bank, monkeypatch, many):
    looks = counted(monkeypatch)
    looks_in(4, bank, many)
    assert 50 <= len(looks) <= 200, "2 ms each: at most 5 % of the time"


def test_a_customer_gets_in_while_a_stranger_makes_the_bank_hash(bank):
    def customer():
        for _ in range(3):
            with in_memory(bank) as end:
                end.send(SignIn("eve", "2222"))
                assert end.receive(timeout=5) == Accepted(5_000)

    def strangers():
        with in_memory(bank) as end:
            while True:
                end.send(SignIn("mallory", "9999"))
                end.receive()

    spawn(strangers, daemon=True)
    run(until=spawn(customer), clock=VirtualClock())
