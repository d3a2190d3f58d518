"""Two-phase commit and a saga: a crash at each step, and what holds then."""

import pytest

from nearfar.experiments.two_phase import (
    CRASHES,
    Decide,
    Participant,
    Prepare,
    crash_at,
)

EACH = [
    (protocol, case, fault)
    for protocol, cases in CRASHES.items()
    for case, fault in cases.items()
]


@pytest.mark.parametrize("protocol", CRASHES)
def test_without_a_crash_the_money_moves(protocol):
    assert crash_at(protocol) == ("free", "moved")


@pytest.mark.parametrize(("protocol", "case", "fault"), EACH)
def test_no_crash_loses_money_or_locks_it_forever(protocol, case, fault):
    told = crash_at(protocol, fault)
    assert told.evening in ("moved", "not moved")
    other = "locked" if protocol == "two-phase commit" else "in transit"
    assert told.meanwhile in ("free", other)


def test_a_saga_always_moves_on_and_a_commit_may_be_aborted():
    ends = {
        p: {crash_at(p, f).evening for q, _, f in EACH if q == p}
        for p in CRASHES
    }
    assert ends["saga"] == {"moved"}
    assert ends["two-phase commit"] == {"moved", "not moved"}


def test_a_bank_that_has_promised_waits_for_the_decision():
    cases = CRASHES["two-phase commit"]
    dead = cases["teller, as it is answered", "prepare payee"]
    assert crash_at("two-phase commit", dead) == ("locked", "moved")


def test_a_participant_promises_only_what_it_can_keep():
    bank = Participant([1])
    assert not bank.decide(Prepare("a", 1, -100_001))
    assert bank.decide(Prepare("b", 1, -60_000))
    assert not bank.decide(Prepare("c", 1, 5)), "the account is locked"
    bank.decide(Decide("b", commit=False))
    assert bank.cents[1] == 100_000
    assert bank.decide(Prepare("d", 1, -60_000))
    bank.decide(Decide("d", commit=True))
    assert bank.cents[1] == 40_000


def test_an_abort_that_comes_first_is_remembered():
    bank = Participant([1])
    assert bank.decide(Decide("a", commit=False))
    assert not bank.decide(Prepare("a", 1, -5))
    assert not bank.prepared
