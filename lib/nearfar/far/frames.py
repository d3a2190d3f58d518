"""Frames: a stream of bytes, cut into messages.

The one idea: bytes arrive in any pieces. `Frames` keeps the beginning of a
frame until the rest is there, and gives the messages that are complete.

After the first malformed frame there is no next one, because its beginning is
unknown. No input or output here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import DecodeError

from .messages import (
    HEADER,
    LIMIT,
    SHALLOW,
    Kinds,
    Malformed,
    TooLarge,
    check_depth,
    decoder,
    length_at,
)

__all__ = ["Frames"]

EXPECTED = (DecodeError, Malformed, UnicodeDecodeError)


class Frames:
    """Cuts a stream of bytes into messages.

    `kinds` is what can arrive: a Message class, or several joined by `|`, or
    `bytes` for frames whose content is not parsed here. After an error the
    stream is unreadable, and every further call raises that error again.
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
            (length,) = length_at(data, at)
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
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # of the class's own checks
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
        (length,) = length_at(kept, 0)
        if len(kept) < HEADER + length <= HEADER + self.limit_bytes:
            return b""
        self._kept = bytearray()
        return bytes(kept)


def _too_large(length: int, limit_bytes: int) -> TooLarge:
    return TooLarge(
        f"a message of {length} bytes is announced; expected at most "
        f"{limit_bytes}. Is this the right port?"
    )


def _explained(error: BaseException, body: bytes) -> Malformed:
    shown = body[:60] + (b"..." if len(body) > 60 else b"")
    told = str(error) if isinstance(error, EXPECTED) else _named(error)
    malformed = Malformed(f"{told}; arrived: {shown!r}")
    malformed.__cause__ = error
    return malformed


def _named(error: BaseException) -> str:
    """An error of the class's own, perhaps without a text."""
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:
        return type(error).__name__
