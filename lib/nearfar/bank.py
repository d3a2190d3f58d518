"""The bank and the ATM: both ends of one small protocol.

The one idea: a request says what should happen, a reply says what did. The
bank alone decides; it answers every request with `Accepted` or `Declined`, and
an ATM believes nothing but that answer. When no answer comes, the truth is
"I do not know", and `Unknown` says so.

Read the five messages first, then `Bank`, then `ATM`. Neither knows what
carries the messages: a bank is handed something that accepts connections, an
ATM something to send and receive on.

Left out, until later chapters: accounts that survive the process, a PIN, and
asking again without doing it twice.
"""

from __future__ import annotations

from collections.abc import Callable

from .channels import Closed
from .connections import Broken, Connection
from .messages import Malformed, Message
from .tasklets import spawn
from .trace import shown

__all__ = [
    "Deposit",
    "Withdraw",
    "Balance",
    "Accepted",
    "Declined",
    "Bank",
    "ATM",
    "Refused",
    "Unknown",
]


class Deposit(Message):
    """Put money in."""

    account: str
    cents: int


class Withdraw(Message):
    """Take money out, if there is enough."""

    account: str
    cents: int


class Balance(Message):
    """Ask what there is."""

    account: str


class Accepted(Message):
    """It is done; `cents` is the balance after it."""

    cents: int


class Declined(Message):
    """It did not happen, and will not."""

    reason: str


Request = Deposit | Withdraw | Balance
Reply = Accepted | Declined

REPLY_TIMEOUT = 5.0  # seconds
DOUBTS = {
    Deposit: "; the deposit may have happened, or not",
    Withdraw: "; the withdrawal may have happened, or not",
    Balance: "",
}
MOST_CENTS = 10**12  # in one movement: ten billion, so that sums stay exact


class Refused(Exception):
    """The bank's No: it did not happen, and will not. The text says why."""


class Unknown(Exception):
    """No answer came: it may have happened, or not. Ask for the balance."""


class Bank:
    """Accounts in whole cents, and the rules for moving them.

    `accounts` maps names to their opening balances; `log` is told, in plain
    words, of every request and its reply.
    """

    def __init__(
        self,
        accounts: dict[str, int],
        log: Callable[[str], None] = lambda text: None,
    ):
        self.accounts = dict(accounts)
        self.log = log

    def decide(self, request: Request) -> Reply:
        """Apply one request, wholly or not at all, and say what happened."""
        balance = self.accounts.get(request.account)
        if balance is None:
            return Declined(f"there is no account {request.account!r}")
        if isinstance(request, Balance):
            return Accepted(balance)
        cents = request.cents
        if type(cents) is not int or not 0 < cents <= MOST_CENTS:
            return Declined(
                f"an amount is 1 to {MOST_CENTS} cents, not {cents}"
            )
        if isinstance(request, Withdraw) and cents > balance:
            return Declined(
                f"{request.account} has {balance} cents, not {cents}"
            )
        sign = 1 if isinstance(request, Deposit) else -1
        self.accounts[request.account] = balance + sign * cents
        return Accepted(self.accounts[request.account])

    def serve(self, connections) -> None:
        """Serve every connection that arrives, each by its own tasklet."""
        for connection in connections:
            spawn(self.serve_one, connection, daemon=True)

    def serve_one(self, connection: Connection) -> None:
        """Answer one ATM until it hangs up; nonsense ends its connection."""
        with connection:
            try:
                for request in connection:
                    reply = self.decide(request)
                    self.log(f"{shown(request)} -> {shown(reply)}")
                    connection.send(reply)
            except (Broken, Malformed) as error:
                # Its own loss: what was decided stands.
                self.log(f"hung up on an ATM: {error}")


class ATM:
    """A customer's side of the bank, over one connection.

    After `Unknown`, or when it is killed in the middle of a question, the
    connection is closed: a late answer must not pass for that to the next.
    """

    def __init__(self, connection: Connection):
        self.connection = connection

    def deposit(self, account: str, cents: int) -> int:
        """Put money in; returns the new balance in cents."""
        return self._ask(Deposit(account, _whole(cents)))

    def withdraw(self, account: str, cents: int) -> int:
        """Take money out; returns the new balance in cents."""
        return self._ask(Withdraw(account, _whole(cents)))

    def balance(self, account: str) -> int:
        """The balance in cents."""
        return self._ask(Balance(account))

    def _ask(self, request: Request) -> int:
        """Raises `Refused` for a No, `Unknown` if no answer came.

        `Broken` means that the request never left.
        """
        self.connection.send(request)
        try:
            reply = self.connection.receive(timeout=REPLY_TIMEOUT)
        except (Broken, Closed, Malformed, TimeoutError) as error:
            self.connection.close()
            raise Unknown(
                f"no answer from the bank ({error}){DOUBTS[type(request)]}"
            ) from None
        except BaseException:  # killed: its answer is still to come
            self.connection.close()
            raise
        if isinstance(reply, Declined):
            raise Refused(reply.reason)
        return reply.cents


def _whole(cents) -> int:
    if type(cents) is not int:
        raise ValueError(f"an amount is a whole number of cents, not {cents!r}")
    return cents
