"""Damage: a wrong byte is noticed, and harms no more than it must."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from nearfar import run, spawn
from nearfar.bank import (
    CASH,
    HELD,
    Accepted,
    Balance,
    Bank,
    Confirm,
    Damaged,
    Declined,
    Deposit,
    Ledger,
    LedgerError,
    Order,
    Reply,
    Request,
    SignIn,
    Statement,
    Transfer,
    Withdraw,
    audit_file,
    seal_pin,
)
from nearfar.bank.wal import FRAME, HEADER, transactions_lost
from nearfar.far import pair

posix = pytest.mark.skipif(os.name == "nt", reason="kills")
MANY = 20  # movements in a log


def deposit(id, name, cents):
    return Order(id, "deposit", CASH, name, cents)


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A folder as a killed bank leaves it: file, log and lock file."""
    folder = tmp_path_factory.mktemp("killed")
    program = f"""
import os, sys
from nearfar.bank import CASH, Ledger, Order
ledger = Ledger(sys.argv[1])
ledger.open_account("eve", 5_000)
ledger.commit()
for number in range({MANY}):
    ledger.apply(Order(str(number), "deposit", CASH, "eve", 1))
    ledger.commit()
os.kill(os.getpid(), 9)
"""
    child = subprocess.run([sys.executable, "-c", program, folder / "bank.db"])
    assert child.returncode == -signal.SIGKILL
    return folder


