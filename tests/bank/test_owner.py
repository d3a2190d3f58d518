"""A ledger's file has one owner, and the owner knows what happens to it."""

import errno
import gc
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nearfar import run, spawn
from nearfar.bank import (
    CASH,
    Ledger,
    LedgerError,
    Order,
    Refused,
    audit_file,
)

posix = pytest.mark.skipif(os.name == "nt", reason="flock, fork and modes")
START = """
import os, sys
from pathlib import Path
from nearfar.bank import CASH, Ledger, LedgerError, Order
path = sys.argv[1]
def deposit(ledger, id, cents=1):
    return ledger.apply(Order(id, "deposit", CASH, "eve", cents))
"""


def deposit(ledger, id, cents=1):
    return ledger.apply(Order(id, "deposit", CASH, "eve", cents))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "bank.db"
    with Ledger(path) as ledger:
        ledger.open_account("eve", 5_000)
        ledger.commit()
    return path


def in_a_child(program, *arguments, returncode=0):
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            START + textwrap.dedent(program),
            *map(str, arguments),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.returncode == returncode, told.stderr
    return told.stdout + told.stderr


def balance(path):
    with Ledger(path, create=False) as ledger:
        assert ledger.audit().problems == ()
        return ledger.account("eve").cents


# --- One owner ---------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    "innocent",
    [
        lambda path: path.read_bytes(),
        lambda path: Path(f"{path}-wal").read_bytes(),
        lambda path: path.open("ab").close(),
        lambda path: os.close(os.open(path, os.O_RDWR)),
    ],
)
def test_opening_and_closing_the_file_does_not_cancel_its_lock(path, innocent):
    with Ledger(path) as ledger:
        innocent(path)
        told = in_a_child("Ledger(path)", path, returncode=1)
        assert f"in use by another process ({os.getpid()})" in told
        audit = subprocess.run(
            [sys.executable, "-m", "nearfar", "audit", path],
            capture_output=True,
            text=True,
        )
        assert "in use by another process" in audit.stderr
        deposit(ledger, "1")
        ledger.commit()
    assert balance(path) == 5_001


@posix
def test_a_link_to_the_file_is_the_same_file(path, tmp_path):
    link = tmp_path / "link.db"
    link.symlink_to(path)
    first = Ledger(path)
    with Ledger(link):
        with pytest.raises(LedgerError, match="has opened it anew"):
            first.names()
        told = in_a_child("Ledger(path)", path, returncode=1)
    assert "in use by another process" in told


@posix
def test_a_file_with_two_names_is_refused(path, tmp_path):
    (tmp_path / "other.db").hardlink_to(path)
    with pytest.raises(LedgerError, match="two names"):
        Ledger(path)


def test_after_its_owner_has_closed_it_another_may_have_it(path):
    first = Ledger(path)
    first.close()
    first.close()
    assert balance(path) == 5_000


@posix
def test_after_its_owner_was_killed_another_may_have_it(path):
    in_a_child(
        """
        ledger = Ledger(path)
        deposit(ledger, "1")
        ledger.commit()
        os.kill(os.getpid(), 9)
        """,
        path,
        returncode=-signal.SIGKILL,
    )
    assert balance(path) == 5_001


@posix
def test_a_closed_ledger_is_not_taken_for_the_owner(path):
    ours = Ledger(path)
    ours.close()
    other = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"{START}ledger = Ledger(path)\n"
            "os.write(1, b'open'); sys.stdin.read()",
            path,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with other:
        assert other.stdout.read(4) == b"open"
        with pytest.raises(LedgerError, match=f"process \\({other.pid}\\)"):
            Ledger(path)


# --- In a notebook -----------------------------------------------------------


