"""What arrives is what was sent, or the sender is told that it cannot be."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, NamedTuple, TypedDict, TypeVar

import msgspec
import pytest
from greenlet import GreenletExit
from hypothesis import given
from hypothesis import strategies as st

from nearfar.far import Frames, Malformed, Message, encode

# ruff: noqa: RUF012 - each message gets a default of its own


class Colour(Enum):
    RED = "red"


@dataclass
class Point:
    x: float
    names: dict[str, Any] | None = None


class Pair(NamedTuple):
    first: float
    second: Any


class Row(TypedDict):
    value: float


class Thing(Message):
    thing: Any


class Part(Message):
    value: float
    more: Any = None


class Typed(Message):
    numbers: dict[float, int] = {}
    either: dict[int | str, str] = {}
    counts: dict[int, str] = {}
    some: set[int] = set()
    few: set[float] = set()
    any: set[Any] = set()
    point: Point | None = None
    pair: Pair | None = None
    row: Row | None = None
    part: Part | None = None
    raw: bytes = b""
    colour: Colour | None = None
    price: Decimal = Decimal(0)
    at: datetime | None = None
    parts: list[Part] = []


Kind = TypeVar("Kind")


class Wrapped(Message, Generic[Kind]):
    inner: Kind


NAN, TWICE = math.nan, {1: "a", "1": "b"}

UNFAITHFUL = {
    "NaN in a dataclass": Typed(point=Point(NAN)),
    "infinity in a dataclass": Typed(point=Point(math.inf)),
    "NaN in a named tuple": Typed(pair=Pair(NAN, 1)),
    "NaN in a typed dict": Typed(row={"value": NAN}),
    "NaN as a key": Typed(numbers={NAN: 1}),
    "infinity as a key": Typed(numbers={-math.inf: 1}),
    "NaN in a set": Typed(few={NAN}),
    "NaN as a decimal": Typed(price=Decimal("NaN")),
    "NaN in a message in a message": Typed(part=Part(NAN)),
    "NaN in a list of messages": Typed(parts=[Part(1.0), Part(NAN)]),
    "NaN as a key of anything": Thing({NAN: 1}),
    "two keys that look the same": Thing(TWICE),
    "two such keys, deep": Thing([{"a": (TWICE,)}]),
    "two such keys of one type": Typed(either=TWICE),
    "two such keys in a dataclass": Typed(point=Point(1.0, TWICE)),
    "a key that arrives as text": Thing({1: "a"}),
    "bytes where anything may be": Thing(b"abc"),
    "bytes in a message's anything": Typed(part=Part(1.0, [b"abc"])),
    "a date where anything may be": Thing(datetime(2026, 1, 1, tzinfo=UTC)),
    "a time span where anything may be": Thing(timedelta(1)),
    "a decimal where anything may be": Thing(Decimal("1.5")),
    "a set where anything may be": Thing({1, 2}),
    "a dataclass where anything may be": Thing(Point(1.0)),
    "an enum where anything may be": Thing(Colour.RED),
    "a set that no receiver can build": Typed(any={(1, 2)}),
    "NaN in a message of any kind": Wrapped(Part(NAN)),
    "two such keys in a message of any kind": Wrapped(Thing(TWICE)),
}


@pytest.mark.parametrize("message", UNFAITHFUL.values(), ids=UNFAITHFUL)
def test_what_would_not_arrive_as_it_is_is_not_sent(message):
    with pytest.raises(Malformed, match="cannot be sent"):
        encode(message)


FAITHFUL = [
    Thing([1, 2.5, None, True, "word", {"name": ["deep"]}]),
    Typed(numbers={1.5: 1}, either={"1": "a"}, counts={1: "a", 2: "b"}),
    Typed(some={3, 1, 2}, few={0.5}, any={1, "1", None}),
    Typed(point=Point(1.5, {"a": None}), pair=Pair(1.0, [1])),
    Typed(row={"value": 1.0}, part=Part(1.0, {"a": "null"})),
    Typed(raw=b"\0\xff", colour=Colour.RED, price=Decimal("1.50")),
    Typed(at=datetime(2026, 1, 1, tzinfo=UTC), parts=[Part(1.0), Part(2.0)]),
]


@pytest.mark.parametrize("message", FAITHFUL, ids=range(len(FAITHFUL)))
def test_what_arrives_as_it_is_is_sent(message):
    assert list(Frames(Thing | Typed).feed(encode(message))) == [message]


def test_a_tuple_may_arrive_as_a_list():
    (got,) = Frames(Thing).feed(encode(Thing((1, (2, 3)))))
    assert got == Thing([1, [2, 3]])


def test_what_a_generic_message_holds_is_the_receivers_business():
    message = Wrapped(Part(1.0))
    assert list(Frames(Wrapped[Part]).feed(encode(message))) == [message]
    message = Wrapped(b"abc")
    assert list(Frames(Wrapped[bytes]).feed(encode(message))) == [message]


def test_the_error_names_the_field_and_what_would_arrive():
    with pytest.raises(Malformed, match=r"thing=.* would arrive as {'1': 'b'}"):
        encode(Thing(TWICE))


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=2) | st.integers(0, 9) | st.floats(),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(anything)
def test_whatever_is_sent_arrives_as_it_is(value):
    try:
        frame = encode(Thing(value))
    except Malformed:
        return
    assert list(Frames(Thing).feed(frame)) == [Thing(value)]


class Strict(Message):
    number: int

    def __post_init__(self):
        (10, 20, 30)[self.number]  # an IndexError: not one of msgspec's


class Shaky(Message):
    number: int

    def __post_init__(self):
        if self.number > 2:
            raise ZeroDivisionError


class Quits(Message):
    number: int

    def __post_init__(self):
        raise (SystemExit, GreenletExit, GeneratorExit)[self.number]


@pytest.mark.parametrize(
    ("kinds", "body"),
    [
        (Typed, b'{"type":"Typed","any":[[1]]}'),
        (Typed, b'{"type":"Typed","any":[{}]}'),
        (Strict, b'{"type":"Strict","number":9}'),
        (Strict | Shaky, b'{"type":"Shaky","number":9}'),
        (list[frozenset], b"[[[1]]]"),
        *((Quits, b'{"number":%d}' % number) for number in range(3)),
    ],
)
def test_whatever_comes_ends_in_malformed(kinds, body):
    frames = Frames(kinds)
    with pytest.raises(Malformed):
        list(frames.feed(encode(body)))
    assert frames.error is not None


class Unspeakable(Exception):
    def __str__(self):
        raise ZeroDivisionError


class Broken(Message):
    number: int

    def __post_init__(self):
        raise Unspeakable


class Mute(BaseException):
    def __str__(self):
        raise SystemExit


class Silent(Message):
    number: int

    def __post_init__(self):
        raise Mute


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Strict, "IndexError: "), (Broken, "Unspeakable"), (Silent, "Mute")],
)
def test_an_error_of_the_class_itself_is_told_by_its_name(kind, text):
    frames = Frames(kind)
    with pytest.raises(Malformed, match=text) as caught:
        list(frames.feed(encode(b'{"number":7}')))
    cause = caught.value.__cause__
    assert isinstance(cause, IndexError | Unspeakable | Mute)


def test_the_stop_button_is_no_error_of_a_message():
    class Stopped(Message):
        def __post_init__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Frames(Stopped).take(encode(b"{}"))


def test_raw_json_is_the_senders_own_business():
    frame = encode(Thing(msgspec.Raw(b'{"a":1}')))
    assert list(Frames(Thing).feed(frame)) == [Thing({"a": 1})]