def copy_of(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    return copy / "bank.db"


def flip(path, offset, bit=1):
    data = bytearray(path.read_bytes())
    data[offset] ^= bit
    path.write_bytes(data)


def is_noticed(path):
    try:
        return bool(audit_file(path).problems)
    except LedgerError:
        return True


def offsets(size, many=40):
    chance = random.Random(2006)
    return [chance.randrange(size) for _ in range(many)]


# --- In the log --------------------------------------------------------------


@posix
def test_a_wrong_byte_anywhere_in_the_log_is_noticed(killed, tmp_path):
    size = (killed / "bank.db-wal").stat().st_size
    assert not is_noticed(copy_of(killed, tmp_path))
    for offset in [*range(HEADER), *offsets(size), size - 1]:
        path = copy_of(killed, tmp_path)
        flip(path.with_name("bank.db-wal"), offset)
        assert is_noticed(path), f"byte {offset}"
        with pytest.raises(LedgerError, match=r"damaged|acknowledged"):
            Ledger(path)
        kept = [*path.parent.glob("bank.db-wal*")]
        assert [log.stat().st_size for log in kept] == [size], "to be looked at"


@posix
def test_without_the_lock_file_only_the_last_commit_is_in_doubt(
    killed, tmp_path
):
    log = (killed / "bank.db-wal").read_bytes()
    frame = FRAME + 4_096
    ends = [
        at + frame
        for at in range(HEADER, len(log), frame)
        if log[at + 4 : at + 8] != bytes(4)
    ]
    missed = 0
    for offset in [*offsets(ends[-2]), ends[-2] - 1, ends[-2], len(log) - 1]:
        path = copy_of(killed, tmp_path)
        path.with_name("bank.db-lock").unlink()
        flip(path.with_name("bank.db-wal"), offset)
        noticed = is_noticed(path)
        missed += not noticed
        assert noticed or offset >= ends[-2], f"byte {offset}"
    assert missed, "or the limit that `wal` tells is none"


@posix
def test_a_log_that_a_crash_has_cut_short_is_no_damage(killed, tmp_path):
    log = (killed / "bank.db-wal").read_bytes()
    for cut in [0, 7, HEADER, HEADER + 5, *offsets(len(log), 10)]:
        path = copy_of(killed, tmp_path)
        path.with_name("bank.db-wal").write_bytes(log[:cut])
        path.with_name("bank.db-lock").unlink()
        assert transactions_lost(path) == 0
        if cut > HEADER + 4 * (FRAME + 4_096):
            assert audit_file(path).problems == ()


@posix
def test_a_log_that_is_gone_is_noticed_by_the_position(killed, tmp_path):
    path = copy_of(killed, tmp_path)
    path.with_name("bank.db-wal").unlink()
    with pytest.raises(LedgerError):
        Ledger(path)
    assert is_noticed(path)


def test_an_older_copy_in_its_place_is_noticed_and_may_be_accepted(tmp_path):
    path, older = tmp_path / "bank.db", tmp_path / "older.db"
    with Ledger(path) as ledger:
        ledger.open_account("eve", 5_000)
        ledger.commit()
    shutil.copy(path, older)
    with Ledger(path) as ledger:
        ledger.apply(deposit("1", "eve", 1))
        ledger.commit()
    shutil.copy(older, path)
    with pytest.raises(LedgerError, match="order 2 was acknowledged, and the"):
        Ledger(path)
    path.with_name("bank.db-lock").unlink()  # as the error says
    with Ledger(path) as ledger:
        assert ledger.account("eve").cents == 5_000


@pytest.mark.parametrize("spoil", [b"", b"taco night", b"x" * 300])
def test_a_position_that_cannot_be_read_is_not_known(tmp_path, spoil):
    path = tmp_path / "bank.db"
    with Ledger(path) as ledger:
        ledger.open_account("eve", 5_000)
        ledger.commit()
    path.with_name("bank.db-lock").write_bytes(spoil)
    assert audit_file(path).problems == ()
    with Ledger(path) as ledger:
        assert ledger.account("eve").cents == 5_000


# --- In the file -------------------------------------------------------------


def rows(path):
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


def test_a_wrong_byte_in_the_file_is_noticed_if_it_means_anything(tmp_path):
    folder = tmp_path / "bank"
    folder.mkdir()
    with Ledger(folder / "bank.db", durable=False) as ledger:
        ledger.open_account("eve", 5_000, seal_pin("1234", cost=2))
        for number in range(300):
            ledger.apply(deposit(f"{number:08}", "eve", 1))
            if number % 3 == 0:
                ledger.apply(Order(f"w{number}", "withdraw", "eve", HELD, 2))
        ledger.commit()
    right, noticed = rows(folder / "bank.db"), 0
    for offset in offsets((folder / "bank.db").stat().st_size, 100):
        path = copy_of(folder, tmp_path)
        flip(path, offset, bit=4)
        if is_noticed(path):
            noticed += 1
        else:
            assert rows(path) == right, f"byte {offset}"
    assert noticed > 50, "most bytes mean something"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "bank.db"
    with Ledger(path) as ledger:
        for name in ("eve", "grant"):
            ledger.open_account(name, 5_000, seal_pin("1234", cost=2))
        ledger.apply(Order("w", "withdraw", "eve", HELD, 100))
        ledger.apply(deposit("d", "eve", 100))
        ledger.commit()
    return path


def damage(path, change):
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute(change)
        db.commit()


def conversation(bank, *requests):
    """What one connection is answered; None when the bank has hung up."""

    def ask():
        there, here = pair(Request | Reply)
        spawn(bank.serve_one, there, daemon=True)
        replies = []
        with here:
            for request in requests:
                here.send(request)
                replies.append(next(iter(here), None))
        return replies

    return run(until=spawn(ask))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE account SET seal = 'x' || seal WHERE name = 'eve'",
        "UPDATE account SET seal = replace(seal, '$', '%') WHERE name = 'eve'",
        "UPDATE account SET seal = CAST(x'FF32' AS TEXT) WHERE name = 'eve'",
        "UPDATE account SET seal = 7 WHERE name = 'eve'",
        "UPDATE account SET wrong = 'taco' WHERE name = 'eve'",
        "UPDATE account SET frozen = x'00' WHERE name = 'eve'",
        "UPDATE account SET cents = 'a' WHERE name = 'eve'",
        "UPDATE account SET cents = 50.25 WHERE name = 'eve'",
        "UPDATE account SET checksum = CAST(x'FF' AS TEXT) WHERE name = 'eve'",
    ],
)
def test_a_damaged_account_harms_its_customer_only(path, change):
    damage(path, change)
    assert is_noticed(path)
    with Ledger(path) as ledger:
        bank = Bank(ledger, log=lambda line: None)
        assert bank.decide(SignIn("grant", "1234")) == Accepted(5_000)
        told = conversation(bank, SignIn("eve", "1234"))
        assert isinstance(told[0], Declined)
        assert "damaged: ask the bank" in told[0].reason
        for request in (Balance("eve"), Statement("eve")):
            assert isinstance(bank.decide(request, "eve"), Declined)
        for request in (
            Deposit("1", "eve", 1),
            Withdraw("2", "eve", 1),
            Transfer("3", "eve", "grant", 1),
            Confirm("w"),
        ):
            with pytest.raises(Damaged, match="account 'eve' is damaged"):
                bank.decide(request, "eve")
        assert conversation(bank, Deposit("1", "eve", 1)) == [None]
        grant = (SignIn("grant", "1234"), Withdraw("4", "grant", 1))
        assert conversation(bank, *grant)[1] == Accepted(4_999)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE request SET told = 'taco' WHERE id = 'd'",
        "UPDATE request SET told = told + 1 WHERE id = 'd'",
        "UPDATE request SET refusal = 'no' WHERE id = 'd'",
        "UPDATE request SET payee = CAST(x'FF' AS TEXT) WHERE id = 'd'",
        "UPDATE request SET cents = 99 WHERE id = 'd'",
        "UPDATE request SET checksum = 'x' WHERE id = 'd'",
    ],
)
def test_a_damaged_order_is_answered_by_nothing_rather_than_a_lie(path, change):
    damage(path, change)
    assert is_noticed(path)
    with Ledger(path.rename(path.with_name("moved.db"))) as ledger:
        bank, lines = Bank(ledger), []
        bank.log = lines.append
        assert conversation(bank, Deposit("d", "eve", 100)) == [None]
        assert lines == ["hung up on an ATM: Damaged"]
        told = conversation(bank, Deposit("e", "grant", 1))
        assert told == [Accepted()]


def test_an_account_is_mended_by_what_its_owner_sets_anew(path):
    damage(path, "UPDATE account SET seal = 'x' WHERE name = 'eve'")
    with Ledger(path) as ledger:
        ledger.change("eve", seal=seal_pin("4321", cost=2))
        assert Bank(ledger).decide(SignIn("eve", "4321")) == Accepted(5_000)
        assert ledger.audit().problems == ()