def test_a_cell_that_is_run_twice_opens_the_file_twice(path):
    cell, names = "ledger = Ledger(path)", {"Ledger": Ledger, "path": path}
    exec(cell, names)
    first = names["ledger"]
    deposit(first, "1")
    first.commit()
    exec(cell, names)
    deposit(names["ledger"], "2")
    names["ledger"].commit()
    names["ledger"].close()
    assert first.path == str(path)
    assert balance(path) == 5_002


@pytest.mark.parametrize(
    "use",
    [
        lambda ledger: ledger.account("eve"),
        lambda ledger: deposit(ledger, "2"),
        lambda ledger: ledger.commit(),
        lambda ledger: ledger.audit(),
    ],
)
def test_the_former_ledger_is_closed_and_says_so(path, use):
    first = Ledger(path)
    deposit(first, "1")
    with Ledger(path) as second:
        with pytest.raises(LedgerError, match="has opened it anew"):
            use(first)
        assert second.account("eve").cents == 5_000
        deposit(second, "1")
        first.close()
        second.commit()
    assert balance(path) == 5_001


def plainly(ledger):
    ledger.apply(Order("2", "deposit", CASH, "nobody", 1))


def in_a_list(ledger):
    return [[ledger], plainly(ledger)]


def in_a_generator(ledger):
    return sum(plainly(each) for each in [ledger])


def in_a_function(ledger):
    def again():
        return plainly(ledger)

    return again()


@pytest.mark.parametrize(
    "fails", [plainly, in_a_list, in_a_generator, in_a_function]
)
def test_an_error_in_a_function_does_not_keep_the_file_locked(path, fails):
    def visit():
        ledgers = [Ledger(path)]
        deposit(ledgers[0], "1")
        fails(ledgers[0])

    with pytest.raises(Refused) as told:
        visit()
    assert balance(path) == 5_000, "what was not committed never happened"
    assert told.value.__traceback__, "as a notebook keeps it"


def test_a_function_that_waits_is_told_that_its_ledger_is_closed(path):
    def turns():
        ledger = Ledger(path)
        while True:
            yield ledger.account("eve").cents

    waiting = turns()
    assert next(waiting) == 5_000
    assert balance(path) == 5_000
    with pytest.raises(LedgerError, match="has opened it anew"):
        next(waiting)


def test_a_tasklet_takes_the_file_from_no_other(path):
    def opens():
        with pytest.raises(LedgerError, match=r"first, or Ledger.close_all"):
            Ledger(path)

    with Ledger(path) as ledger:
        deposit(ledger, "1")
        run(until=spawn(opens))
        ledger.commit()
    assert balance(path) == 5_001


def test_all_ledgers_of_a_process_can_be_closed(path):
    first = [Ledger(path), Ledger()]
    Ledger.close_all()
    with pytest.raises(LedgerError, match="is closed"):
        first[0].names()
    assert balance(path) == 5_000


@posix
def test_a_thread_takes_the_file_from_no_other(path):
    with Ledger(path) as ledger:
        error = in_a_thread(lambda: Ledger(path))
        assert "open in another thread of this process" in str(error)
        assert ledger.names() == ["eve"]


def test_a_thread_that_has_ended_keeps_no_file(path):
    ledger = in_a_thread(lambda: Ledger(path))
    assert balance(path) == 5_000
    with pytest.raises(LedgerError, match="has opened it anew"):
        ledger.names()


def test_one_that_no_variable_holds_gives_the_file_back_at_once(path):
    gc.disable()
    try:
        Ledger(path)
        assert balance(path) == 5_000
    finally:
        gc.enable()


def in_a_thread(function):
    told = []

    def run():
        try:
            told.append(function())
        except Exception as error:
            told.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return told[0]


@pytest.mark.parametrize(
    "use",
    [
        lambda ledger: ledger.account("eve"),
        lambda ledger: deposit(ledger, "2"),
        lambda ledger: ledger.commit(),
        lambda ledger: ledger.audit(),
    ],
)
def test_another_thread_is_told_so_and_the_ledger_goes_on(path, use):
    with Ledger(path) as ledger:
        deposit(ledger, "1")
        error = in_a_thread(lambda: use(ledger))
        assert isinstance(error, LedgerError)
        assert "opened in another thread" in str(error)
        deposit(ledger, "3")
        ledger.commit()
    assert balance(path) == 5_002


