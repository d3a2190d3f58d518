"""The ATM: a machine that pays out, and says what it does not know.

The one idea: between asking and paying, anything may break, so a machine
writes down what it is about to do before it does it. Its journal says what
was begun, its drawer what notes went in or out. After a crash, or a timeout,
the two together say what the bank must still be told.

1. The journal: *begun*. 2. Ask the bank (see `client`). 3. Pay. 4. Tell the
bank that it was paid (`Confirm`), or will not be (`Reverse`). 5. The journal:
*ended*. The customer hears the truth: a result, `Refused` (it did not happen
and will not) or `Unknown` (it may have happened).

Read `ATM.withdraw` first. What carries the messages, the disk and chance are
handed in. One tasklet at a time may use a machine, as at a real one.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import msgspec

from ..far import Connection
from .accounts import MOST_CENTS, Line, Refused, money
from .client import ATTEMPTS, Client, Unknown
from .disk import Disk, PaperDisk
from .drawer import DRAWER_CENTS, Drawer, Jammed
from .lines import plain
from .log import Log
from .protocol import (
    Balance,
    Confirm,
    Deposit,
    Reverse,
    SignIn,
    Statement,
    Transfer,
    Withdraw,
)

__all__ = ["ATM", "Begun"]

MOST_RECORDS = 1_000  # in the journal, before it is tidied


class Begun(msgspec.Struct, frozen=True, tag=True):
    """The machine is about to do something."""

    id: str
    verb: str
    account: str
    cents: int


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The bank has confirmed it: the machine may forget it."""

    id: str


