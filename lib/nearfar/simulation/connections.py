"""Connections: the contract of `far`, over two links of a simulated network.

The one idea: a program cannot tell a `SimulatedConnection` from a socket. It
waits for room and for messages, closes, and breaks as the contract says. Its
messages become bytes, and are read from them again. `links` says how these
travel.
"""

from __future__ import annotations

from functools import partial

from ..far import (
    HEADER,
    ON_THE_WIRE,
    SHALLOW,
    Broken,
    Connection,
    Deadline,
    Frames,
    Left,
    Malformed,
    Waiters,
    decoder,
    encode,
    encode_body,
    record_post,
    wait_while,
    watch_receiving,
)
from ..near import Closed, lowlevel
from ..trace import when_traced
from .links import break_off, finish, hello

__all__ = ["SimulatedConnection"]


class SimulatedConnection(Connection):
    """One end of a connection, on one host.

    What it promises is in `Connection`.
    """

    __slots__ = (
        *("_host", "_out", "_into", "_kinds", "_limit_bytes", "_short"),
        *("_decode", "_frames", "_calm", "_ended", "_closed", "_over"),
        *("out", "into", "peer", "state"),
        *("sent", "received", "bytes_sent", "bytes_received"),
    )

    def __init__(self, host, out, into, kinds, limit_bytes, peer):
        self._host = host
        self._out, self._into = out, into
        self._kinds, self._limit_bytes = kinds, limit_bytes
        self._short = min(SHALLOW, limit_bytes)  # bytes that need no check
        self._decode = bytes if kinds is bytes else decoder(kinds)
        self._frames = None  # for messages that need all checks
        self._calm = not host.network.eventful
        into.open = True
        self._ended = False  # whether nothing more can be sent
        self.out, self.into, self.peer = out.name, into.name, peer
        self.state = "connecting"
        self.sent = self.received = self.bytes_sent = self.bytes_received = 0
        self._closed = False
        self._over = None  # (type, text): nothing more can come, or go
        into.end = self
        host.connections[self] = None

    def open(self, address, timeout):
        """Connect, and wait for the listener's answer."""
        deadline = Deadline(timeout)
        self._out.post(partial(hello, address))
        try:
            while self.state == "connecting" and self._over is None:
                self._into.wait(deadline.left())
        except BaseException as error:
            self.close()
            if not isinstance(error, TimeoutError):
                raise
        if self.state == "connecting":
            why = self._over[1] if self._over else f"no answer in {timeout} s"
            raise Broken(f"cannot connect to {address}: {why}")
        if self.state == "refused":
            why = "no program listens there"
            raise Broken(f"cannot connect to {address}: {why}")

    def send(self, message, timeout=None, _posted=None):
        out = self._out
        if self._ended:
            self._wait_for_room(None)  # raises what ended it
        body = encode_body(message, self._limit_bytes)
        if out.load >= ON_THE_WIRE:
            self._wait_for_room(timeout)
        out.load += 1
        self.sent += 1
        self.bytes_sent += HEADER + len(body)
        if _posted is not None:  # a Trace is on
            _posted(self, message)
        if self._calm:
            out.put(body)
        else:
            out.post(body)

    def _wait_for_room(self, timeout):
        out = self._out
        if out.room is None:
            out.room = Waiters("room on the wire")
        wait_while(self._has_no_room, out.room, timeout)

    def _has_no_room(self):
        if self._closed:
            raise Closed(f"the connection to {self.peer} is closed")
        if self._over is not None:
            raise Broken(self._over[1])
        return self._out.load >= ON_THE_WIRE

    def receive(self, timeout=None):
        into = self._into
        if not into.arrived:
            if timeout is None and not self._ended:  # most waits are these
                into.wait()
            if not into.arrived:
                self._wait_for_message(into, timeout)
        body = into.arrived[0]
        if len(body) > self._short:
            message = self._read(body)
        else:
            try:
                message = self._decode(body)
            except KeyboardInterrupt:
                raise
            except BaseException:  # it is told with all checks
                message = self._read(body)
        into.arrived = into.arrived[1:]
        into.load -= 1
        if into.room is not None:
            into.room.wake_one()
        if into.arrived:
            into.wake_one()
        self.received += 1
        self.bytes_received += HEADER + len(body)
        return message

    def _wait_for_message(self, into, timeout):
        clock, until = into.clock, None
        if timeout is not None:
            lowlevel.check_seconds(timeout)
            until = clock.time + timeout
        while not into.arrived:
            if self._closed:
                raise Closed(f"the connection to {self.peer} is closed")
            if self._over is not None:
                kind, text = self._over
                raise kind(text)
            into.wait(timeout)
            if until is not None:
                timeout = Left(until - clock.time, timeout)

    def _read(self, body):
        """Read a message with all checks; after nonsense there is no next."""
        if self._frames is None:
            self._frames = Frames(self._kinds, self._limit_bytes)
        try:
            (message,) = self._frames.feed(encode(body, len(body)))
        except Malformed:
            self._into.wake()
            raise
        return message

    def close(self):
        if self._closed:
            return
        self._closed, self._into.open, self._ended = True, False, True
        self._into.arrived = ()
        self._out.put(finish)
        self._host.connections.pop(self, None)
        self._wake()

    def finish(self, kind, text):
        """End the connection: the next receive raises `kind(text)`."""
        if self._over is None:
            self._over = kind, text
            self._ended = True
        self._host.connections.pop(self, None)
        self._wake()

    def snap(self):
        """Break the connection, for no reason that either end knows."""
        self._out.snap()

    def die(self, silence):
        """Its host crashes; the peer hears of it after `silence` seconds."""
        self._into.open = False
        self._into.arrived = ()
        self._into.dead = True
        self._out.put(break_off, extra=silence)
        self._out.dead = True
        self.finish(Broken, f"{self._host.name} has crashed")

    def _wake(self):
        for link in (self._out, self._into):
            if link.readers or link.room is not None:
                link.wake()


# --- While a Trace is on -----------------------------------------------------


@when_traced(SimulatedConnection, "send")  # before the faults of that moment
def _trace_send(record, plain, end, message, timeout=None):
    plain(end, message, timeout, partial(record_post, record))


watch_receiving(SimulatedConnection)
