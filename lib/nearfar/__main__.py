"""The programs: `python -m nearfar` bank, atm, audit, hunt, worker, primes.

The one idea: here, and nowhere else, things are put together. A program is a
function of its options, which stand in `options`; what goes wrong becomes one
line in `main`.
"""

from __future__ import annotations

import contextlib
import math
import os
import ssl
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory
from threading import Thread
from uuid import uuid4

from tqdm import tqdm

from .bank import (
    ATM,
    REPLY_TIMEOUT,
    Balance,
    Bank,
    Damaged,
    Disk,
    Ledger,
    Refused,
    Reply,
    Request,
    Script,
    Terminal,
    locked,
    seal_pin,
    serve_customers,
)
from .far import TOKEN_BYTES, Broken, Malformed, connect, listen, parse_address
from .farm import (
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
    work,
)
from .near import Closed, Misuse, run, spawn
from .processes import announce_ready, end_with_parent
from .programs.options import parse
from .trace import Trace

GRACE = 2.0  # seconds that a worker has to notice that it is alone
# The accounts of a new bank: name, cents and PIN.
ACCOUNTS = [("grant", 10_000, "1111"), ("eve", 5_000, "2222")]


def bank(options) -> None:
    """Serve the bank until Ctrl-C."""
    _insist_on_a_lock(options)
    with (
        Ledger(options.file) as ledger,
        listen(
            Request,
            options.listen,
            token=_secret(options.token_file),
            tls=_tls_of_server(options),
        ) as listener,
    ):
        if not options.open and not ledger.names():
            options.open = ACCOUNTS
        for name, cents, pin in options.open:
            ledger.open_account(name, cents, seal_pin(pin))
        ledger.commit()
        if options.child:
            announce_ready(listener.address)
        else:
            print(f"The bank is open at {listener.address}", flush=True)
        run(until=spawn(Bank(ledger, log=print).serve, listener))


def atm(options) -> None:
    """Serve customers at this terminal, or follow a script."""
    with contextlib.ExitStack() as stack:
        folder = options.disk or stack.enter_context(TemporaryDirectory())
        stack.enter_context(locked(folder))
        run(until=spawn(_machine, options, folder, name="atm"))


def _machine(options, folder):
    tls = options.tls_ca and ssl.create_default_context(cafile=options.tls_ca)
    token = _secret(options.token_file)
    call = partial(connect, Reply, options.bank, token=token, tls=tls)
    with call() as connection:  # is there a bank at all, and does it talk?
        connection.send(Balance(""))
        connection.receive(timeout=REPLY_TIMEOUT)
    machine = ATM(
        call,
        Disk(folder),
        SystemRandom() if options.seed is None else Random(options.seed),
        log=lambda text: print(f"    ({text})", flush=True),
    )
    machine.settle(attempts=1)
    lines = options.script.split(";") if options.script is not None else None
    serve_customers(machine, Script(lines) if lines else Terminal())
    if machine.settle():
        print(f"still to be settled: {len(machine.unsettled)}")


def _insist_on_a_lock(options):
    """Money is not left lying about where others can reach it."""
    host, _ = parse_address(options.listen)
    locked = options.token_file or options.tls_cert or options.insecure
    if not locked and host not in ("127.0.0.1", "::1", "localhost"):
        raise Misuse(
            f"others can reach {host}: give the bank --tls-cert and --tls-key, "
            "or a --token-file, or say --insecure"
        )


def _tls_of_server(options):
    if options.tls_cert is None:
        if options.tls_key is not None:
            raise Misuse("a --tls-key is of no use without its --tls-cert")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_cert, options.tls_key)
    return context


def _secret(path) -> str | None:
    """The token in a file."""
    if not path:
        return None
    try:
        token = Path(path).read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise Misuse(
            f"{path} is no text: expected secrets.token_hex()"
        ) from None
    if len(token.encode()) < TOKEN_BYTES:
        raise Misuse(
            f"the token in {path} has {len(token.encode())} bytes; expected "
            f"at least {TOKEN_BYTES}: take secrets.token_hex()"
        )
    return token


def audit(options) -> None:
    """Prove that a bank's books are right."""
    with Ledger(options.file, create=False) as ledger:
        found = ledger.audit()
    print(found)
    if found.problems:
        raise RuntimeError(f"{options.file} does not add up")


def hunt(options) -> None:
    """Look for a bad day that the bank and its ATMs do not survive."""
    # Imported here: a worker, which starts with this file, needs none of it.
    from .checking import CHUNK as CHUNK_OF_SEEDS
    from .checking import all_cores
    from .checking import hunt as look_for
    from .experiments.bank_holiday import INVARIANTS, holiday

    seeds = range(options.first, options.first + options.seeds)
    began = time.perf_counter()
    with all_cores() as spread:
        report = look_for(
            holiday,
            seeds,
            invariants=INVARIANTS,
            map=spread,
            progress=partial(
                tqdm,
                total=math.ceil(len(seeds) / CHUNK_OF_SEEDS),
                desc=f"{CHUNK_OF_SEEDS} worlds each",
                leave=False,
            ),
            atms=options.atms,
            visits=options.visits,
        )
    print(f"seeds {seeds[0]} to {seeds[-1]}: {report}")
    print(
        f"{report.worlds / (time.perf_counter() - began):.0f} worlds a second"
    )
    if report.found:
        imports = "; ".join(
            f"from nearfar.{module} import *"
            for module in ("simulation", "experiments.bank_holiday", "checking")
        )
        raise RuntimeError(f'python -c "{imports}; {report.found.line}"')


def worker(options) -> None:
    """Work for the coordinator at ADDRESS until it hangs up."""
    for module in options.imports:
        _import(module)
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


def _import(module):
    try:
        import_module(module)
    except ImportError as error:
        raise Misuse(f"cannot import {module!r}: {error}") from None


def _pulse(call, name):
    """Beat for a worker; without a coordinator, end it in mid-chunk."""

    def beats():
        with call(timeout=None) as connection:  # its turn comes with a map
            beat(connection, name)

    with contextlib.suppress(Broken):
        run(until=spawn(beats))
    time.sleep(GRACE)
    os._exit(1)


def _farm_token(options) -> str | None:
    """The secret of a farm: from a file, or from the environment."""
    return _secret(options.token_file) or os.environ.get(TOKEN)


def primes(options) -> None:
    """Count primes with many workers; compare with one process."""
    pieces = math.ceil(options.stop / options.chunk)

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


@contextlib.contextmanager
def _engine(options):
    """The map to hunt with, and the farm, if it is one."""
    if options.listen is not None:
        door = listen(
            FROM_WORKER,
            options.listen,
            token=_farm_token(options),
            tls=_tls_of_server(options),
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


def _workers(count):
    return f"{count} worker{'s' if count > 1 else ''}"


def main(arguments=None) -> int:
    """Run one program. Returns its exit code."""
    programs = bank, atm, audit, hunt, worker, primes
    options = parse(programs, arguments)
    for stream in sys.stdout, sys.stderr:  # a name may have any letters
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    path = getattr(options, "trace", None)
    trace, save = Trace(), lambda: None
    if path:  # what this process saw, for a picture of several

        def save():
            Path(path).write_text(trace.to_json(), encoding="utf-8")

    if options.child:
        end_with_parent(save)
    try:
        with trace if path else contextlib.nullcontext():
            options.function(options)
        save()
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except (
        OSError,
        Broken,
        Closed,
        Malformed,
        Damaged,
        Misuse,
        Refused,
        RuntimeError,
    ) as error:
        print(f"{options.function.__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
