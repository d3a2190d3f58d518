"""Messages: typed values that can leave the process, as frames of bytes.

The one idea: TCP carries a stream of bytes and knows nothing of messages, so
each message goes out as a *frame*: four bytes that say how long it is
(big-endian), then that many bytes of JSON. Whoever reads collects bytes until
a frame is complete, however they arrive: a byte at a time, or three messages
and a half at once.

A message is a small frozen class; what came is checked against the classes
that may come, so that a program sees only messages that make sense. What it
does not know, it refuses: a bank must not overlook a word of an order.

No input or output here: `encode` makes bytes, `Frames` is fed bytes. Both can
be tried in a cell and split at every byte in a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from math import isfinite
from struct import Struct
from types import UnionType
from typing import Any, dataclass_transform

import msgspec
import msgspec.inspect

__all__ = ["Message", "encode", "Frames", "Malformed", "TooLarge", "LIMIT"]

HEADER = 4  # bytes that hold the length
LIMIT = 65_536  # bytes of one message, without its header
DEPTH = 64  # lists and objects inside one another, at most
SHALLOW = 2 * DEPTH  # bytes that cannot hold more of them
DIGITS = 4_300  # of a whole number, at most; msgspec and Python hold it

pack_length = Struct(">I").pack
_length_at = Struct(">I").unpack_from
_to_json = msgspec.json.Encoder().encode


class Malformed(ValueError):
    """The peer's mistake: bytes that are no message we know."""


class TooLarge(Malformed):
    """A message over the limit: it is neither sent nor collected."""


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Message(
    msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True
):
    """Base of all messages: fields with types, frozen, told apart by name.

    ```python
    class Deposit(Message):
        account: str
        cents: int
    ```

    A field that is unknown makes the whole message `Malformed`; a field with
    a default may be missing.
    """


# What may arrive: a Message class, or several joined by `|`; or plain bytes.
Kinds = type[Message] | type[bytes] | UnionType


def encode(message: Message | bytes, limit_bytes: int = LIMIT) -> bytes:
    """The frame of a message; of bytes, as they are.

    Raises `TooLarge` beyond `limit_bytes`; `Malformed` if a number has too
    many digits or is none, or the message is too deep; TypeError if it is no
    `Message`, such as a bare dict.
    """
    body = encode_body(message, limit_bytes)
    return pack_length(len(body)) + body


def encode_body(message: Message | bytes, limit_bytes: int) -> bytes:
    """What comes behind the length in a frame."""
    kind = type(message)
    if kind is bytes:
        body: bytes = message  # type: ignore[assignment]
    else:
        floats = _KINDS.get(kind)
        if floats is None:
            floats = _look_at(message)
        try:
            body = _to_json(message)
            if len(body) > SHALLOW:
                check_depth(body)
            if floats and body.find(b"null") >= 0:  # JSON has no NaN
                _check_numbers(message)
        except (ValueError, RecursionError) as error:
            name = kind.__name__
            raise Malformed(f"{name} cannot be sent: {error}") from None
    if len(body) > limit_bytes:
        raise TooLarge(
            f"{kind.__name__} takes {len(body)} bytes; expected at most "
            f"{limit_bytes}. Send it in parts, or raise the limit at both ends"
        )
    return body


_KINDS: dict[
    type, bool
] = {}  # of messages that were sent: may they hold floats?


def _look_at(message: object) -> bool:
    """The first of its kind: is it a message, and what may be in it?"""
    if not isinstance(message, Message):
        raise TypeError(
            f"a message is an object of a Message class, not {message!r}"
        )
    kind = type(message)
    try:
        fields = repr(msgspec.inspect.type_info(kind))
    except (NameError, TypeError):  # names that only the sender knows
        fields = "AnyType"
    _KINDS[kind] = "FloatType" in fields or "AnyType" in fields
    return _KINDS[kind]


