"""Three processes that are one bank, and a leader that is killed.

NEARFAR_KILLS says how often a replica is killed while eight machines work.
"""

import os
import secrets
import shutil
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from random import Random

import pytest

from nearfar import run, sleep, spawn
from nearfar.bank import (
    ATM,
    Addresses,
    PaperDisk,
    Refused,
    Reply,
    Unknown,
    audit_file,
)
from nearfar.experiments.three_processes import ThreeProcesses
from nearfar.far import Broken, connect
from nearfar.processes import Program

KILLS = int(os.environ.get("NEARFAR_KILLS", "2"))
MACHINES = 8
CENTS = 100

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="ports are reused there"
)


@pytest.fixture
def replicas(tmp_path):
    accounts = [f"c{number}:10.00:1234" for number in range(MACHINES)]
    with ThreeProcesses(tmp_path, accounts) as found:
        yield found


def machine(replicas, account, seed, booked, until):
    """A machine that takes notes in, until it is evening, and settles."""
    chance = Random(f"{seed}/{account}")
    doors = chance.sample(replicas.doors, 3)
    atm = ATM(Addresses(replicas.connect, doors), PaperDisk(), chance)
    while not until():
        with suppress(Refused, Unknown):
            if not atm.account:
                atm.sign_in(account, "1234")
            atm.deposit(CENTS)
            booked[account] += 1
    while atm.settle():
        sleep(0.2)
    atm.sign_out()


def test_nothing_is_lost_when_leaders_and_followers_are_killed(replicas):
    seed = int(os.environ.get("NEARFAR_SEED", Random().randrange(10**6)))
    print(f"NEARFAR_SEED={seed}", end=" ")  # the moments; the rest is races
    chance, kills = Random(seed), 0
    accounts = [f"c{number}" for number in range(MACHINES)]
    booked, gaps = dict.fromkeys(accounts, 0), []

    def killer():
        nonlocal kills
        while kills < KILLS:
            start = sum(booked.values())
            while sum(booked.values()) < start + 20:
                sleep(0.01)
            number = replicas.leader()
            if number is None:
                continue
            if chance.random() < 0.3:  # a follower, for a change
                number = (number + 1) % 3
            replicas.kill(number)
            killed_at, before = time.monotonic(), sum(booked.values())
            while sum(booked.values()) < before + 5:  # some are on their way
                sleep(0.01)
            gaps.append(time.monotonic() - killed_at)
            replicas.programs[number] = replicas.start(number)
            assert replicas.programs[number].address
            kills += 1

    for account in accounts:
        spawn(machine, replicas, account, seed, booked, lambda: kills >= KILLS)
    spawn(killer)
    run(timeout=60 + 20 * KILLS)
    print("without service:", [f"{gap:.2f} s" for gap in gaps])
    replicas_agree(replicas, booked)


def replicas_agree(replicas, booked):
    """Every replica's books are right, and hold what was acknowledged."""
    leader = ATM(
        Addresses(replicas.connect, replicas.doors), PaperDisk(), Random(1)
    )

    def balances():
        for account in booked:
            leader.sign_in(account, "1234")
            yield account, leader.balance()
        leader.sign_out()

    told = run(until=spawn(dict, balances()))
    for account, many in booked.items():
        cents = told[account] - 1_000
        assert cents % CENTS == 0
        assert cents >= many * CENTS, f"{account}: {cents} of {many} deposits"
    sleep_until_alike(replicas)
    replicas.stop()
    audits = [audit_file(file) for file in replicas.files]
    for audit in audits:
        assert not audit.problems
        assert audit.customers_cents == sum(told.values())
    assert len({str(audit) for audit in audits}) == 1


class Partitions:
    """A file system of its own for each replica's log, which can be full."""

    def __init__(self, folder):
        self.folders = [folder / f"{number}.db-replica" for number in range(3)]

    def __enter__(self):
        for folder in self.folders:
            folder.mkdir()
            words = f"mount -t tmpfs -o size=256k tmpfs {folder}".split()
            if subprocess.run(words, capture_output=True).returncode:
                self.__exit__()
                pytest.skip("needs the right to mount a file system")
        return self

    def __exit__(self, *_):
        for folder in self.folders:
            subprocess.run(["umount", "-l", folder], capture_output=True)

    def fill(self, number, pid):
        with suppress(OSError), open(self.folders[number] / "rest", "wb") as it:
            while True:
                it.write(bytes(4096))
                it.flush()

    def make_room(self, number):
        (self.folders[number] / "rest").unlink()


