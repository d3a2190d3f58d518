"""The audit: prove from the books alone that nothing is missing.

The one idea: an audit asks every query of `schema.INVARIANTS`, and each row
that one of them finds is a problem. Beyond the books it looks at one thing:
the position that was acknowledged last, which the lock file keeps.

Left out: what no book can tell. If the lock file is lost as well, the last
commit of a damaged log can vanish unseen, as can the end of a file whose
checksums a forger has computed anew.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from tempfile import TemporaryDirectory

import msgspec

from .accounts import CASH, HELD, money
from .file import LedgerFile
from .lock import Held, Lock
from .owner import LedgerError
from .schema import COUNT, INVARIANTS, OPEN, TABLES

__all__ = ["Audit", "audit_file"]


class Audit(msgspec.Struct, frozen=True):
    """What was found in the books. `problems` is empty if they are right."""

    accounts: int
    movements: int
    refused: int
    customers_cents: int
    cash_cents: int
    open_withdrawals: tuple[str, ...]
    held_cents: int
    problems: tuple[str, ...]

    def __str__(self):
        doubt = len(self.open_withdrawals)
        return "\n".join(
            [
                f"{self.accounts} accounts hold {money(self.customers_cents)}",
                f"{self.movements} movements, {self.refused} refusals",
                f"{doubt} withdrawals not settled: {money(self.held_cents)}",
                *(f"WRONG: {problem}" for problem in self.problems),
                f"{len(INVARIANTS)} invariants: "
                + (f"{len(self.problems)} problems" * bool(self.problems))
                + ("all hold" * (not self.problems)),
            ]
        )


def look_through(file: LedgerFile) -> Audit:
    """Prove the invariants of an open file, and count."""
    balances = dict(
        file.do("SELECT name, cents FROM account WHERE name LIKE '@%'")
    )
    return Audit(
        accounts=file.one("SELECT count(*) - 2 FROM account"),
        movements=file.one(COUNT.format("IS NULL")),
        refused=file.one(COUNT.format("IS NOT NULL")),
        customers_cents=file.one(
            "SELECT coalesce(sum(cents), 0) FROM account "
            "WHERE name NOT LIKE '@%'"
        ),
        cash_cents=balances.get(CASH, 0),
        open_withdrawals=tuple(id for id, _ in file.do(OPEN)),
        held_cents=balances.get(HELD, 0),
        problems=tuple(_problems(file)),
    )


def missing_orders(file: LedgerFile, position: str) -> str:
    """Say what of the books is missing up to an acknowledged position."""
    if not position:
        return ""
    number, _, checksum = position.partition(" ")
    for (found,) in file.do(
        "SELECT checksum FROM request WHERE number = ?", (int(number),)
    ):
        if found == checksum:
            return ""
        return f"order {number} is not the one that was acknowledged"
    if number == "0":
        return ""
    last = file.one("SELECT coalesce(max(number), 0) FROM request")
    return f"order {number} was acknowledged, and the books end at {last}"


def _problems(file):
    for sentence, query in INVARIANTS.items():
        for (found,) in file.do(query + " LIMIT 10"):
            yield f"{sentence}: not so for {found}"
    schema = file.do("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
    if {sql for (sql,) in schema} != set(TABLES):
        yield "the file is damaged: its tables are not those of a ledger"
    for (text,) in file.do("PRAGMA integrity_check(10)"):
        if text != "ok":
            yield f"the file is damaged: {text}"


def audit_file(path: str | os.PathLike) -> Audit:
    """Audit the file of a bank that is closed; leave everything as it is.

    It needs leave to read, and room for a copy, since SQLite writes even to
    read. Raises `LedgerError` if the file can't be used, or is in use.
    """
    path = os.fsdecode(path)
    if "\0" in path:
        raise LedgerError(f"{path!r} is no path: it has a NUL in it")
    real = os.path.realpath(path)
    try:
        if not os.path.isfile(real):
            os.stat(real)  # it may not be there at all
            raise LedgerError(f"{path} cannot be opened: it is no file")
        with (
            closing(Lock(f"{real}-lock", shared=True)) as lock,
            TemporaryDirectory() as folder,
        ):
            copy = f"{folder}/copy"
            shutil.copyfile(real, copy)
            if os.path.exists(f"{real}-wal"):
                shutil.copyfile(f"{real}-wal", f"{copy}-wal")
            lock.check()
            return _audit_copy(path, copy, lock.note)
    except Held as held:
        here = held.pid == os.getpid()
        raise LedgerError(
            f"{path} is open in this process: close() that Ledger first, or "
            "Ledger.close_all()"
            if here
            else f"{path} is in use by another process "
            f"({held.pid or 'unknown'}); end that one first"
        ) from None
    except OSError as error:
        raise LedgerError(
            f"{path} cannot be opened: {error.strerror}"
        ) from None


def _audit_copy(path, copy, position):
    try:
        with closing(LedgerFile(copy, create=False, durable=False)) as file:
            found = look_through(file)
            missing = missing_orders(file, position)
    except LedgerError as error:
        raise LedgerError(str(error).replace(copy, path)) from None
    problems = (missing, *found.problems) if missing else found.problems
    return msgspec.structs.replace(found, problems=problems)
