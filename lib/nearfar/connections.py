"""Connections: two ends, with a promise weaker than a channel's.

In order, at most once, then `Broken`: that is all a connection promises.
`send` returns when the message is *on its way*. It never says "arrived", let
alone "done"; only a reply says that.

| promise | channel | connection |
| --- | --- | --- |
| `send` returns | when somebody has it | when it is on its way |
| the other side may vanish | no | at any time: `Broken` |
| what is sent | any object, shared | a message, copied |
| who is faster | waits | waits too, once the wire is full |

`pair()` makes both ends in memory; `sockets` makes them over TCP.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque

from greenlet import getcurrent

from .channels import Closed
from .messages import LIMIT, Frames, Message, encode
from .tasklets import _me, _remove, time_of
from .trace import shown, when_traced

__all__ = ["Connection", "Broken", "pair"]


class Broken(ConnectionError):
    """The peer is gone. What was on its way may or may not have arrived."""


class Connection(ABC):
    """One end: `send`, `receive`, `close`, and iteration over what comes.

    In order, at most once, then `Broken`. `send` says "on its way", never
    "arrived", and waits while the peer does not read.
    """

    out = into = ""  # names of the two directions, the same at both ends
    sent = received = 0  # messages

    def send(self, message: Message) -> None:
        """Put a message on its way.

        Raises `Broken` if the peer is gone, `Closed` if this end is closed,
        `TooLarge` if the message is over the limit.
        """
        self._send(message)

    def receive(self, timeout: float | None = None) -> Message:
        """The next message.

        Raises `Closed` when the peer has closed and nothing is left, `Broken`
        if it vanished, `Malformed` if it sent nonsense, TimeoutError if
        nothing came within `timeout` seconds.
        """
        return self._receive(timeout)

    def _queued(self, message):
        """Count a message that is on its way."""
        self.sent += 1

    def _taken(self, message):
        """Count a message that has been received."""
        self.received += 1

    @abstractmethod
    def close(self) -> None:
        """Send no more. What was sent before still arrives."""

    @abstractmethod
    def _send(self, message): ...

    @abstractmethod
    def _receive(self, timeout): ...

    def __iter__(self):
        return self

    def __next__(self) -> Message:
        """The next message; the end of the loop once the peer has closed."""
        try:
            return self.receive()
        except Closed:
            raise StopIteration from None

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()


ON_THE_WIRE = 16  # messages on their way before send() waits


def pair(kinds, limit_bytes: int = LIMIT) -> tuple[Connection, Connection]:
    """Both ends of a connection in memory, for messages of `kinds`.

    They go through bytes as on a real wire, so what comes out is a copy.
    """
    there = _Lane("there", kinds, limit_bytes)
    back = _Lane("back", kinds, limit_bytes)
    return _MemoryEnd(there, back), _MemoryEnd(back, there)


class Waiters:
    """Tasklets that wait for something to change, first come first served."""

    def __init__(self, what: str):
        self.what = what
        self._stacks = deque()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until somebody calls `wake()`; TimeoutError if nobody does."""
        me = _me("waiting")
        self._stacks.append(me)
        me.waits_for = self
        me.park(timeout)

    def wake_one(self) -> None:
        """Let the first who waits look again."""
        if self._stacks:
            self._stacks.popleft().go_on()

    def wake(self) -> None:
        """Let all who wait look again."""
        while self._stacks:
            self._stacks.popleft().go_on()

    def leave(self, stack) -> bool:
        return _remove(self._stacks, stack)

    def describe_wait(self, stack) -> str:
        return f"for {self.what}"


class _Lane:
    """One direction: frames on their way, and who waits at either end."""

    def __init__(self, name, kinds, limit_bytes):
        self.name = f"{name} {id(self)}"
        self.limit_bytes = limit_bytes
        self.frames = Frames(kinds, limit_bytes)
        self.on_the_wire = deque()
        self.arrived = Waiters("a message")
        self.room = Waiters("room on the wire")
        self.closed = False  # by the sender
        self.deaf = False  # closed by the receiver


class _MemoryEnd(Connection):
    def __init__(self, out, into):
        self._out = out
        self._into = into
        self.out, self.into = out.name, into.name

    def _send(self, message):
        lane = self._out
        if lane.closed:
            raise Closed("this end of the connection is closed")
        frame = encode(message, lane.limit_bytes)
        while len(lane.on_the_wire) >= ON_THE_WIRE and not lane.deaf:
            lane.room.wait()
            if lane.closed:
                raise Closed("this end of the connection is closed")
        if lane.deaf:
            raise Broken("the peer has closed the connection")
        lane.on_the_wire.append(frame)
        self._queued(message)
        lane.arrived.wake_one()

    def _receive(self, timeout):
        lane = self._into
        deadline = None
        while not lane.on_the_wire:
            if lane.deaf:
                raise Closed("this end of the connection is closed")
            if lane.closed:
                raise Closed("the peer has closed the connection")
            if timeout is not None:
                now = _me("receive()").scheduler.clock.now()
                deadline = now + timeout if deadline is None else deadline
                timeout = max(0.0, deadline - now)
            lane.arrived.wait(timeout)
        frame = lane.on_the_wire[0]
        (message,) = lane.frames.feed(frame)  # nonsense stays, as on a socket
        lane.on_the_wire.popleft()
        lane.room.wake_one()
        if lane.on_the_wire:
            lane.arrived.wake_one()
        self._taken(message)
        return message

    def close(self):
        self._out.closed = self._into.deaf = True
        self._into.on_the_wire.clear()
        for lane in (self._out, self._into):
            lane.arrived.wake()
            lane.room.wake()


# --- While a Trace is on -----------------------------------------------------


@when_traced(Connection, "_queued")
def _trace_post(record, plain, end, message):
    record("post", message=f"{end.out}#{end.sent}", **_details(message))
    plain(end, message)


@when_traced(Connection, "_taken")
def _trace_arrive(record, plain, end, message):
    record("arrive", message=f"{end.into}#{end.received}", **_details(message))
    plain(end, message)


def _details(message):
    me = getcurrent()
    inside = hasattr(me, "tasklet")
    return {
        "tasklet": me.tasklet.name if inside else "main",
        "value": shown(message),
        "time": time_of(me.scheduler) if inside else None,
    }
