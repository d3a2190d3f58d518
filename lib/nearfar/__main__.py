"""The programs: `python -m nearfar bank | atm | worker | primes`."""

from __future__ import annotations

import argparse
import math
import os
import ssl
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from uuid import uuid4

from tqdm import tqdm

from .bank import ATM, Bank, Refused, Reply, Request, Unknown
from .channels import Closed
from .connections import Broken
from .engines import ENGINES, dask
from .farm import Farm
from .messages import Malformed
from .primes import CHUNK, chunks, count_between
from .processes import TOKEN, announce_ready, end_with_parent, local_farm
from .sockets import connect, listen, parse_address
from .tasklets import Misuse, run, spawn
from .worker import FROM_COORDINATOR, FROM_WORKER, beat, work

ORDERS = "Orders: deposit eve 100, withdraw eve 100, balance eve, quit"
GRACE = 2.0  # seconds that a worker has to notice that it is alone
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
    for module in options.imports:
        import_module(module)
    tls = options.tls_ca and ssl.create_default_context(cafile=options.tls_ca)
    token = _farm_token(options)
    call = partial(
        connect, FROM_COORDINATOR, options.address, token=token, tls=tls
    )
    name = uuid4().hex
    connection = run(until=spawn(call))
    Thread(target=_pulse, args=(call, name), daemon=True).start()
    done = run(until=spawn(partial(work, connection, name=name)))
    if not done:
        raise RuntimeError(f"no work came; is {options.address} a coordinator?")
    print(f"The coordinator has hung up; {done} chunks done")


def _pulse(call, name):
    """Beat for a worker; without a coordinator, end it in mid-chunk."""

    def beats():
        with call() as connection:
            beat(connection, name)

    with suppress(Broken):
        run(until=spawn(beats))
    time.sleep(GRACE)
    os._exit(1)


def _farm_token(options) -> str | None:
    """The secret of a farm: from a file, or from the environment."""
    if options.token_file is None:
        return os.environ.get(TOKEN)
    return Path(options.token_file).read_text(encoding="utf-8").strip()


def primes(options) -> None:
    """Count primes with many workers; compare with one process."""
    pieces = len(list(chunks(options.stop, options.chunk)))

    def hunt(name, map):
        began = time.perf_counter()
        counts = map(count_between, chunks(options.stop, options.chunk))
        found = sum(tqdm(counts, total=pieces, desc=name, leave=False))
        return found, time.perf_counter() - began

    began = time.perf_counter()
    with _engine(options) as (far_map, farm):
        start = time.perf_counter() - began
        print(f"{_workers(options.workers)} ready in {start:.2f} s")
        for program in farm.programs if farm else ():
            print(f"  process {program.pid}", flush=True)
        far, far_s = hunt(_workers(options.workers), far_map)
        lost = farm.lost if farm else 0
    print(f"{far} primes below {options.stop} in {far_s:.2f} s")
    if lost:
        print(f"lost on the way: {_workers(lost)} of {options.workers}")
    near, near_s = hunt("1 process", map)
    assert near == far, f"one process counts {near}, the workers {far}"
    print(f"{near} in one process in {near_s:.2f} s")
    print(f"speed-up {near_s / far_s:.2f}")


@contextmanager
def _engine(options):
    """The map to hunt with, and the farm, if it is one."""
    if options.listen is not None:
        door = listen(
            FROM_WORKER,
            options.listen,
            token=_farm_token(options),
            tls=_tls_of_farm(options),
            idle_timeout=math.inf,
        )
        farm = Farm(door, options.workers)
        with farm:
            where = farm.listener.address
            print(f"waiting for workers at {where}", flush=True)
            farm.wait_for_workers(timeout=None)
            yield farm.map, farm
    elif options.scheduler is not None:
        with dask(options.workers, options.scheduler) as map:
            yield map, None
    elif options.engine != "farm":
        with ENGINES[options.engine](options.workers) as map:
            yield map, None
    else:
        with local_farm(options.workers) as farm:
            yield farm.map, farm


def _tls_of_farm(options):
    if options.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.tls_cert, options.tls_key)
    return context


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
    add("--token-file", metavar="FILE", help="secret that machines share")
    add("--tls-ca", metavar="FILE", help="whose certificates to trust")
    add(
        "--import",
        dest="imports",
        action="append",
        default=[],
        metavar="MODULE",
        help="import this first; it adds to nearfar.worker.FUNCTIONS",
    )
    add = program(primes)
    add("--stop", type=_count, default=200_000, help="count below this number")
    add("--workers", type=_count, default=2, help="default %(default)s")
    add("--chunk", type=_count, default=CHUNK, help="numbers in a chunk")
    add("--engine", choices=ENGINES, default="farm", help="default %(default)s")
    add("--scheduler", metavar="ADDRESS", help="of a Dask cluster to use")
    add(
        "--listen",
        type=_address,
        metavar="HOST:PORT",
        help="wait here for workers from elsewhere, and start none",
    )
    add("--token-file", metavar="FILE", help="secret that machines share")
    add("--tls-cert", metavar="FILE", help="certificate, for encryption")
    add("--tls-key", metavar="FILE", help="its key, if that is elsewhere")
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
