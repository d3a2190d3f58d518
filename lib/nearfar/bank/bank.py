"""The bank: one who decides, and its words.

The one idea: a request says what should happen, a reply says what did. The
bank alone decides. It answers each request with `Accepted` or `Declined`, and
only when what it says is on the disk: a reply that a power cut could make a
lie is not sent.

Disks are slow to promise, so requests that wait together share one promise
(*group commit*): whoever changes something waits, the last in the queue
commits for all, and then every reply goes out. A mere look at a balance waits
as well, for it may have seen what is not on the disk yet.

Read the messages first, then `Bank`. It does not know what carries the
messages: it is handed something that accepts connections, and a `Ledger`. The
other end is in `atm`.

Left out: to serve while the disk refuses. A bank that cannot write stops, and
says nothing to those who wait: they ask again when it is back.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from typing import ClassVar

from ..far import Broken, Connection, Malformed, Message
from ..near import Closed, lowlevel, spawn
from ..trace import shown
from .accounts import CASH, HELD, Order, Refused
from .ledger import Ledger, Line

__all__ = [
    "SignIn",
    "Balance",
    "Statement",
    "Deposit",
    "Withdraw",
    "Transfer",
    "Confirm",
    "Reverse",
    "Accepted",
    "Declined",
    "Printed",
    "Bank",
    "seal_pin",
]


class SignIn(Message):
    """Show a PIN; from then on this connection may speak for the account."""

    account: str
    pin: str
    secret: ClassVar = ("pin",)  # not shown in logs and pictures

    def __repr__(self):
        return f"SignIn(account={self.account!r}, pin=...)"


class Balance(Message):
    """Ask what there is. Needs a PIN."""

    account: str


class Statement(Message):
    """Ask for the last movements. Needs a PIN."""

    account: str
    last: int = 10


class Deposit(Message):
    """Put money in. Anybody may."""

    id: str
    account: str
    cents: int


class Withdraw(Message):
    """Ask for leave to pay out; `Confirm` or `Reverse` follows. Needs a PIN."""

    id: str
    account: str
    cents: int


class Transfer(Message):
    """Move money to another account. Needs the payer's PIN."""

    id: str
    payer: str
    payee: str
    cents: int


class Confirm(Message):
    """The cash of this withdrawal came out."""

    id: str


class Reverse(Message):
    """The cash of this withdrawal did not come out, and will not."""

    id: str


class Accepted(Message):
    """It is done; `cents` is the customer's balance after it."""

    cents: int


class Declined(Message):
    """It did not happen, and will not."""

    reason: str


class Printed(Message):
    """A statement, the newest line first."""

    lines: list[Line]


Looking = SignIn | Balance | Statement
Moving = Deposit | Withdraw | Transfer | Confirm | Reverse
Request = Looking | Moving
Reply = Accepted | Declined | Printed

SEND_TIMEOUT = 5.0  # seconds in which an ATM has to take its reply
WRONG_PINS = 3  # in a row, then the account is locked
# The cost of one look at a PIN, as scrypt's n. At 2**10 it takes about 2 ms,
# in which a bank of one thread serves nobody else. More would not protect a
# stolen file much better: a PIN of four digits is found in 10,000 looks. It
# is the lock after three that protects it.
PIN_COST = 2**10


