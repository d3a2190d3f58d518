"""The bank is killed under load, again and again, and no cent is lost.

NEARFAR_KILLS says how often (a dozen unless told; the full proof is 200).
"""

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import pytest

from nearfar.bank import Ledger
from nearfar.processes import Program

KILLS = int(os.environ.get("NEARFAR_KILLS", "12"))
ATMS = 8
CENTS = 1_000_000  # in each account at first
DRAWER = 10**9
BUSY_ATM = Path(__file__).with_name("busy_atm.py")


class Machine:
    """A busy ATM in a process of its own, which comes back on its disk."""

    def __init__(self, address, folder, number):
        self.folder, self.lives = folder / f"atm{number}", 0
        names = [f"c{n}" for n in range(ATMS)]
        self.words = (f"c{number}", "1234", *names)
        self.address, self.number = address, number
        self.start()

    def start(self):
        self.lives += 1
        seed = str(1_000 * self.lives + self.number)
        self.process = subprocess.Popen(
            [
                sys.executable,
                BUSY_ATM,
                self.address,
                self.folder,
                seed,
                *self.words,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def told(self):
        """{(what, kind, id)}; a line that was cut short is left out."""
        lines = (self.folder / "told").read_bytes().split(b"\n")[:-1]
        return {tuple(msgspec.json.decode(line)) for line in lines}


def kill_again_and_again(file, folder, chance):
    """A day with KILLS crashes; the machines, and what is in their drawers."""
    opened = [f"--open=c{n}:{CENTS // 100}:1234" for n in range(ATMS)]
    with ExitStack() as stack:
        bank = Program("bank", f"--file={file}", *opened, quiet=True)
        address = bank.address
        machines = [Machine(address, folder, n) for n in range(ATMS)]
        for machine in machines:
            stack.callback(lambda m=machine: m.process.kill())
        again = ("bank", f"--file={file}", f"--listen={address}")
        for number in range(KILLS):
            time.sleep(chance.uniform(0.02, 0.3))
            bank.kill()
            bank.stop()
            if number % 4 == 0:  # a machine loses its power, too
                machine = chance.choice(machines)
                machine.kill()
                machine.start()
            bank = Program(*again, quiet=True)
            assert bank.address == address
        time.sleep(1)
        drawers = []
        for machine in machines:
            output, _ = machine.process.communicate(timeout=120)
            assert machine.process.returncode == 0
            drawers.append(int(output))
        assert bank.alive
        bank.stop()
    return machines, drawers


@pytest.mark.skipif(sys.platform == "win32", reason="ports are reused there")
def test_no_cent_is_lost_however_often_the_bank_is_killed(tmp_path):
    seed = int(os.environ.get("NEARFAR_SEED", random.randrange(10**6)))
    print(f"NEARFAR_SEED={seed}", end=" ")  # the moments; the rest is races
    file = tmp_path / "bank.db"
    machines, drawers = kill_again_and_again(
        file, tmp_path, random.Random(seed)
    )

    with Ledger(file) as ledger:
        found = ledger.audit()
    assert found.problems == ()
    assert (found.held_cents, found.open_withdrawals) == (0, ())
    paid_in = sum(drawers) - ATMS * DRAWER
    assert found.customers_cents - ATMS * CENTS == paid_in, "notes are money"

    with closing(sqlite3.connect(file)) as books:
        rows = books.execute("SELECT verb, id, refusal FROM request").fetchall()
    booked = {(v, id) for v, id, refusal in rows if refusal is None}
    refused = {(v, id) for v, id, refusal in rows if refusal is not None}
    assert len(booked) + len(refused) == len(rows), "each once"
    told = set().union(*(machine.told() for machine in machines))
    for what, kind, id in told:
        if what == "accepted":
            assert (kind.lower(), id) in booked
        if what == "refused":
            assert (kind.lower(), id) not in booked
    asked = {(kind.lower(), id) for what, kind, id in told if what == "asked"}
    assert {(v, id) for v, id in booked if v != "open"} <= asked
    accepted = sum(what == "accepted" for what, _, _ in told)
    assert accepted > 10 * KILLS, "they were busy"
    print(f"{KILLS} kills, {accepted} acknowledged, {len(rows)} in the books")
