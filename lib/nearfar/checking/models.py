"""Models: what an object answers if calls come one after another.

The one idea: a *sequential specification* is a function. `step` takes a state
and a call, and returns the next state and the only right answer. It is as
short as the object would be without concurrency, disks or networks.

A state must be hashable, because the search remembers it. `key` splits calls
that do not influence each other: a history is linearizable if the part of each
key is (Herlihy and Wing, 1990), and parts are smaller.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol

__all__ = ["Specification", "Registers", "Fifo", "Accounts", "REFUSED"]

REFUSED = "refused"  # an answer: it did not happen and will not


class Specification(Protocol):
    """What an object answers if calls come one after another."""

    def key(self, name: str, args: tuple) -> Hashable:
        """Return the part of the object that a call is about."""

    def start(self, key: Hashable) -> Hashable:
        """Return the state of this part before all calls."""

    def step(self, state: Any, name: str, args: tuple) -> tuple[Hashable, Any]:
        """Return the state after a call, and the answer."""


class Registers:
    """Variables by name: `write(name, value)`, `read(name)`; None at first."""

    def key(self, name: str, args: tuple) -> Hashable:
        """Each variable is a part of its own."""
        return args[0]

    def start(self, key: Hashable) -> Hashable:
        """Nothing has been written."""
        return None

    def step(self, state: Any, name: str, args: tuple) -> tuple[Hashable, Any]:
        """A read answers with what was written last."""
        return (args[1], None) if name == "write" else (state, state)


class Fifo:
    """First in, first out: `put(value)`; `take()` answers None if empty."""

    def key(self, name: str, args: tuple) -> Hashable:
        """It is all one."""
        return None

    def start(self, key: Hashable) -> Hashable:
        """It is empty."""
        return ()

    def step(self, state: Any, name: str, args: tuple) -> tuple[Hashable, Any]:
        """A take answers with what has been in it longest."""
        if name == "put":
            return (*state, args[0]), None
        return state[1:], state[0] if state else None


class Accounts:
    """Accounts with their cents; every answer is the next balance.

    `deposit(account, cents)`, `balance(account)`; `withdraw(account, cents)`
    answers REFUSED if there is not enough, and so does
    `transfer(payer, payee, cents)`, which answers with the payer's balance.
    Without `transfers`, each account is a part of its own.
    """

    def __init__(self, cents: dict[str, int], transfers: bool = False):
        self.cents = cents
        self.transfers = transfers

    def key(self, name: str, args: tuple) -> Hashable:
        """The account, unless money may go from one to another."""
        return None if self.transfers else args[0]

    def start(self, key: Hashable) -> Hashable:
        """The accounts, as pairs of a name and cents."""
        return tuple(
            (name, cents)
            for name, cents in sorted(self.cents.items())
            if key in (None, name)
        )

    def step(self, state: Any, name: str, args: tuple) -> tuple[Hashable, Any]:
        """Move the money, or refuse to."""
        accounts = dict(state)
        *names, cents = args if name != "balance" else (*args, 0)
        first = names[0]
        if name == "deposit":
            accounts[first] += cents
        elif name in ("withdraw", "transfer"):
            if accounts[first] < cents:
                return state, REFUSED
            accounts[first] -= cents
        if name == "transfer":
            accounts[names[1]] += cents
        return tuple(sorted(accounts.items())), accounts[first]
