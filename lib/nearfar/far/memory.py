"""Memory: the connection contract within one process.

The one idea: even here a message goes through bytes, so what comes out is a
copy, as anywhere else. Read `pair`, both ends of a connection; then `Memory`,
a place to listen at and to connect to, in the shape of the module `sockets`.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import Any

from ..near import Closed
from .connections import (
    ON_THE_WIRE,
    Broken,
    Connection,
    Listener,
    wait_while,
)
from .frames import Frames
from .messages import LIMIT, Kinds, Message, encode
from .probes import watch_receiving, watch_sending
from .waiting import Waiters

__all__ = ["pair", "Memory"]


def pair(
    kinds: Kinds, limit_bytes: int = LIMIT
) -> tuple[Connection, Connection]:
    """Both ends of a connection in memory, for messages of `kinds`.

    They go through bytes as on a real wire, so what comes out is a copy.
    """
    there = _Lane("there", kinds, limit_bytes, limit_bytes)
    back = _Lane("back", kinds, limit_bytes, limit_bytes)
    return _MemoryEnd(there, back), _MemoryEnd(back, there)


_lanes = count(1)  # for their names


class _Lane:
    """One direction: frames on their way, and who waits at either end."""

    def __init__(
        self, name: str, kinds: Kinds, limit_bytes: int, sent_bytes: int
    ):
        self.name = f"{name} {next(_lanes)}"
        self.sent_bytes = sent_bytes  # the limit of the end that sends
        self.frames = Frames(kinds, limit_bytes)
        self.on_the_wire: deque[bytes] = deque()
        self.arrived = Waiters("a message")
        self.room = Waiters("room on the wire")
        self.closed = False  # by the sender
        self.deaf = False  # closed by the receiver

    def is_full(self) -> bool:
        """Whether a sender must wait. Raises what it would wait in vain for."""
        if self.closed:
            raise Closed("this end of the connection is closed")
        if self.deaf:
            raise Broken("the peer has closed the connection")
        return len(self.on_the_wire) >= ON_THE_WIRE

    def is_empty(self) -> bool:
        """Whether a receiver must wait. Raises what it would wait for."""
        if self.on_the_wire:
            return False
        if self.deaf:
            raise Closed("this end of the connection is closed")
        if self.closed:
            raise Closed("the peer has closed the connection")
        return True


class _MemoryEnd(Connection):
    def __init__(self, out: _Lane, into: _Lane):
        self._out = out
        self._into = into
        self.out, self.into = out.name, into.name

    def send(self, message: Message, timeout: float | None = None) -> None:
        lane = self._out
        if lane.closed:
            raise Closed("this end of the connection is closed")
        frame = encode(message, lane.sent_bytes)
        if lane.deaf or len(lane.on_the_wire) >= ON_THE_WIRE:
            wait_while(lane.is_full, lane.room, timeout)
        lane.on_the_wire.append(frame)
        self.sent += 1
        self.bytes_sent += len(frame)
        lane.arrived.wake_one()

    def receive(self, timeout: float | None = None) -> Any:
        lane = self._into
        if not lane.on_the_wire:
            wait_while(lane.is_empty, lane.arrived, timeout)
        frame = lane.on_the_wire[0]
        found, error = lane.frames.take(frame), lane.frames.error
        if error is not None:  # nonsense stays, as on a socket
            lane.arrived.wake()
            raise error
        lane.on_the_wire.popleft()
        lane.room.wake_one()
        if lane.on_the_wire:
            lane.arrived.wake_one()
        self.received += 1
        self.bytes_received += len(frame)
        return found[0]

    @property
    def has_more(self) -> bool:
        return bool(self._into.on_the_wire)

    def close(self) -> None:
        self._out.closed = self._into.deaf = True
        self._into.on_the_wire.clear()
        for lane in (self._out, self._into):
            lane.arrived.wake()
            lane.room.wake()


class Memory:
    """A place in which everything is in one process."""

    def __init__(self) -> None:
        self._listeners: dict[str, _MemoryListener] = {}
        self._numbers = count(1)

    def listen(
        self, kinds: Kinds, address: str = "", *, limit_bytes: int = LIMIT
    ) -> Listener:
        """Listen for connections that carry messages of `kinds`."""
        address = address or f"memory:{next(self._numbers)}"
        if address in self._listeners:
            raise OSError(f"cannot listen on {address}: address already in use")
        listener = _MemoryListener(self._listeners, kinds, address, limit_bytes)
        self._listeners[address] = listener
        return listener

    def connect(
        self,
        kinds: Kinds,
        address: str,
        *,
        timeout: float | None = None,
        limit_bytes: int = LIMIT,
    ) -> Connection:
        """Connect to a listener; messages of `kinds` may come back.

        In memory that takes no time, whatever the `timeout`.
        """
        listener = self._listeners.get(address)
        if listener is None:
            raise Broken(
                f"cannot connect to {address}: no program listens there"
            )
        limits = listener.limit_bytes, limit_bytes  # each end has its own
        there = _Lane("there", listener.kinds, *limits)
        back = _Lane("back", kinds, *limits[::-1])
        listener.arrive(_MemoryEnd(back, there))
        return _MemoryEnd(there, back)


class _MemoryListener(Listener):
    def __init__(
        self,
        listeners: dict[str, _MemoryListener],
        kinds: Kinds,
        address: str,
        limit_bytes: int,
    ):
        super().__init__(address)
        self.kinds, self.limit_bytes = kinds, limit_bytes
        self._listeners = listeners

    def _close_door(self) -> None:
        del self._listeners[self.address]


watch_sending(_MemoryEnd)
watch_receiving(_MemoryEnd)