class Frames:
    """Cuts a stream of bytes into messages.

    `kinds` is a Message class, or several joined by `|`: what may arrive; or
    `bytes`, for frames whose content is nobody's business here.
    After an error nothing more can be read from the stream, and every further
    call raises that error again.
    """

    def __init__(self, kinds: Kinds, limit_bytes: int = LIMIT):
        self.error: Malformed | None = None  # why nothing more can be read
        self._kept = bytearray()  # the beginning of a frame
        self.expect(kinds, limit_bytes)

    def expect(self, kinds: Kinds, limit_bytes: int = LIMIT) -> None:
        """From the next frame on, messages of other kinds may arrive."""
        self.limit_bytes = limit_bytes
        self._decode = None if kinds is bytes else decoder(kinds)

    @property
    def kept(self) -> int:
        """How many bytes of an incomplete frame are here: less than one."""
        return len(self._kept)

    def feed(self, data: bytes) -> Iterator[Any]:
        """Take bytes in; give the messages that are complete by now.

        Iterating raises `TooLarge` as soon as a header announces too much,
        `Malformed` for a frame that holds no message of `kinds`; whatever was
        complete before it comes first.
        """
        return self._give(self.take(data))

    def take(self, data: bytes) -> list[Any]:
        """As `feed`, all at once; what is wrong after them is in `error`."""
        found: list[Any] = []
        if self._kept or self.error is not None:
            data = self._complete(data)
        decode, most, end = self._decode, self.limit_bytes, len(data)
        at = 0
        while (start := at + HEADER) <= end:
            (length,) = _length_at(data, at)
            if length > most:
                self.error = _too_large(length, most)
                return found
            stop = start + length
            if stop > end:
                break
            message = data[start:stop]
            if decode is not None:
                try:
                    if length > SHALLOW:
                        check_depth(message)
                    message = decode(message)
                except _NONSENSE as error:
                    self.error = _explained(error, message)
                    return found
            found.append(message)
            at = stop
        if at < end:
            self._kept += data[at:]
        return found

    def end(self) -> None:
        """The stream has ended. Raises `Malformed` if a message is cut off."""
        if self._kept:
            raise Malformed(
                "the stream ended in the middle of a message, after "
                f"{self.kept} bytes of it"
            )

    def _give(self, found: list[Any]) -> Iterator[Any]:
        yield from found
        if self.error is not None:
            raise self.error

    def _complete(self, data: bytes) -> bytes:
        """What is kept and `data`, as soon as that is a whole frame."""
        if self.error is not None:
            return b""
        kept = self._kept
        kept += data
        if len(kept) < HEADER:
            return b""
        (length,) = _length_at(kept, 0)
        if len(kept) < HEADER + length <= HEADER + self.limit_bytes:
            return b""
        self._kept = bytearray()
        return bytes(kept)


_NONSENSE = (msgspec.DecodeError, RecursionError, ValueError)


def _too_large(length: int, limit_bytes: int) -> TooLarge:
    return TooLarge(
        f"a message of {length} bytes is announced; expected at most "
        f"{limit_bytes}. Is this the right port?"
    )


def _explained(error: Exception, body: bytes) -> Malformed:
    shown = body[:60] + (b"..." if len(body) > 60 else b"")
    return Malformed(f"{error}; arrived: {shown!r}")


@lru_cache
def decoder(kinds: Kinds) -> Callable[[bytes], Any]:
    """A function from the content of a frame to a message of these kinds."""
    return msgspec.json.Decoder(kinds).decode


# Strings first, so that a bracket in one does not count. Nothing is looked at
# twice (`++`, `*+`): a hostile frame must not cost more than its length.
_NOT_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[^][}{"]++', re.DOTALL)
_STEPS = dict(zip(b"[{]}", (1, 1, -1, -1), strict=True))


def check_depth(body: bytes) -> None:
    """Refuse what is too deep, before anybody goes down into it."""
    if body.count(b"[") + body.count(b"{") <= DEPTH:
        return
    brackets = _NOT_BRACKETS.sub(b"", body)
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > DEPTH:
        raise Malformed(f"more than {DEPTH} lists and objects in one another")


def _check_numbers(value: object) -> None:
    if isinstance(value, msgspec.Struct):
        value = [getattr(value, name) for name in value.__struct_fields__]
    elif isinstance(value, dict):
        value = value.values()
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for each in value:
            _check_numbers(each)
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError(f"JSON has no {value}")
