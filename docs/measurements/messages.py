"""What a message over a wire costs, beside bare sockets and beside peers.

`make measure` runs this and records it as "messages". Every contender
has a server process of its own, and a client in this process. Each workload is
done by every contender in turns, round after round; what counts is the ratio
to the limit in the same round: a blocking socket, a bare epoll loop, or bare
sockets that write 64 KiB of frames at a time and read header and content
through a buffer. All of them cut the same frames: four bytes of length, then
64 bytes. Everything is measured twice: with both ends on one core, where every
step of either end counts, and with a core for each, where a request also
waits for an idle core to wake up.

Two floors say what is there to be had. "bare hub" answers requests: greenlets
that park and are woken by epoll, and nothing else (no limits, no errors, no
time-outs, no look before it sleeps). "cut in place" reads a stream: one loop
that takes 64 KiB and cuts all frames from it on the spot, with no call for a
message.
"""

import asyncio
import contextlib
import gc
import json
import os
import resource
import select
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import deque
from functools import partial
from importlib.metadata import version
from multiprocessing.connection import Client, Listener
from pathlib import Path
from struct import Struct

import zmq
from greenlet import getcurrent, greenlet
from tqdm import tqdm

from nearfar import run, spawn
from nearfar.benchmark import in_turns, machine, paired, record
from nearfar.far import (
    VERSION,
    Hello,
    Message,
    connect,
    encode,
    listen,
    parse_address,
)

ROUNDS = 27  # as many as three runs of nine: neighbours are noisy
SIZE = 64  # bytes in a frame
CLIENTS = 64
JOIN = 65_536  # bytes that the batching sender writes at a time
IDLE = (10, 100, 1_000, 10_000)
WARM_UP = 200
pack = Struct(">I").pack
unpack = Struct(">I").unpack_from
BODY = b"x" * SIZE
CORES = sorted(os.sched_getaffinity(0))


class Move(Message):
    """Four fields, and as long a frame as the others."""

    account: str
    cents: int
    number: int
    text: str


MOVE = Move("eve", 100, 1, "")
MOVE = Move("eve", 100, 1, "x" * (SIZE + 4 - len(encode(MOVE))))
assert len(encode(MOVE)) == SIZE + 4

# A server serves one workload: "echo" gives back what comes; "take" counts
# what comes and sends one frame when it has all of a round. Its first line of
# output is its address. A client does `count` messages and gives the seconds.


def tell(address):
    print(address, flush=True)


def timed(go):
    gc.collect()
    gc.freeze()
    began = time.perf_counter()
    go()
    return time.perf_counter() - began


# --- Bare sockets ------------------------------------------------------------


def bare_listener():
    server = socket.create_server(("127.0.0.1", 0), backlog=CLIENTS)
    tell("{}:{}".format(*server.getsockname()))
    return server


def bare_connect(address):
    sock = socket.create_connection(parse_address(address))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def read_frame(sock, kept=b""):
    """One whole frame's content, from a peer that sends one at a time."""
    while len(kept) < 4 or len(kept) < 4 + unpack(kept)[0]:
        data = sock.recv(65_536)
        if not data:
            raise EOFError
        kept += data
    return kept[4:]


def cut_frames(data):
    """The contents of all whole frames, and what is left."""
    at, end, frames = 0, len(data), []
    while at + 4 <= end:
        stop = at + 4 + unpack(data, at)[0]
        if stop > end:
            break
        frames.append(data[at + 4 : stop])
        at = stop
    return frames, data[at:]


def serve_raw_echo():
    server = bare_listener()
    while True:
        sock, _ = server.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with sock, contextlib.suppress(EOFError):
            while True:
                body = read_frame(sock)
                sock.sendall(pack(len(body)) + body)


def raw_one(address, count):
    with bare_connect(address) as sock:

        def go(count=count):
            for _ in range(count):
                sock.sendall(pack(SIZE) + BODY)
                assert len(read_frame(sock)) == SIZE

        go(WARM_UP)
        return timed(go)


def serve_raw_take(count):
    server = bare_listener()
    while True:
        sock, _ = server.accept()
        taken = 0
        with sock, sock.makefile("rb") as file:
            while header := file.read(4):
                assert len(file.read(unpack(header)[0])) == SIZE
                taken += 1
                if taken == count:
                    sock.sendall(pack(SIZE) + BODY)


