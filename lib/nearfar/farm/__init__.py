"""Farm: one job, cut into chunks, on many workers.

The one idea: use `farm.map(function, chunks)` as any other `map`. Workers are
processes that connect to a coordinator and pull chunks from it. A chunk is
done when its result is here, whatever becomes of its worker.

Read `primes` (the work), `protocol` (the messages), `functions` (what workers
can do) and `worker` first. Then read the books of a map and of a worker (`job`,
`member`), `team` (which workers there are) and `one_map` (what goes to which
worker). `streaming` and `coordinator` (`Farm`) come next, then `local`, the
only module that knows sockets and processes. `engines` gives other kinds of
`map`, to compare.

Left out: results larger than a message, a second coordinator, and a graph of
chunks that need each other's results.
"""

from .coordinator import Farm
from .engines import (
    ENGINES,
    dask,
    executor,
    farm,
    one,
    pool,
    prime_contenders,
    threads,
)
from .functions import FUNCTIONS, offer
from .job import Job
from .local import TOKEN, local_farm
from .one_map import Span
from .primes import (
    CHUNK,
    chunks,
    count_2006,
    count_between,
    count_primes,
    count_sieved,
    is_prime,
    is_prime_2006,
    sieve,
)
from .protocol import (
    FROM_COORDINATOR,
    FROM_WORKER,
    Beat,
    Goodbye,
    Heart,
    Join,
    Result,
    Task,
    Welcome,
)
from .worker import beat, work

__all__ = [
    "is_prime_2006",
    "is_prime",
    "sieve",
    "chunks",
    "count_2006",
    "count_between",
    "count_sieved",
    "count_primes",
    "CHUNK",
    "Join",
    "Heart",
    "Beat",
    "Welcome",
    "Goodbye",
    "Task",
    "Result",
    "FROM_WORKER",
    "FROM_COORDINATOR",
    "FUNCTIONS",
    "offer",
    "work",
    "beat",
    "Farm",
    "Job",
    "Span",
    "local_farm",
    "TOKEN",
    "ENGINES",
    "one",
    "threads",
    "executor",
    "pool",
    "farm",
    "dask",
    "prime_contenders",
]
