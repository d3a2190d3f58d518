"""Declined: it did not happen, and will not; a reply never says less."""

import pytest

from nearfar import run, spawn
from nearfar.bank import (
    HELD,
    Accepted,
    Bank,
    Confirm,
    Declined,
    Deposit,
    Ledger,
    Reply,
    Request,
    Reverse,
    SignIn,
    Transfer,
    Withdraw,
    seal_pin,
)
from nearfar.far import pair

EVE, GRANT = SignIn("eve", "1111"), SignIn("grant", "2222")
TAKE = Withdraw("1", "eve", 100)
MOVE = Transfer("1", "eve", "grant", 100)


@pytest.fixture
def bank(tmp_path):
    with Ledger(tmp_path / "bank.db") as ledger:
        for card in (EVE, GRANT):
            seal = seal_pin(card.pin, cost=2)
            ledger.open_account(card.account, 5_000, seal)
        ledger.commit()
        bank = Bank(ledger)
        bank.lines = []
        bank.log = bank.lines.append
        yield bank
        assert ledger.audit().problems == ()


def conversation(bank, *requests):
    """What one connection is answered; None when the bank has hung up."""

    def ask():
        there, here = pair(Request | Reply)
        spawn(bank.serve_one, there, daemon=True)
        replies = []
        with here:
            for request in requests:
                here.send(request)
                replies.append(next(iter(here), None))
        return replies

    return run(until=spawn(ask))


def held(bank):
    return bank.ledger.account(HELD).cents


@pytest.mark.parametrize("order", [TAKE, MOVE])
def test_what_was_asked_before_the_card_is_not_accepted_after_it(bank, order):
    early, card, late = conversation(bank, order, EVE, order)
    assert early == Declined("sign in first")
    assert card == Accepted(5_000)
    assert isinstance(late, Declined)
    (again,) = conversation(bank, EVE, order)[1:]
    assert isinstance(again, Declined)
    with Ledger() as other:  # under another id all is well
        assert other.names() == []
    fine = conversation(bank, EVE, Withdraw("2", "eve", 100))
    assert fine[1] == Accepted(4_900)


@pytest.mark.parametrize("order", [TAKE, MOVE])
def test_what_another_asked_with_its_own_card_is_not_accepted(bank, order):
    assert conversation(bank, GRANT, order)[1] == Declined("sign in first")
    assert isinstance(conversation(bank, EVE, order)[1], Declined)


def test_it_holds_after_a_restart(tmp_path):
    path = tmp_path / "books.db"
    for early in (True, False):
        with Ledger(path) as ledger:
            if early:
                ledger.open_account("eve", 5_000, seal_pin("1111", cost=2))
                ledger.commit()
            requests = [TAKE] if early else [EVE, TAKE]
            reply = conversation(Bank(ledger), *requests)[-1]
            assert isinstance(reply, Declined)


@pytest.mark.parametrize("settle", [Confirm, Reverse])
def test_what_was_settled_before_it_came_stays_declined(bank, settle):
    replies = conversation(bank, EVE, settle("1"), TAKE, settle("1"))
    assert all(isinstance(reply, Declined) for reply in replies[1:])
    assert held(bank) == 0


@pytest.mark.parametrize("order", [TAKE, MOVE])
def test_what_has_happened_is_never_called_declined(bank, order):
    """Its customer asks again on a new line, and forgets the card."""
    assert isinstance(conversation(bank, EVE, order)[1], Accepted)
    assert conversation(bank, order) == [None]
    assert conversation(bank, GRANT, order)[1] is None
    assert bank.lines[-1] == "hung up on an ATM: Malformed"
    assert conversation(bank, EVE, order)[1] == Accepted(4_900)


@pytest.mark.parametrize(
    "other",
    [
        Deposit("1", "eve", 100),
        Withdraw("1", "eve", 200),
        Transfer("1", "eve", "grant", 100),
    ],
)
def test_an_id_serves_one_order_of_any_kind(bank, other):
    assert conversation(bank, EVE, TAKE)[1] == Accepted(4_900)
    reply = conversation(bank, EVE, other)[1]
    assert reply == Declined("this id was used for another order")
    assert conversation(bank, EVE, Confirm("1"))[1] == Accepted(4_900)


def test_what_makes_no_sense_is_not_kept_and_takes_no_id(bank):
    many = conversation(bank, EVE, Withdraw("1", "eve", -5), TAKE)
    assert many[1].reason.startswith("an amount is")
    assert many[2] == Accepted(4_900)
