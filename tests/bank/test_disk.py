"""Disks: what a power cut leaves, and what a log makes of it."""

import os

import msgspec
import pytest

from nearfar.bank import Damaged, Disk, Log, PaperDisk, read_lines, write_line


class Entry(msgspec.Struct, frozen=True):
    text: str


@pytest.fixture(params=["real", "paper"])
def disk(request, tmp_path):
    return Disk(tmp_path / "disk") if request.param == "real" else PaperDisk()


def test_a_real_disk_and_a_paper_disk_have_the_same_verbs(disk):
    assert disk.read("a") == b""
    disk.write("a", b"taco")
    disk.append("a", b" night")
    disk.append("b", b"new")
    disk.sync("a")
    assert (disk.read("a"), disk.read("b")) == (b"taco night", b"new")
    disk.rename("b", "a")
    assert (disk.read("a"), disk.read("b")) == (b"new", b"")


def found(disk, name="a"):
    """What may be found in a file, by how many steps were done."""
    told = {}
    for crash in disk.crashes():
        told.setdefault(crash.step, set()).add(crash.disk.read(name))
    return list(told.values())


def test_a_file_that_is_gone_is_not_begun_anew(tmp_path):
    """What a machine wrote before would be lost, and its log go on."""
    disk = Disk(tmp_path / "machine")
    log = Log(disk, "journal", int)
    log.append(1)
    (tmp_path / "machine" / "journal").unlink()
    with pytest.raises(FileNotFoundError, match="the disk failed"):
        log.append(2)
    with pytest.raises(Damaged, match="open it anew"):
        log.append(3)
    assert Log(Disk(tmp_path / "machine"), "journal", int).records == []


@pytest.mark.skipif(os.name == "nt", reason="modes")
def test_its_files_are_for_the_eyes_of_its_owner_only(tmp_path):
    disk = Disk(tmp_path / "machine")
    Log(disk, "journal", int).append(1)
    Log(disk, "drawer", int).rewrite([1])
    modes = [(tmp_path / "machine").stat().st_mode & 0o777]
    assert modes == [0o700], "none may enter, so none may read"
    assert (tmp_path / "machine" / "journal").stat().st_mode & 0o777 == 0o600


def test_until_it_is_synced_a_write_is_there_or_not_or_half():
    disk = PaperDisk()
    disk.append("a", b"taco")
    disk.sync("a")
    assert found(disk) == [{b"", b"ta"}, {b"taco", b""}, {b"taco"}]


def test_what_was_synced_stays_and_what_came_after_may_go():
    disk = PaperDisk({"a": b"1"})
    disk.append("a", b"22")
    disk.sync("a")
    disk.append("a", b"33")
    assert found(disk)[-1] == {b"122", b"12233"}


def test_to_write_a_file_anew_risks_the_old_content():
    disk = PaperDisk({"a": b"old"})
    disk.write("a", b"newer")
    assert found(disk) == [{b"old", b"ne"}, {b"newer", b""}]


def test_a_rename_without_a_sync_may_leave_an_empty_file():
    disk = PaperDisk({"a": b"old"})
    disk.write("b", b"newer")
    disk.rename("b", "a")
    assert found(disk)[-1] == {b"newer", b"", b"old"}


def test_a_rename_after_a_sync_leaves_the_old_or_the_new():
    disk = PaperDisk({"a": b"old"})
    disk.write("b", b"newer")
    disk.sync("b")
    disk.rename("b", "a")
    assert found(disk)[-1] == {b"old", b"newer"}, "the rename itself"
    disk.sync("a")
    assert found(disk)[-1] == {b"newer"}
    assert set().union(*found(disk)) == {b"old", b"newer"}


