"""The file: SQLite as the ledger uses it.

The one idea: what came before a `commit()` that has returned is on the disk;
of the rest, a crash leaves nothing. SQLite's write-ahead log does that, and
this module adds what SQLite leaves to its user: one owner at a time, and
errors that say what is wrong with the file and what to do.

After an error the file is closed, so that no caller goes on with half of it.
"""

from __future__ import annotations

import sqlite3
from os import PathLike
from pathlib import Path

from .schema import NAME, TABLES, VERSION

__all__ = ["LedgerError"]

TROUBLE = {  # by SQLite's primary result codes
    sqlite3.SQLITE_BUSY: "is in use by another process; end that one first",
    sqlite3.SQLITE_READONLY: "is read-only; a ledger has to be written to",
    sqlite3.SQLITE_FULL: "has no room: the disk is full; make some",
    sqlite3.SQLITE_CORRUPT: "is damaged; go back to a copy of it",
    sqlite3.SQLITE_NOTADB: "is damaged, or no ledger at all",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; is the folder there?",
    sqlite3.SQLITE_IOERR: "cannot be written; is the disk well, or full?",
}


class LedgerError(RuntimeError):
    """The file cannot be used: what is wrong with it, and what to do."""


class LedgerFile:
    """An open file; `path`, `create` and `durable` are those of `Ledger`."""

    _db = _cursor = None  # the connection, while the file is open

    def __init__(self, path: str | PathLike, create: bool, durable: bool):
        self.path = str(path)
        try:
            self._db = self.connect(self.path, create)
            self._cursor = self._db.cursor()  # one for all that is asked
            self._prepare(create, durable)
        except sqlite3.Error as error:
            raise self._fail(error) from None
        except LedgerError:
            self.close()
            raise

    def do(self, sql: str, values=()) -> list[tuple]:
        """Run one statement and return its rows. Raises `LedgerError`."""
        if self._db is None:
            raise LedgerError(f"{self.path} is closed; open it anew")
        try:
            return self._cursor.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._fail(error) from None

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

    def commit(self) -> None:
        """Put the group on the disk, and end it."""
        if self.pending:
            self.do("COMMIT")

    def close(self) -> None:
        """Give the file back; what is not committed never happened."""
        if self._db is not None:
            db, self._db, self._cursor = self._db, None, None
            db.close()

    __del__ = close  # for one that no variable holds, as in a notebook

    @staticmethod
    def connect(path, create):
        """Open SQLite's connection; a test may put another in its place."""
        if path != ":memory:":
            mode = "rwc" if create else "rw"
            path = f"{Path(path).absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(path, timeout=0, isolation_level=None, uri=True)

    def _prepare(self, create, durable):
        for pragma in (
            "locking_mode = EXCLUSIVE",
            "journal_mode = WAL",
            f"synchronous = {'FULL' if durable else 'OFF'}",
            "fullfsync = ON",
        ):
            self._db.execute(f"PRAGMA {pragma}").fetchall()
        self._db.execute("BEGIN IMMEDIATE")  # the only owner, and writable
        empty = not self.one("SELECT count(*) FROM sqlite_schema")
        if empty and not create:
            raise LedgerError(f"{self.path} is empty: no ledger, or one lost")
        if empty and not self.one("PRAGMA application_id"):
            for statement in TABLES:
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {NAME}")
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        if self.one("PRAGMA application_id") != NAME:
            raise LedgerError(f"{self.path} is no ledger, but another's")
        version = self.one("PRAGMA user_version")
        if version != VERSION:
            raise LedgerError(
                f"{self.path} is of version {version}; expected {VERSION}"
            )
        self._db.execute("COMMIT")

    def _fail(self, error):
        """Close the file; return the error that says what is wrong."""
        self.close()
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return LedgerError(f"{self.path} {TROUBLE.get(code, error)}")
