"""The terminal: what a person at an ATM sees, and what happens meanwhile."""

import io
import os
import select
import subprocess
import sys
import time
from random import Random

import pytest

from nearfar import VirtualClock, run, sleep, spawn
from nearfar.bank import (
    ATM,
    WRONG_PINS,
    Bank,
    Ledger,
    Line,
    PaperDisk,
    Refused,
    Reply,
    Request,
    Script,
    Terminal,
    locked,
    seal_pin,
    serve_customers,
)
from nearfar.far import pair
from nearfar.processes import Program

pty = pytest.importorskip("pty", reason="terminals are a Unix thing")


class Typist:
    """A person at a terminal that is none: types, and reads the screen."""

    def __init__(self, *arguments):
        master, slave = pty.openpty()
        self.screen, self.file = "", master
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nearfar", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def read_until(self, words):
        """What came on the screen up to these words."""
        deadline = time.monotonic() + 20
        while words not in self.screen:
            assert time.monotonic() < deadline, (words, self.screen)
            if select.select([self.file], [], [], 0.1)[0]:
                self.screen += os.read(self.file, 4096).decode()
        shown, _, self.screen = self.screen.partition(words)
        return shown

    def answer(self, prompt, line):
        self.read_until(prompt)
        os.write(self.file, line.encode() + b"\n")

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.process.kill()
        self.process.wait()
        os.close(self.file)


def test_a_person_is_served_and_the_pin_is_not_shown():
    with Program("bank", quiet=True) as bank:
        order = ("atm", "--bank", bank.address)
        with Typist(*order) as person:
            person.answer("Account (or quit): ", "eve")
            person.answer("PIN: ", "2222")
            assert "2222" not in person.read_until("You have 50.00")
            person.answer("Your choice: ", "1")
            person.answer("How much? ", "twenty")
            person.read_until("an amount is like 20 or 12.50, not 'twenty'")
            person.answer("Your choice: ", "withdraw 20")
            person.read_until("Take your 20.00. You have 30.00.")
            person.answer("Your choice: ", "6")
            person.answer("Account (or quit): ", "quit")
            assert person.process.wait(10) == 0


class Rich:
    """A machine whose customer has as much as an account can hold."""

    account = ""

    def sign_in(self, account, pin):
        self.account = account
        return 10**12

    def sign_out(self):
        self.account = ""

    def statement(self):
        return [Line("deposit", "@cash", 10**12 - 10_000, 10**12)]


def test_the_largest_amounts_of_a_statement_do_not_touch():
    screen = io.StringIO()
    script = Script(["eve", "2222", "statement", "leave", "quit"], screen)
    serve_customers(Rich(), script)
    rows = [row.split() for row in screen.getvalue().splitlines()]
    assert ["deposit", "9999999900.00", "10000000000.00"] in rows


class Deceived(Rich):
    """A machine whose bank sends what steers a terminal."""

    def statement(self):
        return [Line("\x1b[2Jx", "\x1b]0;y\x07", 1, 1)]

    def transfer(self, payee, cents):
        raise Refused("no\nTake your 5.00\x1b[1A")


def test_what_a_bank_says_does_not_steer_the_terminal():
    screen = io.StringIO()
    lines = ["eve", "2222", "statement", "transfer 1 ann", "leave", "quit"]
    serve_customers(Deceived(), Script(lines, screen))
    shown = screen.getvalue()
    assert all(line.isprintable() for line in shown.splitlines())
    assert "Refused: no\\nTake your 5.00\\x1b[1A." in shown.splitlines()


def test_a_customer_who_is_locked_out_meanwhile_hears_that_notes_came_in():
    """A line breaks, others guessed: the bank tells no balance any more."""
    screen, disk = io.StringIO(), PaperDisk()

    def call():
        here, there = pair(Request | Reply)
        spawn(bank.serve_one, there, daemon=True)
        return here

    def lines():
        yield from ("eve", "2222")
        atm._client.hang_up()
        bank.ledger.change("eve", wrong=WRONG_PINS)
        yield from ("deposit 20", "leave", "quit")

    with Ledger() as ledger:
        ledger.open_account("eve", 5_000, seal_pin("2222", cost=2))
        bank, atm = Bank(ledger), ATM(call, disk, Random(1))
        script = Script(lines(), screen)
        run(until=spawn(serve_customers, atm, script), clock=VirtualClock())
        assert ledger.account("eve").cents == 7_000
    assert screen.getvalue().splitlines()[1:] == [
        "Taken in.",
        "Your card, please. Goodbye.",
    ]


def test_a_person_sees_a_bank_that_comes_back(tmp_path):
    file = f"--file={tmp_path}/bank.db"
    with (
        Program("bank", file, quiet=True) as bank,
        Typist("atm", "--bank", bank.address) as person,
    ):
        person.answer("Account (or quit): ", "eve")
        person.answer("PIN: ", "2222")
        person.read_until("Your choice: ")
        bank.kill()
        os.write(person.file, b"withdraw 20\n")
        person.read_until("no answer from the bank")
        again = ("bank", file, f"--listen={bank.address}")
        with Program(*again, quiet=True):
            person.read_until("Take your 20.00. You have 30.00.")
            person.answer("Your choice: ", "leave")
            person.answer("Account (or quit): ", "quit")
            assert person.process.wait(10) == 0


def test_while_nobody_types_others_run_and_the_machine_minds_its_business(
    monkeypatch, capsys
):
    monkeypatch.setattr("nearfar.bank.terminal.IDLE_SECONDS", 0.01)
    reading, writing = os.pipe()
    minded, ran = [], []

    def person():
        while len(minded) < 3:
            ran.append(True)
            sleep(0.005)
        os.write(writing, b"eve\nand more")
        os.close(writing)

    def machine():
        screen = Terminal(reading)
        first = screen.ask("who? ", idle=lambda: minded.append(True))
        with pytest.raises(EOFError):
            screen.ask("what? ")
        return first

    spawn(person)
    assert run(until=spawn(machine), timeout=20) == "eve"
    os.close(reading)
    assert len(minded) >= 3
    assert ran
    assert capsys.readouterr().out == "who? what? "


def test_a_file_can_be_typed_from_as_well(tmp_path):
    (tmp_path / "lines").write_text("eve\n2222\n")
    file = os.open(tmp_path / "lines", os.O_RDONLY)
    screen = Terminal(file)

    def machine():
        return screen.ask(""), screen.ask("", hidden=True)

    assert run(until=spawn(machine)) == ("eve", "2222")
    os.close(file)


def test_one_machine_works_in_a_folder(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(RuntimeError, match="another machine works in"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass
