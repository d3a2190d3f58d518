"""Messages: typed values that can leave the process, as frames of bytes.

The one idea: TCP carries a stream of bytes and knows nothing of messages, so
each message goes out as a *frame*: four bytes that say how long it is
(big-endian), then that many bytes of JSON. Whoever reads collects bytes until
a frame is complete, however they arrive: a byte at a time, or three messages
and a half at once.

A message is a small frozen class; what came is checked against the classes
that may come, so that a program sees only messages that make sense.

No input or output here: `encode` makes bytes, `Frames` is fed bytes. Both can
be tried in a cell and split at every byte in a test.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

__all__ = ["Message", "encode", "Frames", "Malformed", "TooLarge", "LIMIT"]

HEADER = 4  # bytes that hold the length
LIMIT = 65_536  # bytes of one message, without its header


class Malformed(ValueError):
    """The peer's mistake: bytes that are no message we know."""


class TooLarge(Malformed):
    """A message over the limit: it is neither sent nor collected."""


class Message(
    msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True
):
    """Base of all messages: fields with types, frozen, told apart by name.

    ```python
    class Deposit(Message):
        account: str
        cents: int
    ```
    """


def encode(message: Message, limit_bytes: int = LIMIT) -> bytes:
    """The frame of a message. Raises `TooLarge` beyond `limit_bytes`.

    TypeError if it is no `Message`, such as a bare dict.
    """
    if not isinstance(message, Message):
        raise TypeError(
            f"a message is an object of a Message class, not {message!r}"
        )
    body = msgspec.json.encode(message)
    if len(body) > limit_bytes:
        raise TooLarge(
            f"{type(message).__name__} takes {len(body)} bytes; expected at "
            f"most {limit_bytes}. Send it in parts, or raise the limit at both "
            "ends"
        )
    return len(body).to_bytes(HEADER, "big") + body


class Frames:
    """Cuts a stream of bytes into messages.

    `kinds` is a Message class, or several joined by `|`: what may arrive.
    After an error nothing more can be read from the stream, and every further
    call raises that error again.
    """

    def __init__(self, kinds, limit_bytes: int = LIMIT):
        self.limit_bytes = limit_bytes
        self._decoder = msgspec.json.Decoder(kinds)
        self._buffer = bytearray()
        self._error: Malformed | None = None

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take bytes in; yield the messages that are complete by now.

        Raises `TooLarge` as soon as a header announces too much, `Malformed`
        for a frame that holds no message of `kinds`; whatever was complete
        before it is yielded first.
        """
        self._buffer += data
        while self._error is None:
            try:
                body = self._cut()
                if body is None:
                    return
                message = self._decode(body)
            except Malformed as error:
                self._error = error
                self._buffer.clear()
            else:
                yield message
        raise self._error

    def end(self) -> None:
        """The stream has ended. Raises `Malformed` if a message is cut off."""
        if self._buffer:
            raise Malformed(
                "the stream ended in the middle of a message, after "
                f"{len(self._buffer)} bytes of it"
            )

    def _cut(self) -> bytes | None:
        if len(self._buffer) < HEADER:
            return None
        length = int.from_bytes(self._buffer[:HEADER], "big")
        if length > self.limit_bytes:
            raise TooLarge(
                f"a message of {length} bytes is announced; expected at most "
                f"{self.limit_bytes}. Is this the right port?"
            )
        if len(self._buffer) < HEADER + length:
            return None
        body = bytes(self._buffer[HEADER : HEADER + length])
        del self._buffer[: HEADER + length]
        return body

    def _decode(self, body: bytes) -> Message:
        try:
            return self._decoder.decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            shown = body[:60] + (b"..." if len(body) > 60 else b"")
            raise Malformed(f"{error}; arrived: {shown!r}") from None
