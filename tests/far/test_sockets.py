"""Sockets: addresses, connecting, and peers that misbehave."""

import errno
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from functools import partial

import pytest
from test_hostile import HandClock, heard, wait_until

import nearfar.far.poller
import nearfar.far.sockets
from nearfar import (
    Channel,
    Closed,
    Misuse,
    SystemClock,
    VirtualClock,
    run,
    schedule,
    sleep,
    spawn,
)
from nearfar.far import (
    VERSION,
    Broken,
    Hello,
    Malformed,
    Message,
    TooLarge,
    connect,
    encode,
    listen,
    parse_address,
)
from nearfar.far.poller import Selector, new_poller
from nearfar.far.sockets import RESERVE
from nearfar.far.wire import PROBES
from nearfar.trace import Trace


class Number(Message):
    value: int


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:4000", ("::1", 4000)),
    ],
)
def test_addresses_are_host_and_port(text, expected):
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    "text", ["", "80", ":80", "host:", "host:x", "host:-1", "host:65536", "h:²"]
)
def test_a_wrong_address_says_what_is_expected(text):
    with pytest.raises(ValueError, match=r"HOST:PORT|0 to 65535"):
        parse_address(text)


def test_nobody_there_is_broken_with_the_reason():
    with listen(Number) as listener:
        address = listener.address
    with pytest.raises(Broken, match="refused"):
        run(until=spawn(connect, Number, address))


@pytest.mark.parametrize(
    "lock",
    [{"token": "correct horse battery"}, {"tls": ssl.create_default_context()}],
    ids=["token", "tls"],
)
def test_connecting_to_one_who_says_nothing_gives_up_in_time(lock):
    call = partial(connect, Number, timeout=0.05, **lock)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Broken, match="no answer within"):
            run(until=spawn(call, address))


def test_a_name_that_does_not_exist_is_broken():
    with pytest.raises(Broken, match="cannot find 'no such host'"):
        run(until=spawn(connect, Number, "no such host:1"))


def test_a_port_in_use_is_told_plainly():
    with (
        listen(Number) as first,
        pytest.raises(OSError, match=r"cannot listen on 127.0.0.1:.*in use"),
    ):
        listen(Number, first.address)


def test_ipv6_works_where_there_is_any():
    try:
        listener = listen(Number, "[::1]:0")
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")
    with listener:
        here = run(until=spawn(connect, Number, listener.address))
        there = run(until=spawn(listener.accept))
    with here, there:
        spawn(here.send, Number(6))
        assert run(until=spawn(there.receive)) == Number(6)


def test_closing_a_listener_ends_its_loop():
    listener = listen(Number)

    def closer():
        sleep(0.01)
        listener.close()

    spawn(closer)
    assert run(until=spawn(list, listener), timeout=5) == []


def test_accept_gives_up_after_its_timeout():
    with listen(Number) as listener, pytest.raises(TimeoutError):
        run(until=spawn(listener.accept, 0.01))


def test_sockets_need_real_time():
    with listen(Number) as listener, pytest.raises(Misuse, match="VirtualCl"):
        run(until=spawn(listener.accept), clock=VirtualClock())


@pytest.fixture
def raw():
    """A bare socket, and our connection at its other end."""
    with listen(Number) as listener:
        peer = socket.create_connection(parse_address(listener.address))
        peer.sendall(encode(Hello(VERSION)))
        ours = run(until=spawn(listener.accept))
    assert peer.recv(1_000) == encode(Hello(VERSION))
    yield peer, ours
    peer.close()
    ours.close()


def test_a_message_in_single_bytes_arrives_whole(raw):
    peer, ours = raw

    def drip():
        for byte in encode(Number(7)):
            peer.send(bytes([byte]))
            sleep(0)

    spawn(drip)
    assert run(until=spawn(ours.receive)) == Number(7)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", TooLarge),
        (b"\0\0\0\5hello", Malformed),
        (encode(Number(1))[:-1], Malformed),
    ],
)
def test_nonsense_is_malformed_after_what_was_good(raw, data, error):
    peer, ours = raw
    peer.sendall(encode(Number(1)) + data)
    peer.close()

    def read():
        first = ours.receive()
        with pytest.raises(error):
            ours.receive()
        return first

    assert run(until=spawn(read), timeout=5) == Number(1)


