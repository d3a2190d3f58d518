"""The exercises of chapter 03: messages."""

from __future__ import annotations

from itertools import pairwise

from ..experiments import wire2006
from .promises import Exercise, Prediction, doing, expect

LENGTHS = [7, 20, 21, 39, 40, 41, 60, 64]


class Silence(Exception):
    """Nothing will ever come: who waits now waits for ever."""


class OneWord:
    """A wire that holds one message of so many bytes, with its end."""

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
    because="the first recv takes what is there, up to 20 bytes; each one "
    "after it waits until 20 more are there. So whatever is longer than 20 "
    "must be a multiple of 20",
    beliefs=[
        (
            [20, 40, 60],
            "just the other way round: at these the last recv gets exactly "
            "what it asks for",
        ),
        (
            [],
            "not even 21? The second recv finds one byte, and insists on 20",
        ),
        (
            lambda answer: 20 in answer,
            "the first recv takes all 20, and the end is among them",
        ),
        (
            lambda answer: 40 in answer or 60 in answer,
            "40 is 20 and then 20 more: the second recv gets all it asks for, "
            "and the end stands at the end",
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


def pieces_of(stream, cuts):
    """The stream cut at these places."""
    edges = [0, *cuts, len(stream)]
    return [stream[start:stop] for start, stop in pairwise(edges)]


def every_split(stream):
    """All ways to cut a stream into pieces: 2 ** (its length - 1) of them."""
    places = range(1, len(stream))
    for choice in range(2 ** len(places)):
        yield pieces_of(
            stream, [at for n, at in enumerate(places) if choice >> n & 1]
        )


def reads_as(answer, pieces, expected, *limit):
    with_limit = f" with a limit of {limit[0]}" if limit else ""
    with doing(f"reading {pieces}{with_limit}") as what:
        happened = list(answer(pieces, *limit))
    expect(what, happened=happened, expected=expected)


lines = Exercise(
    "3.2",
    "two messages in one packet",
    hint="A line end may stand anywhere in what has come so far. "
    "`partition` finds the first; what is behind it belongs to the next word. "
    "And a letter may have two bytes, which need not come together.",
)


@lines.promise("each word in a packet of its own", inside=False)
def one_each(answer):
    reads_as(answer, [b"BALANCE\n", b"QUIT\n"], ["BALANCE", "QUIT"])


@lines.promise("two words in one packet, or one and a half", inside=False)
def two_in_one(answer):
    reads_as(answer, [b"BALANCE\nQUIT\n"], ["BALANCE", "QUIT"])
    reads_as(answer, [b"BALANCE\nQU", b"IT\n"], ["BALANCE", "QUIT"])


@lines.promise("what has no end yet is no word", inside=False)
def unfinished(answer):
    reads_as(answer, [b"BALANCE\nQUI"], ["BALANCE"])


@lines.promise("spaces belong to the word", inside=False)
def with_spaces(answer):
    reads_as(answer, [b"GOOD \n DAY\n"], ["GOOD ", " DAY"])


@lines.promise("every split of a stream, even through an é", inside=False)
def all_splits(answer):
    stream = "a \n\ncafé\nb\n".encode()
    for pieces in every_split(stream):
        reads_as(answer, pieces, ["a ", "", "café", "b"])


limited = Exercise(
    "3.3",
    "a limit",
    hint="When is it certain that a word is too long? Not only when its end "
    "has come.",
)


def refusal(answer, pieces, limit):
    """How many pieces were asked for before the ValueError."""
    asked = 0

    def counted():
        nonlocal asked
        for piece in pieces:
            asked += 1
            yield piece

    try:
        list(answer(counted(), limit))
    except ValueError:
        return asked
    return "no ValueError"


@limited.promise("a word of exactly the limit passes", inside=False)
def at_the_limit(answer):
    reads_as(answer, [b"12345\n123", b"45\n"], ["12345", "12345"], 5)


@limited.promise("in every split of a stream, bytes count", inside=False)
def every_limit(answer):
    for pieces in every_split("ab\n\néé\n".encode()):
        reads_as(answer, pieces, ["ab", "", "éé"], 4)
        expect(
            f"reading {pieces} with a limit of 3",
            happened="no ValueError",
            expected="a ValueError",
            holds=refusal(answer, pieces, 3) != "no ValueError",
        )


@limited.promise("a longer one is a ValueError", inside=False)
def over_the_limit(answer):
    expect(
        "pieces of [b'123', b'456\\n'] taken before the ValueError, limit 5",
        happened=refusal(answer, [b"123", b"456\n"], 5),
        expected=2,
    )


@limited.promise("and so is one that never ends, in good time", inside=False)
def without_an_end(answer):
    for size, expected in [(10, 3), (1, 26)]:
        expect(
            f"pieces of {size} bytes without an end that are taken before the "
            "ValueError, limit 25",
            happened=refusal(answer, [b"x" * size] * 1_000, 25),
            expected=expected,
        )


codec = Exercise(
    "3.4",
    "a length in front",
    hint="Keep a bytearray. As long as it begins with a whole frame, cut that "
    "frame off. Its first two bytes are the length: of bytes, not of letters.",
)
TEXTS = ["", "hi", "é", "a"]
STREAM = b"\0\0" + b"\0\2hi" + b"\0\2\xc3\xa9" + b"\0\1a"


def fed(codec, data):
    """What comes out when `data` is fed: a list, as was promised."""
    with doing(f"feeding {data}"):
        texts = codec.feed(data)
    expect(
        f"what `feed({data})` gives",
        happened=texts,
        expected="a list: collect the texts in one, and return it",
        holds=isinstance(texts, list),
    )
    return texts


@codec.promise("a frame is two bytes of length, then the text", inside=False)
def frames(answer):
    for text, frame in [("hi", b"\0\2hi"), ("é", b"\0\2\xc3\xa9")]:
        expect(
            f"the frame of {text!r}",
            happened=answer().frame(text),
            expected=frame,
        )
    long = answer().frame("x" * 300)
    expect("the length of 300", happened=long[:2], expected=b"\x01\x2c")
    texts = fed(answer(), long)
    expect(
        "the lengths of the texts in a frame of 300",
        happened=[len(text) for text in texts],
        expected=[300],
    )
    expect("an empty text", happened=fed(answer(), b"\0\0"), expected=[""])


@codec.promise("several texts in one piece come out as several", inside=False)
def all_at_once(answer):
    expect(
        f"the texts in {STREAM!r}",
        happened=fed(answer(), STREAM),
        expected=TEXTS,
    )


@codec.promise(
    f"each of the {2 ** (len(STREAM) - 1):,} splits of that stream",
    inside=False,
)
def every_way(answer):
    for pieces in every_split(STREAM):
        one = answer()
        expect(
            f"the texts in the pieces {pieces}",
            happened=[text for piece in pieces for text in fed(one, piece)],
            expected=TEXTS,
        )


@codec.promise("two that read at the same time do not mix", inside=False)
def apart(answer):
    one, two = answer(), answer()
    first = fed(one, b"\0\2h") + fed(two, b"\0\1a")
    expect(
        "two readers, fed half a frame and a whole one, then the other half",
        happened=first + fed(one, b"i"),
        expected=["a", "hi"],
    )
