"""Peers that are silent, slow or hostile, while others are being served.

`NEARFAR_STRANGERS` says how many connections are opened and dropped.
"""

import gc
import os
import random
import resource
import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfar import Closed, run, sleep, spawn
from nearfar.connections import Broken
from nearfar.handshake import VERSION, Hello
from nearfar.messages import (
    DEPTH,
    DIGITS,
    LIMIT,
    Frames,
    Malformed,
    Message,
    encode,
)
from nearfar.sockets import connect, listen, parse_address

STRANGERS = int(os.environ.get("NEARFAR_STRANGERS", "1000"))
SEED = 20_061_126


class Number(Message):
    value: int


class Anything(Message):
    value: object


# --- Bytes: every split, every mutation --------------------------------------

numbers = st.lists(st.builds(Number, st.integers(-(2**63), 2**63 - 1)))


@settings(max_examples=200)
@given(numbers, st.data())
def test_a_changed_stream_gives_messages_or_malformed_and_keeps_little(
    sent, data
):
    stream = bytearray(b"".join(map(encode, sent)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(stream)))
        how = data.draw(st.sampled_from(["change", "insert", "delete"]))
        if how == "insert":
            stream[at:at] = data.draw(st.binary(max_size=6))
        elif how == "delete":
            del stream[at : at + data.draw(st.integers(1, 6))]
        elif at < len(stream):
            stream[at] = data.draw(st.integers(0, 255))
    frames, limit = Frames(Number, 64), 64 + 4
    step = data.draw(st.integers(1, 100))
    try:
        for at in range(0, len(stream), step):
            for message in frames.feed(bytes(stream[at : at + step])):
                assert type(message) is Number
                assert type(message.value) is int
            assert frames.kept < limit
    except Malformed:
        assert frames.kept == 0


@given(st.binary(max_size=64), st.integers(0, 64))
def test_a_frame_of_bytes_survives_every_split(body, cut):
    frame = encode(body) * 2
    frames = Frames(bytes)
    pieces = [frame[:cut], frame[cut:]]
    assert [m for p in pieces for m in frames.feed(p)] == [body, body]


def nested(depth, left=b"[", right=b"]"):
    return b'{"type":"Anything","value":' + left * depth + right * depth + b"}"


def read(body, kinds=Anything):
    return list(Frames(kinds).feed(len(body).to_bytes(4, "big") + body))


def test_json_may_be_as_deep_as_the_limit_and_no_deeper():
    assert read(nested(DEPTH - 1))
    with pytest.raises(Malformed, match=f"more than {DEPTH}"):
        read(nested(DEPTH))
    with pytest.raises(Malformed):
        read(nested(30_000))
    with pytest.raises(Malformed):
        read(b'{"type":"Anything","value":' + b"[" * 60_000)


def test_brackets_inside_words_are_no_depth():
    (message,) = read(
        b'{"type":"Anything","value":["' + b"[" * 500 + b'", "\\"[[{"]}'
    )
    assert message.value == ["[" * 500, '"[[{']


def test_many_lists_side_by_side_are_not_deep():
    (message,) = read(
        b'{"type":"Anything","value":[' + b",".join([b"[{}]"] * 1_000) + b"]}"
    )
    assert message.value == [[{}]] * 1_000


@pytest.mark.parametrize(
    "number",
    [b"1" * (DIGITS + 1), b"1e999", b"-1e999", b"NaN", b"Infinity", b"0x1"],
)
def test_numbers_beyond_all_limits_are_malformed(number):
    with pytest.raises(Malformed):
        read(b'{"type":"Anything","value":' + number + b"}")


def test_a_whole_number_may_have_as_many_digits_as_the_limit():
    most = 10**DIGITS - 1
    assert list(Frames(Number).feed(encode(Number(most)))) == [Number(most)]
    with pytest.raises(Malformed, match="Number cannot be sent"):
        encode(Number(most + 1))


