"""Many banks: what stays true between them."""

import pytest

from nearfar.checking import ROUGH, hunt, replay
from nearfar.experiments.between_banks import (
    Branch,
    Move,
    Put,
    Settle,
    Take,
    TransferOrder,
    transfer,
)
from nearfar.experiments.many_banks import TOWN_INVARIANTS, town
from nearfar.simulation import Fault

FROZEN = 50  # an account that refuses money


def test_a_taken_amount_is_in_transit_until_it_is_settled():
    bank = Branch([1, 2])
    assert bank.decide(Take("a", 1, 500))
    assert (bank.cents[1], bank.transit["a"].cents) == (99_500, 500)
    assert bank.decide(Settle("a", back=True))
    assert (bank.cents[1], bank.transit) == (100_000, {})
    bank.decide(Take("b", 1, 500))
    bank.decide(Settle("b", back=False))
    assert (bank.cents[1], bank.transit) == (99_500, {})


def test_what_cannot_be_is_refused_and_changes_nothing():
    bank = Branch([1, 2, FROZEN])
    before = dict(bank.cents)
    assert not bank.decide(Take("a", 1, 10**9))
    assert not bank.decide(Put("b", FROZEN, 5))
    assert not bank.decide(Move("c", 1, FROZEN, 5))
    assert not bank.decide(Move("d", 1, 2, 10**9))
    assert bank.cents == before
    assert bank.transit == {}
    with pytest.raises(KeyError):
        bank.decide(Settle("unknown", back=True))


def test_a_step_that_is_asked_for_again_is_only_answered_again():
    bank = Branch([1, 2])
    for request in (
        Move("a", 1, 2, 5),
        Take("b", 1, 5),
        Put("c", 2, 5),
        Settle("b", back=True),
    ):
        assert bank.decide(request)
        before = dict(bank.cents)
        assert bank.decide(request)
        assert bank.cents == before


def test_what_was_not_taken_is_not_put():
    asked = []

    def ask(account, request):
        asked.append(type(request))
        return False

    assert not transfer(ask, TransferOrder("a", 1, 2, 10**9, far=True))
    assert asked == [Take]


def test_no_bad_day_makes_or_loses_money_among_the_banks():
    report = hunt(town, range(150), ROUGH, TOWN_INVARIANTS, banks=3)
    assert report.found is None, report.found
    for kind in ("late", "lost", "cut", "apart", "crash", "crash_sending"):
        assert report.faults[kind] > 10, kind


@pytest.mark.parametrize("step", range(1, 4))
@pytest.mark.parametrize("kind", ["crash_sending", "lost", "late", "crash"])
def test_a_transfer_survives_a_fault_at_each_step(kind, step):
    for there, back in (("customer-1", "bank-1"), ("customer-1", "bank-2")):
        for where in (f"{there}>{back}#{step}", f"{back}>{there}#{step}"):
            fault = Fault(kind, where, 9)
            replay(town, 1, [fault], TOWN_INVARIANTS, banks=2, customers=1)


def hasty_town(network, **sizes):
    return town(network, remembers=False, **sizes)


def test_a_customer_without_a_journal_leaves_money_on_no_account():
    found = hunt(hasty_town, range(50), ROUGH, TOWN_INVARIANTS, banks=2).found
    assert "on no account" in str(found.error)
    assert [fault.kind for fault in found.faults] == ["crash_sending"]


def test_a_bank_that_forgets_its_answers_is_found(monkeypatch):
    monkeypatch.setattr(Branch, "decide", lambda self, r: self._apply(r))
    found = hunt(town, range(50), ROUGH, TOWN_INVARIANTS, banks=2).found
    assert found