class Quota:
    """A limit of the system: a process may write no file any more."""

    def __init__(self, folder):
        self.system = pytest.importorskip("resource")
        if not hasattr(self.system, "prlimit"):
            pytest.skip("needs Linux to limit another process")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Nothing is left of it."""

    def fill(self, number, pid):
        self.system.prlimit(pid, self.system.RLIMIT_FSIZE, (0, 0))

    def make_room(self, number):
        """The next process has no limit."""


@pytest.mark.parametrize(
    ("kind", "why"),
    [(Partitions, "No space left on device"), (Quota, "File too large")],
)
def test_a_leader_whose_disk_is_full_ends_and_comes_back(tmp_path, kind, why):
    booked, back = {"c0": 0}, []

    def fill_one():
        while (number := replicas.leader()) is None:
            sleep(0.01)
        program = replicas.programs[number]
        disk.fill(number, program.pid)
        while program.alive:
            sleep(0.01)
        program.stop()
        assert f"the disk failed ({why})" in "\n".join(program.lines)
        before = booked["c0"]
        while booked["c0"] < before + 5:  # the other two go on
            sleep(0.01)
        disk.make_room(number)
        replicas.programs[number] = replicas.start(number)
        assert replicas.programs[number].address
        back.append(number)

    accounts = ["c0:10.00:1234"]
    with kind(tmp_path) as disk, ThreeProcesses(tmp_path, accounts) as replicas:
        spawn(machine, replicas, "c0", 1, booked, lambda: back)
        spawn(fill_one)
        run(timeout=90)
        replicas_agree(replicas, booked)


def sleep_until_alike(replicas):
    """Give the followers a few heartbeats to hear what is committed."""
    run(until=spawn(sleep, 1.0))


def test_a_replica_insists_on_a_token_and_a_file():
    options = "--replica=127.0.0.1:0", "--peers=127.0.0.1:1"
    with (
        Program("bank", *options, quiet=True) as bank,
        pytest.raises(RuntimeError, match="--peer-token-file"),
    ):
        _ = bank.address


def test_books_of_one_bank_do_not_become_those_of_a_replica(tmp_path):
    file, token = f"--file={tmp_path / 'bank.db'}", tmp_path / "token"
    token.write_text(secrets.token_hex())
    with Program("bank", file, quiet=True) as bank:
        assert bank.address
    options = (
        "--replica=127.0.0.1:0",
        "--peers=127.0.0.1:1",
        f"--peer-token-file={token}",
    )
    with (
        Program("bank", file, *options, quiet=True) as bank,
        pytest.raises(RuntimeError, match="begin with new files"),
    ):
        _ = bank.address


def test_replicas_talk_to_one_another_over_tls(tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    made = (
        "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key -out cert"
    )
    subprocess.run(
        [openssl, *made.split()], cwd=tmp_path, check=True, capture_output=True
    )
    options = [
        f"--tls-cert={tmp_path / 'cert'}",
        f"--tls-key={tmp_path / 'key'}",
        f"--tls-ca={tmp_path / 'cert'}",
    ]
    tls = ssl.create_default_context(cafile=tmp_path / "cert")
    with ThreeProcesses(tmp_path, ["c0:1.00:1234"], options, tls) as bank:
        atm = ATM(Addresses(bank.connect, bank.doors), PaperDisk(), Random(1))

        def pay_in():
            while not atm.account:
                with suppress(Refused):
                    atm.sign_in("c0", "1234")
            balance = atm.deposit(23)
            atm.sign_out()
            return balance

        assert run(until=spawn(pay_in), timeout=60) == 123
        with pytest.raises(Broken):  # in the open
            run(until=spawn(connect, Reply, bank.peers[0], token="x" * 64))
