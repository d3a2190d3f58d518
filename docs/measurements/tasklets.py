"""What a message and a tasklet cost, beside bare greenlets and beside peers.

`make measure` runs this and records it as "tasklets". Each workload is
done by every contender in turns, round after round; what counts is the ratio
to bare `greenlet.switch()` in the same round. gevent, asyncio and trio have no
rendezvous that is faster than the one used here; a queue of 1 (asyncio,
threads) waits less than a rendezvous does.
"""

import asyncio
import contextlib
import gc
import json
import os
import queue
import statistics
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from itertools import product
from pathlib import Path

import gevent
import gevent.queue
import trio
from greenlet import getcurrent, greenlet
from tqdm import tqdm

from nearfar import Channel, Deadlock, run, spawn
from nearfar.benchmark import in_turns, machine, paired, record
from nearfar.trace import Trace

ROUNDS = 9
PARKED = 100_000
SIZES = (100, 1_000, 10_000, 100_000)


# A workload takes a count of messages and gives back the seconds they took,
# without what comes before the first of them.


def timed(go):
    gc.collect()
    gc.freeze()  # what was here before is not to be looked through again
    began = time.perf_counter()
    go()
    return time.perf_counter() - began


# --- Bare greenlets: the fewest switches that do the same --------------------


def raw_pingpong(count):
    main = getcurrent()

    def ping():
        for number in range(count // 2):
            back.switch(number)
        main.switch()

    def pong(number):
        while True:
            number = there.switch(number)

    there, back = greenlet(ping), greenlet(pong)
    return timed(there.switch)


def raw_stream(count):
    """Two values, then a switch; two switches for two messages."""
    main, wire = getcurrent(), []

    def sender():
        for number in range(0, count, 2):
            wire.append(number)
            wire.append(number + 1)
            taker.switch()
        main.switch()

    def receiver():
        while True:
            wire.pop()
            wire.pop()
            giver.switch()

    giver, taker = greenlet(sender), greenlet(receiver)
    return timed(giver.switch)


def raw_ring(count, size=100):
    main, players = getcurrent(), []

    def player(following):
        value = main.switch()
        while value < count:
            value = players[following].switch(value + 1)
        main.switch()

    for index in range(size):
        players.append(greenlet(player))
        players[-1].switch((index + 1) % size)  # all start from here
    return timed(lambda: players[0].switch(0))


def raw_fanin(count, senders=1_000):
    main = getcurrent()

    def sender():
        for number in range(count // senders):
            main.switch(number)

    children = [greenlet(sender) for _ in range(senders)]

    def go():
        for _ in range(count // senders):
            for child in children:
                child.switch()

    return timed(go)


def raw_spawn(count):
    def nothing():
        pass

    def go():
        for _ in range(count):
            greenlet(nothing).switch()

    return timed(go)


# --- Ours --------------------------------------------------------------------


def our_run():
    return timed(run)


def our_pingpong(count):
    there, back = Channel("there"), Channel("back")

    def ping():
        for number in range(count // 2):
            there.send(number)
            back.receive()

    def pong():
        for _ in range(count // 2):
            back.send(there.receive())

    spawn(ping)
    spawn(pong)
    return our_run()


def our_stream(count):
    wire = Channel("wire")

    def sender():
        for number in range(count):
            wire.send(number)

    def receiver():
        for _ in range(count):
            wire.receive()

    spawn(sender)
    spawn(receiver)
    return our_run()


def our_ring(count, size=100):
    """Timed by the thrower, who comes last, when all others wait."""
    feet = [Channel("foot") for _ in range(size)]

    def player(mine, other):
        for _ in range(count // size):
            other.send(mine.receive())

    def thrower(mine, other):
        def go():
            for number in range(count // size):
                other.send(number)
                mine.receive()

        return timed(go)

    for index in range(1, size):
        spawn(player, feet[index], feet[(index + 1) % size])
    return run(until=spawn(thrower, feet[0], feet[1]))


def our_fanin(count, senders=1_000):
    wire = Channel("wire")

    def sender():
        for number in range(count // senders):
            wire.send(number)

    def receiver():
        for _ in range(count):
            wire.receive()

    for _ in range(senders):
        spawn(sender)
    spawn(receiver)
    return our_run()


def our_spawn(count):
    def nothing():
        pass

    def go():
        for _ in range(count):
            spawn(nothing)
        run()

    return timed(go)


# --- Peers that block in the same style: gevent and threads ------------------


def blocking_peer(make, start):
    """The five workloads for a channel with put and get."""

    def race(functions):
        def go():
            for each in [start(function) for function in functions]:
                each.join()

        return timed(go)

    def pingpong(count):
        there, back = make(), make()

        def ping():
            for number in range(count // 2):
                there.put(number)
                back.get()

        def pong():
            for _ in range(count // 2):
                back.put(there.get())

        return race([ping, pong])

    def stream(count):
        return fanin(count, 1)

    def ring(count, size=100):
        feet = [make() for _ in range(size)]

        def player(index):
            mine, other = feet[index], feet[(index + 1) % size]
            for number in range(count // size):
                if index == 0:
                    other.put(number)
                    mine.get()
                else:
                    other.put(mine.get())

        return race([lambda i=i: player(i) for i in range(size)])

    def fanin(count, senders=1_000):
        wire = make()

        def sender():
            for number in range(count // senders):
                wire.put(number)

        def receiver():
            for _ in range(count):
                wire.get()

        return race([sender] * senders + [receiver])

    def spawn(count):
        return race([lambda: None] * count)

    return {
        "pingpong": pingpong,
        "stream": stream,
        "ring100": ring,
        "fanin": fanin,
        "spawn": spawn,
    }


def start_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    return thread


# --- Peers with coroutines: asyncio and trio ---------------------------------


def coroutine_peer(make, put, get, run_all):
    def pingpong(count):
        there, back = make(), make()

        async def ping():
            for number in range(count // 2):
                await put(there, number)
                await get(back)

        async def pong():
            for _ in range(count // 2):
                await put(back, await get(there))

        return timed(lambda: run_all([ping, pong]))

    def stream(count):
        return fanin(count, 1)

    def ring(count, size=100):
        feet = [make() for _ in range(size)]

        async def player(index):
            mine, other = feet[index], feet[(index + 1) % size]
            for number in range(count // size):
                if index == 0:
                    await put(other, number)
                    await get(mine)
                else:
                    await put(other, await get(mine))

        players = [lambda i=i: player(i) for i in range(size)]
        return timed(lambda: run_all(players))

    def fanin(count, senders=1_000):
        wire = make()

        async def sender():
            for number in range(count // senders):
                await put(wire, number)

        async def receiver():
            for _ in range(count):
                await get(wire)

        return timed(lambda: run_all([sender] * senders + [receiver]))

    def spawn(count):
        async def nothing():
            pass

        return timed(lambda: run_all([nothing] * count))

    return {
        "pingpong": pingpong,
        "stream": stream,
        "ring100": ring,
        "fanin": fanin,
        "spawn": spawn,
    }


def run_asyncio(functions):
    async def main():
        await asyncio.gather(*[function() for function in functions])

    asyncio.run(main())


def run_trio(functions):
    async def main():
        async with trio.open_nursery() as nursery:
            for function in functions:
                nursery.start_soon(function)

    trio.run(main)


CONTENDERS = {
    "bare greenlet": {
        "pingpong": raw_pingpong,
        "stream": raw_stream,
        "ring100": raw_ring,
        "fanin": raw_fanin,
        "spawn": raw_spawn,
    },
    "nearfar": {
        "pingpong": our_pingpong,
        "stream": our_stream,
        "ring100": our_ring,
        "fanin": our_fanin,
        "spawn": our_spawn,
    },
    "gevent": blocking_peer(gevent.queue.Channel, gevent.spawn),
    "asyncio": coroutine_peer(
        lambda: asyncio.Queue(1),
        lambda channel, value: channel.put(value),
        lambda channel: channel.get(),
        run_asyncio,
    ),
    "trio": coroutine_peer(
        lambda: trio.open_memory_channel(0),
        lambda channel, value: channel[0].send(value),
        lambda channel: channel[1].receive(),
        run_trio,
    ),
    "threads": blocking_peer(lambda: queue.Queue(1), start_thread),
}
COUNTS = {"nearfar": 100_000, "bare greenlet": 100_000, "threads": 4_000}
WORKLOADS = ("pingpong", "stream", "ring100", "fanin", "spawn")


def count_for(name, workload):
    """Slow contenders get fewer messages; each takes some tenths of a second.

    All spawn counts are of the same order, since a burst is what is measured.
    """
    if workload == "spawn":
        return {"threads": 2_000, "trio": 20_000}.get(name, 100_000)
    return COUNTS.get(name, 20_000)


def measure_ratios():
    """For each workload and contender: ns each, and the ratio to bare."""
    found = {w: {name: [] for name in CONTENDERS} for w in WORKLOADS}
    turns = list(in_turns(product(WORKLOADS, CONTENDERS), ROUNDS))
    for (workload, name), counts in tqdm(turns, leave=False):
        count = count_for(name, workload)
        seconds = CONTENDERS[name][workload](count)
        if counts:
            found[workload][name].append(seconds / count * 1e9)
    return {
        workload: {
            name: summary(ns, by_name["bare greenlet"])
            for name, ns in by_name.items()
        }
        for workload, by_name in found.items()
    }


def summary(ns, bare):
    ratios = paired(ns, bare)
    return {
        "ns": round(statistics.median(ns)),
        "ratio": round(statistics.median(ratios), 2),
        "range": [round(min(ratios), 2), round(max(ratios), 2)],
    }


def measure_growth():
    """Cost of a message in a ring, by size, and that of the bare ring."""
    told = {}
    for size in tqdm(SIZES, leave=False):
        count = max(200_000, 2 * size)
        rounds = [
            (raw_ring(count, size), our_ring(count, size)) for _ in range(5)
        ]
        bare = statistics.median(raw for raw, _ in rounds)
        ratio = statistics.median(ours / raw for raw, ours in rounds)
        told[size] = {
            "bare ns": round(bare / count * 1e9),
            "ratio": round(ratio, 2),
        }
    return told


def measure_tracing():
    """Ping-pong before a trace was ever on, and after it went off again."""
    pairs = []
    for _ in range(3 * ROUNDS):
        before = our_pingpong(100_000)
        with Trace():
            our_pingpong(100)
        pairs.append(our_pingpong(100_000) / before)
    return round(statistics.median(pairs), 3)


# --- Memory, each contender in a process of its own --------------------------


def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def park_ours():
    wire = Channel("wire")
    for _ in range(PARKED):
        spawn(wire.receive)
    spawn(lambda: parked.append(resident()))
    parked = []
    before = resident()
    with contextlib.suppress(Deadlock):
        run()
    return parked[0] - before


def park_gevent():
    wire = gevent.queue.Channel()
    before = resident()
    waiting = [gevent.spawn(wire.get) for _ in range(PARKED)]
    gevent.sleep(0)
    return resident() - before if waiting else 0


def park_bare():
    main = getcurrent()
    before = resident()
    waiting = [greenlet(lambda: main.switch()) for _ in range(PARKED)]
    for each in waiting:
        each.switch()
    return resident() - before


PARKING = {
    "bare greenlet": park_bare,
    "nearfar": park_ours,
    "gevent": park_gevent,
}


def measure_memory():
    """Bytes for each parked tasklet, of 100,000."""
    return {
        name: round(
            int(
                subprocess.run(
                    [sys.executable, __file__, name],
                    capture_output=True,
                    check=True,
                ).stdout
            )
            / PARKED
        )
        for name in PARKING
    }


def main():
    told = {
        "machine": machine(),
        "versions": {
            name: version(name) for name in ("greenlet", "gevent", "trio")
        },
        "rounds": ROUNDS,
        "workloads": measure_ratios(),
        "ring by size": measure_growth(),
        "bytes per parked tasklet": measure_memory(),
        "ping-pong after a trace over before": measure_tracing(),
    }
    record("tasklets", told)
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(PARKING[sys.argv[1]]())
    else:
        main()
