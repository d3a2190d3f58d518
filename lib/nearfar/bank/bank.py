"""The bank: the server that decides on every request.

The one idea: the bank alone decides, and a reply goes out only when what it
says is on the disk: a reply that a power cut could make a lie is not sent.

A commit to disk is slow, so requests that wait together share one (*group
commit*): every request that changes something waits, one commit covers all of
them, and then their replies go out. A balance waits as well, for it may show
what is not on the disk yet.

`Bank` is handed something that accepts connections, and a `Ledger`; it does
not know what carries its messages. They are in `protocol`, the other end is
in `atm`.

Left out: read-only service while the disk is full. A bank that cannot write
stops without a reply, and its ATMs ask again when it is back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..far import Broken, Connection, Malformed, Waiters
from ..near import Closed, schedule, sleep, spawn
from ..trace import shown
from .accounts import CASH, HELD, Order, Refused
from .allowance import Allowance, Busy
from .guesses import WRONG_PINS
from .ledger import Ledger
from .lines import Lines
from .log import Damaged
from .names import normal
from .protocol import (
    Accepted,
    Balance,
    Confirm,
    Declined,
    Deposit,
    Moving,
    Printed,
    Reply,
    Request,
    Reverse,
    SignIn,
    Statement,
    Transfer,
    Withdraw,
)
from .sign_ins import PATIENCE_S, SignIns, time_now

__all__ = ["Bank"]

SEND_TIMEOUT = 5.0  # seconds in which an ATM has to take its reply
SIGN_IN = "sign in first"
# What a client without a sign-in may ask for, a second, from one peer and
# in all. An order is kept on the disk forever, with its refusal; what is only
# declined costs a tenth of that, for its line in the log.
STRANGERS = 2, 10
IN_THE_LOG = 0.1
# How often one customer may be declined, a second, and all of them: each
# refusal is kept as well, but one customer must not slow down the others.
CUSTOMERS = 2, math.inf
BURST_S = 60.0


class Bank:
    """Decides on requests, and serves connections.

    `log` gets a line for each request and its reply, in plain words and
    without secrets.
    """

    def __init__(
        self, ledger: Ledger, log: Callable[[str], None] | None = None
    ):
        self.ledger = ledger
        self.log = log
        self.commits = 0
        self._called = False  # for the next commit
        self._lost: Broken | None = None  # the last commit, and so the books
        self._on_disk = Waiters("the commit")
        self._sign_ins = SignIns(ledger)
        self._strangers = Allowance(*STRANGERS, BURST_S)
        self._customers = Allowance(*CUSTOMERS, BURST_S)
        self._lines = Lines()

    def decide(
        self, request: Request, customer: str = "", peer: str = ""
    ) -> Reply:
        """Apply one request, wholly or not at all, and say what happened.

        `customer` is the account that has signed in, `peer` where the request
        comes from. The change is on the disk after the ledger's next commit.
        """
        try:
            if isinstance(request, SignIn):
                return Accepted(self._sign_ins.sign_in(request, peer).cents)
            if isinstance(request, Statement):
                _only(request.account, customer)
                lines = self.ledger.statement(request.account, request.last)
                return Printed(lines)
            if isinstance(request, Balance):
                _only(request.account, customer)
                account = self.ledger.account(customer)
                assert account is not None  # its customer has signed in
                return Accepted(account.cents)
            decision = self._move(request, customer)
            mine = customer and decision.customer == normal(customer)
            return Accepted(decision.told if mine else None)
        except Refused as refusal:
            return Declined(str(refusal))
        except Damaged as damage:
            if isinstance(request, Moving):
                raise  # what became of it can't be read: no answer is true
            return Declined(f"{damage}: ask the bank")

    def serve(self, connections) -> None:
        """Serve every connection that arrives, each by its own tasklet."""
        for connection in connections:
            spawn(self.serve_one, connection, daemon=True)

    def serve_one(self, connection: Connection) -> None:
        """Answer one ATM until it hangs up; nonsense ends its connection."""
        customer, wrong, peer = "", 0, _host(connection)
        with connection:
            try:
                while wrong < WRONG_PINS:
                    request: Any = connection.receive()  # a Request
                    self._admit(request, customer, peer)
                    reply = self.decide(request, customer, peer)
                    self._charge(request, reply, customer, peer)
                    self._wait_for_disk()
                    rationed = ""
                    if isinstance(request, SignIn):
                        known = isinstance(reply, Accepted)
                        customer = normal(request.account) if known else ""
                        wrong += not known
                        rationed = "" if known else "SignIn -> Declined"
                    if self.log:
                        line = f"{shown(request)} -> {shown(reply)}"
                        self._lines.write(
                            self.log, line, time_now(), peer, rationed
                        )
                    connection.send(reply, SEND_TIMEOUT)
                    if connection.has_more:  # others come first
                        schedule()
            except Closed:
                pass
            except (Broken, Busy, Damaged, Malformed, TimeoutError) as error:
                # Its own loss: what was decided stands. What it sent is not
                # shown: it may hold a PIN.
                if self.log:
                    line = f"hung up on an ATM: {type(error).__name__}"
                    self._lines.write(self.log, line, time_now(), peer, line)

    def _admit(self, request, customer, peer):
        """Let a peer wait, or raise `Busy`, if it asks for too much."""
        if isinstance(request, SignIn):
            self._sign_ins.wait(request, peer)
        elif customer:
            delay = self._customers.delay(customer, time_now())
            if delay > PATIENCE_S:
                raise Busy("this customer was declined too often")
            if delay:
                sleep(delay)
        elif self._strangers.delay(peer, time_now()):
            raise Busy("too many requests without a PIN")

    def _charge(self, request, reply, customer, peer):
        """Charge a customer or a stranger for what it leaves behind."""
        declined = isinstance(reply, Declined)
        if customer:
            if declined and not isinstance(request, SignIn):
                self._customers.charge(customer, 1, time_now())
        elif isinstance(request, Moving):
            self._strangers.charge(peer, 1, time_now())
        elif declined:
            self._strangers.charge(peer, IN_THE_LOG, time_now())

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
        if self._lost:
            raise self._lost

    def _commit(self):
        # Every tasklet that was ready has run before: it is in the group.
        self._called = False
        try:
            self.ledger.commit()
        except Broken as lost:  # replicas keep it, and another one leads now
            self._lost = lost
        self.commits += 1
        self._on_disk.wake()

    def _move(self, request, customer):
        order = _order(request)
        if isinstance(request, Withdraw | Transfer):
            payer = normal(order.payer)
            if not customer or payer != normal(customer):
                if self.ledger.refuse(order, SIGN_IN):
                    raise Refused(SIGN_IN)
                raise Malformed("asked again by another than its customer")
        return self.ledger.carry_out(order)


def _host(connection):
    """Where a peer is, without its port."""
    peer = getattr(connection, "peer", "")
    return peer.rpartition(":")[0] or peer


def _only(account, customer):
    if not customer or normal(account) != normal(customer):
        raise Refused(SIGN_IN)


def _order(request):
    """Return the order that a request stands for."""
    match request:
        case Deposit(id, account, cents):
            return Order(id, "deposit", CASH, account, cents)
        case Withdraw(id, account, cents):
            return Order(id, "withdraw", account, HELD, cents)
        case Transfer(id, payer, payee, cents):
            return Order(id, "transfer", payer, payee, cents)
        case Confirm(id):
            return Order(id, "confirm")
        case Reverse(id):
            return Order(id, "reverse")
