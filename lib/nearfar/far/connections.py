"""Connections: two ends, with a promise weaker than a channel's.

A connection promises that messages arrive in order, at most once, until
`Broken`, and nothing more. `send` returns when the message is *on its way*. It
never says "arrived", let alone "done"; only a reply says that.

| promise | channel | connection |
| --- | --- | --- |
| `send` returns | when a tasklet has it | when it is on its way |
| the other side may vanish | no | at any time: `Broken` |
| what is sent | any object, shared | a message, copied |
| who is faster | waits | waits too, once the wire is full |

Read `Connection`, the contract, first. `memory` keeps it in one process,
`sockets` over TCP, `simulation` over a simulated network. To keep it anywhere
else, write `send`, `receive` and `close`. A `Listener` is where connections
arrive: its queue is the same everywhere, and hands them out by `accept`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from ..near import Closed
from .deadlines import Deadline
from .messages import Message
from .waiting import Waiters

__all__ = ["Connection", "Listener", "Broken", "LOST", "Statistics"]

ON_THE_WIRE = 16  # messages on their way before send() waits


class Broken(ConnectionError):
    """The peer is gone. What was on its way has arrived, or has not."""


# What `send` and `receive` raise when no answer will come on this connection.
LOST = (Broken, Closed, TimeoutError)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What has gone through one end so far.

    Bytes are those that went over the wire: frames, and first words if any.
    """

    messages_sent: int
    messages_received: int
    bytes_sent: int
    bytes_received: int


class Connection(ABC):
    """One end: `send`, `receive`, `close`, and iteration over what comes.

    In order, at most once, then `Broken`. `send` says "on its way", never
    "arrived", and waits while the peer does not read.
    """

    __slots__ = ()  # so that subclasses can have some

    out = into = ""  # names of the two directions, the same at both ends
    sent = received = 0  # messages
    bytes_sent = bytes_received = 0

    @abstractmethod
    def send(self, message: Message, timeout: float | None = None) -> None:
        """Put a message on its way.

        Raises `Broken` if the peer is gone, `Closed` if this end is closed,
        `TooLarge` if the message is over the limit, TimeoutError if there was
        no room for it within `timeout` seconds: it was not sent then.
        """

    @abstractmethod
    def receive(self, timeout: float | None = None) -> Message:
        """The next message.

        Raises `Closed` when the peer has closed and nothing is left, `Broken`
        if it vanished, `Malformed` if it sent nonsense, TimeoutError if
        nothing came within `timeout` seconds.
        """

    @property
    def has_more(self) -> bool:
        """Whether the next message is here already: the peer sends ahead."""
        return False

    @property
    def statistics(self) -> Statistics:
        """Messages and bytes, both ways, as of now."""
        return Statistics(
            self.sent, self.received, self.bytes_sent, self.bytes_received
        )

    @abstractmethod
    def close(self) -> None:
        """Send no more. What was sent before still arrives.

        You can call it twice. It does not wait, except for a socket outside of
        a run or at its end, where no tasklet can do it later. All sockets that
        close at the end of a run share one second. A tasklet that waits at this
        end to send or to receive gets `Closed`.
        """

    def __iter__(self) -> Iterator[Message]:
        """What comes, until the peer has closed."""
        with suppress(Closed):
            while True:
                yield self.receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class Listener(ABC):
    """Where connections arrive: `accept`, `close`, iteration and `with`.

    The code that brings connections hands each one to `arrive`. Those that no
    `accept` has taken wait in a queue; `close` hangs up on them.
    """

    def __init__(self, address: str):
        self.address = address
        self.closed = False
        self.waiting: deque[Connection] = deque()  # for an accept()
        self._arrived = Waiters(f"a connection to {address}")

    def arrive(self, connection: Connection) -> None:
        """Queue a connection for the next `accept`."""
        self.waiting.append(connection)
        self._arrived.wake_one()

    def accept(self, timeout: float | None = None) -> Connection:
        """The next connection. Raises `Closed`, or TimeoutError."""
        if not self.waiting:
            wait_while(self._is_empty, self._arrived, timeout)
        return self.waiting.popleft()

    def close(self) -> None:
        """Accept no more; the connections that there are go on."""
        if self.closed:
            return
        self.closed = True
        self._close_door()
        while self.waiting:
            self._turn_away(self.waiting.popleft())
        self._arrived.wake()

    def _is_empty(self) -> bool:
        if self.waiting:
            return False
        if self.closed:
            raise Closed(f"the listener on {self.address} is closed")
        self._open_door()
        return True

    def _open_door(self) -> None:  # noqa: B027 - most have nothing to do
        """An `accept` is about to wait: make sure that connections arrive."""

    @abstractmethod
    def _close_door(self) -> None:
        """Let no further connection arrive."""

    def _turn_away(self, connection: Connection) -> None:
        """Hang up on a connection that no `accept` has asked for."""
        connection.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Connection:
        """The next connection; the end of the loop once it is closed."""
        try:
            return self.accept()
        except Closed:
            raise StopIteration from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def wait_while(
    blocked: Callable[[], bool],
    waiters: Waiters,
    timeout: float | None,
) -> None:
    """Wait among `waiters` until `blocked()` is false, or raises.

    Raises TimeoutError if that takes longer than `timeout` seconds in all.
    """
    left = None
    while blocked():
        if timeout is not None:
            left = left or Deadline(timeout).left
        waiters.wait(left and left())