# --- The listening socket ----------------------------------------------------


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def echo(connection):
    with connection:
        try:
            for message in connection:
                connection.send(message)
        except (Broken, Closed, Malformed):
            pass


def serve(listener):
    for connection in listener:
        spawn(echo, connection, daemon=True)


def reset(sock):
    abort = struct.pack("ii", 1, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abort)
    sock.close()


def hello(sock):
    sock.sendall(encode(Hello(VERSION)))


def garbage(sock, chance):
    sock.sendall(chance.randbytes(chance.randrange(1, 2_000)))


def half_a_frame(sock, chance):
    hello(sock)
    frame = encode(Number(7))
    sock.sendall(frame[: chance.randrange(1, len(frame))])


def a_huge_length(sock, chance):
    hello(sock)
    sock.sendall(b"\xff\xff\xff\xff" + b"x" * 1_000)


def a_huge_hello(sock, chance):
    sock.sendall((60_000).to_bytes(4, "big") + b"x" * 1_000)


def nonsense_after_hello(sock, chance):
    hello(sock)
    sock.sendall(encode(chance.randbytes(40)))


def silence(sock, chance):
    pass


WAYS = [
    garbage,
    half_a_frame,
    a_huge_length,
    a_huge_hello,
    nonsense_after_hello,
    silence,
    reset,
]


def strangers(address, count, chance):
    """Open, misbehave, drop; some at once, some later, some by a reset."""
    where, kept = parse_address(address), []
    for number in range(count):
        sock = socket.create_connection(where)
        way = chance.choice(WAYS)
        try:
            if way is reset:
                reset(sock)
                continue
            way(sock, chance)
        except OSError:  # it has hung up on us: its good right
            pass
        kept.append(sock)
        if len(kept) > 50:
            (reset if chance.random() < 0.5 else socket.socket.close)(
                kept.pop(chance.randrange(len(kept)))
            )
        if number % 10 == 0:
            sleep(0)
    for sock in kept:
        sock.close()


def slow_drip(address):
    """A frame, byte by byte, for as long as the run lasts."""
    with socket.create_connection(parse_address(address)) as sock:
        hello(sock)
        for byte in encode(Number(1)) * 1_000:
            sock.sendall(bytes([byte]))
            sleep(0.005)


def floods(address):
    """Sends for ever, reads nothing."""
    with socket.create_connection(parse_address(address)) as sock:
        hello(sock)
        sock.setblocking(False)
        frames = encode(Number(1)) * 500
        while True:
            try:
                sock.send(frames)
            except BlockingIOError:
                sleep(0.01)


def test_a_good_client_is_served_whatever_the_others_do():
    chance = random.Random(SEED)
    print("seed", SEED, "strangers", STRANGERS)

    def good(address):
        with connect(Number, address) as connection:
            for value in range(300):
                connection.send(Number(value))
                assert connection.receive(timeout=10) == Number(value)
                sleep(0.001)
        return "served"

    def story():
        with listen(Number) as listener:
            spawn(serve, listener, daemon=True)
            bad = [
                spawn(slow_drip, listener.address, daemon=True),
                spawn(floods, listener.address, daemon=True),
            ]
            flood = spawn(strangers, listener.address, STRANGERS, chance)
            clients = [spawn(good, listener.address) for _ in range(3)]
            told = [client.result() for client in clients]
            flood.join()
            for each in bad:
                each.kill()
                each.join()
            listener.stop(timeout=5)
            return told, len(listener.open)

    before = descriptors()
    run(until=spawn(sleep, 0))
    assert run(until=spawn(story), timeout=60) == (["served"] * 3, 0)
    gc.collect()
    assert descriptors() <= before


def test_memory_returns_after_strangers_have_gone():
    def story():
        with listen(Number) as listener:
            spawn(serve, listener, daemon=True)
            strangers(listener.address, 200, random.Random(SEED))
            listener.stop(timeout=5)

    def megabytes():
        gc.collect()
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        return pages * resource.getpagesize() / 1e6

    for _ in range(2):  # what is kept for ever is there by then
        run(until=spawn(story), timeout=30)
    before = megabytes()
    for _ in range(3):
        run(until=spawn(story), timeout=30)
    assert megabytes() < before + 8


