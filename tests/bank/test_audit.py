"""The audit: what was changed by hand is found, by a rule that says what."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nearfar.bank import (
    CASH,
    HELD,
    INVARIANTS,
    Ledger,
    LedgerError,
    Order,
    audit_file,
)
from nearfar.bank.schema import TABLES

CRIMES = [
    "UPDATE account SET cents = cents + 1 WHERE name = 'eve'",
    "UPDATE account SET cents = cents + 1",
    "UPDATE account SET cents = -1 WHERE name = 'eve'",
    "DELETE FROM posting WHERE account = 'eve'",
    "DELETE FROM posting WHERE request = 3",
    "UPDATE posting SET cents = cents + 1 WHERE account = '@held'",
    "INSERT INTO posting VALUES ('eve', 99, 1)",
    "INSERT INTO posting VALUES ('mallory', 3, 1)",
    "UPDATE request SET cents = cents + 1 WHERE verb = 'withdraw'",
    "UPDATE request SET refusal = 'no' WHERE verb = 'deposit'",
    "UPDATE request SET refusal = 'yes' WHERE refusal IS NOT NULL",
    "DELETE FROM request WHERE verb = 'withdraw'",
    "DELETE FROM request WHERE refusal IS NOT NULL",
    "UPDATE request SET id = 'z' WHERE verb = 'confirm'",
    "UPDATE request SET told = told + 1 WHERE id = '1'",
    "UPDATE request SET told = told - 1 WHERE verb = 'confirm'",
    "UPDATE request SET told = 1 WHERE refusal IS NOT NULL",
    "UPDATE request SET verb = 'transfer' WHERE id = '1'",
    "UPDATE request SET verb = 'open' WHERE id = '1'",
    "UPDATE request SET verb = 'taco' WHERE id = '1'",
    "UPDATE request SET verb = 'reverse' WHERE verb = 'confirm'",
    "UPDATE request SET id = 'a' WHERE id = '1'",
    "UPDATE request SET id = 'x' WHERE id = 'open eve'",
    "UPDATE request SET number = 99 WHERE number = 2",
    "UPDATE account SET name = 'ev\u0435' WHERE name = 'eve'",
    "UPDATE account SET frozen = 1 WHERE name = 'eve'",
    "UPDATE account SET wrong = 0 WHERE name = 'eve'",
    "UPDATE account SET seal = '2$aa$bb' WHERE name = 'eve'",
    "UPDATE account SET checksum = '' WHERE name = 'eve'",
    "UPDATE account SET frozen = 'no' WHERE name = '@cash'",
    "INSERT INTO account VALUES ('mallory', 0, 0, '', 0, '')",
    "DELETE FROM account WHERE name = 'eve'",
    "UPDATE request SET checksum = '' WHERE number = 4",
    # Whole movements, with all that has to agree with them:
    "UPDATE request SET told = told + 100 WHERE number BETWEEN 2 AND 5;"
    "UPDATE request SET cents = 200 WHERE id = '1';"
    "UPDATE posting SET cents = 2 * cents WHERE request = 2;"
    "UPDATE account SET cents = cents + 100 WHERE name = 'eve';"
    "UPDATE account SET cents = cents - 100 WHERE name = '@cash'",
    "UPDATE request SET payee = 'grant', told = 10100 WHERE id = '1';"
    "UPDATE request SET told = told - 100 WHERE number BETWEEN 3 AND 5;"
    "UPDATE posting SET account = 'grant' WHERE request = 2 AND cents > 0;"
    "UPDATE account SET cents = cents - 100 WHERE name = 'eve';"
    "UPDATE account SET cents = cents + 100 WHERE name = 'grant'",
    "DELETE FROM request WHERE number = 7",
]


def deposit(id, name, cents):
    return Order(id, "deposit", CASH, name, cents)


def withdraw(id, name, cents):
    return Order(id, "withdraw", name, HELD, cents)


def keep_books(ledger):
    ledger.open_account("eve", 5_000)
    ledger.apply(deposit("1", "eve", 100))
    ledger.apply(withdraw("a", "eve", 500))
    ledger.apply(withdraw("b", "eve", 500))
    ledger.apply(Order("a", "confirm"))
    ledger.open_account("grant", 10_000)
    ledger.refuse(withdraw("c", "eve", 10**6), "no")
    ledger.change("eve", wrong=1)
    ledger.commit()
    assert ledger.audit().problems == ()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "bank.db"
    with Ledger(path) as ledger:
        keep_books(ledger)
    return path


def commit(path, crime):
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute("DROP TRIGGER posted")
        db.executescript(crime)
        db.execute(next(sql for sql in TABLES if "TRIGGER posted" in sql))
        db.commit()


@pytest.mark.parametrize("crime", CRIMES)
def test_an_audit_finds_books_that_were_cooked(path, crime):
    commit(path, crime)
    found = audit_file(path)
    assert found.problems
    assert "WRONG" in str(found)


def test_every_invariant_is_broken_by_some_crime_above():
    """A query that finds nothing in any cooked book would prove nothing."""
    found = set()
    for crime in CRIMES:
        with Ledger() as ledger:
            keep_books(ledger)
            ledger._file.do("PRAGMA ignore_check_constraints = ON")
            ledger._file.do("DROP TRIGGER posted")
            for statement in crime.split(";"):
                ledger._file.do(statement)
            found |= {p.split(": not so")[0] for p in ledger.audit().problems}
    assert found >= set(INVARIANTS)


def test_a_whole_movement_is_found_by_its_checksum_alone(path):
    """All other rules hold: it is the crime that they could not see."""
    commit(path, next(crime for crime in CRIMES if "2 * cents" in crime))
    broken = {p.split(": not so")[0] for p in audit_file(path).problems}
    assert broken == {
        "an order carries the checksum of its row and the one before"
    }


@pytest.mark.parametrize(
    "crime",
    [
        "DROP TRIGGER posted",
        "CREATE TRIGGER mine AFTER INSERT ON posting BEGIN SELECT 1; END",
        "CREATE TABLE more (money TEXT)",
    ],
)
def test_tables_that_were_changed_are_found(path, crime):
    with closing(sqlite3.connect(path)) as db:
        db.executescript(crime)
    (only,) = audit_file(path).problems
    assert "its tables are not those of a ledger" in only


def test_a_forger_who_computes_all_checksums_is_found_by_the_position(path):
    commit(path, "DELETE FROM request WHERE number = 7")
    with pytest.raises(LedgerError, match="order 7 was acknowledged"):
        Ledger(path)
    (first, *_) = audit_file(path).problems
    assert "order 7 was acknowledged, and the books end at 6" in first


# --- A closed bank's file ----------------------------------------------------


def test_an_audit_writes_nothing(path):
    before = path.read_bytes()
    names = sorted(f.name for f in path.parent.iterdir())
    assert audit_file(path).problems == ()
    assert path.read_bytes() == before
    assert sorted(f.name for f in path.parent.iterdir()) == names


def test_an_audit_reads_the_log_of_a_killed_bank_and_leaves_it(path, tmp_path):
    copy = tmp_path / "copy.db"
    with Ledger(path) as ledger:
        ledger.apply(deposit("2", "eve", 7))
        ledger.commit()
        for end in ("", "-wal", "-lock"):
            shutil.copy(f"{path}{end}", f"{copy}{end}")
    found = audit_file(copy)
    assert (found.movements, found.problems) == (7, ())
    assert (tmp_path / "copy.db-wal").stat().st_size > 0


@pytest.mark.parametrize(
    "spoil", [lambda p: None, lambda p: p.write_bytes(b""), Path.unlink]
)
def test_an_audit_leaves_no_lock_where_there_was_none(path, spoil):
    Path(f"{path}-lock").unlink()  # as beside a copy of the file
    spoil(path)
    names = sorted(f.name for f in path.parent.iterdir())
    with suppress(LedgerError):
        audit_file(path)
    assert sorted(f.name for f in path.parent.iterdir()) == names


def test_an_owner_that_comes_during_an_audit_is_noticed(path, monkeypatch):
    Path(f"{path}-lock").unlink()
    copyfile = shutil.copyfile

    def slowly(*places):
        copyfile(*places)
        Ledger(path).close()

    monkeypatch.setattr(shutil, "copyfile", slowly)
    with pytest.raises(LedgerError, match="in use"):
        audit_file(path)


def audit_as_a_guest(path):
    """Run the program as a user who may only read."""
    return subprocess.run(
        [sys.executable, "-c", GUEST, path], capture_output=True, text=True
    )


GUEST = """
import sys, os, tempfile, encodings.idna
from nearfar.bank import *
from nearfar.__main__ import main
import nearfar.programs.bank
if os.getuid() == 0:
    os.setuid(65534)
