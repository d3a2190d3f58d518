"""The exercises of chapter 03 about a parser of frames, and its limit.

The one idea: the stream is cut at every place, so a parser that relies on
what one read brings meets the read that brings less.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

from .promises import Exercise, doing, expect


def frame(body: bytes) -> bytes:
    """Return four bytes of length, big-endian, and then the body."""
    return len(body).to_bytes(4, "big") + body


def pieces_of(stream, cuts):
    """Cut the stream at these places."""
    edges = [0, *cuts, len(stream)]
    return [stream[start:stop] for start, stop in pairwise(edges)]


def every_split(stream) -> Iterator[list[bytes]]:
    """Yield all 2 ** (length - 1) ways to cut a stream into pieces."""
    places = range(1, len(stream))
    for choice in range(2 ** len(places)):
        yield pieces_of(
            stream, [at for n, at in enumerate(places) if choice >> n & 1]
        )


class Feed:
    """Feeds pieces to an answer, and counts those that it has taken."""

    def __init__(self, answer, pieces, *limit):
        self.taken = self.bytes = 0
        self.words = f"reading {list(pieces)}"
        if limit:
            self.words += f" with a limit of {limit[0]}"
        self._pieces = pieces
        self._messages = answer(self._counted(), *limit)

    def _counted(self):
        for piece in self._pieces:
            self.taken += 1
            self.bytes += len(piece)
            yield piece

    def __iter__(self):
        with doing(self.words):
            yield from self._messages


def reads_as(answer, pieces, expected, *limit):
    feed = Feed(answer, pieces, *limit)
    expect(feed.words, happened=list(feed), expected=expected)


def error_of(answer, pieces, *limit):
    """Return what came before the ValueError, and after how many pieces."""
    feed, came = Feed(answer, pieces, *limit), []
    try:
        for message in feed:
            came.append(message)
    except ValueError:
        return came, feed.taken
    return came, "no ValueError"


SENT = [b"", b"hi", b"!"]
STREAM = b"".join(map(frame, SENT))

parser = Exercise(
    "3.2",
    "a generator that is fed pieces",
    hint="Keep a bytearray. After each piece, cut off whole frames while there "
    "are any, and yield each. What is left waits for the next piece.",
    begun=True,
    yields=True,
)


@parser.promise("one frame in each piece", inside=False)
def one_each(answer):
    reads_as(answer, [frame(b"RIVETS"), frame(b"BODY")], [b"RIVETS", b"BODY"])


@parser.promise("two frames in one piece, or one and a half", inside=False)
def two_in_one(answer):
    both = frame(b"RIVETS") + frame(b"BODY")
    reads_as(answer, [both], [b"RIVETS", b"BODY"])
    reads_as(answer, [both[:12], both[12:]], [b"RIVETS", b"BODY"])


@parser.promise(
    "the length has four bytes, the first counts most", inside=False
)
def long_ones(answer):
    for length in (300, 70_000):
        got = Feed(answer, [frame(b"x" * length)])
        got.words = f"reading one frame of {length:,} bytes"
        expect(
            f"the lengths of what came out, {got.words}",
            happened=[len(message) for message in got],
            expected=[length],
        )


@parser.promise(
    f"each of the {2 ** (len(STREAM) - 1):,} splits of a stream", inside=False
)
def all_splits(answer):
    for pieces in every_split(STREAM):
        reads_as(answer, pieces, SENT)


@parser.promise("a message comes out with its last byte", inside=False)
def at_once(answer):
    ends = [4, 10, 15]  # bytes of STREAM after which each message is whole
    pieces = [STREAM[at : at + 1] for at in range(len(STREAM))]
    feed = Feed(answer, pieces)
    expect(
        f"bytes taken by the time each of {SENT} came out, byte by byte. "
        "A real peer may wait for an answer before it sends more",
        happened=[feed.bytes for _ in feed],
        expected=ends,
    )


@parser.promise("what has come out is not kept", inside=False)
def frees(answer):
    pieces = (frame(bytes(1_000)) for _ in range(2_000))
    tracemalloc.start()
    try:
        for _ in answer(pieces):
            pass
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    expect(
        "memory in use while 2,000 messages of 1,000 bytes went through",
        happened=f"up to {most // 1_000:,} kB",
        expected="a few messages at a time, at most 200 kB",
        holds=most < 200_000,
    )


@parser.promise("an end in the middle of a message is an error", inside=False)
def cut_off(answer):
    for stop in (2, 4, 7):
        stream = frame(b"RIVETS") + frame(b"BODY")[:stop]
        expect(
            "messages and pieces taken before the ValueError, reading "
            f"[{stream}], where the last message lacks its end",
            happened=error_of(answer, [stream]),
            expected=([b"RIVETS"], 1),
        )


# --- The limits --------------------------------------------------------------

limited = Exercise(
    "3.3",
    "a limit",
    hint="When is it certain that a message is too long? Four bytes are enough "
    "to know.",
    begun=True,
    yields=True,
)


@limited.promise("a message of exactly the limit passes", inside=False)
def at_the_limit(answer):
    stream = frame(b"12345") + frame(b"") + frame(b"12345")
    reads_as(answer, [stream], [b"12345", b"", b"12345"], 5)
    reads_as(answer, [stream[:11], stream[11:]], [b"12345", b"", b"12345"], 5)


@limited.promise(
    "a longer one is an error, after those before it", inside=False
)
def over_the_limit(answer):
    expect(
        "messages and pieces taken before the ValueError, reading "
        "messages of 2 and of 6 bytes in one piece, limit 5",
        happened=error_of(answer, [frame(b"ok") + frame(b"123456")], 5),
        expected=([b"ok"], 1),
    )


@limited.promise("the error comes with the header", inside=False)
def with_the_header(answer):
    browser = b"GET / HTTP/1.1\r\n\r\n"
    for pieces, enough in [
        ([browser[:4], browser[4:]], 1),
        ([browser[:2], browser[2:4], browser[4:]], 2),
        ([frame(bytes(26))[:4], *[b"x"] * 26], 1),
    ]:
        _, taken = error_of(answer, pieces, 25)
        expect(
            f"pieces of {pieces[:4]} taken before the ValueError, limit 25",
            happened=taken,
            expected=enough,
        )


@limited.promise("in every split of a stream", inside=False)
def every_limit(answer):
    stream = frame(b"ab") + frame(b"four")
    for pieces in every_split(stream):
        reads_as(answer, pieces, [b"ab", b"four"], 4)
    for pieces in every_split(stream[:10]):
        came, _ = error_of(answer, pieces, 3)
        expect(
            f"what came before the ValueError, reading {pieces}, limit 3",
            happened=came,
            expected=[b"ab"],
        )


@limited.promise("an end in the middle is still an error", inside=False)
def cut_off_below_the_limit(answer):
    expect(
        "messages and pieces taken before the ValueError, reading "
        "a whole message and 3 of the 4 bytes of another, limit 5",
        happened=error_of(answer, [frame(b"ok") + frame(b"BODY")[:-1]], 5),
        expected=([b"ok"], 1),
    )
