"""Benchmarks that are fair: same work, taken in turns, checked, machine named.

The one idea: a time means nothing by itself, a ratio taken in the same minutes
on the same machine may. So contenders run in turns, round after round; each
answer is checked; and what is reported is the median, with the range, beside
the machine it ran on. Starting the contenders is timed apart, and shown.

`make measure` runs the scripts in docs/measurements, which write JSON beside
themselves.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import msgspec
from tqdm import tqdm

from .primes import count_between, count_primes
from .processes import local_farm

__all__ = [
    "Contender",
    "Row",
    "compare",
    "prime_contenders",
    "machine",
    "table",
    "record",
]


class Row(msgspec.Struct):
    """One contender's times in seconds, round by round."""

    name: str
    start_s: float  # what it took to get it ready, once
    times_s: list[float]
    speedup: float  # median over rounds of (the first one's time / its time)

    @property
    def median_s(self) -> float:
        return statistics.median(self.times_s)


class Contender(msgspec.Struct):
    """Something to time: `work()` gives the answer."""

    name: str
    work: Callable[[], object]
    start_s: float = 0.0


def compare(
    contenders: list[Contender],
    expected,
    rounds: int = 3,
    progress: bool = False,
) -> list[Row]:
    """Time the contenders in turns; the first one is what 1.0 means.

    One more round comes first to warm up, and is not counted. Raises
    AssertionError if any answer is not `expected`.
    """
    times = {contender.name: [] for contender in contenders}
    turns = [c for _ in range(rounds + 1) for c in contenders]
    for contender in tqdm(turns, disable=not progress, leave=False):
        began = time.perf_counter()
        answer = contender.work()
        times[contender.name].append(time.perf_counter() - began)
        if answer != expected:
            raise AssertionError(
                f"{contender.name}: expected {expected}, got {answer}"
            )
    first = times[contenders[0].name][1:]
    return [
        Row(
            name=contender.name,
            start_s=contender.start_s,
            times_s=mine,
            speedup=statistics.median(
                one / own for one, own in zip(first, mine, strict=True)
            ),
        )
        for contender in contenders
        for mine in [times[contender.name][1:]]
    ]


def prime_contenders(stop: int, chunk: int, stack: ExitStack):
    """The same prime hunt on five engines; `stack` closes them all."""

    def ready(name, make):
        began = time.perf_counter()
        map = make()
        sum(map(count_between, [(0, 10)] * 2))  # a pool starts when used
        return Contender(
            name,
            lambda: count_primes(stop, map=map, chunk=chunk),
            time.perf_counter() - began,
        )

    def farm(workers):
        return lambda: stack.enter_context(local_farm(workers)).map

    def pool(make, workers, **options):
        return lambda: stack.enter_context(make(workers, **options)).map

    spawned = {"mp_context": get_context("spawn")}
    return [
        ready("sequential", lambda: map),
        ready("2 threads", pool(ThreadPoolExecutor, 2)),
        ready("farm, 1 worker", farm(1)),
        ready("farm, 2 workers", farm(2)),
        ready("process pool, 2", pool(ProcessPoolExecutor, 2, **spawned)),
    ]


def machine() -> dict:
    """What this ran on: a measurement without it is worth nothing."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1)
        if hasattr(os, "getloadavg")
        else None,
    }


def table(rows: list[Row]) -> str:
    """The rows as text: median, range, speed-up, start."""
    lines = [
        f"{'':<16} {'median':>8} {'range':>15} {'speed-up':>9} {'start':>7}"
    ]
    for row in rows:
        low, high = min(row.times_s), max(row.times_s)
        lines.append(
            f"{row.name:<16} {row.median_s:>6.2f} s "
            f"{low:>5.2f} to {high:>4.2f} s {row.speedup:>8.2f}x "
            f"{row.start_s:>5.2f} s"
        )
    return "\n".join(lines)


def record(path: Path, rows: list[Row], **facts) -> None:
    """Write rows, facts and the machine to a JSON file.

    What loads the machine itself gives `machine=`, asked before it began.
    """
    told = {"machine": machine()} | facts | {"rows": rows}
    text = msgspec.json.format(msgspec.json.encode(told), indent=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text + b"\n")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(": ")[1] for line in lines if "model name" in line]
    return names[0] if names else platform.machine()