sys.exit(main(["audit", sys.argv[1]]))
"""


@pytest.mark.skipif(os.name == "nt", reason="modes")
def test_an_audit_needs_to_read_and_no_more():
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "folder"
        folder.mkdir()
        path = folder / "bank.db"
        with Ledger(path) as ledger:
            keep_books(ledger)
        for name in folder.iterdir():
            name.chmod(0o444)
        folder.chmod(0o555)
        Path(temporary).chmod(0o755)
        told = audit_as_a_guest(path)
        assert f"{len(INVARIANTS)} invariants: all hold" in told.stdout
        path.chmod(0)
        told = audit_as_a_guest(path)
        assert "cannot be opened: Permission denied" in told.stderr
        folder.chmod(0o755)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: p.unlink(), "cannot be opened: No such file"),
        (lambda p: p.unlink() or p.mkdir(), "cannot be opened: it is no file"),
        (lambda p: p.write_bytes(b""), "is empty: no ledger, or one lost"),
        (lambda p: p.write_bytes(b"taco" * 999), "no ledger at all"),
        (lambda p: commit(p, "PRAGMA user_version = 1"), "of version 1"),
    ],
)
def test_an_audit_says_what_is_wrong_with_the_file(path, spoil, says):
    spoil(path)
    with pytest.raises(LedgerError, match=says) as told:
        audit_file(path)
    assert str(told.value).startswith(str(path))


def test_an_audit_of_books_that_this_process_holds_says_so(tmp_path):
    path = tmp_path / "books"
    with closing(Ledger(path)), pytest.raises(LedgerError) as refused:
        audit_file(path)
    assert "open in this process" in str(refused.value)
    assert "another" not in str(refused.value)
