"""How many movements a second the bank promises, beside its limits.

`python docs/measurements/bank.py` records its results as "bank". In each round,
in turns, on the disk on which this file lies:

- `alone`: the ledger, one commit for each movement, no network;
- `raw`: sqlite3 executing the very statements of the ledger, in groups as
  large as the bank's were, no rules, no network;
- `bank`: a bank in a process of its own, asked over sockets by 64 ATMs in
  another, each waiting for its reply before it asks again;
- `slow disk`: `alone` and `bank` again, with a commit that takes 5 ms more, as
  on a disk that turns. It is emulated (by sleeping), and said to be so.

Then: movements a second against the size of the group, and the memory of a
bank that serves a million movements.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from nearfar import run, spawn
from nearfar.bank import (
    Accepted,
    Bank,
    Ledger,
    Order,
    Reply,
    Request,
    SignIn,
    Terminal,
    Transfer,
    seal_pin,
)
from nearfar.benchmark import record
from nearfar.far import connect, listen

ATMS = 64
ROUNDS = 3
SLOW_S = 0.005  # what a commit takes more on the emulated disk
RICH = 10**9  # cents in each account at first
HERE = Path(__file__)
BUILD = HERE.parents[2] / "_build"  # on the same disk as this file


class SlowLedger(Ledger):
    """A ledger on a disk that takes its time."""

    pause = 0.0

    def commit(self):
        super().commit()
        if self.pause:
            time.sleep(self.pause)


class RecordingLedger(Ledger):
    """A ledger that remembers its statements."""

    def __init__(self, path):
        super().__init__(path)
        self.told, do = [], self._file.do

        def recording(sql, values=()):
            self.told.append((sql, values))
            return do(sql, values)

        self._file.do = recording


def opened(path, kind=SlowLedger):
    """A new ledger with an account for each ATM."""
    ledger = kind(path)
    for number in range(ATMS):
        ledger.open_account(f"c{number}", RICH, seal_pin("1234", cost=2))
    ledger.commit()
    return ledger


def order(number):
    payer, payee = number % ATMS, (number * 7 + 1) % ATMS
    payee += payee == payer
    return (f"id{number}", f"c{payer}", f"c{payee % ATMS}", 1)


def moved(number):
    id, payer, payee, cents = order(number)
    return Order(id, "transfer", payer, payee, cents)


# --- The bank in a process of its own ----------------------------------------


def serve(path, pause):
    """In the child: a bank; says where, then serves until input ends."""
    ledger = opened(path)
    ledger.pause = float(pause)
    bank = Bank(ledger)
    with listen(Request) as listener:
        print(listener.address, flush=True)
        spawn(bank.serve, listener, daemon=True)
        run(until=spawn(Terminal().ask, ""))
    seconds = resource.getrusage(resource.RUSAGE_SELF)
    print(bank.commits, seconds.ru_utime + seconds.ru_stime)


class Child:
    """A bank to be measured."""

    def __init__(self, folder, pause=0.0):
        path = str(Path(folder) / f"bank{time.monotonic_ns()}.db")
        self.process = subprocess.Popen(
            [sys.executable, HERE, "serve", path, str(pause)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = self.process.stdout.readline().strip()

    def resident_bytes(self):
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * resource.getpagesize()

    def end(self):
        """(Commits, seconds of processor) of its whole life."""
        output, _ = self.process.communicate("\n")
        commits, seconds = output.split()
        return int(commits), float(seconds)


def load(address, first, count, atms=ATMS):
    """Ask for `count` movements; the seconds that each reply took."""
    numbers = iter(range(first, first + count))
    took = []

    def customer(number):
        with connect(Reply, address) as connection:
            connections.append(connection)
            connection.send(SignIn(f"c{number}", "1234"))
            assert isinstance(connection.receive(), Accepted)
            mine = f"c{number}"
            payee = f"c{(number + 1) % ATMS}"
            for each in numbers:
                began = time.perf_counter()
                connection.send(Transfer(f"id{each}", mine, payee, 1))
                reply = connection.receive()
                took.append(time.perf_counter() - began)
                assert isinstance(reply, Accepted), reply

    connections = []
    for number in range(atms):
        spawn(customer, number)
    began = time.perf_counter()
    run()
    return time.perf_counter() - began, took


# --- What is compared --------------------------------------------------------


def alone(folder, count, pause=0.0):
    """Movements a second, one commit each."""
    with opened(Path(folder) / f"alone{time.monotonic_ns()}.db") as ledger:
        ledger.pause = pause
        began = time.perf_counter()
        for number in range(count):
            ledger.apply(moved(number))
            ledger.commit()
        return count / (time.perf_counter() - began)


def grouped(folder, count, group):
    """Movements a second of the ledger, in groups, no network."""
    with opened(Path(folder) / f"group{time.monotonic_ns()}.db") as ledger:
        began = time.perf_counter()
        for number in range(count):
            ledger.apply(moved(number))
            if number % group == group - 1:
                ledger.commit()
        ledger.commit()
        return count / (time.perf_counter() - began)


def raw(folder, count, group):
    """Movements a second of sqlite3 with the ledger's own statements."""
    with opened(":memory:", RecordingLedger) as ledger:
        ledger.told.clear()
        for number in range(count):
            ledger.apply(moved(number))
            if number % group == group - 1:
                ledger.commit()
        ledger.commit()
        statements = ledger.told
    with opened(Path(folder) / f"raw{time.monotonic_ns()}.db") as ledger:
        execute = ledger._file._db.execute
        began = time.perf_counter()
        for sql, values in statements:
            execute(sql, values).fetchall()
        return count / (time.perf_counter() - began)


