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

from contextlib import suppress
from os import PathLike, fsdecode

import msgspec

from .accounts import (
    CASH,
    HELD,
    OPENS,
    Account,
    Decision,
    Kept,
    Line,
    Order,
    Posting,
    Refused,
    check_words,
    decide,
)
from .audit import Audit, look_through, missing_orders
from .file import LedgerFile
from .log import Damaged
from .names import check_name, normal, skeleton
from .owner import OWNERS, LedgerError
from .schema import (
    ACCOUNT,
    CHANGE,
    LAST,
    NEW_ACCOUNT,
    NEW_POSTINGS,
    NEW_REQUEST,
    OPEN,
    PAST,
    POSTINGS,
    account_of,
    checksum,
)

__all__ = ["Ledger"]

MOST_LINES = 100  # of a statement
CHANGES = "frozen", "seal", "wrong"  # the fields that are no order's business


class Ledger:
    """Accounts in a file, written by one process at a time.

    `path` is made if it is not there (with `create`); without one the accounts
    live in memory. `durable=False` leaves the disk to the system: for tests
    and simulations in which only the program crashes.

    Everything since the last `commit()` is one group: on disk together, or
    not at all. `close()` does not commit, so closing and crashing are the
    same. After a `LedgerError` the file is closed and has to be opened anew.
    To open a file anew in the same thread closes the `Ledger` that had it.
    """

    def __init__(
        self,
        path: str | PathLike = ":memory:",
        *,
        create: bool = True,
        durable: bool = True,
    ):
        self._file = LedgerFile(path, create, durable)
        last = self._file.do(LAST) or [(0, "")]
        self._number, self._checksum = last[0]
        self._looks: dict[str, str] = {}  # names by their skeletons
        self._check_position()

    @property
    def path(self) -> str:
        """Where the file is."""
        return self._file.path

    def apply(self, order: Order) -> int:
        """Carry out an order; returns the customer's balance after it."""
        return self.carry_out(order).told

    def carry_out(self, order: Order) -> Decision:
        """Carry out an order, and return what the ledger decided.

        Asked again under the same id, it only gives the same answer again.
        Raises `Refused`: nothing happened, and nothing will under this id;
        `Damaged` if a row that it needs is not as the ledger wrote it.
        """
        self._check_words(order)
        if not (order.payer.isascii() and order.payee.isascii()):
            order = msgspec.structs.replace(
                order, payer=normal(order.payer), payee=normal(order.payee)
            )
        past = self._past(order.id)
        names = {order.payer, order.payee}
        for kept in past.values():
            names |= {kept.payer, kept.payee}
        names.discard("")  # of an order that settles another
        decision = decide(order, self._accounts(names), past)
        if decision.new:
            self._book(decision)
        if decision.refusal is not None:
            raise Refused(decision.refusal)
        return decision

    def refuse(self, order: Order, reason: str) -> bool:
        """Let nothing ever happen under the id of an order.

        False if that very order has happened already.
        """
        self._check_words(order)
        past = self._past(order.id)
        if not past:
            self._book(Decision(order, reason, 0, new=True))
        kept = past.get(order.verb)
        asked = (order.payer, order.payee, order.cents)
        return kept is None or kept[1:5] != (*asked, None)

    def open_account(self, name: str, cents: int = 0, seal: str = "") -> None:
        """Make an account. `Refused` if its name breaks the rule of `names`.

        So is a name that looks like that of another account.
        """
        name = check_name(name)
        check_words(Order(f"{OPENS}{name}", "open", CASH, name, cents))
        if self._file.do(ACCOUNT, (name,)):
            raise Refused(f"there is an account {name!r} already")
        if not self._looks:
            self._looks = {skeleton(each): each for each in self.names()}
        other = self._looks.setdefault(skeleton(name), name)
        if other != name:
            raise Refused(
                f"{name!r} looks like the account {other!r}: choose another"
            )
        row = (name, seal, checksum("", name, 0, seal, 0))
        self._file.write(NEW_ACCOUNT, row)
        self.apply(Order(f"{OPENS}{name}", "open", CASH, name, cents))

    def account(self, name: str) -> Account | None:
        """Return what is known of an account; None if there is none.

        Raises `Damaged` if its row is not as the ledger wrote it.
        """
        name = normal(name)
        return self._accounts([name]).get(name)

    def names(self) -> list[str]:
        """Return the names of all customers' accounts, in order."""
        rows = self._file.do("SELECT name FROM account ORDER BY name")
        return [name for (name,) in rows if name not in (CASH, HELD)]

    def change(self, name: str, **fields) -> None:
        """Set `frozen`, `seal` or `wrong` of an account."""
        for field in fields:
            if field not in CHANGES:
                raise ValueError(f"{field} is not for changing: use an order")
        name = normal(name)
        for _, _, *values, _ in self._file.do(ACCOUNT, (name,)):
            found = dict(zip(CHANGES, values, strict=True)) | fields
            row = *found.values(), checksum("", name, *found.values()), name
            self._file.write(CHANGE, row)

    def statement(self, name: str, last: int = 10) -> list[Line]:
        """Return the last movements of an account, the newest first."""
        account = self.account(name)
        if account is None:
            raise Refused(f"there is no account {name!r}")
        name, balance, lines = account.name, account.cents, []
        for verb, payer, payee, cents in self._file.do(
            "SELECT verb, payer, payee, posting.cents FROM posting "
            "JOIN request ON number = request WHERE account = ? "
            "ORDER BY request DESC LIMIT ?",
            (name, max(0, min(last, MOST_LINES))),
        ):
            if type(cents) is not int:
                raise Damaged(f"a posting of the account {name!r} is damaged")
            other = payee if payer == name else payer
            lines.append(Line(verb, other, cents, balance))
            balance -= cents
        return lines

    def postings(self) -> list[Posting]:
        """Return all postings, in the order in which they were booked."""
        return [Posting(*row) for row in self._file.do(POSTINGS)]

    @property
    def pending(self) -> bool:
        """Whether anything waits for `commit()`."""
        return self._file.pending

    @property
    def syncs(self) -> bool:
        """Whether each commit waits for the disk: what SQLite says of it."""
        return self._file.syncs

    def commit(self) -> None:
        """Put everything so far on the disk; return when it is there.

        Raises `LedgerError` if that failed: then it may be there or not.
        """
        self._file.commit(f"{self._number} {self._checksum}")

    def open_withdrawals(self) -> tuple[str, ...]:
        """Return the ids of withdrawals neither confirmed nor reversed."""
        return tuple(id for id, _ in self._file.do(OPEN))

    def audit(self) -> Audit:
        """Prove the invariants, and count."""
        return look_through(self._file)

    def copy_to(self, path: str | PathLike) -> None:
        """Copy the books, as of the last commit, into an empty file."""
        self._file.do("VACUUM INTO ?", (fsdecode(path),))

    def close(self) -> None:
        """Give the file back; what is not committed never happened."""
        self._file.close()

    @staticmethod
    def close_all() -> None:
        """Close each Ledger of this process that has a file."""
        for owner in list(OWNERS.values()):
            if owner.file is not None:
                owner.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def _check_position(self):
        """Refuse to go on without orders that were acknowledged."""
        missing = missing_orders(self._file, self._file.acknowledged)
        if missing:
            self._file.keep_log()
            self.close()
            raise LedgerError(
                f"{self.path}: {missing}. Restore a newer copy; to accept "
                f"the loss, delete {self.path}-lock"
            )

    def _past(self, id):
        past = {}
        for *row, found, before in self._file.do(PAST, (id,)):
            if checksum(before, *row) != found:
                raise Damaged(f"the record of order {id!r} is damaged")
            past[row[2]] = Kept(*row[2:])
        return past

    def _check_words(self, order):
        """Refuse an order that makes no sense, and keep the refusal.

        Its words may be anything, so only its id is kept; nothing is, if no
        order may have that id.
        """
        try:
            check_words(order)
        except Refused as refusal:
            with suppress(Refused):
                check_words(Order(order.id, "confirm"))
                if not self._past(order.id):
                    verb = ascii(order.verb)[1:-1]
                    kept = Order(order.id, verb)
                    self._book(Decision(kept, str(refusal), 0, new=True))
            raise

    def _accounts(self, names):
        query = " UNION ALL ".join([ACCOUNT] * len(names))
        rows = self._file.do(query, tuple(names)) if names else []
        return {row[0]: account_of(*row) for row in rows}

    def _book(self, decision):
        order, refusal, told, *_ = decision
        self._number += 1
        row = (self._number, *msgspec.structs.astuple(order), refusal, told)
        self._checksum = checksum(self._checksum, *row)
        self._file.write(NEW_REQUEST, (*row, self._checksum))
        if refusal is None:
            number, cents = self._number, order.cents
            halves = order.payer, number, -cents, order.payee, number, cents
            self._file.write(NEW_POSTINGS, halves)
