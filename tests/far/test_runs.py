"""Connections and runs: what is kept when a run begins, ends, forks, or is
inside another one."""

import os
import signal
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from helpers import open_files

from nearfar import Closed, SystemClock, run, schedule, sleep, spawn
from nearfar.far import (
    HEADER,
    VERSION,
    Broken,
    Hello,
    Message,
    connect,
    encode,
    listen,
)


class Number(Message):
    value: int


@contextmanager
def within(seconds):
    """Whatever hangs is interrupted, and the test fails."""

    def interrupt(number, frame):
        raise AssertionError(f"it took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    began = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if time.monotonic() - began >= seconds:  # somebody has kept it
        interrupt(0, None)


def both_ends():
    with listen(Number) as listener:
        accepting = spawn(listener.accept)
        return connect(Number, listener.address), accepting.result()


def fill(connection):
    """Send until the system takes no more."""
    connection.stream.sock.setsockopt(
        socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192
    )
    with suppress(TimeoutError):
        while True:
            connection.send(b"x" * 60_000, timeout=0.05)


def hear(connection):
    try:
        return connection.receive()
    except (Broken, Closed) as error:
        return error


def echo(connection):
    with connection:
        for message in connection:
            connection.send(message)


@pytest.fixture
def reader():
    """The address of a thread that takes all, and a list of how much."""
    server, took = socket.create_server(("127.0.0.1", 0)), []

    def take():
        sock, _ = server.accept()
        with sock:
            sock.sendall(encode(Hello(VERSION)))
            time.sleep(reader_waits[0])
            total = 0
            while data := sock.recv(1 << 20):
                total += len(data)
        took.append(total)

    reader_waits = [0.0]
    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    yield "{}:{}".format(*server.getsockname()), took, thread, reader_waits
    server.close()


def test_who_receives_while_being_ended_does_not_hold_up_the_run():
    def wait_twice(connection):
        try:
            connection.receive()
        finally:
            connection.receive()

    def main():
        client, server = both_ends()
        spawn(wait_twice, client, daemon=True)
        sleep(0.01)
        return client, server

    with within(5):
        ends = run(until=spawn(main))
    for end in ends:
        end.drop()


def test_who_sends_on_a_connection_of_an_earlier_run_gives_way(reader):
    address, _, thread, _ = reader
    ticks = []

    def tick():
        while True:
            sleep(0.001)
            ticks.append(1)

    def send(connection):
        spawn(tick, daemon=True)
        began = time.monotonic()
        while len(ticks) < 20 and time.monotonic() < began + 5:
            connection.send(Number(1))

    with run(until=spawn(connect, Number, address)) as connection:
        run(until=spawn(send, connection))
    thread.join(5)
    assert len(ticks) == 20


def test_what_was_joined_leaves_although_a_run_on_another_clock_begins():
    def both(client):
        return [client.receive(timeout=2).value for _ in range(2)]

    def main():
        client, server = both_ends()
        with client, server:
            client.send(Number(1))
            client.send(Number(2))  # the second of a round: joined
            return run(until=spawn(both, server), clock=another)

    another = SystemClock()
    assert run(until=spawn(main)) == [1, 2]
    another.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_that_runs_takes_nothing_from_its_parent():
    def client(address):
        with connect(Number, address) as connection:
            for value in range(100):
                connection.send(Number(value))
                assert connection.receive(timeout=2).value == value

    def fork(address):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                run(until=spawn(client, address))
                code = 0
            finally:
                os._exit(code)
        return child

    def serve(listener):
        for connection in listener:
            spawn(echo, connection, daemon=True)

    def main():
        with listen(Number) as listener:
            spawn(serve, listener, daemon=True)
            sleep(0.01)
            children = [fork(listener.address) for _ in range(2)]
            left, codes = list(children), []
            while left:
                sleep(0.02)
                done, status = os.waitpid(left[0], os.WNOHANG)
                if done:
                    codes.append(os.waitstatus_to_exitcode(status))
                    left.pop(0)
        return codes

    with within(20):
        assert run(until=spawn(main)) == [0, 0]


def test_closing_leaves_no_file_open_in_whatever_order():
    def main():
        client, server = both_ends()
        client.send(Number(1))
        assert server.receive() == Number(1)
        client.close()
        server.close()
        kept.extend((client, server))

    kept = []
    run(until=spawn(main))
    before = open_files()
    for seed in range(100):
        run(until=spawn(main), seed=seed)
        assert open_files() <= before, f"seed {seed}"


def test_what_was_sent_arrives_though_the_run_ends_with_the_close(reader):
    address, took, thread, waits = reader
    waits[0] = 0.3

    def main():
        connection = connect(bytes, address)
        fill(connection)
        sent = connection.statistics.messages_sent
        connection.close()
        return sent

    sent = run(until=spawn(main))
    thread.join(5)
    assert took == [sent * (HEADER + 60_000) + len(encode(Hello(VERSION)))]


def test_many_who_take_nothing_hold_up_the_end_no_longer_than_one():
    def hang_up_on(address):
        connection = connect(bytes, address)
        fill(connection)
        try:
            sleep(100)
        finally:
            connection.close()

    def main():
        for _ in range(5):
            spawn(hang_up_on, address, daemon=True)
        sleep(1)

    server = socket.create_server(("127.0.0.1", 0))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    address = "{}:{}".format(*server.getsockname())
    silent = []

    def take():
        for _ in range(5):
            sock, _ = server.accept()
            sock.sendall(encode(Hello(VERSION)))
            silent.append(sock)

    threading.Thread(target=take, daemon=True).start()
    with within(4):  # one second to begin, one for all to end
        run(until=spawn(main))
    assert len(silent) == 5
    for sock in (*silent, server):
        sock.close()


def test_a_message_that_has_arrived_is_not_timed_out_because_others_work():
    def work():
        while True:
            time.sleep(0.002)
            schedule()

    def main():
        client, server = both_ends()
        spawn(work, daemon=True)
        with client, server:
            for value in range(20):
                client.send(Number(value))
                time.sleep(0.002)  # by then it is here
                assert server.receive(timeout=0) == Number(value)

    run(until=spawn(main))


def test_a_closed_end_gives_nothing_although_something_has_arrived():
    def main(end):
        client, server = both_ends()
        hearing = spawn(hear, server)
        sleep(0.01)
        client.send(Number(1))
        while not server.stream.readable:
            schedule()
        end(server)
        client.close()
        return hearing.result()

    for end, told in (
        (lambda server: server.close(), "Closed"),
        (lambda server: server.give_up("it is late"), "it is late"),
    ):
        assert told in repr(run(until=spawn(main, end)))


def test_a_listener_that_was_full_stops_nobody_when_one_has_gone():
    def serve(listener):
        for connection in listener:
            with connection:
                list(connection)

    def main():
        with listen(Number, connections=1) as listener:
            spawn(serve, listener, daemon=True)
            sleep(0.01)
            place = listener.address.rpartition(":")
            guest = socket.create_connection((place[0], int(place[2])))
            guest.sendall(encode(Hello(VERSION)))
            sleep(0.01)
            guest.recv(1_000)
            guest.close()
            sleep(0.01)

    with within(5):
        run(until=spawn(main))
