"""The bank's log: whatever becomes of it, service goes on."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from nearfar import run, spawn
from nearfar.bank import Accepted, Balance, Reply, SignIn
from nearfar.far import connect

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs signals")
A_PIPE_FULL = 4_000  # lines: about three times what a pipe holds
PROMPTLY = 20  # seconds, on a machine that is busy


@contextmanager
def bank(*options, **streams):
    """A bank at an address of its own; it is killed in the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    arguments = ["-m", "nearfar", "bank", "--listen", address, *options]
    with start(address, *arguments, **streams) as program:
        yield program


@contextmanager
def start(address, *arguments, **streams):
    streams = {"stderr": subprocess.PIPE, **streams}
    with subprocess.Popen([sys.executable, *arguments], **streams) as program:
        program.address = address
        try:
            yield program
        finally:
            program.kill()


def ask(program, times):
    """Sign in and look at a balance so often; each must be answered."""

    def customer():
        with call(program.address) as connection:
            connection.send(SignIn("eve", "2222"))
            assert connection.receive(timeout=PROMPTLY) == Accepted(5_000)
            for _ in range(times):
                connection.send(Balance("eve"))
                assert connection.receive(timeout=PROMPTLY) == Accepted(5_000)

    run(until=spawn(customer))


def call(address):
    end = time.monotonic() + PROMPTLY
    while True:  # until it listens
        try:
            return connect(Reply, address)
        except ConnectionError:
            assert time.monotonic() < end, "the bank does not listen"
            time.sleep(0.05)


def ended(program, by=signal.SIGTERM):
    """Its exit code, and what it said last on standard error."""
    program.send_signal(by)
    _, errors = program.communicate(timeout=PROMPTLY)
    return program.returncode, errors.decode()


@pytest.mark.parametrize(
    ("by", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)]
)
def test_a_signal_ends_a_bank_and_every_line_is_in_its_log(tmp_path, by, code):
    log = tmp_path / "log"
    with log.open("wb") as stdout, bank(stdout=stdout) as program:
        ask(program, times=500)
        assert ended(program, signal.Signals[by]) == (code, "\nstopped\n")
    lines = log.read_text().splitlines()
    assert lines[0] == f"The bank is open at {program.address}"
    assert lines[1:] == [
        "SignIn eve ... -> Accepted 5000",
        *["Balance eve -> Accepted 5000"] * 500,
    ]


def test_a_bank_that_is_ended_gives_its_books_back(tmp_path):
    books = tmp_path / "bank.db"
    for _ in range(2):
        with bank("--file", books, stdout=subprocess.DEVNULL) as program:
            ask(program, times=1)
            assert ended(program)[0] == 143
    assert [path.name for path in tmp_path.glob("*-wal")] == []


def test_a_bank_serves_on_when_the_reader_of_its_log_has_gone():
    with bank(stdout=subprocess.PIPE) as program:
        program.stdout.readline()
        program.stdout.close()
        ask(program, times=10)
        code, errors = ended(program)
    assert code == 143
    assert "11 lines of the log dropped (Broken pipe)" in errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_bank_opens_and_serves_with_a_log_on_a_full_disk():
    with open("/dev/full", "wb") as full, bank(stdout=full) as program:
        ask(program, times=10)
        code, errors = ended(program)
    assert code == 143
    assert "12 lines of the log dropped (No space left on device)" in errors


def test_a_bank_serves_on_while_the_reader_of_its_log_does_not_read():
    with bank(stdout=subprocess.PIPE) as program:
        ask(program, times=A_PIPE_FULL)
        program.send_signal(signal.SIGTERM)
        assert program.wait(PROMPTLY) == 143
        errors = program.stderr.read().decode()
    assert re.search(r"bank: \d+ lines of the log dropped", errors)


def test_a_bank_ends_although_nobody_reads_what_it_says_last():
    with bank(stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as program:
        ask(program, times=A_PIPE_FULL)
        program.send_signal(signal.SIGTERM)
        assert program.wait(PROMPTLY) == 143


def test_every_line_is_in_the_log_or_counted():
    with bank(stdout=subprocess.PIPE) as program:
        ask(program, times=20_000)
        told = [program.stdout.readline() for _ in range(1_000)]
        ask(program, times=9)  # there is room again
        program.send_signal(signal.SIGTERM)
        told += program.stdout.read().splitlines()
    text = b"".join(told).decode()
    lines = len(re.findall("SignIn|Balance", text))
    dropped = re.findall(r"\((\d+) lines dropped\)", text)
    assert dropped
    assert lines + sum(map(int, dropped)) == 20_011


# Some libraries keep a file open for as long as they are loaded, as ctypes does
# where libffi has static trampolines.
KEEPS_A_FILE = """
import os, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "nearfar.programs.bank":
            os.open(os.devnull, os.O_RDONLY)

sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize("first", ["", KEEPS_A_FILE])
def test_a_bank_without_standard_output_keeps_its_log_out_of_its_books(
    tmp_path, first
):
    books = tmp_path / "bank.db"
    (tmp_path / "sitecustomize.py").write_text(first)
    code = "import os, sys\nos.close(1)\nos.execv(sys.argv[1], sys.argv[1:])"
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    serve = ("-m", "nearfar", "bank", "--listen", address, "--file", books)
    known = os.pathsep.join([str(tmp_path), *sys.path])
    python = {"env": {**os.environ, "PYTHONPATH": known}}
    arguments = "-c", code, sys.executable, *serve
    with start(address, *arguments, **python) as program:
        ask(program, times=100)
        assert ended(program) == (143, "\nstopped\n")
    assert books.read_bytes().startswith(b"SQLite format 3\0")
    assert b"Balance eve" not in books.read_bytes()
