"""The drawer: notes and memory move together."""

import pytest

from nearfar.bank import Damaged, Drawer, Jammed, PaperDisk


def test_it_counts_what_is_in_it_and_what_moved_for_whom():
    drawer = Drawer(PaperDisk(), 1_000)
    drawer.move("a", -300)
    drawer.move("b", 50)
    drawer.move("b", -50)
    told = (drawer.cents, drawer.moved("a"), drawer.moved("b"))
    assert told == (700, -300, 0)
    assert drawer.moved("never heard of") == 0


def test_a_stuck_drawer_gives_nothing_and_still_takes():
    drawer = Drawer(PaperDisk(), 1_000, jams=lambda: True)
    with pytest.raises(Jammed):
        drawer.move("a", -300)
    drawer.move("b", 50)
    assert (drawer.cents, drawer.moved("a")) == (1_050, 0)


def test_after_a_power_cut_the_notes_went_out_or_they_did_not():
    disk = PaperDisk()
    drawer = Drawer(disk, 1_000)
    steps = len(disk.steps)
    drawer.move("a", -300)
    seen = set()
    for crash in disk.crashes():
        if crash.step >= steps:
            after = Drawer(crash.disk, 1_000)
            seen.add((after.cents, after.moved("a")))
    assert seen == {(1_000, 0), (700, -300)}


def test_to_tidy_up_forgets_the_settled_and_no_note():
    disk = PaperDisk()
    drawer = Drawer(disk, 1_000)
    for number in range(5):
        drawer.move(f"{number}", -100)
    drawer.tidy(keep={"3"})
    for same in (drawer, Drawer(disk, 77)):
        told = (same.cents, same.moved("3"), same.moved("4"))
        assert told == (500, -100, 0)
    assert len(disk.read("drawer").splitlines()) == 2


def test_a_drawer_whose_disk_has_failed_says_nothing_of_its_notes():
    class Failing(PaperDisk):
        def sync(self, name):
            raise OSError("no")

    disk = PaperDisk()
    Drawer(disk, 1_000)
    drawer = Drawer(Failing(disk._files), 1_000)
    with pytest.raises(OSError, match="no"):
        drawer.move("a", -100)
    with pytest.raises(Damaged, match="failed before"):
        drawer.moved("a")