def serve_cut_take(count):
    server = bare_listener()
    while True:
        sock, _ = server.accept()
        taken, kept = 0, b""
        with sock:
            while data := sock.recv(65_536):
                frames, kept = cut_frames(kept + data)
                for frame in frames:
                    assert len(frame) == SIZE
                    taken += 1
                if taken == count:
                    sock.sendall(pack(SIZE) + BODY)


def raw_stream(address, count):
    with bare_connect(address) as sock:

        def go():
            frames, size = [], 0
            for _ in range(count):
                frames.append(pack(len(BODY)) + BODY)
                size += SIZE + 4
                if size >= JOIN:
                    sock.sendall(b"".join(frames))
                    frames, size = [], 0
            sock.sendall(b"".join(frames))
            read_frame(sock)

        return timed(go)


# --- A bare epoll loop -------------------------------------------------------


def serve_epoll_echo():
    server, epoll, socks = bare_listener(), select.epoll(), {}
    epoll.register(server, select.EPOLLIN)
    while True:
        for file, _ in epoll.poll():
            if file == server.fileno():
                sock, _ = server.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                socks[sock.fileno()] = [sock, b""]
                epoll.register(sock, select.EPOLLIN)
                continue
            known = socks[file]
            data = known[0].recv(65_536)
            if not data:
                epoll.unregister(file)
                socks.pop(file)[0].close()
                continue
            frames, known[1] = cut_frames(known[1] + data)
            for frame in frames:
                known[0].send(pack(len(frame)) + frame)