def test_a_stranger_who_says_nothing_is_shown_out(monkeypatch):
    monkeypatch.setattr("nearfar.sockets.HANDSHAKE_TIMEOUT", 0.05)

    def story():
        spawn(serve, listener, daemon=True)
        silent = socket.create_connection(parse_address(listener.address))
        with silent:
            sleep(0.3)
            left = len(listener.open)
            silent.settimeout(1)
            while silent.recv(1_000):
                pass  # its Hello, and then the end
        return left

    with listen(Number) as listener:
        assert run(until=spawn(story), timeout=10) == 0


def test_an_idle_peer_is_parted_with_and_a_busy_one_is_kept():
    def chat(connection):
        for value in range(12):
            connection.send(Number(value))
            connection.receive(timeout=5)
            sleep(0.05)
        return "kept"

    def story():
        spawn(serve, listener, daemon=True)
        busy = connect(Number, listener.address)
        idle = connect(Number, listener.address)
        with busy, idle:
            assert chat(busy) == "kept"
            with pytest.raises((Broken, Closed)):
                idle.receive(timeout=5)

    with listen(Number, idle_timeout=0.2) as listener:
        run(until=spawn(story), timeout=20)


def test_one_who_drips_is_idle_too():
    def story():
        spawn(serve, listener, daemon=True)
        with socket.create_connection(parse_address(listener.address)) as sock:
            hello(sock)
            slow = encode(Number(10**15))
            for at in range(len(slow)):
                sock.sendall(slow[at : at + 1])
                sleep(0.05)
                if at and not listener.open:
                    return "parted"
        return "kept"

    with listen(Number, idle_timeout=0.2) as listener:
        assert run(until=spawn(story), timeout=20) == "parted"


def test_the_next_one_waits_outside_when_the_house_is_full():
    def story():
        spawn(serve, listener, daemon=True)
        first, second = [connect(Number, listener.address) for _ in range(2)]
        for each in (first, second):
            each.send(Number(1))
            each.receive(timeout=5)
        third = connect(Number, listener.address)
        third.send(Number(3))
        with pytest.raises(TimeoutError):
            third.receive(timeout=0.1)
        most = len(listener.open)
        first.close()
        with second, third:
            return most, third.receive(timeout=5).value

    with listen(Number, connections=2) as listener:
        assert run(until=spawn(story), timeout=20) == (2, 3)


def test_stopping_answers_what_is_in_flight_and_cuts_the_rest():
    def slowly(connection):
        with connection:
            for message in connection:
                sleep(message.value / 1000)
                connection.send(message)

    def serve_slowly():
        for connection in listener:
            spawn(slowly, connection, daemon=True)

    def ask(value):
        with connect(Number, listener.address) as connection:
            connection.send(Number(value))
            try:
                return connection.receive(timeout=5).value
            except (Broken, Closed):
                return "cut"

    def story():
        spawn(serve_slowly, daemon=True)
        asking = [spawn(ask, value) for value in (60, 50, 3_000)]
        sleep(0.03)
        cut = listener.stop(timeout=0.5)
        with pytest.raises(Broken):
            connect(Number, listener.address)
        return [each.result() for each in asking], cut

    with listen(Number) as listener:
        told = run(until=spawn(story), timeout=20)
    assert told == ([60, 50, "cut"], 1)


def test_a_message_at_the_limit_passes_and_keeps_the_peer():
    class Words(Message):
        text: str

    size = LIMIT - len(encode(Words(""))) + 4

    def story():
        accepting = spawn(listener.accept)
        with (
            connect(Words, listener.address) as here,
            accepting.result() as there,
        ):
            here.send(Words("x" * size))
            return len(there.receive(timeout=5).text)

    with listen(Words) as listener:
        assert run(until=spawn(story), timeout=10) == size
