"""Teller: a bank that is one of several machines.

The one idea: the `Bank` is the one that a single machine runs. A teller opens
it while its replica leads; otherwise it sends customers to the leader
(`Elsewhere`). Each term has a `Bank` of its own. At the end of the term the
teller closes all its connections, and the ATMs ask again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..far import Connection
from ..near import spawn
from .addresses import Elsewhere
from .bank import Bank
from .client import FAILED
from .replicated import Books, Deposed, Replicated

__all__ = ["Teller"]

SEND_TIMEOUT = 5.0  # seconds


class Teller:
    """Serves customers while its replica leads.

    `replica` is one of `nearfar.replicas`, which hands its log to `books`.
    `opened(ledger)` is called at the start of each term that this replica
    leads, such as to open the first accounts.
    """

    def __init__(
        self,
        replica: Any,
        books: Books,
        opened: Callable[[Replicated], None] = lambda ledger: None,
        log: Callable[[str], None] | None = None,
        bank: Callable = Bank,
    ):
        self._replica, self._books = replica, books
        self._opened, self._log, self._make = opened, log, bank
        self._bank: Bank | None = None
        self._ledger: Replicated | None = None
        self._customers: dict[Connection, None] = {}
        replica.raft.deposed = self._end

    def serve(self, connections) -> None:
        """Serve, or send elsewhere, every customer that connects."""
        spawn(self._rule, name="teller", daemon=True)
        for connection in connections:
            spawn(self._serve_one, connection, daemon=True)

    def _rule(self):
        """Open the bank in each term that this replica leads."""
        term = 0
        while True:
            term = self._replica.wait_to_lead(after=term)
            ledger = self._ledger = Replicated(self._books, self._replica, term)
            try:
                self._opened(ledger)
                if ledger.pending:
                    ledger.commit()
            except Deposed:
                continue
            if self._log:
                self._log(f"this replica leads in term {term}")
            self._bank = self._make(ledger, log=self._log)

    def _serve_one(self, connection):
        bank = self._bank
        if bank is None:
            return self._send_away(connection)
        self._customers[connection] = None
        try:
            bank.serve_one(connection)
        finally:
            self._customers.pop(connection, None)

    def _send_away(self, connection):
        with connection:
            try:
                connection.receive(SEND_TIMEOUT)
                leader = self._replica.find_leader()
                connection.send(Elsewhere(leader), SEND_TIMEOUT)
            except FAILED as error:
                if self._log:
                    self._log(f"hung up on an ATM: {type(error).__name__}")

    def _end(self):
        """Another replica leads: nothing that was begun here is answered."""
        self._bank = None
        if self._ledger is not None:
            self._ledger.end()
        for connection in list(self._customers):
            connection.close()
