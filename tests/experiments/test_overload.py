"""Overload: too many customers, and three queues."""

from nearfar.experiments.overload import (
    Asked,
    Deadlines,
    Patient,
    Shedding,
    overload,
)


def test_with_few_customers_every_queue_answers_all_of_them():
    for queue in (Patient, Deadlines, Shedding):
        told = overload(4, queue)
        assert told.answered == told.customers > 400
        assert told.wasted == 0


def test_a_bank_that_keeps_every_request_works_for_those_who_left():
    told = overload(12, Patient)
    assert told.answered < told.customers / 4
    assert told.wasted > 1_000
    assert told.asked > 2 * told.customers


def test_deadlines_waste_nothing_and_shedding_answers_sooner():
    dropping, refusing = overload(12, Deadlines), overload(12, Shedding)
    for told in (dropping, refusing):
        assert told.wasted == 0
        assert told.answered > 0.8 * told.customers
    assert dropping.refused == 0 < refusing.refused
    assert refusing.wait < dropping.wait / 2


def test_the_same_customers_come_to_every_queue():
    queues = Patient, Deadlines, Shedding
    assert len({overload(12, queue).customers for queue in queues}) == 1


def test_a_wait_begins_with_the_first_request():
    told = overload(12, Deadlines)
    assert max(told.waits) > 2  # each request is answered sooner, or dropped


def test_the_same_seed_is_the_same_rush():
    assert overload(12, Patient, seed=3) == overload(12, Patient, seed=3)


def test_a_request_that_cannot_be_done_in_time_is_dropped():
    queue = Deadlines()
    for deadline in (1.05, 1.2):
        assert queue.put(Asked(deadline, None), 0.0)
    assert queue.get(1.0).deadline == 1.2
    assert queue.get(1.0) is None
