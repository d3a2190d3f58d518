"""The ledger: accounts on disk that survive a power cut.

The one idea: every movement is written as two *postings*, minus here and plus
there, that sum to zero, and a balance is what an account's postings add up to.
An order is carried out once for each id; its answer is kept, and given again
when the order is sent again.

It is a SQLite file with a write-ahead log. What came before a `commit()` that
has returned is on the disk; after a crash, the rest is gone, wholly. The rules
are in `accounts`, the tables and what an audit proves in `schema`.

Left out: interest, currencies, and forgetting: answers are kept forever.
"""

from __future__ import annotations

from os import PathLike
from typing import NamedTuple

import msgspec

from .accounts import (
    CASH,
    HELD,
    LONGEST_WORD,
    Account,
    Kept,
    Line,
    Order,
    Refused,
    check_words,
    decide,
)
from .audit import Audit, look_through
from .file import LedgerFile
from .schema import ACCOUNT, OPEN

__all__ = ["Ledger", "Posting"]

MOST_LINES = 100  # of a statement


class Posting(NamedTuple):
    """One half of a movement: what it added to an account."""

    id: str
    verb: str
    account: str
    cents: int


class Ledger:
    """Accounts in a file, written by one process at a time.

    `path` is made if it is not there (with `create`); without one the accounts
    live in memory. `durable=False` leaves the disk to the system: for tests
    and simulations in which only the program crashes.

    Everything since the last `commit()` is one group: on disk together, or
    not at all. `close()` does not commit, so closing and crashing are the
    same. After a `LedgerError` the file is closed and has to be opened anew.
    """

    def __init__(
        self,
        path: str | PathLike = ":memory:",
        *,
        create: bool = True,
        durable: bool = True,
    ):
        self._file = LedgerFile(path, create, durable, user=self)
        self._number = self._file.one(
            "SELECT coalesce(max(number), 0) FROM request"
        )

    @property
    def path(self) -> str:
        """Where the file is."""
        return self._file.path

    def apply(self, order: Order) -> int:
        """Carry out an order; returns the customer's balance after it.

        Asked again under the same id, it only gives the same answer again.
        Raises `Refused`: nothing happened, and nothing will under this id.
        """
        check_words(order)
        past = self._past(order.id)
        names = {order.payer, order.payee}
        for kept in past.values():
            names |= {kept.payer, kept.payee}
        decision = decide(order, self._accounts(names), past)
        if decision.new:
            self._book(decision)
        if decision.refusal is not None:
            raise Refused(decision.refusal)
        return decision.told

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
        self._file.write(
            "INSERT INTO account (name, seal) VALUES (?, ?)", (name, seal)
        )
        if cents:
            self.apply(order)

    def account(self, name: str) -> Account | None:
        """What is known of an account; None if there is none."""
        return self._accounts([name]).get(name)

    def names(self) -> list[str]:
        """Of all customers' accounts, in alphabetical order."""
        rows = self._file.do("SELECT name FROM account ORDER BY name")
        return [name for (name,) in rows if name not in (CASH, HELD)]

    def change(self, name: str, **fields) -> None:
        """Set `frozen`, `seal` or `wrong` of an account."""
        for field, value in fields.items():
            if field not in ("frozen", "seal", "wrong"):
                raise ValueError(f"{field} is not for changing: use an order")
            self._file.write(
                f"UPDATE account SET {field} = ? WHERE name = ?", (value, name)
            )

    def statement(self, name: str, last: int = 10) -> list[Line]:
        """The last movements of an account, the newest first."""
        account = self.account(name)
        if account is None:
            raise Refused(f"there is no account {name!r}")
        balance, lines = account.cents, []
        for verb, payer, payee, cents in self._file.do(
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
        rows = self._file.do(
            "SELECT id, verb, account, posting.cents FROM posting "
            "JOIN request ON number = request ORDER BY request, posting.cents"
        )
        return [Posting(*row) for row in rows]

    @property
    def pending(self) -> bool:
        """Whether anything waits for `commit()`."""
        return self._file.pending

    @property
    def syncs(self) -> bool:
        """Whether each commit waits for the disk: what SQLite says of it."""
        return self._file.syncs

    def commit(self) -> None:
        """Put everything so far on the disk. Returns when it is there.

        Raises `LedgerError` if that failed: then it may be there or not.
        """
        self._file.commit()

    def open_withdrawals(self) -> tuple[str, ...]:
        """The ids of those that are neither confirmed nor reversed."""
        return tuple(id for id, _ in self._file.do(OPEN))

    def audit(self) -> Audit:
        """Prove the invariants, and count."""
        return look_through(self._file)

    def close(self) -> None:
        """Give the file back; what is not committed never happened."""
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def _past(self, id):
        rows = self._file.do(
            "SELECT verb, payer, payee, cents, refusal, told "
            "FROM request WHERE id = ?",
            (id,),
        )
        return {row[0]: Kept(*row) for row in rows}

    def _accounts(self, names):
        query = " UNION ALL ".join([ACCOUNT] * len(names))
        rows = self._file.do(query, tuple(names))
        return {row[0]: Account(*row) for row in rows}

    def _book(self, decision):
        order, refusal, told, _ = decision
        self._number += 1
        self._file.write(
            "INSERT INTO request VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._number, *msgspec.structs.astuple(order), refusal, told),
        )
        if refusal is None:
            number, cents = self._number, order.cents
            self._file.write(
                "INSERT INTO posting (account, request, cents) "
                "VALUES (?, ?, ?), (?, ?, ?)",
                (order.payer, number, -cents, order.payee, number, cents),
            )