class Bank:
    """Decides on requests, and serves connections.

    `log` is told, in plain words and without secrets, of every request and
    its reply.
    """

    def __init__(
        self, ledger: Ledger, log: Callable[[str], None] | None = None
    ):
        self.ledger = ledger
        self.log = log
        self.commits = 0
        self._called = False  # for the next commit
        self._on_disk = lowlevel.Waiters("the commit")

    def decide(self, request: Request, customer: str = "") -> Reply:
        """Apply one request, wholly or not at all, and say what happened.

        `customer` is who has signed in. It is not on the disk before the
        ledger's next commit.
        """
        try:
            if isinstance(request, SignIn):
                return Accepted(self._sign_in(request))
            if isinstance(request, Statement):
                _only(request.account, customer)
                lines = self.ledger.statement(request.account, request.last)
                return Printed(lines)
            if isinstance(request, Balance):
                _only(request.account, customer)
                return Accepted(self.ledger.account(customer).cents)
            return Accepted(self.ledger.apply(_order(request, customer)))
        except Refused as refusal:
            return Declined(str(refusal))

    def serve(self, connections) -> None:
        """Serve every connection that arrives, each by its own tasklet."""
        for connection in connections:
            spawn(self.serve_one, connection, daemon=True)

    def serve_one(self, connection: Connection) -> None:
        """Answer one ATM until it hangs up; nonsense ends its connection."""
        customer, wrong = "", 0
        with connection:
            try:
                while wrong < WRONG_PINS:
                    request = connection.receive()
                    reply = self.decide(request, customer)
                    self._wait_for_disk()
                    if isinstance(request, SignIn):
                        known = isinstance(reply, Accepted)
                        customer = request.account if known else ""
                        wrong += not known
                    if self.log:
                        self.log(_plain(f"{shown(request)} -> {shown(reply)}"))
                    connection.send(reply, SEND_TIMEOUT)
            except Closed:
                pass
            except (Broken, Malformed, TimeoutError) as error:
                # Its own loss: what was decided stands. What it sent is not
                # shown: it may hold a PIN.
                if self.log:
                    self.log(f"hung up on an ATM: {type(error).__name__}")

    def _wait_for_disk(self):
        """Return when all that was decided so far is on the disk."""
        if not self.ledger.pending:
            return
        if not self._called:  # the first of a group calls for the commit
            self._called = True
            spawn(self._commit, name="commit", daemon=True)
        commits = self.commits
        while self.commits == commits:
            try:
                self._on_disk.wait()
            except BaseException:  # a run that ends takes the commit with it
                self._called = False
                raise

    def _commit(self):
        # Whoever was ready to run has come before us, and is in the group.
        self._called = False
        self.ledger.commit()
        self.commits += 1
        self._on_disk.wake()

    def _sign_in(self, request):
        account = self.ledger.account(request.account)
        if account is None or not account.seal:
            raise Refused("wrong account or PIN")
        if account.wrong >= WRONG_PINS:
            raise Refused(f"locked after {WRONG_PINS} wrong PINs: ask the bank")
        if not _opens(account.seal, request.pin):
            self.ledger.change(account.name, wrong=account.wrong + 1)
            raise Refused("wrong account or PIN")
        if account.wrong:
            self.ledger.change(account.name, wrong=0)
        return account.cents


def seal_pin(pin: str, cost: int = PIN_COST) -> str:
    """What an account keeps instead of its PIN. ValueError if it is no PIN.

    `cost` is the n of scrypt (Percival 2009), a power of two.
    """
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
        raise ValueError("a PIN has 4 to 12 digits")
    salt = os.urandom(16).hex()
    return f"{cost}${salt}${_digest(pin, salt, cost)}"


def _opens(seal, pin):
    cost, salt, digest = seal.split("$")
    return hmac.compare_digest(digest, _digest(pin, salt, int(cost)))


def _digest(pin, salt, cost):
    size = min(8, cost)  # scrypt's r: a weak seal, for tests, is a small one
    return hashlib.scrypt(
        pin.encode(), salt=salt.encode(), n=cost, r=size, p=1, dklen=32
    ).hex()


def _plain(text):
    """What strangers wrote must not steer whoever reads the log."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _only(account, customer):
    if not customer or account != customer:
        raise Refused("sign in first")


def _order(request, customer):
    """What a request means to the ledger; Refused if it is not theirs."""
    match request:
        case Deposit(id, account, cents):
            return Order(id, "deposit", CASH, account, cents)
        case Withdraw(id, account, cents):
            _only(account, customer)
            return Order(id, "withdraw", account, HELD, cents)
        case Transfer(id, payer, payee, cents):
            _only(payer, customer)
            return Order(id, "transfer", payer, payee, cents)
        case Confirm(id):
            return Order(id, "confirm")
        case Reverse(id):
            return Order(id, "reverse")
