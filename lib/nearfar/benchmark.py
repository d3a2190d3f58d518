"""Benchmarks that are fair: same work, taken in turns, checked, machine named.

The one idea: a time means nothing by itself. A ratio of times means something
if both were taken in the same minutes on the same machine. So contenders run in
turns, round after round, and each answer is checked. The report gives medians
and ranges, and names the machine. The time to start a contender is separate.

A busy machine measures its other work, too. `compare` looks at the machine
before it begins, and at the spread of its rounds. If the machine was too busy
to tell, it says so, and `table` shows no speed-up.

`make measure` runs the scripts in docs/measurements. They `record` their
results as JSON in the package, where `recorded` finds them.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from tqdm import tqdm

__all__ = [
    "Contender",
    "Row",
    "Comparison",
    "compare",
    "in_turns",
    "paired",
    "machine",
    "table",
    "ratios",
    "record",
    "recorded",
]

LOOK_S = 0.3  # seconds to look at the machine before a comparison
BUSY = 0.15  # of a processor: more than that taken by others is too much
SPREAD = 1.25  # slowest round over fastest: more than that is too much
MEASUREMENTS = resources.files("nearfar") / "measurements"
PACKAGES = ("nearfar", "greenlet", "msgspec", "distributed", "joblib")


class Row(msgspec.Struct):
    """One contender's times in seconds, round by round."""

    name: str
    start_s: float  # what it took to get it ready, once
    times_s: list[float]
    speedup: float  # median over rounds of (the first one's time / its time)
    workers: int = 1

    @property
    def median_s(self) -> float:
        return statistics.median(self.times_s)


class Comparison(msgspec.Struct):
    """What `compare` found out; the first row is what 1.0 means.

    `trouble` says why no ratio can be trusted; it is empty if they can be.
    """

    rows: list[Row]
    trouble: str = ""

    def __getitem__(self, name: str) -> Row:
        """The row of that name."""
        return {row.name: row for row in self.rows}[name]


class Contender(msgspec.Struct):
    """Something to time: `work()` gives the answer."""

    name: str
    work: Callable[[], object]
    start_s: float = 0.0
    workers: int = 1


def compare(
    contenders: list[Contender],
    expected,
    rounds: int = 3,
    progress: bool = False,
) -> Comparison:
    """Time the contenders in turns; the first one is what 1.0 means.

    One more round comes first to warm up, and is not counted. Raises
    AssertionError if any answer is not `expected`.
    """
    busy = _busy()
    times: dict[str, list[float]] = {each.name: [] for each in contenders}
    turns = list(in_turns(contenders, rounds))
    for contender, counts in tqdm(turns, disable=not progress, leave=False):
        began = time.perf_counter()
        answer = contender.work()
        if counts:
            times[contender.name].append(time.perf_counter() - began)
        if answer != expected:
            raise AssertionError(
                f"{contender.name}: expected {expected}, got {answer}"
            )
    first = times[contenders[0].name]
    rows = [
        _row(contender, times[contender.name], first)
        for contender in contenders
    ]
    return Comparison(rows, _trouble(busy, rows))


def in_turns(contenders: Iterable, rounds: int) -> Iterator[tuple]:
    """Each contender's turns, round by round, and whether the turn counts.

    One more round comes first to warm up, and does not count.
    """
    contenders = list(contenders)
    for number in range(rounds + 1):
        for contender in contenders:
            yield contender, number > 0


def paired(times: list[float], others: list[float]) -> list[float]:
    """Each time as a ratio to the other time of the same round."""
    return [one / other for one, other in zip(times, others, strict=True)]


def _row(contender, times, first):
    return Row(
        name=contender.name,
        start_s=contender.start_s,
        times_s=times,
        speedup=statistics.median(paired(first, times)),
        workers=contender.workers,
    )


def _trouble(busy: float, rows: list[Row]) -> str:
    """Why this machine cannot tell who is faster, if so."""
    if busy > BUSY:
        return f"others kept {busy:.1f} of its processors busy before we began"
    for row in rows:
        low, high = min(row.times_s), max(row.times_s)
        if high > SPREAD * low:
            return (
                f"{row.name} took {low:.2f} to {high:.2f} s for the same work"
            )
    return ""


def _busy() -> float:
    """How many processors work while we do not; 0 if that is unknown."""
    before = _ticks()
    if before is None:
        return 0.0
    time.sleep(LOOK_S)
    return (_ticks() - before) / os.sysconf("SC_CLK_TCK") / LOOK_S


def _ticks():
    """Processor time of all programs on this machine, since it started."""
    try:
        first = Path("/proc/stat").read_text().splitlines()[0]
    except OSError:
        return None
    user, nice, system, _, _, *rest = map(int, first.split()[1:])
    return user + nice + system + sum(rest[:3])  # interrupts and stolen time


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
        "versions": {name: v for name in PACKAGES if (v := _version(name))},
    }


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def table(comparison: Comparison) -> str:
    """The rows as text: median, range, speed-up, start."""
    lines = [
        f"{'':<16} {'median':>8} {'range':>15} {'speed-up':>9} {'start':>7}"
    ]
    for row in comparison.rows:
        low, high = min(row.times_s), max(row.times_s)
        ratio = "-" if comparison.trouble else f"{row.speedup:.2f}x"
        lines.append(
            f"{row.name:<16} {row.median_s:>6.2f} s "
            f"{low:>5.2f} to {high:>4.2f} s {ratio:>9} "
            f"{row.start_s:>5.2f} s"
        )
    if comparison.trouble:
        lines.append(f"no speed-up told: {comparison.trouble}")
    return "\n".join(lines)


def ratios(rows: list[Row]) -> dict[str, dict[int, list[float]]]:
    """{engine: {workers: its speed-up in each round}}, to be drawn."""
    found: dict[str, dict[int, list[float]]] = {}
    for row in rows:
        by_round = paired(rows[0].times_s, row.times_s)
        found.setdefault(row.name.split(",")[0], {})[row.workers] = by_round
    return found


def record(name: str, facts: Mapping) -> None:
    """Write facts and the machine to NAME.json, where `recorded` finds them.

    A program that loads the machine itself asks for `machine()` before it
    begins, and gives it among the facts.
    """
    told = {"machine": machine(), **facts}
    text = msgspec.json.format(msgspec.json.encode(told), indent=2)
    with resources.as_file(MEASUREMENTS / f"{name}.json") as path:
        path.write_bytes(text + b"\n")


def recorded(name: str) -> dict:
    """What `make measure` has written to measurements/NAME.json."""
    return json.loads((MEASUREMENTS / f"{name}.json").read_text())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(": ")[1] for line in lines if "model name" in line]
    return names[0] if names else platform.machine()
