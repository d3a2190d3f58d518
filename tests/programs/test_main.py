"""The programs: what a person at a terminal sees."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading

import pytest

from nearfar.processes import Program
from nearfar.programs import PROGRAMS


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


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_alone_it_lists_the_programs(arguments):
    told = nearfar(*arguments)
    assert (told.returncode, told.stderr) == (0, "")
    for program in PROGRAMS:
        assert re.search(rf"^    {program} +\w+", told.stdout, re.MULTILINE)


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_explains_a_program_and_each_of_its_options(program):
    told = nearfar(program, "--help").stdout
    assert f"example:\n  python -m nearfar {program} " in told
    assert len(told.partition("\n\n")[2].partition("options:")[0]) > 80
    for line in told.splitlines():  # an option alone has no explanation
        assert len(line) <= 80
    options = told.partition("options:")[2].partition("example:")[0]
    for option in re.split(r"^  -", options, flags=re.MULTILINE)[1:]:
        assert re.search(r"\s\s[a-z]", option), option


@pytest.mark.parametrize(
    ("arguments", "too_much"),
    [
        ([], ["nearfar.far", "nearfar.bank", "nearfar.farm", "tqdm"]),
        (["worker"], ["nearfar.bank", "nearfar.checking", "sqlite3"]),
        (["bank"], ["nearfar.farm", "nearfar.checking", "tqdm"]),
    ],
)
def test_a_program_imports_nothing_of_the_others(arguments, too_much):
    code = (
        "import sys\n"
        "from nearfar.__main__ import main\n"
        "try:\n    main([*sys.argv[1:], '--help'])\n"
        "except SystemExit:\n    print(*sys.modules)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )
    loaded = told.stdout.splitlines()[-1].split()
    assert "nearfar.near" in loaded
    assert not set(too_much) & set(loaded)


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
        "from nearfar.farm import FUNCTIONS\n"
        "def halve(number):\n    return number / 2\n"
        "FUNCTIONS['halve'] = halve\n"
    )
    (tmp_path / "mine.py").write_text(code)
    program = (
        "import os, subprocess, sys\n"
        "from mine import halve\n"
        "from nearfar.farm import Farm\n"
        "from nearfar.far import listen\n"
        "from nearfar.farm import FROM_WORKER\n"
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
        "eve; 2222; deposit 2.50; withdraw 9000; deposit -5; deposit; ten; "
        "transfer 1 grant; 5; 1; 2.50; dance; statement; leave; "
        "eve; 0000; quit",
    )
    menu = "1 withdraw   2 deposit   3 transfer   4 statement   5 balance   "
    assert told.stdout.splitlines() == [
        "Hello eve. You have 50.00.",
        "Taken in. You have 52.50.",
        "Refused: eve has 52.50, not 9000.00.",
        "an amount is like 20 or 12.50, not '-5'",
        "an amount is like 20 or 12.50, not 'ten'",
        "grant gets it. You have 51.50.",
        "You have 51.50.",
        "Take your 2.50. You have 49.00.",
        f"Not understood: dance. Choose {menu}6 leave",
        "                                 moved     balance",
        "    withdraw                     -2.50       49.00",
        "    transfer  grant              -1.00       51.50",
        "    deposit                       2.50       52.50",
        "    open                         50.00       50.00",
        "Your card, please. Goodbye.",
        "Refused: wrong account or PIN.",
    ]
    assert (told.returncode, told.stderr) == (0, "")


def test_an_atm_serves_whoever_types(bank):
    told = nearfar("atm", "--bank", bank, input="grant\n1111\nbalance\nleave\n")
    assert "THE BANK, NEAR AND FAR" in told.stdout
    assert "Your choice: You have 10" in told.stdout
    assert (told.returncode, told.stderr) == (0, "")


def test_a_machine_goes_on_where_it_stopped_and_works_alone(tmp_path, bank):
    from nearfar.bank import locked

    order = ("atm", "--bank", bank, "--disk", str(tmp_path), "--script")
    assert "10.00" in nearfar(*order, "grant; 1111; withdraw 10").stdout
    assert nearfar(*order, "grant; 1111; withdraw 9999").stdout.endswith(
        "Refused: this machine has 9990.00 left.\n"
    )
    with locked(tmp_path):
        told = nearfar(*order, "quit")
    assert "another machine works in" in one_line(told, "atm")


def test_a_bank_keeps_its_accounts_in_a_file_and_an_audit_proves_them(tmp_path):
    file = str(tmp_path / "bank.db")
    opened = ("--file", file, "--open", "ann:20:123456")
    for _ in range(2):
        with Program("bank", *opened, quiet=True) as bank:
            nearfar(
                *("atm", "--bank", bank.address),
                *("--script", "ann; 123456; withdraw 5"),
            )
            told = nearfar("audit", file)
            assert "in use by another process" in one_line(told, "audit")
        opened = ("--file", file)
    told = nearfar("audit", file)
    assert told.stdout.splitlines() == [
        "1 accounts hold 10.00",
        "5 movements, 0 refusals",
        "0 withdrawals not settled: 0.00",
        "15 invariants: all hold",
    ]
    assert told.returncode == 0


def test_a_bank_that_restarts_with_the_same_options_opens_no_account_anew(
    tmp_path,
):
    file = str(tmp_path / "bank.db")
    opened = ("--file", file, "--open", "ann:20:1234", "--open", "bob:1:1234")
    with Program("bank", *opened, quiet=True) as bank:
        spend = ("--script", "ann; 1234; withdraw 5")
        nearfar("atm", "--bank", bank.address, *spend)
    opened = (*opened, "--open", "cem:7:1234")
    with Program("bank", *opened, quiet=True) as bank:
        look = ("--script", "ann; 1234; leave; cem; 1234; leave")
        told = nearfar("atm", "--bank", bank.address, *look).stdout
    assert "You have 15.00" in told
    assert "You have 7.00" in told
    assert "3 accounts hold 23.00" in nearfar("audit", file).stdout


def test_an_audit_of_books_that_were_cooked_fails(tmp_path):
    import sqlite3
    from contextlib import closing

    file = str(tmp_path / "bank.db")
    with Program("bank", "--file", file, quiet=True) as bank:
        _ = bank.address
    with closing(sqlite3.connect(file)) as books:
        books.execute("UPDATE account SET cents = 1 WHERE name = 'eve'")
        books.commit()
    told = nearfar("audit", file)
    assert "WRONG: a balance is the sum of its postings" in told.stdout
    assert "does not add up" in one_line(told, "audit")


def test_a_token_keeps_strangers_out(tmp_path):
    (tmp_path / "token").write_text("taco night is on friday\n")
    (tmp_path / "other").write_text("ping-pong is on monday\n")
    with Program(
        *("bank", "--listen", "0.0.0.0:0", "--token-file", tmp_path / "token"),
        quiet=True,
    ) as bank:
        here = bank.address.replace("0.0.0.0", "127.0.0.1")
        atm = ("atm", "--bank", here, "--script", "eve; 2222; balance; leave")
        told = nearfar(*atm, "--token-file", tmp_path / "token")
        assert "You have 50.00" in told.stdout
        for stranger in ((), ("--token-file", tmp_path / "other")):
            assert "token" in one_line(nearfar(*atm, *stranger), "atm")


def test_with_a_certificate_everything_is_encrypted(tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    made = (
        "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost -keyout key -out cert"
    )
    subprocess.run(
        [openssl, *made.split()], cwd=tmp_path, check=True, capture_output=True
    )
    locks = ("--tls-cert", tmp_path / "cert", "--tls-key", tmp_path / "key")
    listens = ("bank", "--listen", "localhost:0")
    with Program(*listens, *locks, quiet=True) as bank:
        _, _, port = bank.address.rpartition(":")
        atm = ("atm", "--bank", f"localhost:{port}", "--script", "eve; 2222")
        told = nearfar(*atm, "--tls-ca", tmp_path / "cert")
        assert "You have 50.00" in told.stdout
        assert nearfar(*atm).returncode != 0, "it does not speak in the open"


def test_a_bank_that_others_can_reach_insists_on_a_lock():
    told = nearfar("bank", "--listen", "0.0.0.0:0")
    assert "or say --insecure" in one_line(told, "bank")
    open_door = ("bank", "--listen", "0.0.0.0:0", "--insecure")
    with Program(*open_door, quiet=True) as bank:
        assert bank.address.startswith("0.0.0.0:")


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
        (["bank", "--open", "ann:20:12"], "4 to 12 digits"),
        (["bank", "--open", "ann:lots:1234"], "an amount is like"),
        (["bank", "--file", "no/such/folder/bank.db"], "cannot be opened"),
        (["audit", "no_such.db"], "cannot be opened"),
        (["worker", "127.0.0.1:1"], "Connection refused"),
        (["worker", "127.0.0.1:1", "--import", "no.such"], "cannot import"),
        (["worker", "127.0.0.1:1", "--token-file", "no"], "No such file"),
        (["primes", "--stop", "-5"], "whole number from 1"),
        (["primes", "--workers", "0"], "whole number from 1"),
        (["primes", "--chunk", "many"], "whole number from 1"),
    ],
)
def test_a_wrong_call_gets_one_clear_line(arguments, expected):
    assert expected in one_line(nearfar(*arguments), arguments[0])


def test_a_worker_at_the_door_of_a_bank_says_that_no_word_came(bank):
    assert "is 127.0.0.1" in one_line(nearfar("worker", bank), "worker")


def test_a_port_in_use_gets_one_clear_line(bank):
    told = nearfar("bank", "--listen", bank)
    assert "in use" in one_line(told, "bank")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "bytes is announced"),
        (b"\0\0\0\x20{", "in the middle"),
        (b"", "closed the connection"),
    ],
)
def test_a_bank_that_is_none_is_found_out(answer, expected):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            peer, _ = server.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(answer)
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(1000):  # else the system resets it
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        told = nearfar("atm", "--bank", address, "--script", "eve; 2222")
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


@pytest.mark.parametrize("secret", [b"", b"short", b"\xff" * 40])
def test_a_secret_that_protects_nothing_is_refused(tmp_path, secret):
    file = tmp_path / "token"
    file.write_bytes(secret)
    for program in ("bank", "primes"):
        where = ("--listen", "0.0.0.0:0", "--token-file", str(file))
        assert "secrets.token_hex()" in one_line(
            nearfar(program, *where), program
        )


def test_a_key_without_its_certificate_is_refused(tmp_path):
    told = nearfar("bank", "--tls-key", str(tmp_path / "key"))
    assert "--tls-cert" in one_line(told, "bank")


def test_an_empty_file_is_no_ledger_to_audit(tmp_path):
    file = tmp_path / "empty.db"
    file.touch()
    assert "is empty" in one_line(nearfar("audit", str(file)), "audit")
