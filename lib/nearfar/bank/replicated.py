"""Books: a bank's ledger, kept by all replicas.

The one idea: one `commit()` puts a group of orders on a majority of disks,
not on one. `Books` is the ledger that the log drives. `Replicated` is the
ledger that the leader's bank writes to. It has the verbs of a `Ledger`, so the
bank does not change.

The leader applies a group before a majority has it, in a transaction that its
disk does not hold yet. If another leader is elected, it rolls back. The next
leader's log says what became of the group. A replica may apply an order twice:
the order has an id, so the second time changes nothing.

Left out: deciding while a group is on its way. Requests that arrive then wait,
and form the next group.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from ..far import Broken, Waiters
from .accounts import Account, Decision, Line, Order, Refused
from .ledger import Ledger

__all__ = ["Books", "Replicated", "Deposed"]

MANY = 200  # writes in one entry of the log; the next entry takes more


class Deposed(Broken):
    """This machine does not lead any more: ask another."""


class Apply(msgspec.Struct, frozen=True, tag=True):
    """Carry out an order."""

    order: Order


class Refuse(msgspec.Struct, frozen=True, tag=True):
    """Let nothing ever happen under the id of an order."""

    order: Order
    reason: str


class Change(msgspec.Struct, frozen=True, tag=True):
    """Set fields of an account."""

    name: str
    fields: dict[str, int | str]


class Open(msgspec.Struct, frozen=True, tag=True):
    """Open an account."""

    name: str
    cents: int
    seal: str


Write = Apply | Refuse | Change | Open
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Write]).decode


class Books:
    """A ledger as the machine of a replicated log.

    `open_ledger(path)` opens it, there and whenever it has to be opened anew.
    """

    def __init__(self, path: str | os.PathLike, open_ledger: Callable = Ledger):
        self.path = os.fspath(path)
        self._open = open_ledger
        self.ledger = open_ledger(self.path)

    @property
    def empty(self) -> bool:
        """Whether no account was ever opened here."""
        return not self.ledger.names()

    def apply(self, command: str) -> None:
        """Carry out the writes of one entry, and put them on the disk."""
        for write in _decode(command):
            with suppress(Refused):  # a refusal is an answer, too
                write_into(self.ledger, write)
        self.ledger.commit()

    def roll_back(self) -> None:
        """Forget what was written since the last commit."""
        self.ledger.close()
        self.ledger = self._open(self.path)

    def snapshot(self) -> bytes:
        """The ledger's file, as of the last commit."""
        copy = f"{self.path}-copy"
        _write(copy, b"")
        self.ledger.copy_to(copy)
        with open(copy, "rb") as file:
            state = file.read()
        os.remove(copy)
        return state

    def restore(self, state: bytes) -> None:
        """Let the file of another replica take the place of ours."""
        new = f"{self.path}-new"
        _write(new, state)
        self.ledger.close()
        for log in "-wal", "-shm":
            with suppress(FileNotFoundError):
                os.remove(self.path + log)
        os.replace(new, self.path)
        self.ledger = self._open(self.path)

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()


def _write(path, data):
    """Make a file that only its owner may read, and sync it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with open(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_into(ledger: Ledger, write: Write):
    """Do one write, and return what the ledger returns."""
    match write:
        case Apply(order):
            return ledger.carry_out(order)
        case Refuse(order, reason):
            return ledger.refuse(order, reason)
        case Change(name, fields):
            return ledger.change(name, **fields)
        case Open(name, cents, seal):
            return ledger.open_account(name, cents, seal)


class Replicated:
    """The ledger that a leader's bank writes to, in one term.

    Its verbs are those of `Ledger`. Each may wait for the group before, and
    raises `Deposed` once another replica leads.
    """

    def __init__(self, books: Books, replica: Any, term: int):
        self._books, self._replica, self._term = books, replica, term
        self._group: list[Write] = []
        self._looked = self._busy = self.over = False
        self._free = Waiters("the group before")

    @property
    def pending(self) -> bool:
        """Whether `commit()` has to come before an answer.

        A look counts, too: another replica may lead, and have newer books.
        """
        return bool(self._group) or self._looked

    def carry_out(self, order: Order) -> Decision:
        """Carry out an order: see `Ledger.carry_out`."""
        return self._write(Apply(order))

    def refuse(self, order: Order, reason: str) -> bool:
        """Let nothing ever happen under an order's id: see `Ledger.refuse`."""
        return self._write(Refuse(order, reason))

    def change(self, name: str, **fields) -> None:
        """Set fields of an account: see `Ledger.change`."""
        self._write(Change(name, fields))

    def open_account(self, name: str, cents: int = 0, seal: str = "") -> None:
        """Open an account: see `Ledger.open_account`."""
        self._write(Open(name, cents, seal))

    def account(self, name: str) -> Account | None:
        """What is known of an account."""
        return self._look().account(name)

    def names(self) -> list[str]:
        """Of all customers' accounts."""
        return self._look().names()

    def statement(self, name: str, last: int = 10) -> list[Line]:
        """The last movements of an account, the newest first."""
        return self._look().statement(name, last)

    def commit(self) -> None:
        """Return when a majority has the group, and agrees that we lead."""
        self._wait()
        self._busy, group, self._group = True, self._group, []
        self._looked = False
        try:
            if group:
                self._replica.replicate(self._term, _entries(group))
            else:
                self._replica.confirm(self._term)
            self._check()
            self._books.ledger.commit()
            self._replica.raft.tidy()
        finally:
            self._busy = False
            self._free.wake()

    def end(self) -> None:
        """Another leads: what is not committed here never happened here."""
        if not self.over:
            self.over = True
            self._books.roll_back()
            self._free.wake()

    def _write(self, write):
        ledger = self._look()
        self._group.append(write)
        return write_into(ledger, write)

    def _look(self):
        self._wait()
        self._looked = True
        return self._books.ledger

    def _wait(self):
        self._check()
        while self._busy:
            self._free.wait()
            self._check()

    def _check(self):
        if self.over:
            raise Deposed("this replica does not lead any more")


def _entries(group):
    """The commands of entries that hold a group of writes."""
    return [
        _encode(group[start : start + MANY]).decode()
        for start in range(0, len(group), MANY)
    ]
