"""The bank: what it accepts, what it declines, and what an ATM may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfar import run, spawn
from nearfar.bank import (
    ATM,
    MOST_CENTS,
    Accepted,
    Balance,
    Bank,
    Declined,
    Deposit,
    Refused,
    Reply,
    Request,
    Unknown,
    Withdraw,
)
from nearfar.connections import pair
from nearfar.messages import Message
from nearfar.sockets import connect, listen


@pytest.fixture
def bank():
    return Bank({"grant": 100, "eve": 50})


def test_money_goes_in_and_out(bank):
    assert bank.decide(Deposit("eve", 25)) == Accepted(75)
    assert bank.decide(Withdraw("eve", 75)) == Accepted(0)
    assert bank.decide(Balance("eve")) == Accepted(0)
    assert bank.accounts == {"grant": 100, "eve": 0}


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Deposit("eve", -100), "1 to"),
        (Deposit("eve", 0), "1 to"),
        (Deposit("eve", 1.5), "1 to"),
        (Deposit("eve", True), "1 to"),
        (Deposit("eve", MOST_CENTS + 1), "1 to"),
        (Withdraw("eve", 51), "eve has 50 cents, not 51"),
        (Withdraw("eve", -1), "1 to"),
        (Withdraw("mallory", 1), "no account 'mallory'"),
        (Balance("Eve"), "no account 'Eve'"),
    ],
)
def test_a_declined_request_changes_nothing(bank, request_, reason):
    before = dict(bank.accounts)
    reply = bank.decide(request_)
    assert isinstance(reply, Declined)
    assert reason in reply.reason
    assert bank.accounts == before


accounts = st.sampled_from(["grant", "eve", "mallory", ""])
cents = st.integers(-200, 200)
requests = st.builds(Deposit, accounts, cents) | st.builds(
    Withdraw, accounts, cents
)


@given(st.lists(requests, max_size=30))
def test_the_total_changes_by_what_was_accepted_and_nothing_goes_negative(
    asked,
):
    bank = Bank({"grant": 100, "eve": 50})
    expected = 150
    for request in asked:
        if isinstance(bank.decide(request), Accepted):
            sign = 1 if isinstance(request, Deposit) else -1
            expected += sign * request.cents
        assert sum(bank.accounts.values()) == expected
        assert min(bank.accounts.values()) >= 0


def with_atm(bank, session):
    """Run a session at an ATM that is wired to the bank in memory."""
    kinds = Request | Reply
    here, there = pair(kinds)
    spawn(bank.serve_one, there, daemon=True)
    return run(until=spawn(session, ATM(here)))


def test_an_atm_says_what_the_bank_said(bank):
    def session(atm):
        assert atm.deposit("eve", 10) == 60
        assert atm.withdraw("eve", 20) == 40
        with pytest.raises(Refused, match="eve has 40 cents"):
            atm.withdraw("eve", 41)
        return atm.balance("eve")

    assert with_atm(bank, session) == 40


def test_the_log_tells_request_and_reply():
    lines = []
    bank = Bank({"eve": 50}, log=lines.append)
    with_atm(bank, lambda atm: atm.deposit("eve", 1))
    assert lines == ["Deposit eve 1 -> Accepted 51"]


@pytest.mark.parametrize("cents", [2.5, "250", None, True])
def test_an_atm_sends_whole_cents_only(bank, cents):
    def session(atm):
        with pytest.raises(ValueError, match="whole number of cents"):
            atm.deposit("eve", cents)
        return atm.balance("eve")

    assert with_atm(bank, session) == 50


def test_no_answer_is_unknown_not_refused():
    here, there = pair(Request | Reply)

    def silent_bank():
        there.receive()
        there.close()

    spawn(silent_bank, daemon=True)
    with pytest.raises(Unknown, match="withdrawal may have happened, or not"):
        run(until=spawn(ATM(here).withdraw, "eve", 1))


def test_after_unknown_a_late_answer_cannot_pass_for_the_next():
    here, there = pair(Request | Reply)
    from nearfar import Closed, VirtualClock, sleep

    def late_bank():
        there.receive()
        sleep(60)
        there.send(Accepted(1))

    def customer():
        atm = ATM(here)
        with pytest.raises(Unknown):
            atm.balance("eve")
        with pytest.raises(Closed):
            atm.balance("grant")

    spawn(late_bank, daemon=True)
    run(until=spawn(customer), clock=VirtualClock())


class Nonsense(Message):
    words: str


def test_nonsense_ends_its_own_connection_and_no_other(bank):
    def hostile(address):
        with connect(Reply, address) as connection:
            connection.send(Nonsense("hello"))
            assert list(connection) == []

    def honest(address):
        with connect(Reply, address) as connection:
            return ATM(connection).balance("eve")

    with listen(Request) as listener:
        spawn(bank.serve, listener, daemon=True)
        spawn(hostile, listener.address)
        assert run(until=spawn(honest, listener.address), timeout=10) == 50


def test_a_killed_question_leaves_no_answer_for_the_next():
    from nearfar import Closed, VirtualClock, sleep

    here, there = pair(Request | Reply)

    def slow_bank():
        for _ in there:
            sleep(1)
            there.send(Accepted(5_100))

    def customer():
        atm = ATM(here)
        question = spawn(atm.deposit, "eve", 100)
        sleep(0.5)
        question.kill()
        question.join()
        with pytest.raises(Closed):
            atm.balance("eve")

    spawn(slow_bank, daemon=True)
    run(until=spawn(customer), clock=VirtualClock())
