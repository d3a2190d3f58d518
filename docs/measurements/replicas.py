"""What replication costs, beside one bank in the same run.

`python docs/measurements/replicas.py` records its results as "replicas". In
each round, in turns, on the disk on which this file lies:

- `1`: one bank in a process of its own, asked by 64 ATMs in another;
- `3` and `5`: so many replicas, each in a process of its own;
- `1, one atm` and `3, one atm`: the same with a single ATM, so that no two
  orders share a commit;
- `messages`: those that one movement needs, its customer's two included. The
  rest is one request and one reply for each other replica and each group of
  movements; the log of a replica says how many groups there were;
- `killed`: seconds from `kill -9` of the leader to the next reply.

`simulated` is the last of these in virtual time, for many seeds.
"""

import json
import secrets
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from bank import ATMS, BUILD

from nearfar import run, sleep, spawn
from nearfar.bank import (
    Accepted,
    Addresses,
    Balance,
    Disk,
    Elsewhere,
    Reply,
    SignIn,
    Transfer,
)
from nearfar.benchmark import record
from nearfar.experiments.replicated_bank import replicated_day
from nearfar.experiments.three_processes import free_addresses
from nearfar.far import connect
from nearfar.processes import Program
from nearfar.replicas import Storage
from nearfar.simulation import Faults, Network

ROUNDS = 3
COUNT = 4_000  # movements in a round
SEEDS = 200
OPENED = [f"--open=c{number}:10000000.00:1234" for number in range(ATMS)]


def one_bank(folder, _):
    """Start a bank that is alone."""
    return [Program("bank", f"--file={folder}/one.db", *OPENED, quiet=True)]


def replicas(folder, many):
    """Start so many replicas, and wait until one of them leads."""
    token, peers = Path(folder) / "token", free_addresses(many)
    token.write_text(secrets.token_hex())
    return [
        Program(
            "bank",
            f"--file={folder}/{number}.db",
            f"--replica={mine}",
            f"--peers={','.join(peer for peer in peers if peer != mine)}",
            f"--peer-token-file={token}",
            *OPENED,
            quiet=True,
        )
        for number, mine in enumerate(peers)
    ]


def leader_of(programs):
    """The program that decides; waits for an election."""
    while True:
        for each in programs:
            if not each.alive:
                continue
            with (
                suppress(OSError),
                connect(Reply | Elsewhere, each.address) as connection,
            ):
                connection.send(Balance("c0"))
                if isinstance(connection.receive(5.0), Reply):
                    return each


def rates(programs, first=0, atms=ATMS, count=COUNT):
    """Movements a second, and what a customer waits for one."""
    address = run(until=spawn(leader_of, programs)).address
    numbers, took, began = iter(range(first, first + count)), [], []

    def customer(number):
        mine, payee = f"c{number}", f"c{(number + 1) % ATMS}"
        with connect(Reply, address) as connection:
            connection.send(SignIn(mine, "1234"))
            assert isinstance(connection.receive(), Accepted)
            began.append(time.perf_counter())
            while len(began) < atms:  # all begin together
                sleep(0.001)
            for each in numbers:
                asked = time.perf_counter()
                connection.send(Transfer(f"id{each}", mine, payee, 1))
                assert isinstance(connection.receive(), Accepted)
                took.append(time.perf_counter() - asked)

    for number in range(atms):
        spawn(customer, number)
    run()
    return {
        "per_second": count / (time.perf_counter() - began[-1]),
        "p50_ms": statistics.median(took) * 1e3,
        "p99_ms": statistics.quantiles(took, n=100)[98] * 1e3,
    }


def entries(folder):
    """How many groups of writes a replica has had in its log."""
    return Storage(Disk(f"{folder}/0.db-replica")).last_index


def killed(programs):
    """Seconds without an answer, after the leader was killed."""
    addresses = [each.address for each in programs]
    leader = leader_of(programs)
    call = Addresses(
        lambda address: connect(Reply | Elsewhere, address, timeout=1.0),
        addresses,
    )
    leader.kill()
    began = time.perf_counter()
    while True:
        with suppress(OSError), call() as connection:
            connection.send(Balance("c0"))
            connection.receive(5.0)
            return time.perf_counter() - began
        sleep(0.01)


def simulated(seed):
    """Simulated seconds until another replica leads, after a crash."""
    network, told = Network(seed, Faults(delay_s=(0.0002, 0.001))), []
    day = replicated_day(network, atms=0, splits=0)

    def leaders():
        return [
            host
            for host in day.replicas
            if host.up and day.witness.replicas[host.name].leads
        ]

    def watch(host):
        sleep(3)
        leaders()[0].fall(1_000)
        began = host.now()
        while not leaders():
            sleep(0.005)
        told.append(host.now() - began)

    network.host("watch").start(watch)
    network.run()
    return told[0]


def main():
    BUILD.mkdir(exist_ok=True)
    told = {"atms": ATMS, "movements": COUNT, "rounds": []}
    for number in range(ROUNDS):
        one = {}
        for many in (1, 3, 5):
            with TemporaryDirectory(dir=BUILD) as folder:
                start = one_bank if many == 1 else replicas
                programs = start(folder, many)
                one[str(many)] = rates(programs)
                rounds = entries(folder) if many > 1 else 0
                one[str(many)]["messages"] = 2 + 2 * (many - 1) * rounds / COUNT
                if many < 5:
                    name = f"{many}, one atm"
                    one[name] = rates(programs, COUNT, 1, COUNT // 10)
                if many == 3:
                    one["killed"] = run(until=spawn(killed, programs))
                for each in programs:
                    each.stop()
        told["rounds"].append(one)
        print(number + 1, json.dumps(one, indent=1))
    waits = sorted(simulated(seed) for seed in range(SEEDS))
    told["simulated_s"] = [waits[0], statistics.median(waits), waits[-1]]
    told["ratios"] = {
        f"{many} replicas to one bank": statistics.median(
            each[many]["per_second"] / each["1"]["per_second"]
            for each in told["rounds"]
        )
        for many in ("3", "5")
    }
    print(json.dumps({key: told[key] for key in ("ratios", "simulated_s")}))
    if "--dry" not in sys.argv:
        record("replicas", told)


if __name__ == "__main__":
    main()
