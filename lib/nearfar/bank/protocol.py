"""The bank's messages: what an ATM may ask, and what the bank replies.

The one idea: a request says what should happen, a reply says what did. A
request that moves money carries an id; the ATM that gets no reply sends the
same request again, under the same id.

Read the requests first, then the three replies. `bank` answers them, `atm`
sends them.
"""

from __future__ import annotations

from typing import ClassVar

from ..far import Message
from .accounts import Line

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
    "Request",
    "Reply",
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
