"""What is solved stays solved: full disks, spoilt files, several kernels."""

import errno
import json
import os
import resource
import subprocess
import sys

import pytest

from nearfar.exercises import check, progress
from nearfar.exercises.chapter_00 import four_guests

SOLVE = """
import sys
from nearfar.exercises.promises import Prediction
from nearfar.exercises import check
for number in sys.argv[1:]:
    Prediction(
        number, "one", truth=lambda: 1, because="", beliefs=[], hint=""
    )
    check(number, 1)
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = tmp_path / "home" / "progress.json"
    monkeypatch.setenv("NEARFAR_PROGRESS", str(path))
    return path


def solve():
    """Answer a prediction of chapter 00 rightly."""
    check("0.1", four_guests())


def kept(path):
    return json.loads(path.read_text())["solved"]


def keep(path, *numbers):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"solved": numbers}))


def test_what_is_solved_is_kept_beside_what_was(path):
    keep(path, "1.1", "4.2")
    solve()
    assert kept(path) == ["0.1", "1.1", "4.2"]
    left = {each.name for each in path.parent.iterdir()}
    assert left == {"progress.json", "progress.json.lock"}


def test_a_file_that_may_not_grow_costs_nothing_that_was_kept(path, capsys):
    keep(path, "1.1", "4.2")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, most))
    try:
        solve()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert "could not be kept: File too large" in capsys.readouterr().out
    assert kept(path) == ["1.1", "4.2"]
    assert len([*path.parent.iterdir()]) == 2, "half a file is left"


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_costs_nothing_that_was_kept(
    call, path, monkeypatch, capsys
):
    keep(path, "1.1", "4.2")

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    solve()
    monkeypatch.undo()
    told = capsys.readouterr().out
    assert "done" in told
    assert "could not be kept: No space left on device" in told
    assert kept(path) == ["1.1", "4.2"]
    assert len([*path.parent.iterdir()]) == 2, "half a file is left"


SPOILT = ["{", '{"solved": 3}', '{"solved": "1.1"}', '{"solved": [[1]]}', "[]"]
SPOILT += ["[" * 100_000, ""]


@pytest.mark.parametrize("content", SPOILT, ids=lambda each: each[:20])
def test_a_file_that_cannot_be_read_is_put_aside_not_overwritten(
    content, path, capsys
):
    for number in range(2):
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        progress()
        assert not content or "cannot be read" in capsys.readouterr().out
        solve()
        told = capsys.readouterr().out
        assert kept(path) == ["0.1"]
        if content:
            aside = path.with_name(f"progress.json.unread-{number + 1}")
            assert aside.read_text() == content
            assert aside.name in told


def test_a_file_of_others_is_neither_read_nor_overwritten(path, capsys):
    path.parent.mkdir()
    path.mkdir()
    solve()
    progress()
    assert path.is_dir()
    assert "Your progress" in capsys.readouterr().out


def test_what_a_newer_book_has_kept_is_handed_on(path):
    path.parent.mkdir()
    newer = {"solved": ["1.1", "77.1"], "since": 2030}
    path.write_text(json.dumps(newer))
    solve()
    assert json.loads(path.read_text()) == {
        "solved": ["0.1", "1.1", "77.1"],
        "since": 2030,
    }


def test_several_kernels_lose_nothing(path):
    numbers = [f"{n}.{m}" for n in range(50, 62) for m in range(1, 6)]
    kernels = [
        subprocess.Popen(
            [sys.executable, "-c", SOLVE, *numbers[n::4]],
            stdout=subprocess.DEVNULL,
        )
        for n in range(4)
    ]
    assert [kernel.wait() for kernel in kernels] == [0, 0, 0, 0]
    assert kept(path) == numbers


def test_a_link_stays_a_link(path, tmp_path):
    there = tmp_path / "synced.json"
    keep(there, "1.1")
    path.parent.mkdir()
    path.symlink_to(there)
    solve()
    assert path.is_symlink()
    assert kept(there) == ["0.1", "1.1"]


def test_a_device_stays_a_device(tmp_path, monkeypatch):
    """The tests and `make chapters` keep nothing: they name os.devnull."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for device in (os.devnull, str(pipe)):
        monkeypatch.setenv("NEARFAR_PROGRESS", device)
        solve()
        progress()
    assert pipe.is_fifo()
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]
