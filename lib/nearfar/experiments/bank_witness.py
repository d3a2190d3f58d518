"""A witness: hear what the bank is asked and replies, and compare it.

The one idea: stand between the bank and its connections. Each request goes to
the bank and to the model of `bank_model`, in the order in which the bank
decides. After a power cut the model goes back to what was on the disk, and the
bank must have done so too.

`watched` is the bank that tells the witness when it decides; a `BankSide` is
one of its connections, a `MachineSide` one of an ATM's.
"""

from __future__ import annotations

from collections.abc import Callable

from ..bank import Accepted, Confirm, Printed, Reply, SignIn
from ..near import current, lowlevel
from .bank_model import DONE, WRONG_PINS, Model

__all__ = ["Witness", "BankSide", "MachineSide", "watched"]


PATIENCE = 30.0  # seconds in which the bank has to reply


class Witness:
    """The model now (`model`) and as it is on the disk (`safe`)."""

    def __init__(
        self,
        model: Model,
        mark: Callable[[str], None] = lambda name: None,
        now: Callable[[], float] = lambda: 0.0,
    ):
        self.model = model
        self.safe = model.copy()
        self.mark = mark
        self.now = now
        self.complaints: list[str] = []
        self.replies = 0
        self.sides: dict = {}  # by the tasklet that serves it

    def committed(self) -> None:
        """The bank's disk has everything that was decided so far."""
        self.safe = self.model.copy()

    def power_cut(self) -> None:
        """The bank has lost what was not on its disk."""
        self.model = self.safe.copy()
        self.sides.clear()

    def complain(self, text: str) -> None:
        """Note what is wrong."""
        self.complaints.append(text)


def watched(bank: type, witness: Witness) -> type:
    """Return a kind of bank whose decisions the witness hears."""

    class WatchedBank(bank):
        def decide(self, request, *details):
            reply = super().decide(request, *details)
            if current() in witness.sides:
                witness.sides[current()].decided(request)
            return reply

    return WatchedBank


class BankSide:
    """The bank's end of a connection, overheard."""

    def __init__(self, connection, witness: Witness):
        self.connection = connection
        self.witness = witness
        self.honest = connection.peer.startswith("atm")
        self.customer = ""
        self.wrong = 0  # PINs on this connection
        self.request = None  # that waits for its reply
        self.asked_at = 0.0
        self.due: list = []  # the answer of the model, and how new it is
        self.ended = False

    def receive(self, timeout=None):
        """Receive a request, for the bank and for the model."""
        if self.request is not None:
            self._complain("no reply")
        if self.wrong >= WRONG_PINS:
            self._complain("goes on after three wrong PINs")
        try:
            request = self.connection.receive(timeout)
        except BaseException:
            self.ended = True
            raise
        self.request, self.due = request, []
        self.asked_at = self.witness.now()
        self.witness.sides[current()] = self
        return request

    def decided(self, request) -> None:
        """The bank has decided; let the model do so, once."""
        if self.due or request is not self.request:
            return
        model = self.witness.model
        if self.honest:
            self._check_honesty(request, model)
        now = self.witness.now()
        answer = model.answer(request, self.customer, self.peer, now)
        if isinstance(request, SignIn):
            known = answer is not None
            self.customer = request.account if known else ""
            self.wrong += not known
        told = "declined" if answer is None else "accepted"
        self.witness.mark(f"bank: {type(request).__name__} {told}")
        self.due = [answer, model.changes]

    def send(self, reply, timeout=None) -> None:
        """Compare a reply with the model's, and send it."""
        self.witness.replies += 1
        if not self.due:
            self._complain(f"replies {reply}, and nothing was decided")
        else:
            answer, changes = self.due
            if _meaning(reply) != answer:
                self._complain(f"replies {reply}, not {answer}")
            if changes > self.witness.safe.changes:
                self._complain(f"replies {reply} before it is on the disk")
        self.request, self.due = None, []
        try:
            self.connection.send(reply, timeout)
        except BaseException:
            self.ended = True
            raise

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def __getattr__(self, name):
        return getattr(self.connection, name)  # peer, has_more, ...

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        over = self.ended or self.wrong >= WRONG_PINS
        over = over or self.witness.model.asked_by_another(
            self.request, self.customer
        )
        if not over and kind is not lowlevel.Killed:
            self._complain("the bank hangs up without a reason")
        waits_s = self.witness.now() - self.asked_at
        if self.request is not None and waits_s > PATIENCE:
            self._complain(f"no reply in {waits_s:.0f} s")
        self.ended = True
        self.close()

    def _check_honesty(self, request, model):
        """An honest machine asks for nothing that it may not ask for."""
        account = getattr(request, "payer", getattr(request, "account", ""))
        kind = type(request).__name__
        if kind in ("Balance", "Statement", "Withdraw", "Transfer"):
            if account != self.customer:
                self._complain("an ATM asks before it signs in")
        elif isinstance(request, Confirm):
            if model.told(request.id, "withdraw") is None:
                self._complain("an ATM pays out without leave")
            if model.told(request.id, "reverse") is not None:
                self._complain("an ATM pays out after it took back")

    def _complain(self, text):
        self.witness.complain(f"{self.request}: {text}")


def _meaning(reply):
    """What the model says instead of this reply."""
    if isinstance(reply, Accepted):
        return DONE if reply.cents is None else reply.cents
    if isinstance(reply, Printed):
        return [(x.verb, x.other, x.cents, x.balance) for x in reply.lines]
    return None


class MachineSide:
    """An ATM's end of a connection; `hears(what)` is told what passes.

    What passes is a request, a reply, or None for a connection that broke.
    """

    def __init__(self, connect, hears):
        self.hears = hears
        self._line = self._try(connect)

    def send(self, request, timeout=None) -> None:
        """Send a request."""
        self.hears(request)
        self._try(self._line.send, request, timeout)

    def receive(self, timeout=None) -> Reply:
        """Receive a reply."""
        reply = self._try(self._line.receive, timeout)
        self.hears(reply)
        return reply

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _try(self, do, *details):
        try:
            return do(*details)
        except Exception:
            self.hears(None)
            raise
