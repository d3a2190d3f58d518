"""Peers that are silent, slow or hostile, while others are being served.

`NEARFAR_STRANGERS` says how many connections are opened and dropped.
"""

import gc
import os
import random
import socket
import struct
import sys
import time
from itertools import count

import pytest
from helpers import open_files
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfar import Closed, SystemClock, run, schedule, sleep, spawn
from nearfar.far import (
    LIMIT,
    VERSION,
    Broken,
    Frames,
    Hello,
    Malformed,
    Message,
    connect,
    encode,
    listen,
    parse_address,
)
from nearfar.far.listener import HANDSHAKE_TIMEOUT
from nearfar.far.messages import DEPTH, DIGITS
from nearfar.far.waiting import Waiters

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


class HandClock(SystemClock):
    """Sockets are real, but time stands still until the test moves it."""

    def __init__(self):
        super().__init__()
        self.time = 0.0

    def now(self):
        return self.time

    def wait(self, until):
        super().wait(min(until, self.time + 0.001))


def wait_until(true):
    """Let the others run until it is true, whatever their clock says."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it never became true"
        schedule()


def call(listener):
    """A bare socket that has been let in, and has said nothing yet."""
    sock = socket.create_connection(parse_address(listener.address))
    wait_until(lambda: hear(sock, socket.MSG_PEEK))
    return sock


def hear(sock, how=0):
    """What has come by now: b"" at the end, None if that is still to come."""
    sock.setblocking(False)
    try:
        return sock.recv(1_000, how)
    except BlockingIOError:
        return None


def heard(sock):
    """All that somebody says until he hangs up, while others run."""
    said = []
    wait_until(lambda: said.append(hear(sock)) or said[-1] == b"")
    return b"".join(filter(None, said))


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
    """Frame after frame, byte by byte, for as long as the run lasts."""
    with socket.create_connection(parse_address(address)) as sock:
        hello(sock)
        while True:
            for byte in encode(Number(1)):
                sock.sendall(bytes([byte]))
                sleep(0.005)


def floods(address):
    """Sends for ever, reads nothing."""
    with socket.create_connection(parse_address(address)) as sock:
        hello(sock)
        sock.setblocking(False)
        frames = left = encode(Number(1)) * 500
        while True:
            try:
                left = left[sock.send(left) :] or frames
            except BlockingIOError:
                sleep(0.01)


def test_a_good_client_is_served_whatever_the_others_do():
    chance = random.Random(SEED)
    print("seed", SEED, "strangers", STRANGERS)

    def good(address, flood):
        with connect(Number, address, timeout=60) as connection:
            for value in count():
                connection.send(Number(value))
                assert connection.receive(timeout=60) == Number(value)
                if flood.done:
                    return "served"

    def story():
        with listen(Number) as listener:
            where = listener.address
            spawn(serve, listener, daemon=True)
            bad = [spawn(each, where, daemon=True) for each in ENDLESS]
            flood = spawn(strangers, where, STRANGERS, chance)
            clients = [spawn(good, where, flood) for _ in range(3)]
            told = [client.result() for client in clients]
            for each in bad:
                assert not each.done  # nobody has hung up on them
                each.kill()
            listener.stop(timeout=60)
            return told, len(listener.open)

    before = open_files()
    assert run(until=spawn(story), timeout=300) == (["served"] * 3, 0)
    gc.collect()
    assert open_files() <= before


ENDLESS = [slow_drip, floods]


def test_files_and_memory_return_when_strangers_have_gone():
    def visits(count):
        strangers(listener.address, count, random.Random(SEED))
        with connect(Number, listener.address, timeout=60) as last:
            last.send(Number(1))
            last.receive(timeout=60)
        wait_until(lambda: not listener.open)
        gc.collect()
        return open_files().total(), sys.getallocatedblocks()

    def story():
        spawn(serve, listener, daemon=True)
        visits(STRANGERS)  # what is kept for ever is there by then
        return visits(STRANGERS), visits(STRANGERS)

    with listen(Number) as listener:
        before, after = run(until=spawn(story), timeout=300)
    print("files and pieces of memory", before, after)
    assert after[0] <= before[0]
    assert after[1] - before[1] < STRANGERS  # less than one for each


def test_a_stranger_who_says_nothing_is_shown_out():
    def story():
        spawn(serve, listener, daemon=True)
        with call(listener) as silent:
            clock.time += HANDSHAKE_TIMEOUT
            return heard(silent), listener.open

    clock = HandClock()
    with listen(Number) as listener:
        told = run(until=spawn(story), clock=clock)
    assert told == (encode(Hello(VERSION)), set())


def test_an_idle_peer_is_parted_with_and_a_busy_one_is_kept():
    def story():
        spawn(serve, listener, daemon=True)
        busy = connect(Number, listener.address)
        idle = connect(Number, listener.address)
        with busy, idle:
            idle.send(Number(0))
            idle.receive()
            parting = spawn(is_parted_with, idle)
            for value in range(100):
                busy.send(Number(value))
                assert busy.receive() == Number(value)
                clock.time += 5
            assert parting.done

    def is_parted_with(idle):
        with pytest.raises((Broken, Closed)):
            idle.receive()

    clock = HandClock()
    with listen(Number, idle_timeout=20) as listener:
        run(until=spawn(story), clock=clock)


def test_one_who_drips_is_idle_too():
    def story():
        spawn(serve, listener, daemon=True)
        with call(listener) as sock:
            hello(sock)
            sock.sendall(word := encode(Number(1)))
            wait_until(lambda: (hear(sock) or b"").endswith(word))
            slow = encode(Number(10**60))
            for at in range(len(slow)):
                if not listener.open:
                    return "parted"
                sock.sendall(slow[at : at + 1])
                clock.time += 5
                sleep(0)
        return "kept"

    clock = HandClock()
    with listen(Number, idle_timeout=20) as listener:
        assert run(until=spawn(story), clock=clock) == "parted"


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
    begun, may_end, turn = set(), set(), Waiters("its turn")

    def slowly(connection):
        with connection:
            for message in connection:
                begun.add(message.value)
                while message.value not in may_end:
                    turn.wait()
                connection.send(message)

    def serve_slowly():
        for connection in listener:
            spawn(slowly, connection, daemon=True)

    def ask(value):
        with connect(Number, listener.address) as connection:
            connection.send(Number(value))
            try:
                return connection.receive().value
            except (Broken, Closed):
                return "cut"

    def story():
        spawn(serve_slowly, daemon=True)
        asking = [spawn(ask, value) for value in (1, 2, 3)]
        wait_until(lambda: len(begun) == 3)
        stopping = spawn(listener.stop, timeout=10)
        schedule()
        with pytest.raises(Broken):
            connect(Number, listener.address)
        may_end.update({1, 2})
        turn.wake()
        wait_until(lambda: len(listener.open) == 1)
        clock.time += 10
        return [each.result() for each in asking], stopping.result()

    clock = HandClock()
    with listen(Number) as listener:
        told = run(until=spawn(story), clock=clock)
    assert told == ([1, 2, "cut"], 1)


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
