"""The programs: what a person at a terminal sees."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest

from nearfar.processes import Program


def nearfar(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "nearfar", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


@pytest.fixture(scope="module")
def bank():
    with Program("bank", quiet=True) as program:
        yield program.address


def test_help_lists_the_programs_and_each_has_its_own():
    assert "primes" in nearfar("--help").stdout
    for program in ("bank", "atm", "worker", "primes"):
        assert "HOST:PORT" in (told := nearfar(program, "--help").stdout) or (
            "--stop" in told
        )


def test_the_prime_hunt_prints_count_time_and_speed_up():
    told = nearfar("primes", "--stop", "200000", "--workers", "2")
    assert told.returncode == 0, told.stderr
    assert re.search(r"^17984 primes below 200000 in [\d.]+ s$", told.stdout, 8)
    assert re.search(r"^speed-up [\d.]+$", told.stdout, re.MULTILINE)


def test_the_hunt_takes_any_engine():
    told = nearfar("primes", "--stop", "20000", "--engine", "threads")
    assert "2262 primes below 20000" in told.stdout


def test_a_worker_does_the_functions_of_the_modules_it_imports(tmp_path):
    code = (
        "from nearfar.worker import FUNCTIONS\n"
        "def halve(number):\n    return number / 2\n"
        "FUNCTIONS['halve'] = halve\n"
    )
    (tmp_path / "mine.py").write_text(code)
    program = (
        "import os, subprocess, sys\n"
        "from mine import halve\n"
        "from nearfar.farm import Farm\n"
        "from nearfar.sockets import listen\n"
        "from nearfar.worker import FROM_WORKER\n"
        "with Farm(listen(FROM_WORKER)) as farm:\n"
        "    worker = subprocess.Popen([sys.executable, '-m', 'nearfar',\n"
        "        'worker', farm.listener.address, '--import', 'mine'])\n"
        "    print(list(farm.map(halve, [1, 2, 3])), flush=True)\n"
        "worker.wait()\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout.startswith("[0.5, 1.0, 1.5]\n"), told.stderr
    assert "3 chunks done" in told.stdout


def test_an_atm_serves_a_script(bank):
    told = nearfar(
        *("atm", "--bank", bank, "--script"),
        "deposit eve 250; withdraw eve 999999; deposit eve -5; "
        "deposit eve ten; balance eve; withdraw eve 250; dance",
    )
    assert told.stdout.splitlines() == [
        "eve now has 5250 cents",
        "Refused: eve has 5250 cents, not 999999",
        "Refused: an amount is 1 to 1000000000000 cents, not -5",
        "An amount is a whole number of cents, not 'ten'",
        "eve now has 5250 cents",
        "eve now has 5000 cents",
        "Not understood: dance. Orders: deposit eve 100, withdraw eve 100, "
        "balance eve, quit",
    ]
    assert (told.returncode, told.stderr) == (0, "")


def test_an_atm_serves_whoever_types(bank):
    told = nearfar("atm", "--bank", bank, input="balance grant\nquit\n")
    assert "grant now has 10000 cents" in told.stdout
    assert told.returncode == 0


def one_line(told, program):
    """A mistake gets one clear line, and no traceback."""
    assert told.returncode != 0
    assert "Traceback" not in told.stderr
    (line,) = [
        line
        for line in told.stderr.splitlines()
        if not line.startswith(("usage:", " "))
    ]
    assert line.startswith((f"{program}: ", f"python -m nearfar {program}: "))
    return line


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["atm", "--bank", "127.0.0.1:1"], "Connection refused"),
        (["atm", "--bank", "127.0.0.1:99999"], "0 to 65535"),
        (["atm", "--bank", "localhost"], "HOST:PORT"),
        (["atm", "--bank", "no.such.host.invalid:1"], "cannot find"),
        (["bank", "--listen", "127.0.0.1:x"], "0 to 65535"),
        (["worker", "127.0.0.1:1"], "Connection refused"),
        (["primes", "--stop", "-5"], "whole number from 1"),
        (["primes", "--workers", "0"], "whole number from 1"),
        (["primes", "--chunk", "many"], "whole number from 1"),
    ],
)
def test_a_wrong_call_gets_one_clear_line(arguments, expected):
    assert expected in one_line(nearfar(*arguments), arguments[0])


def test_a_worker_at_the_door_of_a_bank_says_that_no_work_came(bank):
    assert "is 127.0.0.1" in one_line(nearfar("worker", bank), "worker")


def test_a_port_in_use_gets_one_clear_line(bank):
    told = nearfar("bank", "--listen", bank)
    assert "in use" in one_line(told, "bank")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "bytes is announced"),
        (b"\0\0\0\x20{", "in the middle"),
        (b"", "no answer from the bank"),
    ],
)
def test_a_bank_that_is_none_leaves_the_truth_in_doubt(answer, expected):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            peer, _ = server.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        told = nearfar("atm", "--bank", address, "--script", "balance eve")
        thread.join()
    assert expected in one_line(told, "atm")


@pytest.mark.parametrize("program", [["bank"], ["primes", "--stop", "9999999"]])
def test_an_interrupt_ends_a_program_without_a_traceback(program):
    child = subprocess.Popen(
        [sys.executable, "-m", "nearfar", *program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        child.stdout.readline()  # it is at work
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=10)
    assert child.returncode == 130
    assert "Traceback" not in errors
    assert errors.rstrip().endswith("stopped")
