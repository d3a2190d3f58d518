"""The programs: `python -m nearfar bank | atm | worker | primes`."""

from __future__ import annotations

import argparse
import sys
import time

from tqdm import tqdm

from .bank import ATM, Bank, Refused, Reply, Request, Unknown
from .channels import Closed
from .connections import Broken
from .farm import Task, work
from .messages import Malformed
from .primes import CHUNK, chunks, count_between
from .processes import announce_ready, end_with_parent, local_farm
from .sockets import connect, listen, parse_address
from .tasklets import Misuse, run, spawn

ORDERS = "Orders: deposit eve 100, withdraw eve 100, balance eve, quit"
ACCOUNTS = {"grant": 10_000, "eve": 5_000}  # in cents


def bank(options) -> None:
    """Serve the bank until Ctrl-C."""
    with listen(Request, options.listen) as listener:
        if options.child:
            announce_ready(listener.address)
        else:
            print(f"The bank is open at {listener.address}", flush=True)
        run(until=spawn(Bank(ACCOUNTS, log=print).serve, listener))


def atm(options) -> None:
    """Ask the customer, or a script, what to do; tell what happened."""
    run(until=spawn(_session, options, name="atm"))


def _session(options):
    connection = connect(Reply, options.bank)
    lines = options.script.split(";") if options.script else _typed_lines()
    with connection:
        customer = ATM(connection)
        for line in lines:
            if line.strip() in ("quit", "exit"):
                return
            if line.strip():
                print(_carry_out(customer, line))


def _typed_lines():
    print(ORDERS)
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def _carry_out(customer, line) -> str:
    """One line of the customer's; returns what to show."""
    verb, *words = line.split()
    try:
        if verb == "balance" and len(words) == 1:
            cents = customer.balance(*words)
        elif verb in ("deposit", "withdraw") and len(words) == 2:
            account, amount = words
            if not amount.lstrip("-").isdecimal() or not amount.isascii():
                return f"An amount is a whole number of cents, not {amount!r}"
            cents = getattr(customer, verb)(account, int(amount))
        else:
            return f"Not understood: {line.strip()}. {ORDERS}"
    except Refused as refusal:
        return f"Refused: {refusal}"
    return f"{words[0]} now has {cents} cents"


def worker(options) -> None:
    """Work for the coordinator at ADDRESS until it hangs up."""
    connection = run(until=spawn(connect, Task, options.address))
    done = run(until=spawn(work, connection))
    if not done:
        raise RuntimeError(f"no work came; is {options.address} a coordinator?")
    print(f"The coordinator has hung up; {done} chunks done")


def primes(options) -> None:
    """Count primes with worker processes; compare with one process."""
    pieces = len(list(chunks(options.stop, options.chunk)))

    def hunt(name, map):
        began = time.perf_counter()
        with tqdm(total=pieces, desc=name, leave=False) as bar:
            found = sum(map(options.stop, options.chunk, bar.update))
        return found, time.perf_counter() - began

    def here(stop, chunk, tick):
        for piece in chunks(stop, chunk):
            yield count_between(piece)
            tick()

    began = time.perf_counter()
    with local_farm(options.workers) as farm:
        start = time.perf_counter() - began
        print(f"{_workers(options.workers)} ready in {start:.2f} s")
        for program in farm.programs:
            print(f"  process {program.pid}")
        far, far_s = hunt(
            _workers(options.workers),
            lambda stop, chunk, tick: farm.map(
                count_between, chunks(stop, chunk), on_result=tick
            ),
        )
        lost = farm.lost
    print(f"{far} primes below {options.stop} in {far_s:.2f} s")
    if lost:
        print(f"lost on the way: {_workers(lost)} of {options.workers}")
    near, near_s = hunt("1 process", here)
    assert near == far, f"one process counts {near}, the workers {far}"
    print(f"{near} in one process in {near_s:.2f} s")
    print(f"speed-up {near_s / far_s:.2f}")


def _workers(count):
    return f"{count} worker{'s' if count > 1 else ''}"


def _address(text):
    try:
        parse_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _count(text):
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from 1, not {text!r}"
        )
    return int(text)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m nearfar",
        description="The programs of Messages Near and Far.",
    )
    programs = parser.add_subparsers(required=True, metavar="PROGRAM")

    def program(function):
        added = programs.add_parser(
            function.__name__,
            help=function.__doc__,
            description=function.__doc__,
        )
        added.set_defaults(function=function)
        # Started by processes.Program: see there.
        added.add_argument(
            "--child", action="store_true", help=argparse.SUPPRESS
        )
        return added.add_argument

    add = program(bank)
    add(
        "--listen",
        type=_address,
        default="127.0.0.1:0",
        metavar="HOST:PORT",
        help="where (default %(default)s; port 0 is any free one)",
    )
    add = program(atm)
    add("--bank", type=_address, required=True, metavar="HOST:PORT")
    add("--script", metavar="ORDERS", help="orders separated by semicolons")
    add = program(worker)
    add("address", type=_address, metavar="HOST:PORT")
    add = program(primes)
    add("--stop", type=_count, default=200_000, help="count below this number")
    add("--workers", type=_count, default=2, help="default %(default)s")
    add("--chunk", type=_count, default=CHUNK, help="numbers in a chunk")
    return parser


def main(arguments=None) -> int:
    """Run one program. Returns its exit code."""
    options = _parser().parse_args(arguments)
    if options.child:
        end_with_parent()
    try:
        options.function(options)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except (
        OSError,
        Broken,
        Closed,
        Malformed,
        Misuse,
        RuntimeError,
        Unknown,
    ) as error:
        print(f"{options.function.__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
