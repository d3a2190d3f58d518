"""Three ways to deliver: what each of them does to the money."""

import pytest

from nearfar.delivery import PROTOCOLS, drift, visit
from nearfar.faults import Fault

WAYS = {
    "request lost": Fault("lost", "atm>bank#1"),
    "request late": Fault("late", "atm>bank#1", 8),
    "reply lost": Fault("lost", "bank>atm#1"),
    "reply late": Fault("late", "bank>atm#1", 8),
}
BOOKED = {
    "at most once": [0, 10_000, 10_000, 10_000],
    "at least once": [10_000, 20_000, 20_000, 20_000],
    "effectively once": [10_000, 10_000, 10_000, 10_000],
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_without_faults_all_protocols_are_right(protocol):
    told = visit(protocol)
    assert (told.known, told.booked_cents) == ("balance 100.00", 10_000)
    assert drift(protocol, 0) == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_each_way_to_hear_nothing_has_its_outcome(protocol):
    booked = [visit(protocol, way).booked_cents for way in WAYS.values()]
    assert booked == BOOKED[protocol]


def test_one_who_asks_once_cannot_tell_the_four_ways_apart():
    known = {visit("at most once", way).known for way in WAYS.values()}
    assert known == {"nothing"}


def test_the_pictures_show_what_was_lost():
    for name, way in WAYS.items():
        figure = visit("at least once", way).figure
        assert "Faults:" in figure.alt, name
        unseen = "Not seen to arrive" in figure.alt
        assert unseen == (name != "request late")


def test_only_ids_and_answers_keep_the_money():
    for seed in range(5):
        assert drift("at most once", 0.1, seed=seed) < 0
        assert drift("at least once", 0.1, seed=seed) > 0
        assert drift("effectively once", 0.1, seed=seed) == 0
