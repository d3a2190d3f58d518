"""Three ways to deliver: what each of them does to the money."""

import base64
import json
import re
from html import unescape
from pathlib import Path

import pytest

from nearfar.experiments.delivery import PROTOCOLS, drift, visit
from nearfar.simulation import Fault

CHAPTER = Path(__file__).parents[2] / "chapters" / "06_lost_messages.ipynb"

WAYS = {
    "request lost": Fault("lost", "atm>bank#1"),
    "request late": Fault("late", "atm>bank#1", 8),
    "reply lost": Fault("lost", "bank>atm#1"),
    "reply late": Fault("late", "bank>atm#1", 8),
}
OUTCOMES = {  # what the machine knows, what the bank has booked
    ("at most once", "request lost"): ("nothing", 0),
    ("at most once", "request late"): ("nothing", 10_000),
    ("at most once", "reply lost"): ("nothing", 10_000),
    ("at most once", "reply late"): ("nothing", 10_000),
    ("at least once", "request lost"): ("balance 100.00", 10_000),
    ("at least once", "request late"): ("balance 100.00", 20_000),
    ("at least once", "reply lost"): ("balance 200.00", 20_000),
    ("at least once", "reply late"): ("balance 200.00", 20_000),
    ("effectively once", "request lost"): ("balance 100.00", 10_000),
    ("effectively once", "request late"): ("balance 100.00", 10_000),
    ("effectively once", "reply lost"): ("balance 100.00", 10_000),
    ("effectively once", "reply late"): ("balance 100.00", 10_000),
}
CASES = pytest.mark.parametrize(("protocol", "way"), OUTCOMES)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_without_faults_all_protocols_are_right(protocol):
    told = visit(protocol)
    assert (told.known, told.booked_cents) == ("balance 100.00", 10_000)
    assert drift(protocol, 0) == 0


@CASES
def test_each_way_to_hear_nothing_has_its_outcome(protocol, way):
    told = visit(protocol, WAYS[way])
    assert (told.known, told.booked_cents) == OUTCOMES[protocol, way]


def test_one_who_asks_once_cannot_tell_the_four_ways_apart():
    known = {visit("at most once", way).known for way in WAYS.values()}
    assert known == {"nothing"}


def test_each_fault_of_the_proof_strikes_a_message_that_is_sent():
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    (source,) = ("".join(c["source"]) for c in cells if c.get("id") == "06-26d")
    plan, _, _ = source.partition("for protocol")
    told = {"Fault": Fault}
    exec(plan, told)
    struck = {
        fault
        for faults in told["bad_luck"]
        for fault in visit("effectively once", *faults).struck
    }
    assert struck == set(told["single"])


@CASES
def test_the_picture_shows_what_went_wrong_who_noticed_and_the_end(
    protocol, way
):
    told = visit(protocol, WAYS[way])
    alt, svg = told.figure.alt, told.figure.svg
    known, booked = OUTCOMES[protocol, way]
    assert f"{protocol}: knows {known}, booked {booked / 100:.2f}" in svg
    message, what = way.split()
    sender = "atm" if message == "request" else "bank"
    noticed = "broken line" if what == "lost" else "5 s of silence"
    late = " 8 s" if what == "late" else ""
    assert f"Faults: {sender} {what}{late}; atm {noticed}" in alt
    assert svg.count('<path class="wrong"') == 2, "each is a bolt"
    asked = 1 + (protocol != "at most once")
    assert svg.count("PayIn p1 100.00</text>") == asked
    arrives = way == "request late"  # after all
    assert ("Not seen to arrive" in alt) == (not arrives)


def test_a_lane_says_how_its_host_waits_and_when_its_program_ends():
    figure = visit("effectively once", WAYS["request late"]).figure
    told = [sentence for _, _, sentence, *_ in figure.steps["steps"]]
    at = told.index("atm suffers: late 8 s")
    assert told[at + 1 : at + 4] == [
        "atm waits for a message",
        "atm suffers: 5 s of silence",
        "atm sleeps until 6.2",
    ]
    assert told[-3:] == [
        "atm ends",
        "bank receives PayIn p1 100.00",
        "bank waits",  # its answer has nowhere to go
    ]
    *_, states = figure.steps["steps"][-1]
    assert states == ".w"


def test_a_message_that_is_overtaken_has_its_words_at_its_tail():
    svg = visit("effectively once", WAYS["request late"]).figure.svg
    words = re.findall(r'<text [^>]*x="([\d.]+)"[^>]*>PayIn p1 100.00<', svg)
    lines = re.findall(r'<line [^>]*x1="([\d.]+)"[^>]*marker-end', svg)
    tails = sorted(map(float, lines))[:2]
    beside = [min(abs(float(x) - tail) for tail in tails) for x in words]
    assert max(beside) < 75, (words, tails)


def explored():
    """{case: (words, SVG)} as stored in the chapter's explorer."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    (cell,) = (c for c in cells if "explorer(" in "".join(c["source"]))
    html = "".join(cell["outputs"][-1]["data"]["text/html"])
    svg = base64.b64decode(html.partition("base64,")[2].partition('"')[0])
    told = re.search("<metadata>(.*)</metadata>", svg.decode())[1]
    return {name: case for name, *case in json.loads(unescape(told))["cases"]}


def test_the_explorer_has_every_case_as_it_is_run_today():
    cases = explored()
    assert list(cases) == [f"{who}, {way}" for who, way in OUTCOMES]
    for number, (protocol, way) in enumerate(OUTCOMES):
        figure = visit(protocol, WAYS[way]).figure
        alt, svg = cases[f"{protocol}, {way}"]
        assert alt == figure.alt
        assert svg == (figure.svg if number else None)  # the picture itself


def test_only_ids_and_answers_keep_the_money():
    for seed in range(5):
        assert drift("at most once", 0.1, seed=seed) < 0
        assert drift("at least once", 0.1, seed=seed) > 0
        assert drift("effectively once", 0.1, seed=seed) == 0
