"""Grids: every crash is judged, and drawn as what it came to."""

import pytest

from nearfar.disk import PaperDisk
from nearfar.grids import found, outcomes


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
        "Overwrite. A grid of 7 power cuts, at each of 2 steps: 5 right, "
        "2 torn."
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