def test_a_reset_is_broken(raw):
    peer, ours = raw
    abort = struct.pack("ii", 1, 0)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abort)
    peer.close()
    with pytest.raises(Broken):
        run(until=spawn(ours.receive), timeout=5)


def test_a_timeout_is_for_the_whole_message_not_each_byte(raw):
    peer, ours = raw

    def drip():
        for byte in encode(Number(123456789)):
            peer.send(bytes([byte]))
            sleep(0.01)

    spawn(drip, daemon=True)
    with pytest.raises(TimeoutError):
        run(until=spawn(ours.receive, 0.05))


def test_a_timeout_counts_while_a_long_message_streams_in(raw, monkeypatch):
    monkeypatch.setattr("nearfar.far.stream.READ_BYTES", 64)
    peer, ours = raw
    peer.sendall(struct.pack(">I", 60_000) + b"x" * 50_000)
    with pytest.raises(TimeoutError, match=r"within 0\.001 s"):
        run(until=spawn(ours.receive, 0.001))
    assert ours._frames.kept < 50_000


def test_an_address_of_a_kind_that_is_not_to_be_had_is_passed_over(monkeypatch):
    class NoSix(socket.socket):
        def __init__(self, family=-1, *more, **options):
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "no such family")
            super().__init__(family, *more, **options)

    def look_up(host, port, **how):
        six = (socket.AF_INET6, 0, 0, "", ("::1", port, 0, 0))
        return [six, (socket.AF_INET, 0, 0, "", ("127.0.0.1", port))]

    def story():
        with listen(Number) as listener:
            spawn(listener.accept, daemon=True)
            _, port = parse_address(listener.address)
            monkeypatch.setattr(socket, "getaddrinfo", look_up)
            monkeypatch.setattr(socket, "socket", NoSix)
            with connect(Number, f"both.example:{port}") as connection:
                return connection.peer

    assert run(until=spawn(story)).startswith("127.0.0.1:")


def test_a_kill_while_waiting_leaves_the_connection_usable(raw):
    peer, ours = raw

    def impatient():
        waiting = spawn(ours.receive)
        sleep(0.01)
        waiting.kill()
        waiting.join()
        peer.sendall(encode(Number(1)))
        return ours.receive()

    assert run(until=spawn(impatient), timeout=5) == Number(1)


def test_many_clients_are_served_at_once():
    def serve_one(connection):
        with connection:
            for message in connection:
                connection.send(Number(message.value + 1))

    def serve(listener):
        for connection in listener:
            spawn(serve_one, connection, daemon=True)

    def client(address, value):
        with connect(Number, address) as connection:
            for _ in range(10):
                connection.send(Number(value))
                value = connection.receive().value
        results.append(value)

    results = []
    with listen(Number) as listener:
        spawn(serve, listener, daemon=True)
        for number in range(50):
            spawn(client, listener.address, number * 100)
        run(timeout=20)
    assert sorted(results) == [number * 100 + 10 for number in range(50)]


def test_a_closed_connection_says_so(raw):
    _, ours = raw
    ours.close()
    ours.close()
    with pytest.raises(Closed):
        run(until=spawn(ours.receive))


@pytest.fixture
def wire():
    """Both ends of a connection of ours; messages may be long."""
    with listen(Words) as listener:
        here = run(until=spawn(connect, Words, listener.address))
        there = run(until=spawn(listener.accept))
    yield here, there
    here.close()
    there.close()


class Words(Message):
    text: str


BIG = "x" * 60_000


def fill(connection, timeout=None):
    """Send until that cannot be done any more."""
    while True:
        connection.send(Words(BIG), timeout)


