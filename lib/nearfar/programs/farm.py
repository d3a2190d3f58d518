"""Farm programs: a prime hunt over many workers, and a worker.

The one idea: `primes` coordinates a count, and each `worker` computes for it,
on this machine or another.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import signal
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from uuid import uuid4

from ..far import Broken, connect, listen
from ..farm import (
    CHUNK,
    ENGINES,
    FROM_COORDINATOR,
    FROM_WORKER,
    TOKEN,
    Farm,
    beat,
    chunks,
    count_between,
    dask,
    local_farm,
    offer,
    work,
)
from ..near import Misuse, run, sleep, spawn
from ..processes import empty_input
from .options import (
    address,
    count,
    secret,
    tls_of_client,
    tls_of_server,
    where_to_listen,
    whom_to_trust,
)

__all__ = ["PROGRAMS"]

TELL_AFTER = 5.0  # seconds of waiting, before a worker says that it waits
GRACE = 2.0  # seconds that a worker has to notice that it is alone
LOOK = 0.2  # seconds between two looks whether the worker lives
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def worker(options: argparse.Namespace) -> None:
    """Work for the farm at ADDRESS until it hangs up.

    A worker runs only functions that it knows by name. These are the
    functions of the prime hunt, those of a module named by --offer, and those
    that a module named by --import adds to nearfar.farm.FUNCTIONS.

    example:
      python -m nearfar worker 10.0.0.1:4000 --token-file farm.token
    """
    empty_input()  # a chunk that reads its input must not wait for it
    for module in options.imports:
        _import(module)
    for module in options.offers:
        offer(module)
    call = partial(
        connect,
        FROM_COORDINATOR,
        options.address,
        token=_farm_token(options),
        tls=tls_of_client(options),
    )
    name = options.name or uuid4().hex
    _start_pulse(call, name)
    connection = run(until=spawn(_connect, call, options.address))
    done = run(until=spawn(partial(work, connection, name=name)))
    if not connection.statistics.messages_received:
        raise RuntimeError(
            f"it hung up without a word; is {options.address} a coordinator?"
        )
    print(f"The coordinator has hung up; {done} chunks done")


def _import(module):
    try:
        import_module(module)
    except ImportError as error:
        raise Misuse(f"cannot import {module!r}: {error}") from None


def _connect(call, address):
    """Connect, however long that takes: a coordinator answers in a map."""
    connecting = spawn(call, timeout=None)
    try:
        return connecting.result(timeout=TELL_AFTER)
    except TimeoutError:
        print(f"{address} lets this worker wait for a map to run", flush=True)
        return connecting.result()


def _start_pulse(call, name):
    """Send heartbeats while this process lives.

    They come from a process of its own, because a chunk may hold the
    interpreter's lock, and with it every thread. Where the system cannot tell
    that process whether this one stands still, they come from a thread.
    """
    worker = os.getpid()
    state = Path(f"/proc/{worker}/stat")

    def runs():
        if os.getppid() != worker:
            os._exit(0)
        return state.read_text().rpartition(") ")[2][0] not in "tT"

    if not state.exists():
        pulse = partial(_pulse, call, name, worker, lambda: True)
        Thread(target=pulse, daemon=True).start()
    elif not os.fork():
        try:
            _hold_nothing()
            _pulse(call, name, worker, runs)
        finally:
            os._exit(0)


def _hold_nothing():
    """Let go of the pipes that tell others when the worker has ended."""
    empty_input()
    for number in (1, 2):
        os.dup2(0, number)


def _pulse(call, name, worker, runs):
    """Send heartbeats; when the coordinator is gone, end the worker."""

    def beats():
        with call(timeout=None) as connection:  # answered in a map
            beat(connection, name, runs)

    def watch():
        while True:
            runs()
            sleep(LOOK)

    spawn(watch, daemon=True)
    with contextlib.suppress(Broken):
        run(until=spawn(beats))
    spawn(watch)
    with contextlib.suppress(TimeoutError):
        run(timeout=GRACE)
    os.kill(worker, KILL)


def _farm_token(options) -> str | None:
    """Return the secret of a farm, from a file or the environment."""
    return secret(options.token_file) or os.environ.get(TOKEN)


def _worker_options(add):
    add(
        "address",
        type=address,
        metavar="ADDRESS",
        help="HOST:PORT, as the coordinator printed it",
    )
    add("--name", metavar="NAME", help="a name that no other worker has")
    add(
        "--import",
        dest="imports",
        action="append",
        default=[],
        metavar="MODULE",
        help="import this first; it adds to nearfar.farm.FUNCTIONS",
    )
    add(
        "--offer",
        dest="offers",
        action="append",
        default=[],
        metavar="MODULE",
        help="import this and run any function that it defines",
    )
    whom_to_trust(add)


def primes(options: argparse.Namespace) -> None:
    """Count primes with many workers; compare with one process.

    It starts its workers on this machine. With --listen it starts none and
    waits for --workers of them from elsewhere (`python -m nearfar worker`).

    example:
      python -m nearfar primes --stop 2000000 --workers 2
      python -m nearfar primes --engine threads
    """
    began = time.perf_counter()
    with _engine(options) as (far_map, farm):
        start = time.perf_counter() - began
        print(f"{_workers(options.workers)} ready in {start:.2f} s")
        for program in farm.programs if farm else ():
            print(f"  process {program.pid}", flush=True)
        far, far_s = _count_primes(options, _workers(options.workers), far_map)
        lost = farm.lost if farm else 0
    print(f"{far} primes below {options.stop} in {far_s:.2f} s")
    if lost:
        print(f"lost on the way: {_workers(lost)} of {options.workers}")
    near, near_s = _count_primes(options, "1 process", map)
    assert near == far, f"one process counts {near}, the workers {far}"
    print(f"{near} in one process in {near_s:.2f} s")
    print(f"speed-up {near_s / far_s:.2f}")


def _count_primes(options, name, map):
    """Return how many primes there are, and the seconds that it took."""
    from tqdm import tqdm  # not for a worker, which must start fast

    pieces = math.ceil(options.stop / options.chunk)
    began = time.perf_counter()
    counts = map(count_between, chunks(options.stop, options.chunk))
    found = sum(tqdm(counts, total=pieces, desc=name, leave=False))
    return found, time.perf_counter() - began


@contextlib.contextmanager
def _engine(options):
    """Yield the map to count with, and the farm, if it is one."""
    if options.listen is not None:
        door = listen(
            FROM_WORKER,
            options.listen,
            token=_farm_token(options),
            tls=tls_of_server(options),
            idle_timeout=math.inf,
        )
        with Farm(door, options.workers) as farm:
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


def _workers(count):
    return f"{count} worker{'s' if count > 1 else ''}"


def _primes_options(add):
    for name, default, help in (
        ("--stop", 200_000, "count the primes below this number"),
        ("--workers", 2, "how many workers to start, or to wait for"),
        ("--chunk", CHUNK, "numbers in one piece of work"),
    ):
        help += " (default %(default)s)"
        add(name, type=count, default=default, metavar="N", help=help)
    add(
        "--engine",
        choices=ENGINES,
        default="farm",
        help="what does the work: %(choices)s (default %(default)s)",
        metavar="ENGINE",
    )
    add(
        "--scheduler",
        metavar="ADDRESS",
        help="use the Dask cluster with this scheduler; start no workers",
    )
    where_to_listen(
        add, help="wait here for workers from elsewhere, and start none"
    )


PROGRAMS = {
    "worker": (worker, _worker_options),
    "primes": (primes, _primes_options),
}
