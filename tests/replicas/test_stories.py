"""The runs that chapter 09 tells of."""

import pytest

from nearfar.experiments.leader_dies import (
    Came,
    EagerReplica,
    die_at,
    steps_of_a_deposit,
)
from nearfar.experiments.two_banks import CENTS, noon
from nearfar.replicas import Replica


@pytest.mark.parametrize(
    ("waits", "cut", "right"),
    [(False, False, False), (True, False, True), (True, True, False)],
)
def test_a_backup_is_right_only_while_the_cable_holds(waits, cut, right):
    assert (noon(waits, cut).paid_cents <= CENTS) is right


def test_a_leader_that_waits_for_a_majority_loses_nothing():
    steps = steps_of_a_deposit()
    assert len(steps) >= 7
    came = {die_at(fault) for fault in steps.values()}
    assert came == {Came("answered", "booked once")}


def test_a_leader_that_does_not_wait_loses_a_deposit():
    steps = steps_of_a_deposit(EagerReplica).values()
    came = [die_at(fault, EagerReplica) for fault in steps]
    assert Came("answered", "lost") in came
    assert die_at(None, EagerReplica) == die_at(None, Replica)
