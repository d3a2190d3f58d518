"""Bank programs: a server of accounts, its ATMs, and its audit.

The one idea: the bank of the chapters, with a file under it and a socket in
front of it. `bank` serves, `atm` is a cash machine in a terminal, `audit`
proves the books of a bank that is closed.
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
    Bank,
    Disk,
    Elsewhere,
    Ledger,
    Refused,
    Reply,
    Request,
    Script,
    Terminal,
    audit_file,
    locked,
    parse_money,
    seal_pin,
    serve_customers,
)
from ..far import connect, listen, parse_address
from ..near import Misuse, run, spawn
from ..processes import announce_ready
from .options import (
    addresses,
    secret,
    tls_of_client,
    tls_of_server,
    where_to_listen,
    whom_to_trust,
)
from .printer import Printer, say
from .replicas import replica_of, replica_options
from .running import end_by_signals

__all__ = ["PROGRAMS"]

STDOUT = 1
# The accounts of a new bank: name, cents and PIN.
ACCOUNTS = [("grant", 10_000, "1111"), ("eve", 5_000, "2222")]


def bank(options: argparse.Namespace) -> None:
    """Serve accounts to ATMs until Ctrl-C.

    The bank prints its address and then a line for each request. A new bank
    opens two accounts: grant with 100.00 and PIN 1111, eve with 50.00 and
    PIN 2222, unless --open names others.

    Where other machines can reach it, it insists on --tls-cert or a
    --token-file. With --replica it is one of several that keep the same
    books: start each with its own --file, and the others as --peers.

    example:
      python -m nearfar bank --file bank.db --listen 127.0.0.1:4000
    """
    _insist_on_a_lock(options)
    with contextlib.ExitStack() as stack:
        stack.enter_context(end_by_signals())
        log = stack.enter_context(_log_of(options))
        opened = partial(_open_accounts, options, log)
        if options.replica:
            serve = stack.enter_context(replica_of(options, opened, log.print))
        else:
            ledger = stack.enter_context(Ledger(options.file))
            opened(ledger)
            ledger.commit()
            serve = Bank(ledger, log=log.print).serve
        listener = stack.enter_context(
            listen(
                Request,
                options.listen,
                token=secret(options.token_file),
                tls=tls_of_server(options),
            )
        )
        if options.child:
            announce_ready(listener.address)
        else:
            log.print(f"The bank is open at {listener.address}")
        run(until=spawn(serve, listener))


def _open_accounts(options, log, ledger):
    """Open what --open names, or the first accounts of a new bank."""
    accounts = options.open or (ACCOUNTS if not ledger.names() else [])
    for name, cents, pin in accounts:
        if ledger.account(name) is None:
            ledger.open_account(name, cents, seal_pin(pin))
        elif not options.child:  # a restart, with the same options
            log.print(f"{name} has an account already: left as it is")


@contextlib.contextmanager
def _log_of(options):
    """Open a log that never delays or ends the service."""
    log = Printer(STDOUT)

    def close():
        log.close()
        if log.dropped:
            say(f"bank: {log.dropped} lines of the log dropped ({log.why})")

    options.at_last.append(close)
    try:
        yield log
    finally:
        close()


def _bank_options(add):
    where_to_listen(
        add,
        default="127.0.0.1:0",
        help="where to accept ATMs (default %(default)s; port 0 is any free "
        "port)",
    )
    add(
        "--file",
        default=":memory:",
        metavar="FILE",
        help="keep the accounts here (default: in memory, until it ends)",
    )
    add(
        "--open",
        type=_new_account,
        action="append",
        default=[],
        metavar="NAME:AMOUNT:PIN",
        help="open an account, such as ann:20.00:1234, unless it is there; "
        "may be repeated",
    )
    add(
        "--insecure",
        action="store_true",
        help="accept other machines without TLS and without a token",
    )
    replica_options(add)
    _trace(add)


def _new_account(text):
    name, _, rest = text.partition(":")
    amount, _, pin = rest.partition(":")
    try:
        seal_pin(pin)
        return name, parse_money(amount), pin
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _insist_on_a_lock(options):
    host, _ = parse_address(options.listen)
    locked = options.token_file or options.tls_cert or options.insecure
    if not locked and host not in ("127.0.0.1", "::1", "localhost"):
        raise Misuse(
            f"others can reach {host}: give the bank --tls-cert and --tls-key, "
            "or a --token-file, or say --insecure"
        )


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
    _trace(add)


def audit(options: argparse.Namespace) -> None:
    """Prove that a bank's books are right.

    It checks each invariant of the ledger and counts accounts and movements.
    The bank must not be running. The exit code is 1 if the books are wrong.

    example:
      python -m nearfar audit bank.db
    """
    found = audit_file(options.file)
    print(found)
    if found.problems:
        raise RuntimeError(f"{options.file} does not add up")


def _audit_options(add):
    add("file", metavar="FILE", help="where the bank keeps its accounts")


def unlock(options: argparse.Namespace) -> None:
    """Let a customer in again after wrong PINs.

    After wrong PINs an account is locked for a time that grows with each of
    them and ends by itself, after an hour at most. This ends it now. The bank
    must not be running.

    example:
      python -m nearfar unlock bank.db eve
    """
    with Ledger(options.file, create=False) as ledger:
        account = ledger.account(options.account)
        if account is None or not account.seal:
            raise Refused(f"there is no account {options.account!r}")
        if account.wrong:
            ledger.change(account.name, wrong=0)
            ledger.commit()
            print(f"{account.name} had {account.wrong} wrong PINs: unlocked")
        else:
            print(f"{account.name} was not locked")


def _unlock_options(add):
    add("file", metavar="FILE", help="where the bank keeps its accounts")
    add("account", metavar="ACCOUNT", help="the customer's account")


def _trace(add):
    add("--trace", metavar="FILE", help=argparse.SUPPRESS)  # for pictures


PROGRAMS = {
    "bank": (bank, _bank_options),
    "atm": (atm, _atm_options),
    "audit": (audit, _audit_options),
    "unlock": (unlock, _unlock_options),
}
