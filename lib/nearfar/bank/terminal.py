"""The terminal: where a customer meets an ATM.

The one idea: waiting for a key is waiting like any other. Other tasklets run
meanwhile, so the machine settles old business while a customer looks for a
card. On Windows, and from a file, reading blocks.

`serve_customers` is the conversation; a `Terminal` or a `Script` holds it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TextIO

from ..far import wait_for_input
from .accounts import Refused, money, parse_money
from .atm import ATM
from .client import Unknown
from .lines import plain
from .lock import Held, Lock

__all__ = ["serve_customers", "Terminal", "Script", "locked"]

IDLE_SECONDS = 5.0  # without a key, before the machine looks after itself
CHOICES = ["withdraw", "deposit", "transfer", "statement", "balance", "leave"]
MENU = "   ".join(f"{n} {word}" for n, word in enumerate(CHOICES, start=1))
SIGN = """
    ╭──────────────────────────────────╮
    │   THE BANK, NEAR AND FAR   ▭▭▭   │
    ╰──────────────────────────────────╯"""


class Terminal:
    """Standard input (or another open `file`) and output, for a person."""

    def __init__(self, file: int = 0):
        self._file = file
        self._typed = b""

    def say(self, text: str = "") -> None:
        """Show a line."""
        print(text, flush=True)

    def ask(self, prompt: str, hidden: bool = False, idle=None) -> str:
        """Return what the customer types; call `idle()` while nothing comes.

        Raises EOFError when there will be nothing more.
        """
        with _no_echo(self._file) if hidden else nullcontext():
            print(prompt, end="", flush=True)
            while b"\n" not in self._typed:
                self._read(idle)
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").strip()

    def _read(self, idle):
        try:
            wait_for_input(self._file, "the customer", IDLE_SECONDS)
        except TimeoutError:
            if idle:
                idle()
            return
        except (OSError, ValueError):
            pass  # a file, or Windows: reading will do
        data = os.read(self._file, 4096)
        if not data:
            raise EOFError
        self._typed += data


class Script:
    """Lines written beforehand, typed one after the other.

    What the machine says goes to `file`, or to standard output.
    """

    def __init__(self, lines: Iterable[str], file: TextIO | None = None):
        self._lines = iter(lines)
        self._file = file

    def say(self, text: str = "") -> None:
        if text not in ("", SIGN):
            print(text, file=self._file, flush=True)

    def ask(self, prompt: str, hidden: bool = False, idle=None) -> str:
        for line in self._lines:
            return line.strip()
        raise EOFError


def serve_customers(atm: ATM, screen: Terminal | Script) -> None:
    """Serve one customer after the other, until `quit` or the end of input."""
    try:
        while True:
            screen.say(SIGN)
            account = screen.ask(
                "    Account (or quit): ", idle=lambda: atm.settle(attempts=1)
            )
            if account == "quit":
                return
            pin = screen.ask("    PIN: ", hidden=True)
            _tell(screen, _greet, atm, account, pin)
            while atm.account:
                words = screen.ask(f"\n    {MENU}\n    Your choice: ").split()
                if words:
                    _tell(screen, _serve, atm, screen, *words)
    except EOFError:
        screen.say()
    finally:
        atm.sign_out()


def _tell(screen, do, *details):
    """Say what happened: the result, or why there is none."""
    try:
        screen.say(do(*details))
    except (Refused, Unknown) as no:
        screen.say(f"{type(no).__name__}: {plain(str(no))}.")
    except ValueError as error:
        screen.say(f"{error}")


def _greet(atm, account, pin):
    return f"Hello {account}. You have {money(atm.sign_in(account, pin))}."


def _serve(atm, screen, choice, *words):
    """Carry out one choice, a number or a word; ask for what it needs."""
    if choice in map(str, range(1, len(CHOICES) + 1)):
        choice = CHOICES[int(choice) - 1]
    if choice not in CHOICES:
        raise ValueError(f"Not understood: {choice}. Choose {MENU}")
    if choice == "leave":
        atm.sign_out()
        return "Your card, please. Goodbye."
    if choice == "balance":
        return f"You have {money(atm.balance())}."
    if choice == "statement":
        return _statement(atm.statement())
    if len(words) > 1 + (choice == "transfer"):
        raise ValueError(f"Not understood: {' '.join(words[1:])}")
    words = iter(words)
    cents = parse_money(next(words, "") or screen.ask("    How much? "))
    if choice == "withdraw":
        balance = atm.withdraw(cents)
        return f"Take your {money(cents)}. You have {money(balance)}."
    if choice == "deposit":
        balance = atm.deposit(cents)
        known = f" You have {money(balance)}." if balance is not None else ""
        return f"Taken in.{known}"
    payee = next(words, "") or screen.ask("    To whom? ")
    return f"{payee} gets it. You have {money(atm.transfer(payee, cents))}."


def _statement(lines):
    shown = [f"    {'':<10}{'':<12}{'moved':>12}{'balance':>12}"]
    for line in lines:
        verb, other = plain(line.verb), plain(line.other)
        other = "" if other.startswith("@") else other
        shown.append(
            f"    {verb:<10}{other[:11]:<12}{money(line.cents):>12} "
            f"{money(line.balance):>11}"
        )
    return "\n".join(shown)


@contextmanager
def _no_echo(file):
    """Hide what is typed, if this is a terminal."""
    if os.name == "nt" or not os.isatty(file):
        yield
        return
    import termios

    old = termios.tcgetattr(file)
    new = [*old]
    new[3] &= ~termios.ECHO
    termios.tcsetattr(file, termios.TCSADRAIN, new)
    try:
        yield
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, old)
        print()


@contextmanager
def locked(folder: str | os.PathLike):
    """Keep a folder for one machine; RuntimeError if another works in it."""
    Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        lock = Lock(Path(folder) / "lock")
    except Held as held:
        raise RuntimeError(
            f"another machine works in {folder} (process "
            f"{held.pid or 'unknown'}): end it, or choose another folder"
        ) from None
    with closing(lock):
        yield
