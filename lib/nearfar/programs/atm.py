"""ATM program: a cash machine in a terminal.

The one idea: the ATM of the chapters, with a folder for its journal and its
drawer, and a person or a script in front of it.
"""

from __future__ import annotations

import argparse
import contextlib
from functools import partial
from random import Random, SystemRandom
from tempfile import TemporaryDirectory

from ..bank import (
    ATM,
    REPLY_TIMEOUT,
    Addresses,
    Balance,
    Disk,
    Elsewhere,
    Reply,
    Script,
    Terminal,
    locked,
    serve_customers,
)
from ..far import connect
from ..near import run, spawn
from .options import (
    addresses,
    secret,
    tls_of_client,
    where_to_trace,
    whom_to_trust,
)
from .running import end_by_signals

__all__ = ["PROGRAMS"]


def atm(options: argparse.Namespace) -> None:
    """Serve customers at this terminal, or follow a script.

    Type `quit` instead of an account to end it. A machine with a --disk
    remembers across restarts what it paid out and what it has still to tell
    the bank.

    example:
      python -m nearfar atm --bank 127.0.0.1:4000
      python -m nearfar atm --bank 127.0.0.1:4000 \\
          --script "eve; 2222; withdraw 20; leave"
    """
    with end_by_signals(), contextlib.ExitStack() as stack:
        folder = options.disk or stack.enter_context(TemporaryDirectory())
        stack.enter_context(locked(folder))
        run(until=spawn(_machine, options, folder, name="atm"))


def _machine(options, folder):
    token, tls = secret(options.token_file), tls_of_client(options)
    call = partial(connect, Reply | Elsewhere, token=token, tls=tls)
    call = Addresses(call, options.bank)
    _look_for_the_bank(call, len(options.bank))
    machine = ATM(
        call,
        Disk(folder),
        SystemRandom() if options.seed is None else Random(options.seed),
        log=_note,
    )
    machine.settle(attempts=1)
    lines = options.script.split(";") if options.script is not None else None
    serve_customers(machine, Script(lines) if lines else Terminal())
    if machine.settle():
        print(f"still to be settled: {len(machine.unsettled)}")


def _look_for_the_bank(call, many):
    """Raise an error that says why, if there is no bank, or it is mute."""
    for attempts_left in reversed(range(2 * many - 1)):
        try:
            with call() as connection:
                connection.send(Balance(""))
                connection.receive(timeout=REPLY_TIMEOUT)
            return
        except OSError:
            if not attempts_left:
                raise


def _note(text):
    """Print a note; a screen that is gone must not end a payment."""
    with contextlib.suppress(OSError):
        print(f"    ({text})", flush=True)


def _atm_options(add):
    add(
        "--bank",
        type=addresses,
        required=True,
        metavar="HOST:PORT,...",
        help="the bank's address, as the bank printed it; or those of all its "
        "replicas",
    )
    add(
        "--disk",
        metavar="FOLDER",
        help="keep the machine's journal and drawer here (default: a folder "
        "that is removed at the end)",
    )
    add(
        "--script",
        metavar="LINES",
        help="type these lines for the customer; semicolons separate them",
    )
    whom_to_trust(add)
    add("--seed", type=int, help=argparse.SUPPRESS)  # for pictures
    where_to_trace(add)


PROGRAMS = {"atm": (atm, _atm_options)}
