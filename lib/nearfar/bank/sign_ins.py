"""Sign-ins: who may speak for an account.

The one idea: a check of a PIN is slow on purpose, and each one is a guess. So
it is rationed twice: by the time it takes (`allowance`), and by how many were
wrong (`guesses`).
"""

from __future__ import annotations

import time

from ..near import Misuse, lowlevel, sleep
from .accounts import Account, Refused
from .allowance import Allowance, Busy
from .guesses import Guesses
from .ledger import Ledger
from .log import Damaged
from .pins import cost_of, opens
from .protocol import SignIn

__all__ = ["SignIns", "time_now"]

LOOKS = 25, 100  # at PINs, a second, for one peer and for all: 5 % and 20 %
LOOKS_BURST_S = 2.0
PATIENCE_S = 4.0  # that a sign-in may wait for its look
NO = "wrong account or PIN"


class SignIns:
    """Checks PINs against a ledger."""

    def __init__(self, ledger: Ledger):
        self._ledger = ledger
        self._guesses = Guesses()
        self._looks = Allowance(*LOOKS, LOOKS_BURST_S)
        self._found: tuple = None, None  # by `wait`: a request, its account

    def wait(self, request: SignIn, peer: str) -> None:
        """Return when the bank may check a PIN for this peer.

        Raises `Busy` if too many wait already.
        """
        try:
            account = self._ledger.account(request.account)
            cost = cost_of(account.seal) if account and account.seal else 0
        except Damaged:
            return  # `sign_in` says so
        if not cost:
            return
        self._found = request, account
        now = time_now()
        delay = self._looks.delay(peer, now)
        if delay > PATIENCE_S:
            raise Busy("too many sign-ins wait already")
        self._looks.charge(peer, cost, now)
        if delay:
            self._found = None, None  # another may change it meanwhile
            sleep(delay)

    def sign_in(self, request: SignIn, peer: str) -> Account:
        """Return the account that the PIN opens. Raises `Refused`."""
        (asked, account), self._found = self._found, (None, None)
        if asked is not request:
            account = self._ledger.account(request.account)
        if account is None or not account.seal:
            raise Refused(NO)
        now = time_now()
        self._guesses.check(account, peer, now)
        if self._guesses.is_repeated(account, request.pin):
            raise Refused(NO)
        if not opens(account.seal, request.pin):
            self._guesses.add(account, request.pin, peer, now)
            self._ledger.change(account.name, wrong=account.wrong + 1)
            raise Refused(NO)
        if account.wrong:
            self._ledger.change(account.name, wrong=0)
        return account


def time_now() -> float:
    """The time of this run's clock; outside of a run, of the system's."""
    try:
        return lowlevel.time_now()
    except Misuse:
        return time.monotonic()