def test_another_thread_may_close_it(path):
    ledger = Ledger(path)
    assert in_a_thread(ledger.close) is None
    assert balance(path) == 5_000


@pytest.mark.parametrize("name", ["bank\0.db", "\0", "bank.db\0.txt"])
def test_a_path_with_a_nul_makes_no_file_of_another_name(tmp_path, name):
    with pytest.raises(LedgerError, match="NUL"):
        Ledger(f"{tmp_path}/{name}")
    assert list(tmp_path.iterdir()) == []


def test_a_path_of_bytes_is_that_path(path):
    with Ledger(os.fsencode(path)) as ledger:
        assert ledger.names() == ["eve"]
        assert ledger.path == str(path)


def test_a_closed_ledger_promises_nothing(path):
    ledger = Ledger(path)
    deposit(ledger, "1")
    ledger.close()
    with pytest.raises(LedgerError, match="is closed"):
        ledger.commit()


# --- After a fork ------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    "child",
    [
        "sys.exit()",
        "ledger.close(); sys.exit()",
        "del ledger; sys.exit()",
        "os._exit(0)",
        "raise RuntimeError",
    ],
)
def test_the_end_of_a_forked_child_takes_nothing_with_it(path, child):
    in_a_child(
        f"""
        ledger = Ledger(path)
        for number in range(5):
            deposit(ledger, f"a{{number}}", 100)
            ledger.commit()
        deposit(ledger, "before")
        if os.fork() == 0:
            {child}
        os.wait()
        for number in range(5):
            deposit(ledger, f"b{{number}}", 100)
            ledger.commit()
        os.kill(os.getpid(), 9)
        """,
        path,
        returncode=-signal.SIGKILL,
    )
    assert balance(path) == 6_001


@posix
def test_a_forked_child_is_told_whose_the_ledger_is(path):
    told = in_a_child(
        """
        ledger = Ledger(path)
        parent = os.getpid()
        if os.fork() == 0:
            for use in (ledger.commit, ledger.names, lambda: Ledger(path)):
                try:
                    use()
                except LedgerError as error:
                    print(str(error).replace(str(parent), "PARENT"))
            os._exit(sys.stdout.flush() or 0)
        os.wait()
        print(ledger.names())
        """,
        path,
    ).splitlines()
    assert all("belongs to process PARENT" in line for line in told[:2])
    assert "in use by another process (PARENT)" in told[2]
    assert told[3] == "['eve']"


