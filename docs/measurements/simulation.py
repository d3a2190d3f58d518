"""What a simulated message costs, beside a plain channel's, and how it grows.

`make measure` records this as "simulation". Each simulated workload is done in
turns with the same one over channels, in the same process, round after round;
what counts is the ratio of the messages per second in the same round.
Connections are open before the time is taken.
"""

import gc
import json
import math
import os
import statistics
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from nearfar import Channel, run, sleep, spawn
from nearfar.benchmark import machine, record
from nearfar.checking import ROUGH, hunt, replay
from nearfar.experiments.bank_holiday import INVARIANTS, holiday
from nearfar.far import Message
from nearfar.simulation import KINDS, Faults, Network

ROUNDS = 9
MESSAGES = 50_000
SIZES = (10, 100, 1_000, 10_000)  # hosts, or ATMs
VISITS = 10_000  # to all ATMs together; but each has two or more
EVEN = Faults(delay_s=(0.01, 0.01))
# A thousand ATMs for an hour send as many messages as 8,400 small worlds:
# some three hundred faults strike, of all kinds, until the end.
BAD = replace(ROUGH.rarer(500), until_s=math.inf)


class Note(Message):
    account: str
    cents: int


NOTE = Note("eve", 100)


def connected(pairs, faults, serve, client):
    """Seconds from when all are connected until all are done."""
    network, began = Network(1, faults), []

    def listen(host):
        with host.listen(Note) as listener:
            serve(listener.accept())

    def connect(host, to):
        with host.connect(Note, to) as connection:
            sleep(10 - network.clock.now())  # all set out together
            began.append(time.perf_counter())
            client(connection)

    for number in range(pairs):
        network.host(f"server-{number}").start(listen, daemon=True)
    for number in range(pairs):
        host = network.host(f"client-{number}")
        host.start(connect, f"server-{number}")
    gc.collect()
    gc.freeze()  # what was here before is not to be looked through again
    network.run()
    return time.perf_counter() - began[0]


def simulated_asking(pairs, count, faults=None):
    each = count // pairs // 2

    def serve(connection):
        for _ in range(each):
            connection.send(connection.receive())

    def ask(connection):
        for _ in range(each):
            connection.send(NOTE)
            connection.receive()

    return connected(pairs, faults, serve, ask)


def simulated_stream(pairs, count, faults=None):
    each = count // pairs

    def drain(connection):
        for _ in range(each):
            connection.receive()

    def pour(connection):
        for _ in range(each):
            connection.send(NOTE)

    return connected(pairs, faults, drain, pour)


def channel_asking(pairs, count):
    each = count // pairs // 2

    def serve(there, back):
        for _ in range(each):
            back.send(there.receive())

    def ask(there, back):
        for _ in range(each):
            there.send(NOTE)
            back.receive()

    for _ in range(pairs):
        there, back = Channel("there"), Channel("back")
        spawn(serve, there, back)
        spawn(ask, there, back)
    return timed_run()


def channel_stream(pairs, count):
    each = count // pairs

    def drain(wire):
        for _ in range(each):
            wire.receive()

    def pour(wire):
        for _ in range(each):
            wire.send(NOTE)

    for _ in range(pairs):
        wire = Channel("wire")
        spawn(drain, wire)
        spawn(pour, wire)
    return timed_run()


def timed_run():
    gc.collect()
    gc.freeze()
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


WORKLOADS = {
    "ask and answer": (channel_asking, simulated_asking, None),
    "one way": (channel_stream, simulated_stream, None),
    "one way, all delays equal": (channel_stream, simulated_stream, EVEN),
}


def measure_ratios():
    """For each workload: ns each, and messages per second as a ratio."""
    told = {}
    for name, (near, far, faults) in tqdm(WORKLOADS.items(), leave=False):
        rounds = [
            (near(5, MESSAGES), far(5, MESSAGES, faults))
            for _ in range(ROUNDS + 1)  # the first one warms up
        ][1:]
        ratios = [channel / simulation for channel, simulation in rounds]
        told[name] = {
            "channel ns": each_ns(near for near, _ in rounds),
            "simulated ns": each_ns(far for _, far in rounds),
            "ratio": round(statistics.median(ratios), 3),
            "range": [round(min(ratios), 3), round(max(ratios), 3)],
        }
    return told


def each_ns(seconds, count=MESSAGES):
    return round(statistics.median(seconds) / count * 1e9)