class ATM:
    """A machine: `connect()` makes a connection to its bank when it needs one.

    `disk` holds its journal and its drawer; a machine that is made on the disk
    of another one goes on where that one stopped: call `settle()`. `chance`
    makes ids and spreads the attempts. `log` gets a line for a person who
    stands by. `account` is the one that has signed in.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        disk: Disk | PaperDisk,
        chance: Random,
        drawer: Drawer | None = None,
        log: Callable[[str], None] = lambda text: None,
    ):
        self.chance = chance
        self.drawer = drawer or Drawer(disk, DRAWER_CENTS)
        self.log = log
        self._journal = Log(disk, "journal", Begun | Ended)
        self._open: dict[str, Begun] = {}
        for record in self._journal.records:
            self._note(record)
        self._tidy()
        self._client = Client(connect, chance, log)
        self.account = ""

    @property
    def unsettled(self) -> list[Begun]:
        """What the machine must still tell the bank, or ask it."""
        return list(self._open.values())

    def sign_in(self, account: str, pin: str) -> int:
        """Sign a customer in; return the balance."""
        self.sign_out()
        card = SignIn(account, pin)
        try:
            balance = self._asked(card).cents
        except Unknown:
            raise Refused("the bank does not answer; come back later") from None
        self.account, self._client.card = account, card
        return balance

    def sign_out(self) -> None:
        """Sign the customer out; the machine speaks for no account any more."""
        self.account, self._client.card = "", None
        self._client.hang_up()

    def balance(self) -> int:
        """Return the balance in cents."""
        return self._asked(Balance(self.account)).cents

    def statement(self, last: int = 10) -> list[Line]:
        """Return the last movements, the newest first."""
        return self._asked(Statement(self.account, last)).lines

    def transfer(self, payee: str, cents: int) -> int:
        """Move money to another account; return the new balance."""
        id = self._new_id()
        try:
            order = Transfer(id, self.account, payee, _whole(cents))
            return self._asked(order).cents
        except Unknown as doubt:
            raise self._doubt(doubt, "look at your statement") from None

    def withdraw(self, cents: int) -> int:
        """Pay out; return the new balance."""
        if _whole(cents) > self.drawer.cents:
            raise Refused(f"this machine has {money(self.drawer.cents)} left")
        begun = self._begin("withdraw", self.account, cents)
        try:
            balance = self._asked(
                Withdraw(begun.id, begun.account, cents)
            ).cents
        except Refused:
            self._end(begun)
            raise
        except Unknown as doubt:
            if not doubt.asked:
                self._end(begun)
            raise self._doubt(
                doubt, "no cash comes out, and what was debited comes back"
            ) from None
        try:
            self.drawer.move(begun.id, -cents)
        except Jammed as jam:
            raise self._not_paid(begun, jam) from None
        self.settle(attempts=1)  # nobody has to wait for that
        return balance

    def deposit(self, cents: int, account: str = "") -> int | None:
        """Take notes in; return the new balance, or None if none is told.

        The bank tells none of another's account, and none after a connection
        broke if the customer could not be signed in again.
        """
        account = account or self.account
        begun = self._begin("deposit", account, _whole(cents))
        self.drawer.move(begun.id, cents)
        try:
            balance = self._asked(Deposit(begun.id, account, cents)).cents
        except (Refused, Unknown) as no:
            raise self._not_booked(begun, no) from None
        self._end(begun)
        return balance

    def settle(self, attempts: int = ATTEMPTS) -> int:
        """Tell the bank what it must know; return how many are left.

        For each withdrawal begun: confirm it if the notes went out, reverse
        it if not. For each deposit: ask again if the notes came in.
        """
        for begun in self.unsettled:
            try:
                self._settle(begun, attempts)
            except Unknown:
                break  # the bank is away; so it is for the others
        return len(self._open)

    def _settle(self, begun, attempts):
        moved = self.drawer.moved(begun.id)
        try:
            if begun.verb == "withdraw":
                verb = Confirm if moved else Reverse
                self._asked(verb(begun.id), attempts)
            elif moved:
                request = Deposit(begun.id, begun.account, begun.cents)
                self._asked(request, attempts)
        except Refused as refusal:
            if moved:
                why = plain(str(refusal))
                self.log(f"{begun.verb} of {money(begun.cents)}: {why}")
            if moved and begun.verb == "deposit":
                return  # the machine owes these notes, and does not forget it
        self._end(begun)

    def _not_booked(self, begun, no):
        """Return the error of a deposit whose notes the bank did not book."""
        if isinstance(no, Unknown) and no.asked:
            return Unknown(f"{no}; your notes are in here, and will be booked")
        try:
            self.drawer.move(begun.id, -begun.cents)
        except Jammed as jam:
            return Unknown(
                f"{no}; {jam}: your notes are in here; tell the bank"
            )
        self._end(begun)
        if isinstance(no, Unknown):
            no = self._doubt(no, "")
        return Refused(f"{no}; here are your notes")

    def _not_paid(self, begun, jam):
        """Return the error of a withdrawal that the drawer did not pay out."""
        self.settle()
        if begun.id in self._open:
            return Unknown(f"{jam}; the bank will give your money back")
        return Refused(f"{jam}; nothing was taken from your account")

    def _doubt(self, doubt, consequence):
        if not doubt.asked:
            return Refused(f"{doubt}; nothing was asked of it")
        return Unknown(f"{doubt}; {consequence}")

    def _asked(self, request, attempts=ATTEMPTS):
        """Ask until there is an answer. Raises `Refused` or `Unknown`."""
        return self._client.ask(request, attempts)

    def _new_id(self):
        return f"{self.chance.getrandbits(64):016x}"

    def _begin(self, verb, account, cents):
        begun = Begun(self._new_id(), verb, account, cents)
        self._journal.append(begun)
        self._note(begun)
        return begun

    def _end(self, begun):
        self._journal.append(Ended(begun.id))
        self._note(Ended(begun.id))
        if len(self._journal.records) > MOST_RECORDS:
            self._tidy()

    def _note(self, record):
        if isinstance(record, Begun):
            self._open[record.id] = record
        else:
            self._open.pop(record.id, None)

    def _tidy(self):
        """Forget what is settled."""
        self._journal.rewrite(self.unsettled)
        self.drawer.tidy(set(self._open))


def _whole(cents):
    if type(cents) is not int or not 0 < cents <= MOST_CENTS:
        raise Refused(
            f"an amount is 0.01 to {money(MOST_CENTS)}, in whole cents"
        )
    return cents
