"""The ledger: accounts on disk that survive a power cut.

The one idea: every movement is written as two *postings*, minus here and plus
there, that sum to zero, and a balance is what an account's postings add up to.
An order is carried out once for each id; its answer is kept, and given again
to whoever asks again.

It is a SQLite file with a write-ahead log. What `commit()` has returned from
is on the disk; what it has not is gone after a crash, wholly. `INVARIANTS`
says what an audit proves, a sentence and a query for each. The rules
themselves are in `accounts`.

Left out: interest, currencies, and forgetting: the answers are kept for ever.
It is a long module, because the tables and the queries of the audit stand
beside the code that has to agree with them.
"""

from __future__ import annotations

import sqlite3
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import msgspec

from .accounts import (
    CASH,
    HELD,
    LONGEST_WORD,
    Account,
    Kept,
    Order,
    Refused,
    answer_again,
    check_words,
    complete,
    judge,
    money,
)

__all__ = [
    "Ledger",
    "LedgerError",
    "Audit",
    "Line",
    "Posting",
    "INVARIANTS",
]

MOST_LINES = 100  # of a statement
NAME = 0x6E656172  # application_id: 'near'
VERSION = 1  # of the tables below
TABLES = (
    """CREATE TABLE account (
    name TEXT PRIMARY KEY,
    cents INTEGER NOT NULL DEFAULT 0 CHECK (cents >= 0 OR name = '@cash'),
    frozen INTEGER NOT NULL DEFAULT 0,
    seal TEXT NOT NULL DEFAULT '',
    wrong INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID""",
    """CREATE TABLE request (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    verb TEXT NOT NULL,
    payer TEXT NOT NULL,
    payee TEXT NOT NULL,
    cents INTEGER NOT NULL,
    refusal TEXT,
    told INTEGER NOT NULL,
    UNIQUE (id, verb)
)""",
    """CREATE TABLE posting (
    account TEXT NOT NULL,
    request INTEGER NOT NULL,
    cents INTEGER NOT NULL,
    PRIMARY KEY (account, request)
) WITHOUT ROWID""",
    """CREATE TRIGGER posted AFTER INSERT ON posting BEGIN
    UPDATE account SET cents = cents + NEW.cents WHERE name = NEW.account;
END""",
    """INSERT INTO account (name) VALUES ('@cash'), ('@held')""",
)
ACCOUNT = """SELECT name, cents, frozen, seal, wrong
        FROM account WHERE name = ?"""
COUNT = "SELECT count(*) FROM request WHERE refusal {}"
TROUBLE = {  # by SQLite's primary result codes
    sqlite3.SQLITE_BUSY: "is in use by another process; end that one first",
    sqlite3.SQLITE_READONLY: "is read-only; a ledger has to be written to",
    sqlite3.SQLITE_FULL: "has no room: the disk is full; make some",
    sqlite3.SQLITE_CORRUPT: "is damaged; go back to a copy of it",
    sqlite3.SQLITE_NOTADB: "is damaged, or no ledger at all",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; is the folder there?",
    sqlite3.SQLITE_IOERR: "cannot be written; is the disk well, or full?",
}
OPEN = """SELECT id, cents FROM request made
        WHERE verb = 'withdraw' AND refusal IS NULL AND NOT EXISTS (
        SELECT 1 FROM request WHERE id = made.id AND refusal IS NULL
        AND verb IN ('confirm', 'reverse'))"""
INVARIANTS = {  # each with a query for whatever breaks it
    "a movement is two postings that sum to zero": """
        SELECT number FROM request LEFT JOIN (
        SELECT request, count(*) AS many, sum(cents) AS total
        FROM posting GROUP BY request) ON request = number
        WHERE refusal IS NULL AND (many IS NOT 2 OR total <> 0)""",
    "a posting is one half of what was asked, and not refused": """
        SELECT posting.request FROM posting
        LEFT JOIN request ON number = posting.request
        WHERE refusal IS NOT NULL OR NOT coalesce(
        (account = payer AND posting.cents = -request.cents) OR
        (account = payee AND posting.cents = request.cents), 0)""",
    "a posting is on an account": """
        SELECT account FROM posting LEFT JOIN account ON name = account
        WHERE name IS NULL""",
    "a balance is the sum of its postings": """
        SELECT name FROM account LEFT JOIN posting ON account = name
        GROUP BY name
        HAVING account.cents <> coalesce(sum(posting.cents), 0)""",
    "nobody owes the bank": """
        SELECT name FROM account WHERE cents < 0 AND name <> '@cash'""",
    "the money adds up to zero": """
        SELECT sum(cents) FROM account HAVING sum(cents) <> 0""",
    "a withdrawal is settled once, and as it was made": """
        SELECT id FROM request settled
        WHERE refusal IS NULL AND verb IN ('confirm', 'reverse')
        AND (SELECT count(*) FROM request made WHERE made.id = settled.id
             AND made.refusal IS NULL AND made.cents = settled.cents
             AND verb IN ('withdraw', 'confirm', 'reverse')) <> 2""",
    "what is held are the withdrawals not settled": f"""
        SELECT cents FROM account WHERE name = '@held' AND cents <>
        (SELECT coalesce(sum(cents), 0) FROM ({OPEN}))""",
}


