"""Messages: typed values that can leave the process, as frames of bytes.

The one idea: TCP carries a stream of bytes and knows nothing of messages. So
each message goes out as a *frame*: four bytes that say how long it is
(big-endian), then that many bytes of JSON. The reader collects bytes until a
frame is complete. They may arrive one at a time, or three messages and a half
at once.

A message is a small frozen class. The decoder checks what arrives against the
classes that it expects, and refuses the rest: a bank must not overlook a word
of an order.

No input or output here: `encode` makes bytes, `Frames` takes bytes. You can
try both in a cell, and a test splits them at every byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate
from struct import Struct
from types import UnionType
from typing import Any, dataclass_transform

import msgspec

from .faithful import care_for, check_faithful

__all__ = ["Message", "encode", "Malformed", "TooLarge", "LIMIT"]

HEADER = 4  # bytes that hold the length
LIMIT = 65_536  # bytes of one message, without its header
DEPTH = 64  # lists and objects inside one another, at most
SHALLOW = 2 * DEPTH  # bytes that cannot hold more of them
DIGITS = 4_300  # of a whole number, at most; msgspec and Python hold it

pack_length = Struct(">I").pack
length_at = Struct(">I").unpack_from
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


@lru_cache
def decoder(kinds: Kinds) -> Callable[[bytes], Any]:
    """A function from the content of a frame to a message of these kinds."""
    return msgspec.json.Decoder(kinds).decode


# Strings first, so that a bracket in one does not count. No byte is read
# twice (`++`, `*+`): a hostile frame must not cost more than its length.
_NOT_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[^][}{"]++', re.DOTALL)
_STEPS = dict(zip(b"[{]}", (1, 1, -1, -1), strict=True))


def check_depth(body: bytes) -> None:
    """Refuse what is too deep, before the decoder descends into it."""
    if body.count(b"[") + body.count(b"{") <= DEPTH:
        return
    brackets = _NOT_BRACKETS.sub(b"", body)
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > DEPTH:
        raise Malformed(f"more than {DEPTH} lists and objects in one another")


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
        care = _KINDS.get(kind)
        if care is None:
            care = _look_at(message)
        try:
            body = _to_json(message)
            if len(body) > SHALLOW:
                check_depth(body)
            if care and (care > 1 or body.find(b"null") >= 0):
                check_faithful(message, body, decoder)  # type: ignore[arg-type]
        except (ValueError, RecursionError) as error:
            name = kind.__name__
            raise Malformed(f"{name} cannot be sent: {error}") from None
    if len(body) > limit_bytes:
        raise TooLarge(
            f"{kind.__name__} takes {len(body)} bytes; expected at most "
            f"{limit_bytes}. Send it in parts, or raise the limit at both ends"
        )
    return body


_KINDS: dict[type, int] = {}  # of messages that were sent: the care they need


def _look_at(message: object) -> int:
    """The first of its kind: is it a message, and how much care does it need?

    0: JSON can say whatever its fields may hold; 1: but for NaN and infinity,
    which it says as null; 2: it must be seen what would arrive.
    """
    if not isinstance(message, Message):
        raise TypeError(
            f"a message is an object of a Message class, not {message!r}"
        )
    kind = type(message)
    _KINDS[kind] = care = care_for(kind)
    return care