def measure_growth():
    """ns for a message, by the number of hosts; and for a channel's."""
    told = {}
    for hosts in tqdm(SIZES, leave=False):
        pairs = hosts // 2
        count = max(200_000, 40 * pairs)
        rounds = [
            (channel_asking(pairs, count), simulated_asking(pairs, count))
            for _ in range(3)
        ]
        told[hosts] = {
            "channel ns": each_ns((near for near, _ in rounds), count),
            "simulated ns": each_ns((far for _, far in rounds), count),
        }
    return told


def measure_an_hour(hosts=1_000):
    """Real seconds for an hour in which everybody says something a minute."""

    def room(host):
        with host.listen(Note) as listener:
            for connection in listener:
                spawn(say_back, connection, daemon=True)

    def say_back(connection):
        for note in connection:
            connection.send(note)

    def chat(host, pause):
        with host.connect(Note, "room") as connection:
            while network.clock.now() < 3_600:
                connection.send(NOTE)
                connection.receive()
                sleep(pause)

    network = Network(1)
    network.host("room").start(room, daemon=True)
    for number in range(1, hosts):
        network.host(f"host-{number}").start(chat, 30 + number % 60)
    began = time.perf_counter()
    network.run()
    seconds = time.perf_counter() - began
    return {
        "hosts": hosts,
        "simulated s": round(network.clock.now()),
        "messages": network.clock.steps,
        "real s": round(seconds, 2),
    }


def live(atms, visits, faults=None):
    """A day at the bank and its evening: its network, and the seconds."""
    network, times = Network(1, faults), [time.perf_counter()]
    with network.resources:
        day = holiday(network, atms=atms, visits=visits)
        gc.collect()
        gc.freeze()  # as above
        times.append(time.perf_counter())
        network.run()
        times.append(time.perf_counter())
        for invariant in INVARIANTS:
            invariant(day)  # raises if it does not hold
        times.append(time.perf_counter())
    return network, [after - before for before, after in pairwise(times)]


def measure_bank_growth():
    """Microseconds for a message of the real bank, by the number of ATMs."""
    told = {}
    for atms in tqdm(SIZES, leave=False):
        visits = max(2, VISITS // atms)
        set_ups, each = [], []
        for _ in range(3):
            network, (set_up, seconds, _) = live(atms, visits)
            set_ups.append(set_up)
            each.append(seconds / network.clock.steps * 1e6)
        told[atms] = {
            "visits": visits,
            "messages": network.clock.steps,
            "set-up s": round(statistics.median(set_ups), 2),
            "microseconds a message": round(statistics.median(each), 1),
        }
    return told


def measure_memory(few=1_000, many=10_000):
    """Bytes for one more ATM with its host, disk, account and customer."""
    context = get_context("spawn")
    with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as fresh:
        before, after = fresh.map(bytes_of, (few, many))
    return round((after - before) / (many - few))


def bytes_of(atms):
    """What a process takes that has lived through a day of so many ATMs."""
    kept = live(atms, visits=2)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    del kept
    return pages * os.sysconf("SC_PAGE_SIZE")


def measure_the_bank(atms=1_000, visits=100):
    """The real bank and ATMs on one bad day; and many small worlds."""
    network, seconds = live(atms, visits, BAD)
    struck = Counter(fault.kind for fault in network.happened)
    began = time.perf_counter()
    worlds = hunt(holiday, range(200), ROUGH, INVARIANTS, atms=3, visits=3)
    return {
        "atms": atms,
        "visits": visits,
        "messages": network.clock.steps,
        "faults": struck.total(),
        "by kind": {kind: struck[kind] for kind in KINDS},
        "simulated s": round(network.clock.now()),
        "real s": round(sum(seconds), 1),
        "of it to set up, live, check": [round(part, 1) for part in seconds],
        "nothing found": worlds.found is None,  # or live() had raised
        "worlds per s, one process": round(
            worlds.worlds / (time.perf_counter() - began), 1
        ),
    }


def main():
    replay(holiday, 0, [])  # so that nothing is measured cold
    told = {
        "machine": machine(),
        "rounds": ROUNDS,
        "workloads": measure_ratios(),
        "by hosts": measure_growth(),
        "the bank by atms": measure_bank_growth(),
        "an hour": measure_an_hour(),
        "bytes an atm": measure_memory(),
        "the bank": measure_the_bank(),
    }
    record("simulation", told)
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
