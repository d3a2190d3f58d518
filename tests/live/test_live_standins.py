"""The page's stand-ins, tried alone in ordinary Python."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import standing_in

ROOT = Path(__file__).parents[2]
PATH = os.pathsep.join([str(ROOT / "lib"), str(Path(__file__).parent)])
FAR = ("connections", "interrupts", "runs", "sockets", "watching")
LEFT_OUT = "not several_receivers"  # a thread in the middle of it
INSTALLED = """
import os, signal
import standing_in
standing_in.load().install()
from nearfar import Closed, run, spawn
from nearfar.bank import Reply
from nearfar.far import Broken, connect
from nearfar.processes import Program
"""
standing_in.load()


# --- scrypt: the vectors of RFC 7914, section 12

VECTORS = [
    (
        (b"", b"", 16, 1, 1),
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
    ),
    (
        (b"password", b"NaCl", 1024, 8, 16),
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
    ),
    (
        (b"pleaseletmein", b"SodiumChloride", 16384, 8, 1),
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
    ),
]


def test_scrypt_in_python_is_that_of_the_rfc():
    from standins.scrypt import scrypt

    (password, salt, n, r, p), digest = VECTORS[0]
    assert scrypt(password, salt=salt, n=n, r=r, p=p).hex() == digest
    with pytest.raises(ValueError, match="power of 2"):
        scrypt(b"", salt=b"", n=6, r=1, p=1)


def test_scrypt_is_that_of_the_bank():
    from standins.scrypt import scrypt

    how = {"salt": b"5a17" * 8, "n": 16, "r": 8, "p": 1, "dklen": 32}
    assert scrypt(b"2222", **how) == hashlib.scrypt(b"2222", **how)


# --- Sockets


def test_the_library_s_own_tests_pass_over_sockets_of_one_page():
    """Those that need a thread, a process or TLS are skipped."""
    tests = [ROOT / "tests" / "far" / f"test_{name}.py" for name in FAR]
    options = ("-q", "-p", "no:cacheprovider", "-p", "standing_in")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-k", LEFT_OUT, *tests],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": PATH},
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout[-3_000:]
    passed = re.search(r"(\d+) passed, (\d+) skipped", ended.stdout)
    assert int(passed[1]) > 10 * int(passed[2]), ended.stdout[-300:]


# --- Programs


def run_in_page(work):
    """Run Python where the stand-ins are installed; returns its output."""
    ended = subprocess.run(
        [sys.executable, "-c", f"{INSTALLED}{work}"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": PATH},
        timeout=60,
    )
    assert ended.stderr == ""
    return ended.stdout


def test_a_bank_is_a_program_that_takes_turns():
    told = run_in_page("""
with Program("bank") as bank:
    client = run(until=spawn(connect, Reply, bank.address))
    print(bank.alive, bank.pid != os.getpid())
print(bank.alive, bank.how_it_ended())
try:
    run(until=spawn(connect, Reply, bank.address))
except Broken as error:
    print(str(error).rpartition(": ")[2])
""")
    assert told == (
        "True True\nFalse ended with exit code 0\nConnection refused\n"
    )


def test_a_program_that_is_killed_hangs_up_and_never_comes_back():
    told = run_in_page("""
with Program("bank", quiet=True) as bank:
    client = run(until=spawn(connect, Reply, bank.address))
    bank.kill()
    print(bank.how_it_ended())
    try:
        run(until=spawn(client.receive))
    except (Broken, Closed):
        print("hung up")
""")
    assert told == "was killed by SIGKILL\nhung up\n"


def test_a_program_that_stands_still_answers_when_it_goes_on():
    told = run_in_page("""
with Program("bank", quiet=True) as bank:
    where = bank.address
    os.kill(bank.pid, signal.SIGSTOP)
    try:
        run(until=spawn(connect, Reply, where, timeout=0.05, token="t" * 32))
    except Broken as error:
        print(bank.stopped, str(error).rpartition(": ")[2])
    os.kill(bank.pid, signal.SIGCONT)
    print(bank.stopped, run(until=spawn(connect, Reply, where)).peer == where)
""")
    assert told == "True no answer within 0.05 s\nFalse True\n"


def test_a_program_that_cannot_run_says_why():
    told = run_in_page("""
bank = Program("bank", "--file=/no/such/folder/bank.db")
try:
    bank.address
except RuntimeError as error:
    print(error)
print(bank.wait())
""")
    assert told == (
        "bank did not get ready:\nbank: /no/such/folder/bank.db cannot be "
        "opened: there is no folder /no/such/folder\n1\n"
    )


def test_each_program_records_what_it_did_itself():
    told = run_in_page("""
from tempfile import TemporaryDirectory
from nearfar.bank import ATM, Disk
from nearfar.trace import Trace
with TemporaryDirectory() as folder:
    with Program("bank", f"--trace={folder}/bank", quiet=True) as bank:
        where = bank.address
        with Trace() as ours:
            run(until=spawn(connect, Reply, where))
    theirs = Trace.from_json(open(f"{folder}/bank").read())
print({event.tasklet for event in ours.events} - {"main"})
print("connect-1" in {event.tasklet for event in theirs.events})
print({event.source for event in theirs.events if "units" in event.source})
""")
    assert told == "{'connect-1'}\nFalse\nset()\n"


def test_waiting_for_what_no_program_can_do_is_an_error():
    told = run_in_page("""
import socket
left, right = socket.socketpair()
try:
    right.recv(1)
except RuntimeError as error:
    print(error)
""")
    assert told == "no program in the page can go on: each waits\n"