def test_a_log_gives_its_records_back(disk):
    log = Log(disk, "log", Entry)
    log.append(Entry("eve pays 5"))
    log.append(Entry("a\nb"))
    assert Log(disk, "log", Entry).records == [
        Entry("eve pays 5"),
        Entry("a\nb"),
    ]
    log.rewrite([Entry("only this")])
    log.append(Entry("and this"))
    again = Log(disk, "log", Entry)
    assert again.records == [Entry("only this"), Entry("and this")]


def test_a_power_cut_at_any_step_keeps_what_append_has_returned_from():
    disk = PaperDisk()
    log, done = Log(disk, "log", Entry), [(0, 0)]
    for number in range(4):
        log.append(Entry(f"number {number}"))
        done.append((len(disk.steps), number + 1))
    for crash in disk.crashes():
        promised = [many for step, many in done if step <= crash.step][-1]
        records = Log(crash.disk, "log", Entry).records
        assert records == log.records[: len(records)]
        assert promised <= len(records) <= promised + 1


def test_a_power_cut_while_rewriting_leaves_the_old_or_the_new():
    disk = PaperDisk()
    old = Log(disk, "log", Entry)
    for text in ("one", "two", "three"):
        old.append(Entry(text))
    disk = PaperDisk({"log": disk.read("log")})
    Log(disk, "log", Entry).rewrite([Entry("all")])
    seen = set()
    for crash in disk.crashes():
        records = Log(crash.disk, "log", Entry).records
        assert len(records) in (1, 3)
        seen.add(len(records))
    assert seen == {1, 3}


def test_a_log_that_was_cut_at_any_byte_goes_on_after_what_is_whole():
    records = [Entry("one"), Entry("two"), Entry("three")]
    data = b"".join(map(write_line, records))
    ends = [len(b"".join(map(write_line, records[:n]))) for n in range(4)]
    for cut in range(len(data) + 1):
        disk = PaperDisk({"log": data[:cut]})
        log = Log(disk, "log", Entry)
        whole = sum(end <= cut for end in ends[1:])
        assert log.records == records[:whole]
        log.append(Entry("next"))
        again = Log(disk, "log", Entry).records
        assert again == [*records[:whole], Entry("next")]


def test_a_record_spoilt_in_the_middle_is_no_crash_and_is_not_passed_over():
    data = b"".join(write_line(Entry(text)) for text in ("one", "two"))
    spoilt = data.replace(b"one", b"0ne")
    with pytest.raises(Damaged, match="damaged after byte 0"):
        Log(PaperDisk({"log": spoilt}), "log", Entry)


def test_after_a_failed_append_nothing_is_written_behind_it():
    disk = PaperDisk()
    log, sync = Log(disk, "log", Entry), disk.sync
    log.append(Entry("one"))

    def full(name):
        raise OSError("no space left")

    disk.sync = full
    with pytest.raises(OSError, match="no space"):
        log.append(Entry("two"))
    disk.sync = sync
    with pytest.raises(Damaged, match="open it anew"):
        log.append(Entry("three"))
    again = Log(disk, "log", Entry)
    again.append(Entry("three"))
    assert [entry.text for entry in again.records] == ["one", "two", "three"]


def test_lines_are_whole_or_nothing():
    line = write_line(Entry("one"))
    assert read_lines(line) == ([b'{"text":"one"}'], len(line))
    assert read_lines(line[:-1]) == ([], 0)
    assert read_lines(b"\n\n") == ([], 0)


def test_a_spoilt_byte_in_the_middle_is_never_taken_for_the_end():
    disk = PaperDisk()
    log = Log(disk, "f", int)
    for number in range(3):
        log.append(number)
    whole = disk.read("f")
    for place in range(whole.rindex(b"\n", 0, -1) + 1):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        with pytest.raises(Damaged):
            Log(PaperDisk({"f": bytes(spoilt)}), "f", int)


def test_what_cannot_be_written_leaves_the_log_as_it_was():
    log = Log(PaperDisk(), "f", str)
    with pytest.raises(UnicodeEncodeError):
        log.append("\ud800")
    log.append("well")
    assert log.records == ["well"]
