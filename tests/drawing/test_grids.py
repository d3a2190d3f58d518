"""Grids: every case is judged, and drawn as what it came to."""

import re

import pytest

from nearfar.bank import PaperDisk, found
from nearfar.drawing import outcomes, squares, tally


@pytest.fixture
def disk():
    disk = PaperDisk({"a": b"old"})
    disk.write("a", b"newer")
    disk.sync("a")
    return disk


def judge(step, disk):
    return "right" if disk.read("a") in (b"old", b"newer") else "torn"


def test_every_crash_is_judged(disk):
    assert found(disk, judge) == {
        (0, "all kept"): "right",
        (0, "unsynced lost"): "right",
        (0, "half written"): "torn",
        (1, "all kept"): "right",
        (1, "unsynced lost"): "torn",
        (2, "all kept"): "right",
        (2, "unsynced lost"): "right",
    }


def test_the_picture_has_a_cell_for_each_and_says_how_many(disk):
    figure = outcomes(disk, found(disk, judge), "Overwrite")
    assert figure.alt == (
        "Overwrite. A grid of 7 power cuts at 3 moments: 5 right, 2 torn."
    )
    assert figure.svg.count("✓") == 5
    assert figure.svg.count(">T</text>") == 2, "told by a letter, too"
    for word in ("start", "write", "sync", "half written", "5 right"):
        assert word in figure.svg


def test_the_same_crashes_give_the_same_picture(disk):
    first, second = (
        outcomes(disk, found(disk, judge), "Overwrite").svg for _ in range(2)
    )
    assert first == second


CASES = {
    "ask once": {
        ("request", "lost"): ("knows nothing", "booked 0"),
        ("request", "late"): ("knows nothing", "booked 1"),
    },
    "ask <again>": {
        ("request", "lost"): ("knows 1", "booked 1"),
        ("request", "late"): ("knows 1", "booked 2"),
        ("reply", "lost"): ("knows 1", "booked 1"),
    },
}


def test_squares_say_in_words_what_they_show():
    figure = squares(CASES, ("knows 1", "booked 1"), "One payment")
    assert figure.alt == (
        "One payment. ask once, 0 of 2 right: request lost, knows nothing and "
        "booked 0; request late, knows nothing and booked 1. ask <again>, 2 of "
        "3 right: request lost, knows 1 and booked 1; request late, knows 1 "
        "and booked 2; reply lost, knows 1 and booked 1."
    )
    assert "ask &lt;again&gt;" in figure.svg


def test_squares_use_the_word_of_the_caller_for_what_is_good():
    right = "knows 1", "booked 1"
    assert "0 of 2 same:" in squares(CASES, right, "One", "same").alt


def test_each_line_of_a_square_is_marked_and_its_cell_is_red_if_one_is_wrong():
    svg = squares(CASES, ("knows 1", "booked 1"), "One payment").svg
    assert svg.count("✓") == 1 + 5
    assert svg.count("✕") == 3 + 1
    assert svg.count('<rect class="x"') == 3
    assert svg.count('<rect class="w"') == 2


def test_a_square_has_a_place_for_each_case():
    svg = squares(CASES, ("knows 1", "booked 1"), "One payment").svg
    cells = re.findall(r'<rect class="[xw]" x="([\d.]+)" y="([\d.]+)"', svg)
    assert len(set(cells)) == 5


def test_a_tally_tells_what_was_never_met_as_loudly():
    figure = tally({"late": 1_200, "lost": 600, "full": 0}, "Met")
    assert figure.alt == "Met: late 1,200, lost 600, full 0."
    bars = re.findall(r'<rect class="r"[^>]* width="([\d.]+)"', figure.svg)
    assert [float(bar) for bar in bars] == [260, 130]
    assert re.search('class="wrong">never<', figure.svg)


def test_a_tally_of_nothing_is_drawn_too():
    assert tally({"late": 0}, "Met").svg.count("never") == 1
