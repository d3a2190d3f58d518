"""The client: ask until the bank replies, or six attempts have failed.

The one idea: a lost reply and a lost request look the same from here, so the
client sends the same request again, under the same id, on a new connection.
It waits longer each time, by chance, so that many machines do not ask a bank
that has just come back all at once.

It ends in a reply, `Refused` (the bank said no) or `Unknown`. `atm` decides
what each of them means for the customer.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from ..far import LOST, Connection, Malformed
from ..near import sleep
from .accounts import LONGEST_WORD, Refused
from .protocol import (
    Accepted,
    Balance,
    Declined,
    Printed,
    Reply,
    Request,
    SignIn,
    Statement,
    Transfer,
    Withdraw,
    fits,
)

__all__ = ["Client", "Unknown"]

ATTEMPTS = 6  # at one request, before the bank counts as away
REPLY_TIMEOUT = 5.0  # seconds
FIRST_PAUSE = 0.1  # seconds at most before the second attempt; then twice that
LONGEST_PAUSE = 5.0
NEEDS_CARD = (Balance, Statement, Withdraw, Transfer)
FAILED = (*LOST, Malformed, OSError)


class Unknown(Exception):
    """No answer came: it may have happened, or not.

    `asked` is false if the request cannot have reached the bank.
    """

    asked = True


class Client:
    """A bank's client: `connect()` makes a connection when it needs one.

    `card` is what it shows first on each new connection.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        chance: Random,
        log: Callable[[str], None],
    ):
        self.connect = connect
        self.chance = chance
        self.log = log
        self.card: SignIn | None = None
        self._connection: Connection | None = None
        self._refusal = ""  # why it is not signed in there

    def ask(self, request: Request, attempts: int = ATTEMPTS) -> Reply:
        """Ask until there is an answer. Raises `Refused` or `Unknown`."""
        if not fits(request):  # the bank would hang up, again and again
            raise Refused(f"a name or a PIN has up to {LONGEST_WORD} letters")
        asked, problem = False, None
        for attempt in range(attempts):
            if attempt:
                longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
                sleep(self.chance.uniform(0, longest))
            try:
                refusal = self._get_ready()
                if refusal and isinstance(request, NEEDS_CARD):
                    problem = refusal
                    self.hang_up()
                    break
                asked = True
                reply = self._ask(request)
            except FAILED as error:
                problem = error
                self.hang_up()
                self.log(
                    f"no answer from the bank, {attempt + 1} of {attempts}"
                )
            except BaseException:  # killed: its answer is still to come
                self.hang_up()
                raise
            else:
                if isinstance(reply, Declined):
                    raise Refused(reply.reason)
                return reply
        doubt = Unknown(f"no answer from the bank ({problem})")
        doubt.asked = asked
        raise doubt

    def hang_up(self) -> None:
        """End the connection; ignore what is still to come on it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _get_ready(self):
        """Connect and sign in; return why the bank refused the card."""
        if self._connection is None:
            self._connection, self._refusal = self.connect(), ""
            if self.card is not None:
                reply = self._ask(self.card)
                if isinstance(reply, Declined):
                    self._refusal = reply.reason
        return self._refusal

    def _ask(self, request):
        try:
            self._connection.send(request, REPLY_TIMEOUT)
        except Malformed as error:  # these words cannot be sent
            raise Refused(str(error)) from None
        reply = self._connection.receive(REPLY_TIMEOUT)
        if not _answers(reply, request):
            kind = type(request).__name__
            raise Malformed(f"expected a reply to {kind}; arrived: {reply!r}")
        return reply


def _answers(reply, request):
    """Say whether a reply is one to this request."""
    if isinstance(reply, Declined):
        return True
    if isinstance(request, Statement):
        return isinstance(reply, Printed)
    needs_balance = isinstance(request, (SignIn, *NEEDS_CARD))
    known = isinstance(reply, Accepted)
    return known and (reply.cents is not None or not needs_balance)
