"""TCP: the connection contract over one stream of bytes.

The one idea: a connection goes through five states, and `State` names them.
First words come before messages; what arrives waits in an inbox until a
tasklet receives it. Bytes, their limits and TLS are in `stream`, which this
module cuts into messages.

Read `State`, then `TcpConnection`: the first words, sending, receiving,
hanging up.
"""

from __future__ import annotations

from enum import Enum
from time import monotonic
from typing import Any

from ..near import Closed
from .connections import Broken, Connection
from .deadlines import Deadline
from .frames import Frames
from .handshake import FIRST_BYTES, First, Handshake, Refusal
from .hanging_up import drop, hang_up
from .messages import (
    Kinds,
    Malformed,
    Message,
    encode,
    encode_body,
    pack_length,
)
from .poller import READ
from .probes import watch_receiving, watch_sending
from .stream import JOIN_BYTES, JOINING, Stream, again, give_way

__all__ = ["TcpConnection", "State"]


class State(Enum):
    """How far a connection has come."""

    NEW = "neither end has said a word"
    GREETING = "our first word is out, the peer's last is not here yet"
    OPEN = "messages come and go"
    STOPPING = "what has arrived is given out, and then it is over"
    CLOSED = "this end has hung up"


NEW, GREETING, OPEN, STOPPING, CLOSED = State  # a look-up less