def bank(folder, count, pause=0.0, atms=ATMS):
    """Movements a second, those in a group, seconds for each reply."""
    child = Child(folder, pause)
    load(child.address, 0, count // 10, atms)  # to warm up
    seconds, took = load(child.address, count, count, atms)
    commits, processor_s = child.end()
    return {
        "per_second": count / seconds,
        "group": 1.1 * count / commits,
        "processor_us": processor_s / (1.1 * count) * 1e6,
        "p50_ms": statistics.median(took) * 1e3,
        "p99_ms": statistics.quantiles(took, n=100)[98] * 1e3,
    }


def memory(folder, million=1_000_000, looks=10):
    """Resident bytes of a bank after each tenth of a million movements."""
    child, told = Child(folder), []
    for look in range(looks):
        load(child.address, look * million // looks, million // looks)
        told.append(child.resident_bytes())
    child.end()
    return told


def groups(folder):
    """{size of the group: movements a second, round by round}."""
    told = {size: [] for size in (1, 2, 4, 8, 16, 32, 64, 128, 256)}
    for _ in range(ROUNDS):
        for size, rates in told.items():
            rates.append(grouped(folder, max(200, 20 * size), size))
    return told


def main():
    told = {"atms": ATMS, "slow_s": SLOW_S, "rounds": []}
    BUILD.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=BUILD) as folder:
        for number in range(ROUNDS):
            one = {"bank": bank(folder, 20_000)}
            group = max(1, round(one["bank"]["group"]))
            one["alone"] = alone(folder, 1_000)
            one["raw"] = raw(folder, 20_000, group)
            one["one atm"] = bank(folder, 1_000, atms=1)
            one["slow alone"] = alone(folder, 100, SLOW_S)
            one["slow bank"] = bank(folder, 4_000, SLOW_S)
            told["rounds"].append(one)
            print(number + 1, json.dumps(one, indent=1))
        told["groups"] = groups(folder)
        count = int(os.environ.get("NEARFAR_MOVEMENTS", 1_000_000))
        told["resident_bytes"] = memory(folder, count)
    rounds = told["rounds"]
    told["ratios"] = {
        "bank to alone": _ratio(rounds, "bank", "alone"),
        "bank to raw": _ratio(rounds, "bank", "raw"),
        "slow bank to slow alone": _ratio(rounds, "slow bank", "slow alone"),
        "memory, end to first tenth": told["resident_bytes"][-1]
        / told["resident_bytes"][0],
    }
    print(json.dumps({"ratios": told["ratios"], "groups": told["groups"]}))
    record("bank", told)


def _ratio(rounds, one, other):
    """Of movements a second, median over the rounds."""

    def rate(told):
        return told["per_second"] if isinstance(told, dict) else told

    return statistics.median(rate(r[one]) / rate(r[other]) for r in rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(*sys.argv[2:])
    else:
        main()
