"""Options: what may be said to the programs of `python -m nearfar`.

The one idea: what is wrong with an option is found before the program does
anything. Each function here tells argparse what one program takes; the
programs themselves are in `__main__`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from ..bank import parse_money, seal_pin
from ..far import parse_address
from ..farm import CHUNK, ENGINES

__all__ = ["parse"]


def parse(
    programs: Iterable[Callable], arguments: list[str] | None = None
) -> argparse.Namespace:
    """Which program to run (`function`), and its options.

    A program is called, and described, as its function is. `arguments` are
    those of the command line unless others are given. What makes no sense, and
    `--help`, is answered on the terminal and ends the process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m nearfar",
        description="The programs of Messages Near and Far.",
    )
    added = parser.add_subparsers(required=True, metavar="PROGRAM")
    for function in programs:
        program = added.add_parser(
            function.__name__,
            help=function.__doc__,
            description=function.__doc__,
        )
        program.set_defaults(function=function)
        # Started by processes.Program: see there.
        program.add_argument(
            "--child", action="store_true", help=argparse.SUPPRESS
        )
        OPTIONS[function.__name__](program.add_argument)
    return parser.parse_args(arguments)


def _bank(add):
    _where_to_listen(
        add,
        default="127.0.0.1:0",
        help="where (default %(default)s; port 0 is any free one)",
    )
    add(
        "--file",
        default=":memory:",
        metavar="FILE",
        help="where the accounts are kept (default: in memory only)",
    )
    add(
        "--open",
        type=_new_account,
        action="append",
        default=[],
        metavar="NAME:AMOUNT:PIN",
        help="open an account (a new bank without any opens two)",
    )
    add(
        "--insecure",
        action="store_true",
        help="let others on the network talk to it in the open",
    )
    _trace(add)


def _atm(add):
    add(
        "--bank",
        type=_address,
        required=True,
        metavar="HOST:PORT",
        help="the bank's address, as it has printed it",
    )
    add(
        "--disk",
        metavar="FOLDER",
        help="where the machine keeps its journal (default: nowhere)",
    )
    add(
        "--script",
        metavar="LINES",
        help="what a customer types, separated by semicolons",
    )
    _whom_to_trust(add)
    add("--seed", type=int, help=argparse.SUPPRESS)  # for pictures
    _trace(add)


def _audit(add):
    add("file", metavar="FILE", help="where a bank keeps its accounts")


def _hunt(add):
    for name, kind, default, help in (
        ("--seeds", _count, 1_000, "how many days to look at"),
        ("--first", int, 0, "the first seed"),
        ("--atms", _count, 3, "how many machines"),
        ("--visits", _count, 3, "customers who come to each machine"),
    ):
        help += " (default %(default)s)"
        add(name, type=kind, default=default, metavar="N", help=help)


def _worker(add):
    add(
        "address",
        type=_address,
        metavar="ADDRESS",
        help="HOST:PORT, as the coordinator has printed it",
    )
    add(
        "--import",
        dest="imports",
        action="append",
        default=[],
        metavar="MODULE",
        help="import this first; it adds to nearfar.farm.FUNCTIONS",
    )
    _whom_to_trust(add)


def _primes(add):
    add("--stop", type=_count, default=200_000, help="count below this number")
    add("--workers", type=_count, default=2, help="how many (default 2)")
    add("--chunk", type=_count, default=CHUNK, help="numbers in a chunk")
    add(
        "--engine",
        choices=ENGINES,
        default="farm",
        help="who spreads the work (default %(default)s)",
    )
    add("--scheduler", metavar="ADDRESS", help="of a Dask cluster to use")
    _where_to_listen(
        add, help="wait here for workers from elsewhere, and start none"
    )


OPTIONS = {
    "bank": _bank,
    "atm": _atm,
    "audit": _audit,
    "hunt": _hunt,
    "worker": _worker,
    "primes": _primes,
}


def _where_to_listen(add, **details):
    add("--listen", type=_address, metavar="HOST:PORT", **details)
    add("--tls-cert", metavar="FILE", help="certificate, for encryption")
    add("--tls-key", metavar="FILE", help="its key, if that is elsewhere")
    _token(add)


def _whom_to_trust(add):
    add("--tls-ca", metavar="FILE", help="whose certificates to trust")
    _token(add)


def _token(add):
    add("--token-file", metavar="FILE", help="secret that machines share")


def _trace(add):
    add("--trace", metavar="FILE", help=argparse.SUPPRESS)


def _address(text):
    try:
        parse_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _new_account(text):
    name, _, rest = text.partition(":")
    amount, _, pin = rest.partition(":")
    try:
        seal_pin(pin)
        return name, parse_money(amount), pin
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _count(text):
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 1, not {text!r}"
        )
    return int(text)
