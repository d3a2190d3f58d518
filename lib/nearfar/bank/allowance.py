"""Allowances: how much of the bank one peer may use up, and all together.

The one idea: what costs more than a turn (to check a PIN, to keep an order
on disk forever, to write a line of the log) is charged. A peer that has used
up its allowance waits, and so do all when all have used up theirs; what one
stranger does costs the others a known share, whatever it sends.

It is a leaky bucket, kept as the time at which it will be empty (*GCRA*, ITU-T
I.371), so a peer costs one number. Left out: a fair share for many peers that
come from one host.
"""

from __future__ import annotations

from collections.abc import Hashable

__all__ = ["Allowance", "Busy"]

PEERS = 1_000  # that are remembered before those who owe nothing are dropped
ALL = object()  # the account of all peers together


class Busy(Exception):
    """A peer has used up what it may: hang up, and let it come again."""


class Allowance:
    """So much a second for `each` peer and for `all`, saved up for `burst_s`.

    `delay` says how long a peer must wait, `charge` what it has used. Times
    are seconds of a clock; if another one begins, all debts are forgotten.
    """

    def __init__(self, each: float, all: float, burst_s: float):
        self.each, self.all, self.burst_s = each, all, burst_s
        self._empty_at: dict[object, float] = {}
        self._latest = 0.0

    def delay(self, peer: Hashable, now: float) -> float:
        """Seconds until the peer may use more; 0 if it may now."""
        if now < self._latest:  # the clock of another run
            self._empty_at.clear()
        self._latest = now
        owed = self._empty_at.get
        until = max(owed(peer, 0.0), owed(ALL, 0.0))
        return max(0.0, until - now - self.burst_s)

    def charge(self, peer: Hashable, amount: float, now: float) -> None:
        """Note what a peer has used."""
        for who, rate in (peer, self.each), (ALL, self.all):
            start = max(now, self._empty_at.get(who, now))
            self._empty_at[who] = start + amount / rate
        if len(self._empty_at) > PEERS:
            self._empty_at = {
                who: at for who, at in self._empty_at.items() if at > now
            }