class LedgerError(RuntimeError):
    """The file cannot be used: what is wrong with it, and what to do."""


class Line(msgspec.Struct, frozen=True):
    """One line of a statement; `cents` is what it added, `balance` after."""

    verb: str
    other: str
    cents: int
    balance: int


class Posting(NamedTuple):
    """One half of a movement: what it added to an account."""

    id: str
    verb: str
    account: str
    cents: int


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


class Ledger:
    """Accounts in a file, written by one process at a time.

    `path` is made if it is not there (with `create`); without one the accounts
    live in memory. `durable=False` leaves the disk to the system: for tests
    and simulations in which only the program crashes.

    Everything since the last `commit()` is one group: on disk together, or
    not at all. `close()` does not commit, so closing and crashing are the
    same. After a `LedgerError` the file is closed and has to be opened anew.
    """

    _db = _cursor = None  # the connection, while the file is open

    def __init__(
        self,
        path: str | PathLike = ":memory:",
        *,
        create: bool = True,
        durable: bool = True,
    ):
        self.path = str(path)
        try:
            self._db = self._connect(self.path, create)
            self._cursor = self._db.cursor()  # one for all that is asked
            self._prepare(create, durable)
        except sqlite3.Error as error:
            raise self._fail(error) from None
        except LedgerError:
            self.close()
            raise

    def apply(self, order: Order) -> int:
        """Carry out an order; returns the customer's balance after it.

        Asked again under the same id, it only gives the same answer again.
        Raises `Refused`: nothing happened, and nothing will under this id.
        """
        check_words(order)
        past = self._past(order.id)
        if order.verb in past:
            return answer_again(order, past)
        order, customer = complete(order, past)
        accounts = self._accounts({order.payer, order.payee, customer})
        try:
            judge(order, accounts, past)
        except Refused as refusal:
            if order.verb != "confirm":  # which may just have come too early
                self._keep(order, str(refusal), 0)
            raise
        gain = (customer == order.payee) - (customer == order.payer)
        told = accounts[customer].cents + gain * order.cents
        self._keep(order, None, told)
        payer, payee, number = order.payer, order.payee, self._number
        self._write(
            "INSERT INTO posting (account, request, cents) "
            "VALUES (?, ?, ?), (?, ?, ?)",
            (payer, number, -order.cents, payee, number, order.cents),
        )
        return told

    def open_account(self, name: str, cents: int = 0, seal: str = "") -> None:
        """Make an account. Raises `Refused` if there is one of that name."""
        check_words(Order(name, "open", CASH, name, cents))
        order = Order(f"open {name}", "open", CASH, name, cents)
        if len(order.id) > LONGEST_WORD:
            raise Refused(
                f"an account's name has up to {LONGEST_WORD - 5} letters"
            )
        if self.account(name):
            raise Refused(f"there is an account {name!r} already")
        self._write(
            "INSERT INTO account (name, seal) VALUES (?, ?)", (name, seal)
        )
        if cents:
            self.apply(order)

    def account(self, name: str) -> Account | None:
        """What is known of an account; None if there is none."""
        return self._accounts([name]).get(name)

    def names(self) -> list[str]:
        """Of all customers' accounts, in alphabetical order."""
        rows = self._do("SELECT name FROM account ORDER BY name")
        return [name for (name,) in rows if name not in (CASH, HELD)]

    def change(self, name: str, **fields) -> None:
        """Set `frozen`, `seal` or `wrong` of an account."""
        for field, value in fields.items():
            if field not in ("frozen", "seal", "wrong"):
                raise ValueError(f"{field} is not for changing: use an order")
            self._write(
                f"UPDATE account SET {field} = ? WHERE name = ?", (value, name)
            )

    def statement(self, name: str, last: int = 10) -> list[Line]:
        """The last movements of an account, the newest first."""
        account = self.account(name)
        if account is None:
            raise Refused(f"there is no account {name!r}")
        balance, lines = account.cents, []
        for verb, payer, payee, cents in self._do(
            "SELECT verb, payer, payee, posting.cents FROM posting "
            "JOIN request ON number = request WHERE account = ? "
            "ORDER BY request DESC LIMIT ?",
            (name, max(0, min(last, MOST_LINES))),
        ):
            other = payee if payer == name else payer
            lines.append(Line(verb, other, cents, balance))
            balance -= cents
        return lines

    def postings(self) -> list[Posting]:
        """Everything that ever moved, in the order in which it was booked."""
        rows = self._do(
            "SELECT id, verb, account, posting.cents FROM posting "
            "JOIN request ON number = request ORDER BY request, posting.cents"
        )
        return [Posting(*row) for row in rows]

    @property
    def pending(self) -> bool:
        """Whether anything waits for `commit()`."""
        return self._db is not None and self._db.in_transaction

    def commit(self) -> None:
        """Put everything so far on the disk. Returns when it is there.

        Raises `LedgerError` if that failed: then it may be there or not.
        """
        if self.pending:
            self._do("COMMIT")

    def open_withdrawals(self) -> tuple[str, ...]:
        """The ids of those that are neither confirmed nor reversed."""
        return tuple(id for id, _ in self._do(OPEN))

    def audit(self) -> Audit:
        """Prove the invariants, and count."""
        problems = [
            f"{sentence}: not so for {found}"
            for sentence, query in INVARIANTS.items()
            for (found,) in self._do(query + " LIMIT 10")
        ]
        for (text,) in self._do("PRAGMA integrity_check(10)"):
            if text != "ok":
                problems.append(f"the file is damaged: {text}")
        ours = self._accounts([CASH, HELD])
        return Audit(
            accounts=self._one("SELECT count(*) - 2 FROM account"),
            movements=self._one(COUNT.format("IS NULL")),
            refused=self._one(COUNT.format("IS NOT NULL")),
            customers_cents=self._one(
                "SELECT coalesce(sum(cents), 0) FROM account "
                "WHERE name NOT LIKE '@%'"
            ),
            cash_cents=ours.get(CASH, Account(CASH)).cents,
            open_withdrawals=self.open_withdrawals(),
            held_cents=ours.get(HELD, Account(HELD)).cents,
            problems=tuple(problems),
        )

    def close(self) -> None:
        """Give the file back; what is not committed never happened."""
        if self._db is not None:
            db, self._db, self._cursor = self._db, None, None
            db.close()

    __del__ = close  # one that nobody holds any more, such as in a notebook

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    @staticmethod
    def _connect(path, create):
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
        self._db.execute("BEGIN IMMEDIATE")  # nobody else, and writable
        empty = not self._one("SELECT count(*) FROM sqlite_schema")
        if empty and not create:
            raise LedgerError(f"{self.path} is empty: no ledger, or one lost")
        if empty and not self._one("PRAGMA application_id"):
            for statement in TABLES:
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {NAME}")
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        if self._one("PRAGMA application_id") != NAME:
            raise LedgerError(f"{self.path} is no ledger, but another's")
        version = self._one("PRAGMA user_version")
        if version != VERSION:
            raise LedgerError(
                f"{self.path} is of version {version}; expected {VERSION}"
            )
        self._db.execute("COMMIT")
        self._number = self._one("SELECT coalesce(max(number), 0) FROM request")

    def _past(self, id):
        rows = self._do(
            "SELECT verb, payer, payee, cents, refusal, told "
            "FROM request WHERE id = ?",
            (id,),
        )
        return {row[0]: Kept(*row) for row in rows}

    def _accounts(self, names):
        query = " UNION ALL ".join([ACCOUNT] * len(names))
        rows = self._do(query, tuple(names))
        return {row[0]: Account(*row) for row in rows}

    def _keep(self, order, refusal, told):
        self._number += 1
        self._write(
            "INSERT INTO request VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._number, *msgspec.structs.astuple(order), refusal, told),
        )

    def _write(self, sql, values):
        if self._db is not None and not self._db.in_transaction:
            self._do("BEGIN")
        self._do(sql, values)

    def _one(self, sql):
        return self._do(sql)[0][0]

    def _do(self, sql, values=()):
        if self._db is None:
            raise LedgerError(f"{self.path} is closed; open it anew")
        try:
            return self._cursor.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._fail(error) from None

    def _fail(self, error):
        """Close the file, so that nothing goes on as if nothing were."""
        self.close()
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return LedgerError(f"{self.path} {TROUBLE.get(code, error)}")
