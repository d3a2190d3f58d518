"""The file: SQLite as the ledger uses it.

The one idea: what came before a `commit()` that has returned is on the disk;
of the rest, a crash leaves nothing. SQLite's write-ahead log does that. This
module adds what SQLite leaves to its user: one owner at a time (`lock`), who
knows his process and thread, a file that is still in its place, and errors
that say what is wrong and what to do.

After an error the file is closed, so that no caller goes on with half of it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from _thread import get_ident
from pathlib import Path
from typing import Any

from .accounts import CASH, HELD
from .owner import LedgerError, Owner
from .schema import (
    NAME,
    NEW_ACCOUNT,
    TABLES,
    VERSION,
    checksum,
    checksum_of_bytes,
)
from .wal import transactions_lost

__all__ = ["LedgerFile"]

MEMORY = ":memory:"
TROUBLE = {  # by SQLite's primary result codes
    sqlite3.SQLITE_BUSY: "is in use by another process; end that one first",
    sqlite3.SQLITE_READONLY: "is read-only; a ledger must be writable",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full; make room on it",
    sqlite3.SQLITE_CORRUPT: "is damaged; go back to a copy of it",
    sqlite3.SQLITE_NOTADB: "is damaged, or no ledger at all",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; look whether its folder exists",
    sqlite3.SQLITE_IOERR: "cannot be written; look whether the disk is full",
}
FULL = 2  # of PRAGMA synchronous
CLOSED = "is closed; open it anew"
MOVED = (
    "was deleted, replaced or cut short while it was open: what was booked "
    "since then is lost with it; go back to a copy"
)


class LedgerFile:
    """An open file; `path`, `create` and `durable` are those of `Ledger`."""

    _db: Any = None  # SQLite's connection, while the file is open
    _cursor: Any = None
    _owner: Owner | None = None

    def __init__(self, path: str | os.PathLike, create: bool, durable: bool):
        self.path = os.fsdecode(path)
        self._why, self.thread = CLOSED, get_ident()
        self._durable, self._is_ledger = durable, False
        self.acknowledged = ""  # the last position before
        try:
            where = self.path
            if where != MEMORY:
                self._owner = Owner(where, create, self)
                where = self._owner.real
                self.acknowledged = self._owner.lock.note
                self._check_log(where)
            self._db = self.connect(where, create)
            self._cursor = self._db.cursor()  # one for all that is asked
            self._prepare(create, durable)
            if self._owner:
                self._owner.look()
            self._is_ledger = True
        except sqlite3.Error as error:
            raise self._fail(error) from None
        except BaseException:
            self.close()
            raise

    def do(self, sql: str, values=()) -> list[tuple]:
        """Run one statement and return its rows. Raises `LedgerError`."""
        if self._db is None:
            raise LedgerError(f"{self.path} {self._why}")
        if get_ident() != self.thread:
            raise LedgerError(
                f"{self.path} was opened in another thread: use it there, or "
                "close it and open it in this one"
            )
        try:
            return self._cursor.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            if "decode" not in str(error) or self._db.text_factory is _text:
                raise self._fail(error) from None
        self._db.text_factory = _text  # a damaged row has a wrong byte
        return self.do(sql, values)

    def one(self, sql: str):
        """Run a query, and return the first value that it finds."""
        return self.do(sql)[0][0]

    def write(self, sql: str, values) -> None:
        """Run a statement that changes something; it begins a group."""
        if self._db is not None and not self._db.in_transaction:
            self.do("BEGIN")
        self.do(sql, values)

    @property
    def pending(self) -> bool:
        """Whether anything waits for `commit()`."""
        return self._db is not None and self._db.in_transaction

    @property
    def syncs(self) -> bool:
        """Whether SQLite waits for the disk at each commit."""
        waits = self.one("PRAGMA synchronous") >= FULL
        return waits and self.one("PRAGMA journal_mode") == "wal"

    def commit(self, position: str) -> None:
        """Put the group on the disk, and end it at this position."""
        if self._db is None or self._db.in_transaction:
            owner = self._owner if self._durable and self._db else None
            if owner and not owner.has_log():  # SQLite would not mind
                self._give_up()
            self.do("COMMIT")
            if owner:
                owner.lock.note = position
                if not (owner.has_file() and owner.has_log()):
                    self._give_up()

    def _give_up(self):
        self.close(MOVED)
        raise LedgerError(f"{self.path} {MOVED}")

    def keep_log(self) -> None:
        """Give the log a second name, since SQLite will delete the first."""
        assert self._owner is not None  # a ledger in memory has no log
        log = self._owner.log
        with contextlib.suppress(OSError):
            if os.path.getsize(log):
                os.link(log, f"{log}-damaged")

    def close(self, why: str = CLOSED) -> None:
        """Give the file back; what is not committed never happened.

        `why` is what a later use is told.
        """
        if self._db is not None:
            self._why = why
            if self._owner and self._owner.log_is_another():
                self.leak(MOVED)
            else:
                db, self._db, self._cursor = self._db, None, None
                db.close()
        if self._owner is not None:
            if not self._is_ledger and not self.acknowledged:
                self._owner.lock.delete()
            self._owner.leave()

    __del__ = close  # for one that no variable holds, as in a notebook

    @staticmethod
    def connect(path, create):
        """Open SQLite's connection; a test may replace this method."""
        if path != MEMORY:
            path = f"{Path(path).as_uri()}?mode={'rwc' if create else 'rw'}"
        db = sqlite3.connect(
            path,
            timeout=0,
            isolation_level=None,
            uri=True,
            check_same_thread=False,  # `do` does, and the end of it may not
        )
        db.create_function("checksum_of_bytes", 1, checksum_of_bytes)
        return db

    def _check_log(self, where):
        lost = transactions_lost(where)
        if lost:
            raise LedgerError(
                f"{self.path}-wal is damaged: {lost} commits behind the damage "
                "would be lost; go back to a copy of both files"
            )

    def leak(self, why: str) -> None:
        """Never use the connection again, and never let SQLite close it.

        To close it would put SQLite's log into the file and delete the log by
        its name: it is another process's, or another file by now.
        """
        import ctypes

        if self._cursor is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._cursor))
        self._db = self._cursor = None
        self._why = why

    def _prepare(self, create, durable):
        self.do("PRAGMA locking_mode = EXCLUSIVE")
        new = self._is_new(create)  # before a byte of it is changed
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {'FULL' if durable else 'OFF'}",
            "fullfsync = ON",
        ):
            self.do(f"PRAGMA {pragma}")
        self._db.execute("BEGIN IMMEDIATE")  # the only owner, and writable
        if new:
            for statement in TABLES:
                self._db.execute(statement)
            for name in (CASH, HELD):
                row = (name, "", checksum("", name, 0, "", 0))
                self._db.execute(NEW_ACCOUNT, row)
            self._db.execute(f"PRAGMA application_id = {NAME}")
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        self._db.execute("COMMIT")

    def _is_new(self, create):
        """Whether the tables are still to be made; raises if they can't be."""
        kind = self.one("PRAGMA application_id")
        if not kind and not self.one("SELECT count(*) FROM sqlite_schema"):
            if not create:
                raise LedgerError(
                    f"{self.path} is empty: no ledger, or one lost; go "
                    "back to a copy of it"
                )
            return True
        if kind != NAME:
            raise LedgerError(
                f"{self.path} is no ledger, but another program's file; "
                "choose another path"
            )
        version = self.one("PRAGMA user_version")
        if version != VERSION:
            raise LedgerError(
                f"{self.path} is of version {version}; expected {VERSION}: use "
                "the program that wrote it"
            )
        return False

    def _fail(self, error):
        """Close the file; return the error that says what is wrong."""
        self.close()
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return LedgerError(f"{self.path} {TROUBLE.get(code, error)}")


def _text(data):
    return data.decode(errors="surrogateescape")