def test_closing_while_somebody_sends_loses_nothing_that_was_sent(wire):
    here, there = wire

    def sender():
        with pytest.raises(Closed):
            fill(here)

    def story():
        spawn(sender)
        sleep(0.05)
        here.close()
        return [len(message.text) for message in there]

    got = run(until=spawn(story), timeout=20)
    assert got == [60_000] * here.statistics.messages_sent
    assert got


def test_a_trace_tells_who_waits_for_a_socket(wire):
    here, there = wire

    def asks():
        here.send(Words("?"))
        return here.receive()

    with Trace() as trace:
        spawn(asks, name="ann")
        spawn(lambda: there.send(there.receive()), name="bob")
        run()
    waits = [(e.tasklet, e.value) for e in trace.events if e.kind == "block"]
    assert set(waits) == {
        ("ann", "for a message from the peer"),
        ("bob", "for a message from the peer"),
    }


def test_killing_the_one_who_sends_strands_nobody_elses_message(wire):
    here, there = wire

    def story():
        sender = spawn(fill, here)
        other = spawn(here.send, Words("pay"))
        sleep(0.05)
        sender.kill()
        sender.join()
        while there.receive().text != "pay":
            pass
        return other.done

    assert run(until=spawn(story), timeout=20)


def test_everybody_who_waits_to_send_hears_that_the_peer_is_gone(wire):
    here, there = wire

    def sender():
        with pytest.raises(Broken):
            fill(here)

    def story():
        senders = [spawn(sender) for _ in range(3)]
        sleep(0.05)
        there.close()
        for each in senders:
            each.join()
        with pytest.raises(Broken):
            here.send(Words("more"))

    run(until=spawn(story), timeout=20)


def test_several_may_wait_for_messages_of_one_connection(raw):
    peer, ours = raw

    def story():
        waiting = [spawn(ours.receive) for _ in range(3)]
        sleep(0.01)
        peer.sendall(encode(Number(1)) + encode(Number(2)))
        sleep(0.01)
        peer.sendall(encode(Number(3)))
        return [tasklet.result().value for tasklet in waiting]

    assert run(until=spawn(story), timeout=5) == [1, 2, 3]


@pytest.mark.parametrize("poller", [new_poller, Selector])
def test_hanging_up_ends_though_the_peer_writes_without_end(
    poller, wire, monkeypatch
):
    here, there = wire
    monkeypatch.setattr(nearfar.far.poller, "new_poller", poller)

    def write():
        with pytest.raises(Broken):
            fill(here)

    def story():
        writing = spawn(write)
        sleep(0.05)
        there.close()
        writing.join(timeout=20)

    run(until=spawn(story))


@pytest.fixture
def chatterbox(raw):
    """Our end of a wire, and a clock for which there is always more on it."""
    peer, ours = raw

    class Clock(SystemClock):
        def wait(self, until):
            peer.sendall(encode(Number(1)))
            super().wait(until)

    return ours, Clock()


def hear(connection):
    for _ in range(50_000):
        connection.receive()
    raise AssertionError("nobody else had a turn")


def test_one_who_listens_alone_and_without_end_lets_sleepers_wake(chatterbox):
    connection, clock = chatterbox
    spawn(hear, connection, daemon=True)
    run(until=spawn(sleep, 0.05), clock=clock)


def test_one_who_listens_alone_and_without_end_is_timed_out(chatterbox):
    connection, clock = chatterbox
    spawn(hear, connection, name="listener")
    with pytest.raises(TimeoutError, match="listener"):
        run(timeout=0.05, clock=clock)


def test_an_interrupt_while_one_listens_alone_comes_out_of_run(raw):
    peer, ours = raw
    peer.sendall(encode(Number(1)))

    def listen_in_vain():
        try:
            ours.receive()
            timer.start()
            ours.receive()
        except KeyboardInterrupt:
            log.append("not his")
        finally:
            log.append("tidy")

    # A shell has its background jobs ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    log, main = [], threading.main_thread().ident
    timer = threading.Timer(0.05, signal.pthread_kill, [main, signal.SIGINT])
    spawn(listen_in_vain)
    with pytest.raises(KeyboardInterrupt):
        run()
    signal.signal(signal.SIGINT, before)
    timer.join()
    assert log == ["tidy"]


