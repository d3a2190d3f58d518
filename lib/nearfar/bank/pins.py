"""PINs: what an account keeps so that a PIN can be checked.

The one idea: the file keeps a *seal*, made from the PIN with scrypt (Percival
2009), a function that is slow on purpose. Left out: protection of a stolen
file. A PIN of four digits is found in 10,000 tries.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from functools import lru_cache

from .log import Damaged

__all__ = ["seal_pin", "opens", "cost_of"]

# The cost of one check, as scrypt's n. At 2**10 it takes about 2 ms, in which
# a bank of one thread serves no other request. More would hardly protect a
# stolen file; the lock after three wrong PINs is what protects an account.
PIN_COST = 2**10


def seal_pin(pin: str, cost: int = PIN_COST) -> str:
    """Return what an account keeps instead of its PIN.

    `cost` is the n of scrypt, a power of two. Raises ValueError if `pin` is
    not 4 to 12 digits.
    """
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
        raise ValueError("a PIN has 4 to 12 digits")
    salt = os.urandom(16).hex()
    return f"{cost}${salt}${_digest(pin, salt, cost)}"


def opens(seal: str, pin: str) -> bool:
    """Say whether a seal was made from `pin`. `Damaged` if it is no seal."""
    cost, salt, digest = _parts(seal)
    return hmac.compare_digest(digest, _digest(pin, salt, cost))


def cost_of(seal: str) -> float:
    """Say what a check against it takes, in checks of the usual cost."""
    return _parts(seal)[0] / PIN_COST


@lru_cache(maxsize=1_024)
def _parts(seal):
    form = re.fullmatch(r"([0-9]{1,5})\$([0-9a-f]{32})\$([0-9a-f]{64})", seal)
    cost = int(form[1]) if form else 0
    if cost < 2 or cost & (cost - 1):
        raise Damaged("a seal is not as the bank writes it")
    return cost, form[2], form[3]


def _digest(pin, salt, cost):
    size = min(8, cost)  # scrypt's r: a weak seal, for tests, is a small one
    return hashlib.scrypt(
        pin.encode(), salt=salt.encode(), n=cost, r=size, p=1, dklen=32
    ).hex()
