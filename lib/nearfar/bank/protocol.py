"""The bank's messages: what an ATM may ask, and what the bank replies.

The one idea: a request says what should happen, a reply says what did. A
request that moves money carries an id; the ATM that gets no reply sends the
same request again, under the same id.

Every field has a limit in its type: a longer word and a larger number are no
request, so they cost the bank one look and their sender its connection.

Read the requests first, then the three replies. `bank` answers them, `atm`
sends them.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from ..far import Message
from .accounts import LONGEST_WORD, Line

__all__ = ["SignIn", "Balance", "Statement", "Deposit", "Withdraw"]
__all__ += ["Transfer", "Confirm", "Reverse", "Accepted", "Declined"]
__all__ += ["Printed", "Request", "Reply", "fits"]

WHOLE = 2**53  # whole numbers up to this one are exact in every JSON reader
Word = Annotated[str, msgspec.Meta(max_length=LONGEST_WORD)]
Whole = Annotated[int, msgspec.Meta(ge=-WHOLE, le=WHOLE)]


class SignIn(Message):
    """Show a PIN; from then on this connection may speak for the account."""

    account: Word
    pin: Word
    secret: ClassVar = ("pin",)  # not shown in logs and pictures

    def __repr__(self):
        return f"SignIn(account={self.account!r}, pin=...)"


class Balance(Message):
    """Ask what there is. Needs a PIN."""

    account: Word


class Statement(Message):
    """Ask for the last movements. Needs a PIN."""

    account: Word
    last: Whole = 10


class Deposit(Message):
    """Put money in. Any client may; it learns no balance."""

    id: Word
    account: Word
    cents: Whole


class Withdraw(Message):
    """Ask for leave to pay out; `Confirm` or `Reverse` follows. Needs a PIN."""

    id: Word
    account: Word
    cents: Whole


class Transfer(Message):
    """Move money to another account. Needs the payer's PIN."""

    id: Word
    payer: Word
    payee: Word
    cents: Whole


class Confirm(Message):
    """The cash of this withdrawal came out."""

    id: Word


class Reverse(Message):
    """The cash of this withdrawal did not come out, and will not."""

    id: Word


class Accepted(Message, omit_defaults=True):
    """It is done; `cents` is the customer's balance after it.

    None for an asker who has not signed in as that customer.
    """

    cents: int | None = None


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


def fits(request: Request) -> bool:
    """Say whether the bank would read a request, or hang up on it."""
    try:
        msgspec.convert(msgspec.structs.asdict(request), type(request))
    except msgspec.ValidationError:
        return False
    return True
