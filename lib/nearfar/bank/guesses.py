"""Guesses: how long an account, and a peer, waits after wrong PINs.

The one idea: four digits are 10,000 tries, so tries must become rare; but a
lock that stays locked lets a stranger shut every customer out. So the answer
to wrong PINs is a wait, which doubles with each of them and always ends.

| wrong PINs | free | then wait | up to | forgotten |
| --- | --- | --- | --- | --- |
| in a row at an account | 3 | 10 s | 1 h | by the right PIN |
| at an account, in all | 20 | 10 s | 1 h | one an hour |
| from a peer, at all accounts | 30 | 1 s | 1 min | one a minute |

The second line is for guesses between the customer's own visits. The same
wrong PIN again is no other guess: an ATM asks again when a reply was lost.

Left out: to tell a customer who mistypes from a thief who guesses.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from .accounts import Account, Refused

__all__ = ["Guesses", "WRONG_PINS"]

WRONG_PINS = 3  # in a row, then the account is locked for a while
IN_ALL = 20
FROM_A_PEER = 30
FIRST_S, LONGEST_S, FORGET_S = 10, 3_600, 3_600
PEER_FIRST_S, PEER_LONGEST_S, PEER_FORGET_S = 1, 60, 60
PEERS = 1_000  # remembered before those with nothing to remember are dropped


@dataclass(slots=True)
class Tally:
    """Wrong PINs as of the last one, less those forgotten until then."""

    count: float = 0.0
    at: float = 0.0
    last: bytes = b""  # what was tried, as a digest

    def add(self, now: float, forget_s: float) -> None:
        """One more; one is forgotten every `forget_s` seconds."""
        forgotten = max(0.0, now - self.at) / forget_s
        self.count = max(0.0, self.count - forgotten) + 1
        self.at = now


class Guesses:
    """Wrong PINs so far. `now` is the time in seconds, of one clock.

    How many were wrong in a row is kept in the ledger, by the caller;
    the rest is lost in a restart, and a wait then begins anew.
    """

    def __init__(self) -> None:
        self._accounts: dict[str, Tally] = {}
        self._peers: dict[str, Tally] = {}
        self._key = os.urandom(16)

    def check(self, account: Account, peer: str, now: float) -> None:
        """Raise `Refused` if it is too early for another try."""
        tally = self._tally(account, now)
        count = round(tally.count)
        beyond = max(min(account.wrong, count) - WRONG_PINS, count - IN_ALL)
        if account.wrong >= WRONG_PINS:
            beyond = max(beyond, 0)
        wait_s = _wait(tally, beyond, now, FIRST_S, LONGEST_S)
        if wait_s:
            wrong = account.wrong if account.wrong >= WRONG_PINS else count
            raise Refused(
                f"locked after {wrong} wrong PINs: wait {wait_s} s, "
                "or ask the bank"
            )
        here = self._peers.get(peer)
        if here is not None:
            beyond = round(here.count) - FROM_A_PEER
            wait_s = _wait(here, beyond, now, PEER_FIRST_S, PEER_LONGEST_S)
            if wait_s:
                raise Refused(f"many wrong PINs from here: wait {wait_s} s")

    def is_repeated(self, account: Account, pin: str) -> bool:
        """Say whether this PIN was the last wrong one."""
        tally = self._accounts.get(account.name)
        return tally is not None and tally.last == self._digest(account, pin)

    def add(self, account: Account, pin: str, peer: str, now: float) -> None:
        """Note a wrong PIN."""
        tally = self._tally(account, now)
        tally.add(now, FORGET_S)
        tally.last = self._digest(account, pin)
        self._accounts[account.name] = tally
        self._peers.setdefault(peer, Tally()).add(now, PEER_FORGET_S)
        if len(self._peers) > PEERS:
            self._peers = {
                name: each
                for name, each in self._peers.items()
                if each.count * PEER_FORGET_S > now - each.at
            }

    def _tally(self, account, now):
        """What is remembered of an account; after a restart, the ledger's."""
        tally = self._accounts.get(account.name)
        if tally is None:
            tally = Tally(account.wrong, now)
            if account.wrong:
                self._accounts[account.name] = tally
        if tally.at > now:  # another clock, such as of a run before this one
            tally.at = now
        return tally

    def _digest(self, account, pin):
        data = f"{account.seal} {pin}".encode()
        return hashlib.blake2b(data, key=self._key, digest_size=16).digest()


def _wait(tally, beyond, now, first_s, longest_s):
    """Seconds from the last wrong PIN, if they are not over; else 0."""
    if beyond < 0:
        return 0
    wait_s = min(longest_s, first_s * 2 ** min(beyond, 20))
    return wait_s if now < tally.at + wait_s else 0
