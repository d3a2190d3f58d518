"""Recorded pictures: a board from each step, where moves give the run again."""

import json
import re
from functools import partial
from html import unescape
from itertools import count

import pytest

from nearfar import sleep
from nearfar.checking import ROUGH, hunt
from nearfar.drawing import space_time
from nearfar.experiments import bank_holiday, many_banks, replicated_bank
from nearfar.experiments.delivery import PROTOCOLS, visit
from nearfar.experiments.to_break import quick_day
from nearfar.experiments.two_banks import noon
from nearfar.playing import answer, draw_found, offer_board
from nearfar.simulation import Fault
from nearfar.trace import fold

WAYS = {
    "no fault": (),
    "request lost": (Fault("lost", "atm>bank#1"),),
    "request late": (Fault("late", "atm>bank#1", 8),),
    "reply lost": (Fault("lost", "bank>atm#1"),),
    "reply late": (Fault("late", "bank>atm#1", 8),),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_each_visit_offers_a_board_at_each_step(protocol, way):
    begins_boards(visit(protocol, *WAYS[way]).figure)


def test_the_board_of_a_visit_says_what_broke():
    play = visit("at least once", *WAYS["reply lost"]).figure.steps["play"]
    state = answer(play["board"], request(play["moves"]))
    assert [broken[0] for broken in state["broken"]] == [
        "The bank books the payment at most once"
    ]
    kept = visit("effectively once", *WAYS["reply lost"]).figure.steps["play"]
    assert not answer(kept["board"], request(kept["moves"]))["broken"]


def test_visits_that_are_not_drawn_make_no_boards():
    early = visit("at most once").figure.steps["play"]
    for _ in range(200):
        visit("at least once", *WAYS["request lost"])
    assert "error" not in answer(early["board"], request([]))


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("cut", [False, True])
def test_a_day_of_two_banks_offers_a_board_at_each_step(waits, cut):
    day = noon(waits, cut)
    begins_boards(day.figure)
    play = day.figure.steps["play"]
    state = answer(play["board"], request(play["moves"]))
    assert bool(state["broken"]) == (day.paid_cents > 10_000)


def test_a_picture_with_other_lanes_than_the_hosts_offers_no_board():
    told = visit("at most once")
    one = space_time(fold(told.trace, ["atm"]))
    assert "play" not in offer_board(one, told.trace, told.game).steps


def hasty_day(network):
    return replicated_bank.replicated_day(
        network, replica=replicated_bank.HastyReplica
    )


def hasty_town(network, **sizes):
    return many_banks.town(network, remembers=False, **sizes)


HUNTS = {
    "08": partial(
        *(hunt, quick_day, range(10, 400), ROUGH, bank_holiday.INVARIANTS),
        atms=3,
        visits=1,
    ),
    "09": partial(
        *(hunt, hasty_day, range(93, 94), replicated_bank.STORM),
        replicated_bank.INVARIANTS,
        shrink=False,
    ),
    "10": partial(
        *(hunt, hasty_town, range(40, 200), ROUGH, many_banks.TOWN_INVARIANTS),
        banks=2,
        customers=2,
        transfers=1,
    ),
}


@pytest.mark.parametrize("chapter", HUNTS)
def test_what_a_hunt_found_offers_a_board_at_each_step(chapter):
    found = HUNTS[chapter]().found
    for each in filter(None, (found, found.before)):
        figure = draw_found(each, "Found")
        begins_boards(figure)
        play = figure.steps["play"]
        (broken, *_) = answer(play["board"], request(play["moves"]))["broken"]
        assert broken[1] == str(each.error)
        del figure.steps["play"]
        assert figure.svg == each.draw("Found").svg


def test_an_error_and_a_deadlock_that_a_hunt_found_offer_a_board():
    def crashes(network):
        def divide(host):
            sleep(1)
            return 1 / 0

        network.host("a").start(divide)

    def locks(network):
        network.host("a").start(lambda host: host.listen(bytes).accept())

    for program in (crashes, locks):
        figure = draw_found(hunt(program, range(3)).found)
        play = figure.steps["play"]
        assert answer(play["board"], request(play["moves"]))["broken"]


def test_sizes_make_another_board():
    def waits(network, s):
        network.host("a").start(lambda host: sleep(s))
        return network

    def is_over(network):
        return False

    keys = set()
    for seconds in (1, 2):
        found = hunt(waits, range(1), ROUGH, [is_over], shrink=False, s=seconds)
        figure = draw_found(found.found, "It waits")
        keys.add(figure.steps["play"]["board"])
    assert len(keys) == 2


def test_a_run_that_differs_each_time_offers_no_board():
    numbers = count(1)

    def counts(network):
        network.host("a").start(lambda host: sleep(next(numbers)))

    def never(state):
        return False

    figure = draw_found(hunt(counts, range(3), invariants=[never]).found)
    assert figure.steps["steps"]
    assert "play" not in figure.steps


def test_a_run_that_is_too_long_for_a_list_of_moves_offers_no_board():
    def sleeps(network):
        def nap(host):
            for _ in range(1_001):
                sleep(1)

        network.host("a").start(nap)

    def never(state):
        return False

    figure = draw_found(hunt(sleeps, range(3), invariants=[never]).found)
    assert "play" not in figure.steps


# --- What these ask ----------------------------------------------------------


def request(moves):
    return json.dumps({"do": "play", "moves": moves})


def begins_boards(figure):
    """Take over at some of its steps: each board must show that step."""
    told = [step[2] for step in figure.steps["steps"]]
    play, earlier = figure.steps["play"], figure.steps.get("earlier", 0)
    assert len(play["before"]) == len(told)
    starts = 2 * len(figure.steps["lanes"])  # the first events of the hosts
    for place in {*range(starts, len(told), 9), len(told) - 1}:
        moves = play["moves"][: play["before"][place]]
        state = answer(play["board"], request(moves))
        data = re.search("<metadata>(.*)</metadata>", state["svg"])[1]
        steps = json.loads(unescape(data))
        now = earlier + place - steps.get("earlier", 0)
        assert steps["steps"][now][2] == told[place]
