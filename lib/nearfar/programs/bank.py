"""Bank programs: a server of accounts, and what its owner does.

The one idea: the bank of the chapters, with a file under it and a socket in
front of it. `bank` serves. `audit` proves the books of a bank that is closed,
and `unlock` lets a customer in again. The cash machine is in `atm`.
"""

from __future__ import annotations

import argparse
import contextlib
from functools import partial

from ..bank import (
    Bank,
    Ledger,
    Refused,
    Request,
    audit_file,
    parse_money,
    seal_pin,
)
from ..far import listen, parse_address
from ..near import Misuse, run, spawn
from ..processes import announce_ready
from .options import (
    secret,
    tls_of_server,
    where_to_listen,
    where_to_trace,
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
    where_to_trace(add)


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


PROGRAMS = {
    "bank": (bank, _bank_options),
    "audit": (audit, _audit_options),
    "unlock": (unlock, _unlock_options),
}
