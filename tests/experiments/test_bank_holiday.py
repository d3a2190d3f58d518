"""The real bank and its real machines, on many bad days."""

from functools import partial

import mutants
import pytest
from days import FULL, hunt_known_days, hunt_new_days, hunt_planted

import nearfar.experiments.bank_holiday
import nearfar.experiments.many_banks
from nearfar.bank import Drawer
from nearfar.checking import replay
from nearfar.experiments import bank_rush
from nearfar.experiments.bank_holiday import (
    INVARIANTS,
    RARE,
    Visit,
    cash_is_what_was_booked,
    customers_were_told_the_truth,
    effects,
    holiday,
    the_network_drains,
)
from nearfar.experiments.many_banks import TOWN_INVARIANTS
from nearfar.simulation import Fault


def test_the_bank_keeps_its_promises_on_the_same_days_as_ever():
    hunt_known_days(holiday, INVARIANTS, RARE)


def test_the_bank_keeps_its_promises_on_days_that_no_test_has_seen():
    hunt_new_days(holiday, INVARIANTS)


def test_a_day_without_faults_is_a_good_day():
    day = replay(holiday, 1, [], INVARIANTS, atms=5, visits=5)
    assert len(day.visits) == 25
    assert {visit.told for visit in day.visits} == {"done", "refused"}


def test_a_day_is_the_same_day_again():
    fault = Fault("crash", "atm-1>bank#2", 30)
    days = [replay(holiday, 5, [fault], atms=2) for _ in range(2)]
    assert days[0].network.happened == [fault]
    assert days[0].visits == days[1].visits
    assert days[0].network.clock.now() == days[1].network.clock.now()


def test_the_bank_forgets_nothing_that_it_has_answered():
    for number in range(1, 12):
        crash = Fault("crash_writing", f"bank!committed#{number}", 5)
        day = replay(holiday, 2, [crash], INVARIANTS, atms=2, visits=4)
        assert day.network.happened == [crash]


def test_a_machine_may_lose_its_power_at_every_step():
    steps = {"append": 10, "sync": 14, "write": 2, "rename": 2}
    for verb, many in steps.items():
        for number in range(1, many + 1):
            crash = Fault("crash_writing", f"atm-1!{verb}#{number}", 5)
            day = replay(holiday, 3, [crash], INVARIANTS, atms=1, visits=3)
            assert day.network.happened == [crash]


def test_notes_that_nobody_booked_are_noticed():
    def leaks(day):
        Drawer(day.machines[0].disk).move("a leak", -500)

    with pytest.raises(AssertionError, match="the drawers gained"):
        replay(holiday, 1, [], [leaks, cash_is_what_was_booked], atms=1)


def test_what_a_customer_was_told_decides_what_may_be():
    assert effects(Visit("a", "withdraw", 5, told="done"), "a") == {-5}
    assert effects(Visit("a", "withdraw", 5, told="refused"), "a") == {0}
    assert effects(Visit("a", "withdraw", 5, told="unknown"), "a") == {0}
    assert effects(Visit("a", "withdraw", 5), "a") == {0, -5}
    assert effects(Visit("a", "deposit", 5, told="unknown"), "a") == {5}
    assert effects(Visit("a", "transfer", 5, "b", "unknown"), "b") == {0, 5}
    assert effects(Visit("a", "transfer", 5, "b", "done"), "c") == {0}


def test_a_lie_is_noticed():
    def lies(day):
        done = [visit for visit in day.visits if visit.told == "done"]
        done[0].told = "refused"

    with pytest.raises(AssertionError, match="was told of"):
        replay(holiday, 1, [], [lies, customers_were_told_the_truth], atms=1)


def test_a_machine_that_never_comes_back_is_noticed():
    for_ever = Fault("crash", "bank>atm-1#1", float("inf"))
    with pytest.raises(AssertionError, match="atm-1 never closed"):
        replay(holiday, 1, [for_ever], [the_network_drains], atms=2)


@pytest.mark.parametrize("name", mutants.MUTANTS)
def test_a_planted_bug_is_found(name):
    found_at, kind, mutant = mutants.mutant(name)
    world = partial(holiday, **{kind: mutant})
    hunt_planted(name, found_at, world, INVARIANTS, shrink=FULL)


def test_every_invariant_can_be_imported_with_the_day():
    for module, invariants in (
        (nearfar.experiments.bank_holiday, INVARIANTS),
        (bank_rush, bank_rush.INVARIANTS),
        (nearfar.experiments.many_banks, TOWN_INVARIANTS),
    ):
        names = {invariant.__name__ for invariant in invariants}
        assert names <= set(module.__all__), (
            f"put {names - set(module.__all__)} into __all__: a report's line "
            "names one, and a reader imports all that is there"
        )


def test_there_are_ten_planted_bugs():
    assert len(mutants.MUTANTS) == 10
