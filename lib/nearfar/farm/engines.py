"""Engines: the same hunt, done by different kinds of `map`.

The one idea: to change the engine is to change one argument. Each function
here starts one and gives its `map` in a `with` block:

```python
with farm(2) as map:
    count_primes(1_000_000, map=map)
```

Three come with Python, one is ours, and one is a real cluster's: Dask, which
needs the package `distributed`. The work must be a function that the other
processes can import; those of `primes` are.

Left out: batches, which each engine would set in its own way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import get_context

from ..benchmark import Contender
from .local import local_farm
from .primes import count_between, count_primes

__all__ = [
    "ENGINES",
    "one",
    "threads",
    "executor",
    "pool",
    "farm",
    "dask",
    "prime_contenders",
]

SCHEDULER_TIMEOUT = 10.0  # seconds for a scheduler to answer


@contextmanager
def one(workers: int = 1) -> Iterator[Callable]:
    """Python's own `map`: one process, which is this one."""
    yield map


@contextmanager
def threads(workers: int = 2) -> Iterator[Callable]:
    """A pool of threads. They share one Python, and take turns in it."""
    with ThreadPoolExecutor(workers) as threads:
        yield threads.map


@contextmanager
def executor(workers: int = 2) -> Iterator[Callable]:
    """`concurrent.futures.ProcessPoolExecutor`: a future for each chunk."""
    with ProcessPoolExecutor(workers, get_context("spawn")) as processes:
        yield processes.map


@contextmanager
def pool(workers: int = 2) -> Iterator[Callable]:
    """`multiprocessing.Pool.imap_unordered`: results as they come."""
    with get_context("spawn").Pool(workers) as processes:
        yield processes.imap_unordered
        processes.close()
        processes.join()


@contextmanager
def farm(workers: int = 2) -> Iterator[Callable]:
    """Ours, with local workers."""
    with local_farm(workers) as farm:
        yield farm.map


@contextmanager
def dask(workers: int = 2, scheduler: str | None = None) -> Iterator[Callable]:
    """Dask: a scheduler and workers, started here, or those at `scheduler`.

    An address is such as "tcp://10.0.0.1:8786". All chunks are handed over at
    once, so they must come to an end. `pure=False` says that equal work must
    not be answered from memory: this is a race.
    """
    from distributed import Client, LocalCluster

    with ExitStack() as stack:
        cluster = scheduler or stack.enter_context(
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # any free port, and
                scheduler_kwargs={"dashboard": False},  # no pages there
                memory_limit=0,  # no watch over it
                silence_logs=50,  # only what is critical
            )
        )
        client = stack.enter_context(
            Client(cluster, timeout=SCHEDULER_TIMEOUT, set_as_default=False)
        )

        def map(function, chunks):
            futures = client.map(function, list(chunks), pure=False)
            return iter(client.gather(futures))

        yield map


ENGINES: dict[str, Callable] = {
    engine.__name__: engine
    for engine in (one, threads, executor, pool, farm, dask)
}


def prime_contenders(
    stop: int,
    chunk: int,
    stack: ExitStack,
    engines: Sequence[tuple[str, int]] = (
        ("one", 1),
        ("threads", 2),
        ("farm", 1),
        ("farm", 2),
        ("executor", 2),
        ("pool", 2),
    ),
    count: Callable = count_between,
) -> list[Contender]:
    """The same prime hunt on several engines; `stack` closes them all.

    `engines` are pairs of a name in `ENGINES` and how many workers.
    """

    def ready(name, workers):
        began = time.perf_counter()
        map = stack.enter_context(ENGINES[name](workers))
        sum(map(count, [(0, 10)] * 2))  # a pool starts when used
        return Contender(
            name if workers == 1 else f"{name}, {workers}",
            partial(count_primes, stop, map=map, chunk=chunk, count=count),
            time.perf_counter() - began,
            workers,
        )

    return [ready(name, workers) for name, workers in engines]
