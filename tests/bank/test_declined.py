"""Declined: it did not happen, and will not; a reply never says less."""

import msgspec
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
    Order,
    Refused,
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


SENSELESS = [  # words that no account and no amount can have
    Withdraw("1", "eve", -5),
    Withdraw("1", "eve", 0),
    Withdraw("1", "eve", 10**12 + 1),
    Withdraw("1", "@cash", 100),
    Withdraw("1", "e\nve", 100),
    Deposit("1", "@held", 100),
    Deposit("1", "", 100),
    Deposit("1", "e\0ve", 100),
    Transfer("1", "eve", "@cash", 100),
    Transfer("1", "eve", "\x1b[2J", 100),
    Transfer("1", "eve", "grant", 2**53),
]
GOOD = [TAKE, MOVE, Deposit("1", "eve", 100), Confirm("1"), Reverse("1")]


@pytest.mark.parametrize("early", [(), (EVE,)], ids=["stranger", "customer"])
@pytest.mark.parametrize("order", SENSELESS, ids=repr)
def test_what_makes_no_sense_stays_declined_under_its_id(bank, order, early):
    first = conversation(bank, *early, order)[-1]
    assert isinstance(first, Declined)
    for good in GOOD:
        assert isinstance(conversation(bank, EVE, good)[1], Declined), good
    assert conversation(bank, *early, order)[-1] == first, "the same answer"
    assert bank.ledger.account("eve").cents == 5_000


def test_an_order_with_wrong_words_takes_no_id_from_another(bank):
    assert conversation(bank, EVE, TAKE)[1] == Accepted(4_900)
    wrong = Withdraw("1", "eve", 0)
    assert conversation(bank, EVE, wrong)[1].reason.startswith("an amount is")
    assert conversation(bank, EVE, TAKE, Confirm("1"))[1:] == (
        [Accepted(4_900)] * 2
    )


@pytest.mark.parametrize("id", ["", "open ann", "a\tb", "a\0b"])
def test_an_id_that_none_may_have_is_declined_each_time_and_not_kept(bank, id):
    for cents in (0, 100):
        for order in (Withdraw(id, "eve", cents), Deposit(id, "eve", cents)):
            reply = conversation(bank, EVE, order)[1]
            assert isinstance(reply, Declined)
    assert bank.ledger.audit().refused == 0
    bank.ledger.open_account("ann")


def test_wrong_words_stay_declined_after_a_restart(tmp_path):
    path = tmp_path / "books.db"
    for order in (Withdraw("1", "eve", 0), TAKE):
        with Ledger(path) as ledger:
            if not ledger.names():
                ledger.open_account("eve", 5_000, seal_pin("1111", cost=2))
                ledger.commit()
            reply = conversation(Bank(ledger), EVE, order)[-1]
            assert isinstance(reply, Declined)


def test_what_is_kept_of_wrong_words_does_not_grow(bank):
    wrong = Withdraw("1", "eve", 0)
    conversation(bank, EVE, *[wrong] * 5)
    assert bank.ledger.audit().refused == 1


@pytest.mark.parametrize(
    "words",
    [
        {"cents": 10**30},
        {"cents": "many"},
        {"cents": 1.5},
        {"payee": "\ud800"},
        {"payee": 7},
        {"payee": "x" * 65},
        {"verb": "steal"},
        {"verb": 7},
        {"verb": "open"},
    ],
    ids=repr,
)
def test_words_that_no_file_can_hold_stay_refused_too(bank, words):
    """They can only come from a program that calls the ledger itself."""
    order = Order("1", "transfer", "eve", "grant", 100)
    wrong = msgspec.structs.replace(order, **words)
    reasons = []
    for each in (wrong, wrong, order):
        with pytest.raises(Refused) as told:
            bank.ledger.apply(each)
        reasons.append(str(told.value))
    assert reasons[0] == reasons[1]