@posix
def test_a_forked_child_that_lives_on_does_not_keep_the_file(path):
    program = """
ledger = Ledger(path)
if os.fork():
    os._exit(0)
os.write(1, b"alive")
sys.stdin.read()
os._exit(0)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", START + program, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout.read(5) == b"alive"
        child.wait()
        assert balance(path) == 5_000


# --- The file in its place ---------------------------------------------------


@posix
@pytest.mark.parametrize(
    "lose",
    [
        lambda path: path.unlink(),
        lambda path: Path(f"{path}-wal").unlink(),
        lambda path: Path(f"{path}-lock").unlink(),
        lambda path: path.rename(f"{path}.old"),
        lambda path: path.parent.rename(f"{path.parent}.old"),
        lambda path: os.replace(path.parent / "copy.db", path),
        lambda path: path.write_bytes(b""),
        lambda path: os.truncate(path, 5_000),
        lambda path: Path(f"{path}-wal").write_bytes(b""),
    ],
)
def test_nothing_is_acknowledged_into_a_file_that_is_gone(path, lose):
    (path.parent / "copy.db").write_bytes(path.read_bytes())
    with Ledger(path) as ledger:
        deposit(ledger, "1")
        ledger.commit()
        lose(path)
        deposit(ledger, "2")
        with pytest.raises(LedgerError, match="deleted, replaced"):
            ledger.commit()
        with pytest.raises(LedgerError, match="deleted, replaced"):
            ledger.names()


@posix
def test_the_end_of_an_owner_whose_file_is_gone_harms_no_other(path):
    first = Ledger(path)
    deposit(first, "1")
    first.commit()
    for end in ("", "-wal", "-lock"):
        Path(f"{path}{end}").unlink()
    told = in_a_child(
        """
        ledger = Ledger(path)
        ledger.open_account("eve", 7_000)
        ledger.commit()
        os.write(1, b"open")
        os.kill(os.getpid(), 9)
        """,
        path,
        returncode=-signal.SIGKILL,
    )
    assert told == "open"
    first.close()
    assert balance(path) == 7_000


@posix
def test_a_file_that_cannot_be_made_stays_locked_for_none(path, monkeypatch):
    """The error, and what it refers to, live on in a notebook."""
    path, opens = path.with_name("new.db"), os.open

    def full(place, *details):
        if str(place) == str(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opens(place, *details)

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(LedgerError, match="No space left") as told:
        Ledger(path)
    monkeypatch.undo()
    assert not Path(f"{path}-lock").exists()
    Ledger(path).close()
    assert told.value.__traceback__


@posix
def test_its_files_are_for_the_eyes_of_its_owner_only(tmp_path):
    path, before = tmp_path / "bank.db", os.umask(0)
    try:
        with Ledger(path) as ledger:
            ledger.open_account("eve", 5_000)
            ledger.commit()
            modes = {f.name: f.stat().st_mode & 0o777 for f in _files(path)}
    finally:
        os.umask(before)
    assert set(modes) == {"bank.db", "bank.db-wal", "bank.db-lock"}
    assert set(modes.values()) == {0o600}


def _files(path):
    return path.parent.iterdir()


def make_table(path):
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE mine (x)")


@pytest.mark.parametrize("look", [Ledger, audit_file])
@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b"taco night" * 999),
        make_table,
    ],
)
def test_a_file_of_another_program_is_left_as_it_is(tmp_path, look, make):
    path = tmp_path / "other"
    make(path)
    gc.collect()  # and so close it
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="no ledger"):
        look(path)
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


def test_an_audit_of_nothing_makes_nothing(tmp_path):
    with pytest.raises(LedgerError, match="cannot be opened"):
        audit_file(tmp_path / "nothing.db")
    assert [*tmp_path.iterdir()] == []


@posix
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.chmod(0o444), "it is read-only for this user"),
        (lambda path: path.chmod(0), "it is read-only for this user"),
        (lambda path: path.parent.chmod(0o555), "its folder is read-only"),
        (lambda path: path.unlink() or path.mkdir(), "it is no file"),
        (lambda path: path.unlink() or os.mkfifo(path), "it is no file"),
        (lambda path: path.unlink() or path.parent.rmdir(), "no folder"),
        (lambda path: path.parent.chmod(0), "Permission denied"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_why(spoil, says):
    program = """
import ctypes, urllib.parse, encodings.idna  # while they may be read
if os.getuid() == 0:
    os.setuid(65534)
try:
    Ledger(path)
except LedgerError as error:
    print(error)
"""
    with TemporaryDirectory() as temporary:  # which another user may enter
        path = Path(temporary) / "folder" / "bank.db"
        path.parent.mkdir()
        path.touch()
        for place, mode in zip(
            (path, *path.parents), (0o666, 0o777, 0o755), strict=False
        ):
            place.chmod(mode)
        spoil(path)
        told = in_a_child(program, path)
        if path.parent.exists():
            path.parent.chmod(0o777)
    assert "cannot be opened" in told
    assert says in told