def epoll_many(address, count):
    epoll = select.epoll()
    socks = {}
    for _ in range(CLIENTS):
        sock = bare_connect(address)
        socks[sock.fileno()] = [sock, b"", 0]
        epoll.register(sock, select.EPOLLIN)

    def go(each=count // CLIENTS):
        for known in socks.values():
            known[2] = each
            known[0].send(pack(SIZE) + BODY)
        left = CLIENTS
        while left:
            for file, _ in epoll.poll():
                known = socks[file]
                frames, known[1] = cut_frames(known[1] + known[0].recv(65_536))
                for frame in frames:
                    assert len(frame) == SIZE
                    known[2] -= 1
                    if known[2]:
                        known[0].send(pack(SIZE) + BODY)
                    else:
                        left -= 1

    go(10)
    seconds = timed(go)
    for known in socks.values():
        known[0].close()
    epoll.close()
    return seconds


# --- The smallest hub of greenlets --------------------------------------------


class Hub:
    """Connections whose greenlets park until epoll has something for them."""

    def __init__(self):
        self.epoll, self.ends, self.ready = select.epoll(), {}, deque()
        self.watch = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET

    def park(self):
        while not self.ready:
            for file, _ in self.epoll.poll():
                end = self.ends[file]
                end.readable = True
                if end.waiter is not None:
                    self.ready.append(end.waiter)
                    end.waiter = None
        self.ready.popleft().switch()


class HubEnd:
    def __init__(self, hub, sock):
        sock.setblocking(False)
        self.hub, self.sock, self.inbox = hub, sock, deque()
        self.readable, self.waiter = False, None
        hub.ends[sock.fileno()] = self
        hub.epoll.register(sock, hub.watch)

    def wait(self):
        self.waiter = getcurrent()
        self.hub.park()

    def send(self, body):
        self.sock.send(pack(len(body)) + body)

    def receive(self):
        while not self.inbox:
            while not self.readable:
                self.wait()
            data = self.sock.recv(65_536)
            self.readable = len(data) == 65_536
            if not data:
                raise EOFError
            self.inbox.extend(cut_frames(data)[0])  # they come whole here
        return self.inbox.popleft()

    def close(self):
        del self.hub.ends[self.sock.fileno()]
        self.sock.close()


def serve_hub_echo():
    hub, server = Hub(), bare_listener()
    door = HubEnd(hub, server)

    def serve(end):
        with contextlib.suppress(EOFError):
            while True:
                end.send(end.receive())
        end.close()
        hub.park()

    while True:
        try:
            sock, _ = server.accept()
        except BlockingIOError:
            door.wait()
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            hub.ready.append(greenlet(partial(serve, HubEnd(hub, sock))))


def hub_many(address, count, clients=CLIENTS):
    hub, main, left = Hub(), getcurrent(), []

    def ask(end, each):
        for _ in range(each):
            end.send(BODY)
            assert len(end.receive()) == SIZE
        left.remove(end)
        if left:
            hub.park()
        main.switch()

    def go(each=count // clients):
        left.extend(ends)
        for end in ends:
            hub.ready.append(greenlet(partial(ask, end, each)))
        hub.park()

    ends = [HubEnd(hub, bare_connect(address)) for _ in range(clients)]
    go(10)
    seconds = timed(go)
    for end in ends:
        end.close()
    return seconds


def hub_one(address, count):
    return hub_many(address, count, 1)


# --- Ours --------------------------------------------------------------------


def our_server(kinds, serve):
    def take_turns():
        for connection in listener:
            spawn(serve, connection, daemon=True)

    with listen(kinds, connections=2 * max(IDLE)) as listener:
        tell(listener.address)
        run(until=spawn(take_turns))


def echo(connection):
    with connection:
        for message in connection:
            connection.send(message)


def taker(count):
    def take(connection):
        taken = 0
        with connection:
            for message in connection:
                taken += 1
                if taken == count:
                    connection.send(message)

    return take


def our_client(kinds, message):
    def ask(connection, count):
        for _ in range(count):
            connection.send(message)
            connection.receive()

    def one(address, count):
        def go():
            with connect(kinds, address) as connection:
                ask(connection, WARM_UP)
                return timed(lambda: ask(connection, count))

        return run(until=spawn(go))

    def many(address, count):
        def go():
            ends = [connect(kinds, address) for _ in range(CLIENTS)]
            for end in ends:
                ask(end, 10)

            def all_ask():
                asking = [spawn(ask, end, count // CLIENTS) for end in ends]
                for each in asking:
                    each.join()

            seconds = timed(all_ask)
            for end in ends:
                end.close()
            return seconds

        return run(until=spawn(go))

    def stream(address, count):
        def go():
            with connect(kinds, address) as connection:

                def send_all():
                    for _ in range(count):
                        connection.send(message)
                    connection.receive()

                return timed(send_all)

        return run(until=spawn(go))

    return {"one": one, "many": many, "stream": stream}


# --- asyncio streams ---------------------------------------------------------


async def read_stream(reader):
    (size,) = unpack(await reader.readexactly(4))
    return await reader.readexactly(size)


def serve_asyncio(take=0):
    async def serve(reader, writer):
        taken = 0
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                body = await read_stream(reader)
                taken += 1
                if not take or taken == take:
                    writer.write(pack(len(body)) + body)
                    await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        tell("{}:{}".format(*server.sockets[0].getsockname()))
        await server.serve_forever()

    asyncio.run(main())


async def asyncio_ask(streams, count):
    reader, writer = streams
    for _ in range(count):
        writer.write(pack(SIZE) + BODY)
        await writer.drain()
        await read_stream(reader)


def asyncio_many(address, count, clients=CLIENTS):
    async def main():
        where = parse_address(address)
        ends = [await asyncio.open_connection(*where) for _ in range(clients)]

        async def all_ask(each):
            await asyncio.gather(*[asyncio_ask(end, each) for end in ends])

        await all_ask(WARM_UP // clients)
        gc.collect()
        began = time.perf_counter()
        await all_ask(count // clients)
        seconds = time.perf_counter() - began
        for _, writer in ends:
            writer.close()
        return seconds

    return asyncio.run(main())


def asyncio_one(address, count):
    return asyncio_many(address, count, 1)


def asyncio_stream(address, count):
    async def main():
        reader, writer = await asyncio.open_connection(*parse_address(address))
        gc.collect()
        began = time.perf_counter()
        for _ in range(count):
            writer.write(pack(SIZE) + BODY)
            await writer.drain()
        await read_stream(reader)
        seconds = time.perf_counter() - began
        writer.close()
        return seconds

    return asyncio.run(main())


# --- multiprocessing.connection, a thread for each client --------------------


def serve_multiprocessing(take=0):
    def serve(connection):
        taken = 0
        with connection, contextlib.suppress(EOFError, ConnectionError):
            while True:
                body = connection.recv_bytes()
                taken += 1
                if not take or taken == take:
                    connection.send_bytes(body)

    with Listener(("127.0.0.1", 0), backlog=CLIENTS) as listener:
        tell("{}:{}".format(*listener.address))
        while True:
            connection = listener.accept()
            threading.Thread(
                target=serve, args=[connection], daemon=True
            ).start()


def multiprocessing_many(address, count, clients=CLIENTS):
    ends = [Client(parse_address(address)) for _ in range(clients)]

    def ask(end, each):
        for _ in range(each):
            end.send_bytes(BODY)
            end.recv_bytes()

    def go(each=count // clients):
        threads = [
            threading.Thread(target=ask, args=[end, each]) for end in ends
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    go(10)
    seconds = timed(go)
    for end in ends:
        end.close()
    return seconds


def multiprocessing_one(address, count):
    return multiprocessing_many(address, count, 1)


def multiprocessing_stream(address, count):
    with Client(parse_address(address)) as end:

        def go():
            for _ in range(count):
                end.send_bytes(BODY)
            end.recv_bytes()

        return timed(go)


# --- pyzmq: REQ and REP, PUSH and PULL ---------------------------------------


def serve_zmq_echo():
    with zmq.Context() as context, context.socket(zmq.REP) as server:
        port = server.bind_to_random_port("tcp://127.0.0.1")
        tell(f"127.0.0.1:{port}")
        while True:
            server.send(server.recv())


def serve_zmq_take(count):
    """What has all come is told over a second socket, one port further."""
    with (
        zmq.Context() as context,
        context.socket(zmq.PULL) as server,
        context.socket(zmq.REP) as done,
    ):
        port = server.bind_to_random_port("tcp://127.0.0.1")
        tell(f"127.0.0.1:{port}:{done.bind_to_random_port('tcp://127.0.0.1')}")
        while True:
            for _ in range(count):
                server.recv()
            done.recv()
            done.send(b"")


def zmq_many(address, count, clients=CLIENTS):
    with contextlib.ExitStack() as stack:
        context = stack.enter_context(zmq.Context())
        poller, left = zmq.Poller(), {}
        for _ in range(clients):
            end = stack.enter_context(context.socket(zmq.REQ))
            end.connect(f"tcp://{address}")
            poller.register(end, zmq.POLLIN)
            left[end] = 0

        def go(each=count // clients):
            for end in left:
                left[end] = each
                end.send(BODY)
            busy = clients
            while busy:
                for end, _ in poller.poll():
                    end.recv()
                    left[end] -= 1
                    if left[end]:
                        end.send(BODY)
                    else:
                        busy -= 1

        go(10)
        return timed(go)


def zmq_one(address, count):
    with zmq.Context() as context, context.socket(zmq.REQ) as end:
        end.connect(f"tcp://{address}")

        def go(count=count):
            for _ in range(count):
                end.send(BODY)
                end.recv()

        go(WARM_UP)
        return timed(go)


def zmq_stream(address, count):
    host, port, done_port = address.split(":")
    with (
        zmq.Context() as context,
        context.socket(zmq.PUSH) as end,
        context.socket(zmq.REQ) as done,
    ):
        end.connect(f"tcp://{host}:{port}")
        done.connect(f"tcp://{host}:{done_port}")

        def go():
            for _ in range(count):
                end.send(BODY)
            done.send(b"")
            done.recv()

        return timed(go)


# --- The contest -------------------------------------------------------------

frames = our_client(bytes, BODY)
typed = our_client(Move, MOVE)
LIMITS = {"one": "raw", "many": "bare epoll", "stream": "raw, batched"}
COUNTS = {"one": 4_000, "many": 6_400, "stream": 200_000}
FEWER = {("stream", "asyncio"), ("stream", "multiprocessing")}
CONTENDERS = {  # by workload and name: the server and the client
    "one": {
        "raw": (serve_raw_echo, raw_one),
        "bare hub": (serve_hub_echo, hub_one),
        "nearfar": (lambda: our_server(bytes, echo), frames["one"]),
        "nearfar, typed": (lambda: our_server(Move, echo), typed["one"]),
        "asyncio": (serve_asyncio, asyncio_one),
        "multiprocessing": (serve_multiprocessing, multiprocessing_one),
        "pyzmq": (serve_zmq_echo, zmq_one),
    },
    "many": {
        "bare epoll": (serve_epoll_echo, epoll_many),
        "bare hub": (serve_hub_echo, hub_many),
        "nearfar": (lambda: our_server(bytes, echo), frames["many"]),
        "nearfar, typed": (lambda: our_server(Move, echo), typed["many"]),
        "asyncio": (serve_asyncio, asyncio_many),
        "multiprocessing": (serve_multiprocessing, multiprocessing_many),
        "pyzmq": (serve_zmq_echo, zmq_many),
    },
    "stream": {
        "raw, batched": (serve_raw_take, raw_stream),
        "cut in place": (serve_cut_take, raw_stream),
        "nearfar": (lambda n: our_server(bytes, taker(n)), frames["stream"]),
        "nearfar, typed": (
            lambda n: our_server(Move, taker(n)),
            typed["stream"],
        ),
        "asyncio": (serve_asyncio, asyncio_stream),
        "multiprocessing": (serve_multiprocessing, multiprocessing_stream),
        "pyzmq": (serve_zmq_take, zmq_stream),
    },
}


def count_for(workload, name):
    return COUNTS[workload] // (8 if (workload, name) in FEWER else 1)


@contextlib.contextmanager
def server(*arguments, core=None):
    """A process that runs this file; gives its address."""
    process = subprocess.Popen(
        [sys.executable, __file__, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def measure_ratios(core):
    """For each workload and contender: messages a second, ratio to limit.

    The clients run on the first core, the servers on `core`.
    """
    told = {}
    for workload, contenders in CONTENDERS.items():
        found = {name: [] for name in contenders}
        with contextlib.ExitStack() as stack:
            addresses = {
                name: stack.enter_context(
                    server("serve", workload, name, core=core)
                )[0]
                for name in contenders
            }
            os.sched_setaffinity(0, {CORES[0]})
            turns = list(in_turns(contenders, ROUNDS))
            label = f"{workload}, {core}"
            for name, counts in tqdm(turns, desc=label, leave=False):
                count = count_for(workload, name)
                seconds = contenders[name][1](addresses[name], count)
                if counts:
                    found[name].append(count / seconds)
            os.sched_setaffinity(0, CORES)
        limit = found[LIMITS[workload]]
        told[workload] = {
            name: summary(rates, limit) for name, rates in found.items()
        }
    return told


def summary(rates, limit):
    ratios = paired(rates, limit)
    return {
        "messages per second": round(statistics.median(rates)),
        "ratio": round(statistics.median(ratios), 3),
        "range": [round(min(ratios), 3), round(max(ratios), 3)],
    }


# --- Connections that say nothing --------------------------------------------


def resident(pid):
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def our_stranger(address):
    """A connection that has said hello, and says no more."""
    sock = bare_connect(address)
    sock.sendall(encode(Hello(VERSION)))
    read_frame(sock)
    return sock


def measure_idle():
    """One client asks; others are connected and silent: time and memory.

    First of our server, and then of a bare epoll loop: what grows there is
    the system's own share.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sizes = [size for size in IDLE if size < hard - 100]
    ours = idle_at("one", "nearfar", our_stranger, frames["one"], sizes)
    floor = idle_at("many", "bare epoll", bare_connect, raw_one, sizes)
    return {
        size: {
            "microseconds": ours[size][0],
            "bare epoll microseconds": floor[size][0],
            "bytes each": ours[size][1],
        }
        for size in sizes
    }


def idle_at(workload, name, stranger, ask, sizes):
    """By how many are silent: (microseconds a message, bytes for each)."""
    count, told, silent = COUNTS["one"], {}, []
    with server("serve", workload, name, core=CORES[0]) as (address, pid):
        os.sched_setaffinity(0, {CORES[0]})
        ask(address, count)
        empty = resident(pid)
        for size in tqdm(sizes, desc=f"idle, {name}", leave=False):
            while len(silent) < size:
                silent.append(stranger(address))
            times = [ask(address, count) for _ in range(ROUNDS + 1)][1:]
            microseconds = round(statistics.median(times) / count * 1e6, 1)
            told[size] = microseconds, round((resident(pid) - empty) / size)
        for each in silent:
            each.close()
        os.sched_setaffinity(0, CORES)
    return told


def main():
    told = {
        "machine": machine(),
        "versions": {
            name: version(name) for name in ("greenlet", "msgspec", "pyzmq")
        },
        "rounds": ROUNDS,
        "frame bytes": SIZE,
        "clients": CLIENTS,
        "workloads": {
            "one core": measure_ratios(CORES[0]),
            "two cores": measure_ratios(CORES[-1]),
        },
        "idle connections": measure_idle(),
    }
    record("messages", told)
    print(json.dumps(told, indent=2))


def serve(workload, name):
    function = CONTENDERS[workload][name][0]
    if workload == "stream":
        function(count_for(workload, name))
    else:
        function()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(*sys.argv[2:])
    else:
        main()
