"""Messages: frames that survive every wire, and what is refused."""

import math
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfar.far import (
    LIMIT,
    Frames,
    Malformed,
    Message,
    TooLarge,
    encode,
    sockets,
)
from nearfar.far.handshake import FIRST_BYTES
from nearfar.far.hanging_up import CLOSE_TIMEOUT
from nearfar.far.listener import HANDSHAKE_TIMEOUT
from nearfar.far.messages import DEPTH, DIGITS


class Kick(Message):
    player: str
    number: int


class Drop(Message):
    player: str


kicks = st.builds(Kick, st.text(max_size=20), st.integers(-(2**53), 2**53))
messages = st.lists(kicks | st.builds(Drop, st.text(max_size=20)), max_size=6)


@given(messages, st.data())
def test_every_split_of_a_stream_gives_the_same_messages(sent, data):
    stream = b"".join(map(encode, sent))
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    edges = [0, *sorted(cuts), len(stream)]
    frames, arrived = Frames(Kick | Drop), []
    for start, stop in pairwise(edges):
        arrived += frames.feed(stream[start:stop])
    frames.end()
    assert arrived == sent


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_waited_for_and_nothing_else(data):
    frames = Frames(Kick)
    try:
        for message in frames.feed(data):
            assert isinstance(message, Kick)
    except Malformed:
        with pytest.raises(Malformed):
            list(frames.feed(encode(Kick("a", 1))))


def test_the_header_is_four_bytes_big_endian():
    frame = encode(Drop("a"))
    assert frame[:4] == len(frame[4:]).to_bytes(4, "big")
    assert frame[4:] == b'{"type":"Drop","player":"a"}'


def test_what_was_complete_comes_before_the_error():
    frames = Frames(Kick)
    got = frames.feed(encode(Kick("a", 1)) + b"\0\0\0\2no")
    assert next(got) == Kick("a", 1)
    with pytest.raises(Malformed):
        next(got)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"type":"Drop","player":"a"}',
        b'{"type":"Kick","player":"a"}',
        b'{"type":"Kick","player":"a","number":1.5}',
        b'{"type":"Kick","player":"a","number":1,"more":2}',
        b'{"type":"Kick","player":"a","number":NaN}',
        b"[" * 30_000,
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_no_message_of_ours_is_malformed(body):
    frame = len(body).to_bytes(4, "big") + body
    with pytest.raises(Malformed, match="arrived"):
        list(Frames(Kick).feed(frame))


def test_the_limit_holds_before_anything_is_collected():
    frames = Frames(Kick, limit_bytes=50)
    with pytest.raises(TooLarge, match="51 bytes is announced"):
        list(frames.feed((51).to_bytes(4, "big")))
    assert frames.kept == 0


def test_a_message_of_exactly_the_limit_passes():
    size = len(encode(Kick("a", 1))) - 4
    frame = encode(Kick("a", 1), limit_bytes=size)
    assert list(Frames(Kick, size).feed(frame)) == [Kick("a", 1)]


def test_a_sender_is_told_that_its_message_is_too_large():
    size = len(encode(Kick("a", 1))) - 4
    with pytest.raises(TooLarge, match=f"Kick takes {size} bytes"):
        encode(Kick("a", 1), limit_bytes=size - 1)
    with pytest.raises(TooLarge, match="Kick takes"):
        encode(Kick("a" * LIMIT, 1))


def test_nothing_is_taken_or_kept_after_an_error():
    frames, good = Frames(Kick), encode(Kick("a", 1))
    assert frames.take(good + b"\0\0\0\2no" + good) == [Kick("a", 1)]
    error = frames.error
    assert type(error) is Malformed
    for more in (good, good[:-1], b"\xff\xff\xff\xff"):
        assert frames.take(more) == []
        assert (frames.kept, frames.error) == (0, error)


@pytest.mark.parametrize("kept", range(1, len(encode(Drop("ann")))))
def test_half_a_message_is_noticed_at_the_end(kept):
    frames = Frames(Drop)
    assert list(frames.feed(encode(Drop("ann"))[:kept])) == []
    with pytest.raises(Malformed, match="in the middle"):
        frames.end()


def test_a_message_cannot_be_changed():
    with pytest.raises(AttributeError):
        Kick("a", 1).number = 2


@pytest.mark.parametrize("thing", [{"type": "Kick"}, "hello", None, Kick])
def test_what_is_no_message_is_not_sent(thing):
    with pytest.raises(TypeError, match="object of a Message class"):
        encode(thing)


def test_the_protocol_page_shows_a_true_frame():
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
    told = re.search(r"^00 00 00 [0-9a-f ]+$", page, re.MULTILINE)[0]
    assert bytes.fromhex(told) == encode(Drop("ann"))


def test_the_protocol_page_names_the_limits_as_they_are():
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
    for name, value in [
        ("LIMIT", LIMIT),
        ("DEPTH", DEPTH),
        ("DIGITS", DIGITS),
        ("FIRST_BYTES", FIRST_BYTES),
        ("HANDSHAKE_TIMEOUT", HANDSHAKE_TIMEOUT),
        ("CONNECT_TIMEOUT", sockets.CONNECT_TIMEOUT),
        ("CONNECTIONS", sockets.CONNECTIONS),
        ("IDLE_TIMEOUT", sockets.IDLE_TIMEOUT),
        ("CLOSE_TIMEOUT", CLOSE_TIMEOUT),
    ]:
        row = re.search(rf"^\|.*`{name}`.*$", page, re.MULTILINE)[0]
        assert f"{value:,.0f}" in row, (name, value, row)


class Anything(Message):
    value: list


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_has_not_is_not_sent(number):
    with pytest.raises(Malformed, match=r"Anything cannot be sent: JSON has"):
        encode(Anything([{"deep": [number]}]))
    assert list(Frames(Anything).feed(encode(Anything([None, "null"]))))


def test_a_number_in_a_message_in_a_message_is_looked_at_too():
    with pytest.raises(Malformed, match="JSON has no nan"):
        encode(Outer(Inner(math.nan)))
    assert encode(Outer(Inner(None))).endswith(b'"value":null}}')


class Inner(Message):
    value: float | None


class Outer(Message):
    inner: Inner


def test_what_is_too_deep_to_be_read_is_not_sent():
    deep = endless = []
    for _ in range(DEPTH):
        deep = [deep]
    with pytest.raises(Malformed, match=f"more than {DEPTH}"):
        encode(Anything(deep))
    endless.append(endless)
    with pytest.raises(Malformed, match="cannot be sent"):
        encode(Anything(endless))


def test_a_hostile_frame_costs_no_more_than_its_length():
    """To look twice at each byte would take this test ten minutes."""
    quotes = b"[" * (DEPTH + 1) + b'"' + b'\\"' * 32_000
    brackets = b"[" * DEPTH + b"[]" * 32_000
    for body in [quotes, brackets] * 10:
        frames = Frames(Anything)
        assert frames.take(encode(body)) == []
        assert "more than" in str(frames.error)


def test_what_was_fed_is_kept_whether_anybody_asks_or_not():
    frames = Frames(bytes)
    frames.feed(encode(b"first")[:3])
    assert list(frames.feed(encode(b"first")[3:])) == [b"first"]
