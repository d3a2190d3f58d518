"""Challenges: par is what a search through all shorter lists says."""

import pytest

from nearfar.exercises import check
from nearfar.exercises.challenges import Challenge
from nearfar.exercises.promises import EXERCISES
from nearfar.experiments.to_break import EVEN, MESSAGES, booked_once, paying
from nearfar.playing import Target, moves_to_text

check("", None)  # registers all of them
CHALLENGES = {
    number: challenge
    for number, challenge in EXERCISES.items()
    if isinstance(challenge, Challenge)
}
each = pytest.mark.parametrize("number", CHALLENGES)


@each
def test_the_plain_order_keeps_every_promise(number):
    played = CHALLENGES[number].target.finish()
    assert played.over
    assert not played.broken
    assert not played.departures


@each
def test_par_is_the_fewest_departures_of_any_list(number):
    challenge = CHALLENGES[number]
    search = challenge.target.shortest_break()
    assert search.covered == challenge.par - 1
    assert len(search.found.departures) == challenge.par
    promises = [breach.promise for breach in search.found.broken]
    assert challenge.promise in promises


@each
def test_the_shortest_way_solves_it_also_as_a_text(number):
    challenge = CHALLENGES[number]
    moves = challenge.target.shortest_break().found.moves
    verdict = challenge.examine(moves_to_text(moves))
    assert verdict.solved
    assert "no list does it in fewer" in verdict.lines[-1]


def test_a_longer_way_solves_it_and_is_told_par():
    moves = ["next", "next", "hold atm>bank#1", "deliver atm>bank#1"]
    moves += ["lose bank>atm#1"]
    verdict = CHALLENGES["6.6"].examine(moves)
    assert verdict.solved
    assert verdict.lines[-1] == (
        "That took 3 departures from plain order. 1 would do."
    )


def test_a_bank_that_remembers_pays_once_under_any_two_departures():
    target = Target(
        paying("effectively once"),
        holds=booked_once,
        verbs=MESSAGES - {"hold"},
        faults=EVEN,
    )
    search = target.shortest_break()
    assert search.found is None
    assert search.covered >= 2