class Endless:
    """A socket on which there is always as much as anybody takes."""

    def __init__(self, sock):
        self.sock, self.left = sock, b""

    def recv(self, size):
        frame = encode(Number(1))
        data = self.left + frame * (size // len(frame) + 1)
        self.left = data[size:]
        return data[:size]

    def __getattr__(self, name):
        return getattr(self.sock, name)


def test_a_peer_that_writes_without_end_does_not_stop_the_others(raw):
    peer, ours = raw
    ours.stream.sock = Endless(ours.stream.sock)
    peer.sendall(b"!")  # so that our end looks

    def other():
        for _ in range(10):
            schedule()

    def story():
        listening = spawn(hear, ours, daemon=True)
        while not ours.statistics.messages_received:
            schedule()
        spawn(other).join()
        listening.kill()

    run(until=spawn(story), timeout=20)


LIMITED = """
import errno, os, resource, socket
from nearfar import run, sleep, spawn
from nearfar.far import VERSION, Hello
from nearfar.far import encode
from nearfar.far import connect, listen

plain, failed = socket.socket.accept, []

def accept(sock):
    try:
        return plain(sock)
    except OSError as error:
        if error.errno == errno.EMFILE:
            failed.append(error)
        raise

def serve(listener):
    for connection in listener:
        spawn(say_back, connection, daemon=True)

def say_back(connection):
    for message in connection:
        connection.send(message)

def ask(connection):
    connection.send(b"anybody there?")
    return connection.receive(timeout=20)

def story():
    with (
        listen(bytes) as listener,
        socket.socket() as late,
        connect(bytes, listener.address) as early,
    ):
        spawn(serve, listener, daemon=True)
        ask(early)
        resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))
        files = []
        try:
            while True:
                files.append(os.dup(0))
        except OSError:
            print(len(files) > 0)
        host, port = listener.address.split(":")
        late.connect((host, int(port)))
        late.sendall(encode(Hello(VERSION)) + encode(b"and I?"))
        while not failed:
            sleep(0.001)
        print(ask(early))
        for file in files:
            os.close(file)
        late.setblocking(False)
        said = b""
        while not said.endswith(b"and I?"):
            sleep(0.001)
            try:
                said += late.recv(1000)
            except BlockingIOError:
                pass
        print("served")

socket.socket.accept = accept
run(until=spawn(story), timeout=30)
"""


def test_running_out_of_files_delays_a_server_and_does_not_end_it():
    pytest.importorskip("resource")
    told = subprocess.run(
        [sys.executable, "-c", LIMITED],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout == "True\nb'anybody there?'\nserved\n", told.stderr


@pytest.mark.parametrize(
    "code",
    [
        *(errno.ECONNABORTED, errno.EPROTO, errno.EHOSTUNREACH),
        *(errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM),
    ],
    ids=errno.errorcode.get,
)
def test_one_who_could_not_be_let_in_is_not_the_last(code, monkeypatch):
    accept, errors = socket.socket.accept, [code]

    def fail_once(sock):
        if errors:
            raise OSError(errors.pop(), "for once")
        return accept(sock)

    monkeypatch.setattr(socket.socket, "accept", fail_once)

    def story():
        accepting = spawn(listener.accept)
        with connect(Number, listener.address), accepting.result():
            return "served"

    with listen(Number) as listener:
        assert run(until=spawn(story), timeout=20) == "served"
    assert not errors


# --- Limits on waiting -------------------------------------------------------


@pytest.fixture
def full():
    """The address of one who lets nobody in, and whose queue is full."""
    with ExitStack() as stack:
        server = socket.create_server(("127.0.0.1", 0), backlog=0)
        where = stack.enter_context(server).getsockname()
        for _ in range(20):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.5)
            try:
                waiting.connect(where)
            except TimeoutError:
                break
        else:
            pytest.skip("this system's queues have no end")
        yield where


def test_a_call_that_nobody_takes_is_given_up_in_time(full):
    call = spawn(connect, Number, f"127.0.0.1:{full[1]}", timeout=0.05)
    with pytest.raises(Broken, match=r"no answer within 0\.05 s"):
        run(until=call, timeout=20)


def test_an_address_that_is_silent_leaves_time_for_the_next(full, monkeypatch):
    def look_up(host, port, **how):
        both = [full, parse_address(listener.address)]
        return [(socket.AF_INET, 0, 0, "", where) for where in both]

    def story():
        call = spawn(connect, Number, "two.example:1", timeout=60)
        schedule()  # it has called the first
        clock.time += 30
        wait_until(lambda: call.done)
        call.result().close()

    clock = HandClock()
    with listen(Number) as listener:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        run(until=spawn(story), clock=clock)


def test_one_who_takes_nothing_is_waited_for_so_long_at_the_end(
    raw, monkeypatch
):
    monkeypatch.setattr("nearfar.far.hanging_up.CLOSE_TIMEOUT", 0.05)
    _, ours = raw

    def story():
        with pytest.raises(TimeoutError):
            fill(ours, timeout=0.01)
        ours.close()

    spawn(story)
    run(timeout=20)  # until it has hung up, too
    assert ours.stream.sock.fileno() == -1


def test_closing_tells_ones_own_sender_at_once(wire):
    here, _ = wire

    def sender():
        with pytest.raises(Closed):
            fill(here)

    def story():
        sending = spawn(sender)
        for _ in range(1_000):
            schedule()  # now it waits for room
        here.close()
        wait_until(lambda: sending.done)

    run(until=spawn(story), clock=HandClock())


def test_what_comes_after_our_last_word_does_not_cut_it_short(raw):
    peer, ours = raw

    def story():
        ours.send(Number(1))
        ours.close()
        for _ in range(100):
            peer.sendall(encode(Number(2)))
            schedule()
        return heard(peer)  # and no reset

    told = run(until=spawn(story), clock=HandClock())
    assert told == encode(Number(1))


def test_a_host_that_vanishes_is_noticed_by_both_ends():
    """By probes of the system's; how it tells is the system's affair."""
    with listen(Number) as listener:
        here = run(until=spawn(connect, Number, listener.address))
        there = run(until=spawn(listener.accept))
    with here, there:
        for end in here, there:
            assert end.stream.sock.getsockopt(
                socket.SOL_SOCKET, socket.SO_KEEPALIVE
            )
            for name, value in PROBES.items():
                code = getattr(socket, name, None)
                if code is not None:
                    told = end.stream.sock.getsockopt(socket.IPPROTO_TCP, code)
                    assert told == value, name


@pytest.mark.parametrize("poller", [new_poller, Selector])
@pytest.mark.parametrize("size", [100, 20_000, 30_000, 60_000])
def test_each_of_several_receivers_gets_one_and_then_the_end(
    poller, size, wire, monkeypatch
):
    here, there = wire
    monkeypatch.setattr(nearfar.far.poller, "new_poller", poller)
    words = [str(number).ljust(size) for number in range(3)]
    here.stream.sock.setblocking(True)
    got, after = [], []

    def send_all_at_once():
        here.stream.sock.sendall(
            b"".join(encode(Words(word)) for word in words)
        )
        here.stream.sock.shutdown(socket.SHUT_WR)

    def receive():
        got.append(there.receive().text)
        while len(got) < len(words):
            sleep(0.001)
        after.extend(there)

    for _ in words:
        spawn(receive)
    sending = threading.Timer(0.05, send_all_at_once)
    sending.start()
    run(timeout=5)
    sending.join()
    assert (sorted(got), after) == (words, [])


def test_a_reset_that_send_notices_is_no_end_in_good_order(raw):
    peer, ours = raw
    peer.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    peer.close()

    def story():
        with pytest.raises(Broken):
            fill(ours)
        with pytest.raises(Broken):
            ours.receive()

    run(until=spawn(story), timeout=5)


READER = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as sock:
    sock.sendall(bytes.fromhex(sys.argv[2]))
    while sock.recv(1_000_000):
        pass
"""


def test_one_who_sends_without_end_to_a_quick_reader_lets_sleepers_wake():
    with listen(Number) as listener:
        port, hello = listener.address.rpartition(":")[2], Hello(VERSION)
        command = [sys.executable, "-c", READER, port, encode(hello).hex()]
        with subprocess.Popen(command):

            def pour(connection):
                for number in range(500_000):
                    connection.send(Number(number))
                raise AssertionError("nobody else had a turn")

            def story():
                with listener.accept() as connection:
                    pouring = spawn(pour, connection, daemon=True)
                    sleep(0.05)
                    pouring.kill()

            run(until=spawn(story), timeout=30)


def test_a_closed_end_says_so_whatever_is_to_be_sent(raw):
    _, ours = raw

    def story():
        ours.close()
        with pytest.raises(Closed):
            ours.send(Words(BIG * 2))
        with pytest.raises(Closed):
            ours.send("no message at all")

    run(until=spawn(story))


def test_a_time_out_names_the_seconds_that_were_asked_for(raw):
    _, ours = raw
    with pytest.raises(TimeoutError, match=r"message .* for 0\.05 s"):
        run(until=spawn(lambda: ours.receive(timeout=0.05)))


def test_connecting_may_take_as_long_as_it_takes():
    with listen(Number) as listener:
        connection = run(
            until=spawn(lambda: connect(Number, listener.address, timeout=None))
        )
    connection.close()


@pytest.mark.parametrize("host", ["a..b", "é\ud800", "x" * 70])
def test_what_cannot_be_a_name_is_broken(host):
    with pytest.raises(Broken, match="cannot find"):
        run(until=spawn(connect, Number, f"{host}:80"))
    with pytest.raises(OSError, match="cannot listen"):
        listen(Number, f"{host}:80")


def test_a_listener_leaves_files_to_its_program():
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        with listen(Number) as listener:
            assert listener._most == 100 - RESERVE
        with listen(Number, connections=5) as listener:
            assert listener._most == 5
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# --- A port that nobody listens on -------------------------------------------


def from_port(port):
    """Sockets that set out from this port, as the system may choose it."""

    def new_socket(family):
        sock = plain(family)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", port))
        return sock

    plain = nearfar.far.sockets.new_socket
    return new_socket


def free_port(family):
    host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.create_server((host, 0), family=family) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "0.0.0.0", "localhost"])
def test_a_socket_that_reaches_itself_is_no_connection(host, monkeypatch):
    port = free_port(socket.AF_INET6 if host == "[::1]" else socket.AF_INET)
    address = f"{host}:{port}"
    monkeypatch.setattr("nearfar.far.sockets.new_socket", from_port(port))
    with pytest.raises(Broken, match="no program listens"):
        run(until=spawn(connect, Number, address))
    with listen(Number, address):  # its port is free again, at once
        pass


def test_a_client_does_not_keep_its_port_from_a_listener():
    def story():
        with listen(Number) as listener:
            accepting = spawn(listener.accept)
            with connect(Number, listener.address) as here:
                own = here.out.partition(">")[0]
                with accepting.result(), listen(Number, own) as another:
                    return own == another.address

    def tries():  # a client of another program may have that port, too
        for _ in range(5):
            with suppress(OSError):
                return story()

    assert run(until=spawn(tries))


def test_an_error_that_must_wait_is_found_where_a_socket_is_waited_for(raw):
    _, connection = raw
    channel, went_on = Channel("c"), []

    def victim():
        channel.receive()
        connection.receive()
        went_on.append("on")

    def thrower():
        doomed = spawn(victim)
        schedule()
        channel.send("first")  # they have met: it must not be lost
        doomed.throw(KeyError("later"))
        with pytest.raises(KeyError, match="later"):
            doomed.result()

    run(until=spawn(thrower), timeout=30)
    assert went_on == []
