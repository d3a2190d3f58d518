"""The exercises of chapter 03: messages."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

from .. import run, spawn
from ..experiments import wire2006
from ..far import Message, pair
from .promises import Exercise, Prediction, doing, expect

LENGTHS = [7, 20, 21, 39, 40, 41, 60, 64]


class Silence(Exception):
    """The wire is empty: a real `recv` would block forever."""


class OneWord:
    """A wire that holds one message of `length` bytes, its end included."""

    def __init__(self, length):
        self.left = b"x" * (length - 2) + wire2006.END

    def recv(self, most):
        if not self.left:
            raise Silence
        data, self.left = self.left[:most], self.left[most:]
        return data


def lengths_that_hang():
    """Return those of LENGTHS at which `receive` of 2006 never returns."""
    hang = []
    for length in LENGTHS:
        try:
            wire2006.receive(OneWord(length), 20)
        except Silence:
            hang.append(length)
    return hang


Prediction(
    "3.1",
    "which lengths hang",
    truth=lengths_that_hang,
    because="the first recv takes what is there, up to 20 bytes; each later "
    "one waits for 20 more. So a message longer than 20 bytes must be a "
    "multiple of 20",
    beliefs=[
        (
            [20, 40, 60],
            "it is the other way round: at these lengths the last recv gets "
            "exactly what it asks for",
        ),
        (
            [],
            "what about 21? The second recv finds one byte, and insists on 20",
        ),
        (
            lambda answer: 20 in answer,
            "the first recv takes all 20, and the end is among them",
        ),
        (
            lambda answer: 40 in answer or 60 in answer,
            "40 is 20 and then 20 more: the second recv gets all it asks for, "
            "and the message ends where that read ends",
        ),
        (
            lambda answer: 7 in answer,
            "the first recv does not insist: it takes the 7 bytes that are "
            "there, and they end as they should",
        ),
    ],
    hint="Write down what each recv asks for, and what is left for it: for 7, "
    "for 21 and for 40.",
    any_order=True,
)


# --- The parser --------------------------------------------------------------


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


timely = Exercise(
    "3.4",
    "a time limit for a whole message",
    hint="Compute once, at the beginning, when time will be up. How long may "
    "each recv wait then?",
    begun=True,
)


class Peer:
    """Sends pieces at given seconds, on a clock of its own."""

    def __init__(self, *sends):
        self.sends = list(sends)  # [(second, piece)]
        self.time = 100.0

    def clock(self):
        return self.time

    def recv(self, timeout):
        until = self.time + max(0.0, timeout)
        if not self.sends or 100.0 + self.sends[0][0] > until:
            self.time = until
            raise TimeoutError(f"no bytes within {timeout:g} s")
        second, piece = self.sends.pop(0)
        self.time = max(self.time, 100.0 + second)
        return piece

    def outcome(self, answer, seconds=5):
        """Return (what came of it, after how many seconds)."""
        try:
            with doing(f"receiving within {seconds} s"):
                came = answer(self.recv, self.clock, seconds)
        except TimeoutError:
            came = "TimeoutError"
        return came, round(self.time - 100.0, 3)


WORD = frame(b"RIVETS")


@timely.promise("a message that comes in time is received", inside=False)
def in_time(answer):
    for sends, when in [
        ([(0, WORD)], 0),
        ([(1, WORD[:5]), (2, WORD[5:])], 2),
        ([(2, WORD[:5]), (4.9, WORD[5:])], 4.9),
    ]:
        expect(
            f"(message, second), when {sends} are sent as (second, bytes)",
            happened=Peer(*sends).outcome(answer),
            expected=(b"RIVETS", when),
        )


@timely.promise("silence ends when time is up", inside=False)
def silence(answer):
    expect(
        "(result, second), when the peer sends nothing, limit 5 s",
        happened=Peer().outcome(answer),
        expected=("TimeoutError", 5),
    )


@timely.promise("a byte now and then does not buy more time", inside=False)
def drip(answer):
    slow = Peer(*[(n, WORD[n : n + 1]) for n in range(len(WORD))])
    expect(
        "(result, second), when the peer sends a byte each second, limit 5 s",
        happened=slow.outcome(answer),
        expected=("TimeoutError", 5),
    )
    late = Peer((3, WORD[:9]), (7, WORD[9:]))
    expect(
        "(result, second), when the last byte comes in second 7, limit 5 s",
        happened=late.outcome(answer),
        expected=("TimeoutError", 5),
    )


# --- What send promises ------------------------------------------------------


class Note(Message):
    number: int


def two_notes():
    """Return what happens at both ends of a connection, in order."""
    here, there = pair(Note)
    happened = []

    def sender():
        for number in (1, 2):
            here.send(Note(number))
            happened.append(f"sent {number}")

    def receiver():
        for _ in range(2):
            happened.append(f"got {there.receive().number}")

    spawn(sender)
    spawn(receiver)
    run()
    return happened


Prediction(
    "3.5",
    "what send waits for",
    truth=two_notes,
    because="over a connection `send` returns when the message is on its way, "
    "so the sender is done before the receiver has had a turn",
    beliefs=[
        (
            ["got 1", "sent 1", "got 2", "sent 2"],
            "that is a reply, not a send: here no word comes back to the "
            "sender",
        ),
        (
            ["sent 1", "got 1", "sent 2", "got 2"],
            "between its two sends the sender waits for nothing: does it "
            "give up its turn?",
        ),
        (
            lambda answer: answer[:1] == ["got 1"],
            "over a channel `send` waits for the receiver. Over a connection "
            "the sender, which has the first turn, just goes on",
        ),
    ],
    hint="The sender has the first turn. Is there anything in its loop that it "
    "has to wait for?",
)