class TcpConnection(Connection):
    """The contract over one TCP connection. Made by `listen` and `connect`."""

    __slots__ = (
        *("stream", "state", "peer", "out", "into", "sent", "received"),
        *("_kinds", "_limit_bytes", "_handshake", "_frames", "_inbox"),
        "_others",
    )

    def __init__(
        self,
        stream: Stream,
        handshake: Handshake,
        kinds: Kinds,
        limit_bytes: int,
    ):
        self.stream = stream
        self.state = NEW
        self.peer = stream.peer
        self.out = self.into = ""  # until the first word
        self.sent = self.received = 0
        self._kinds = kinds
        self._limit_bytes = limit_bytes
        self._handshake: Handshake | None = handshake  # until it is done
        self._frames = Frames(First, FIRST_BYTES)
        self._inbox: list[Any] = []  # the last in it comes first
        self._others = stream.arrived  # a look-up less

    @property
    def bytes_sent(self) -> int:  # type: ignore[override]
        return self.stream.bytes_sent

    @property
    def bytes_received(self) -> int:  # type: ignore[override]
        return self.stream.bytes_received

    @property
    def activity(self) -> tuple[int, int]:
        """What changes as long as messages come or go."""
        return self.received, self.stream.bytes_sent

    # --- The first words

    def begin(self) -> None:
        """Say the first word, as soon as no other party can hear it."""
        if not self.out:
            here = self.stream.start()
            self.out, self.into = f"{here}>{self.peer}", f"{self.peer}>{here}"
        if self.state is NEW and self.stream.private:
            assert self._handshake is not None
            self.state = GREETING
            self.stream.put(encode(self._handshake.begin()))

    def agree(self, deadline: Deadline) -> None:
        """Read until each end knows that the other speaks as it must."""
        stream = self.stream
        while self._handshake is not None:
            if stream.over is not None:
                raise again(stream.over)
            if stream.readable:
                self._inbox = self._frames.take(self._greet(stream.read()))
                self._inbox.reverse()
                if stream.over is not None or self._frames.error is not None:
                    self._end()
            else:
                stream.wait(stream.arrived, READ, deadline.left())

    def refuse(self, why: str) -> None:
        """Say why not, and hang up."""
        if self.state is not NEW:
            self.stream.put(encode(Refusal(why)))
        self.close()

    def _greet(self, data: bytes) -> bytes:
        """Take in first words; returns what came after the last of them.

        Byte by byte, so as not to touch anything of the program's.
        """
        self.begin()  # TLS may be through by now
        for at in range(len(data)):
            for message in self._frames.take(data[at : at + 1]):
                try:
                    self._hear(message)
                except Malformed as error:
                    self._frames.error = error
            if self._handshake is None:
                return data[at + 1 :]
            if self._frames.error is not None:
                break
        return b""

    def _hear(self, message: Any) -> None:
        assert self._handshake is not None
        reply = self._handshake.hear(message)
        if reply is not None:
            self.stream.put(encode(reply))
        if self._handshake.done:
            self._handshake = None
            self.state = OPEN
            self._frames.expect(self._kinds, self._limit_bytes)

    # --- Sending

    def send(self, message: Message, timeout: float | None = None) -> None:
        stream = self.stream
        if not stream.sending.open:
            if stream.shut is not None:
                raise again(stream.shut)
            encode_body(message, self._limit_bytes)  # refused before it waits
            stream.wait_for_room(timeout)
        body = encode_body(message, self._limit_bytes)
        frame = pack_length(len(body)) + body  # encode(), a call less
        self.sent += 1
        if stream.privacy is not None:
            frame = stream.privacy.encrypt(frame)
        if stream.sending is JOINING:
            outbox = stream.outbox
            outbox += frame
            if len(outbox) >= JOIN_BYTES or monotonic() > stream.until:
                stream.flush_joined()
        elif stream.round == (now := stream.clock.round):
            stream.join(frame)
        else:  # the first of a round
            stream.round = now
            try:
                sent = stream.sock.send(frame)
            except OSError:  # flush() finds out why
                sent = 0
            stream.bytes_sent += sent
            if sent < len(frame):
                stream.outbox += frame[sent:]
                stream.flush()

    # --- Receiving

    def receive(self, timeout: float | None = None) -> Any:
        inbox = self._inbox or self._fill(timeout)
        self.received += 1
        if self._others.stacks:  # wait for the next one
            stream = self.stream
            if len(inbox) > 1 or stream.readable:
                stream.arrived.wake_one()
            else:
                stream.sockets.want(stream.file, READ)
        return inbox.pop()

    @property
    def has_more(self) -> bool:
        return bool(self._inbox)

    def _fill(self, timeout: float | None) -> list[Any]:
        """Read until there is a message in the inbox, and return that."""
        stream, frames, left = self.stream, self._frames, None
        if timeout is not None:
            left = Deadline(timeout).left
        while True:
            if stream.over is not None:
                raise again(stream.over)
            if stream.readable:
                give_way()
            elif self.state is STOPPING and not frames.kept:
                raise Closed(f"we are about to hang up on {self.peer}")
            else:
                stream.wait(stream.arrived, READ, left and left())
            if self._inbox:  # another tasklet has read it
                return self._inbox
            if not stream.readable or stream.over is not None:
                continue
            data = stream.read()
            if self._handshake is not None:
                data = self._greet(data)
            inbox = self._inbox = frames.take(data)
            inbox.reverse()
            if stream.over is not None or frames.error is not None:
                self._end()
            if inbox:
                return inbox
            if left is not None and not left() and stream.over is None:
                raise TimeoutError(  # bytes came all the time
                    f"no whole message from {self.peer} within {left()} s"
                )

    def _end(self) -> None:
        """The peer sends no more, or nothing that can be read."""
        over = self.stream.over
        if over is None or isinstance(over, Closed):
            self.stream.over = self._frames.error or self._cut_off() or over
        self.stream.arrived.wake()

    def _cut_off(self) -> Malformed | None:
        """What is wrong if the stream has ended where it should not."""
        try:
            self._frames.end()
        except Malformed as error:
            return error
        return None

    # --- Hanging up

    def close(self) -> None:
        if self.state is not CLOSED:
            self.state = CLOSED
            self._inbox.clear()
            hang_up(self.stream, self._hung_up())

    def stop(self) -> None:
        """Give what has arrived, and then `Closed`."""
        if self.state is not CLOSED:
            self.state = STOPPING
        self.stream.readable = True
        self.stream.arrived.wake()

    def give_up(self, why: str) -> None:
        """The peer has used up its time."""
        drop(self.stream, Broken(f"hung up on {self.peer}: {why}"))

    def drop(self) -> None:
        """Hang up without a word."""
        self.state = CLOSED
        drop(self.stream, self._hung_up())

    def _hung_up(self) -> Closed:
        return Closed(f"the connection to {self.peer} is closed")


watch_sending(TcpConnection)
watch_receiving(TcpConnection)
