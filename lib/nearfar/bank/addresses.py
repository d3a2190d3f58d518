"""Addresses: where a bank may be found that is several machines.

The one idea: an ATM needs only a list of addresses. It connects to one of
them. A machine that must not decide answers with the right address
(`Elsewhere`), and the next connection goes there. If a machine does not
answer, the ATM tries the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from ..far import Broken, Connection, Message

__all__ = ["Addresses", "Elsewhere"]


class Elsewhere(Message):
    """Another machine decides: ask at `address`; "" if it is not known."""

    address: str


class Addresses:
    """Connects to one of several addresses, and goes where it is sent.

    Call it to get a connection: `connect(address)` makes one on which
    `Elsewhere` may come back.
    """

    def __init__(
        self, connect: Callable[[str], Connection], addresses: list[str]
    ):
        self._connect = connect
        self._others = cycle(addresses)
        self._address = next(self._others)

    def __call__(self) -> Connection:
        try:
            return Followed(self._connect(self._address), self)
        except OSError:
            self.go_to("")
            raise

    def go_to(self, address: str) -> None:
        """Connect there the next time; "" is the next one of all."""
        self._address = address or next(self._others)


class Followed(Connection):
    """A connection whose peer may send its caller elsewhere."""

    __slots__ = ("_connection", "_addresses")

    def __init__(self, connection: Connection, addresses: Addresses):
        self._connection, self._addresses = connection, addresses

    def send(self, message: Message, timeout: float | None = None) -> None:
        self._connection.send(message, timeout)

    def receive(self, timeout: float | None = None) -> Message:
        try:
            reply = self._connection.receive(timeout)
        except (OSError, TimeoutError):
            self._addresses.go_to("")
            raise
        if isinstance(reply, Elsewhere):
            self._addresses.go_to(reply.address)
            raise Broken(f"another replica leads: {reply.address or 'unknown'}")
        return reply

    def close(self) -> None:
        self._connection.close()
