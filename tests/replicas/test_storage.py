"""What a replica keeps across power cuts: each of them is tried."""

import pytest

from nearfar.bank import Disk, PaperDisk
from nearfar.replicas import Entry, Storage

A, B, C = Entry(1, "a"), Entry(1, "b"), Entry(2, "c")


def all_of(storage):
    """Everything that a replica must remember."""
    entries = [(each.term, each.command) for each in storage.entries]
    index, term = storage.snapshot.index, storage.snapshot.term
    saved = storage.snapshot.state
    return storage.term, storage.voted_for, index, term, saved, entries


def test_what_has_returned_is_there_after_every_power_cut():
    disk, promised = PaperDisk(), {}
    storage = Storage(disk)
    steps = [
        lambda: storage.vote(1, "bank-2"),
        lambda: storage.write(0, [A, B]),
        lambda: storage.vote(2, ""),
        lambda: storage.write(1, [C]),  # in place of b
        lambda: storage.compact(1, 1, b"state"),
        lambda: storage.vote(3, "bank-3"),
        lambda: storage.write(2, [C]),
    ]
    for step in steps:
        step()
        promised[len(disk.steps)] = all_of(storage)
    tried = 0
    states = [all_of(Storage(PaperDisk())), *promised.values()]
    for crash in disk.crashes():
        left = all_of(Storage(crash.disk))
        told = [at for at in promised if at <= crash.step]
        least = len(told)
        assert left in states[least : least + 2], (crash.step, crash.what)
        tried += 1
    assert tried > 40


def test_a_snapshot_is_found_although_the_log_was_not_rewritten():
    disk = PaperDisk()
    storage = Storage(disk)
    storage.write(0, [A, B, C])
    files = disk.files
    storage.compact(2, 1, b"state")
    cut = PaperDisk(files | {"raft-snapshot": disk.read("raft-snapshot")})
    assert all_of(Storage(cut)) == all_of(storage)


def test_an_entry_of_the_snapshot_has_no_term_any_more(tmp_path):
    storage = Storage(Disk(tmp_path))
    storage.write(0, [A, B, C])
    storage.compact(2, 1, b"state")
    assert storage.last_index == 3
    assert [storage.term_at(index) for index in (2, 3)] == [1, 2]
    assert storage.after(2) == [C]
    assert all_of(Storage(Disk(tmp_path))) == all_of(storage)


def test_a_disk_that_fails_stops_the_replica():
    class Full(PaperDisk):
        def sync(self, name):
            raise OSError(28, "No space left on device")

    storage = Storage(Full())
    with pytest.raises(OSError, match="No space left"):
        storage.vote(1, "bank-1")
    assert storage.voted_for == ""  # no answer was given
