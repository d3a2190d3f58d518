"""Hunting: run a program in thousands of worlds, to find one that breaks it.

The one idea: bad luck is data, so a program can draw it by the thousand. `hunt`
gives a program one network for each seed, and each seed its own mixture of
faults. When the program is done, `hunt` asks every *invariant*: a function
that says whether a property still holds. It shrinks the first world in which
one does not.

```python
print(hunt(bank_day, range(1_000), ROUGH, [no_money_is_made_or_lost]))
```

A hunt that finds nothing proves nothing, so its `Report` also counts what was
met and what was not. Left out: a search through all orders; see `orders`.
"""

from __future__ import annotations

import pickle
import signal
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from ..simulation import KINDS, Faults, Network
from .failures import WIDE, Found, live
from .shrinking import shrink as shrink_it

__all__ = ["hunt", "all_cores", "Report", "ROUGH", "CHUNK"]

CHUNK = 25  # seeds that are handed to a process at a time
ROUGH = Faults(
    late=0.05,
    lost=0.03,
    cut=0.03,
    apart=0.01,
    crash=0.02,
    crash_sending=0.03,
    crash_writing=0.02,
    full=0.005,
    clock=0.01,
    until_s=600.0,
)


@dataclass(frozen=True)
class Report:
    """What a hunt met, so that "nothing found" means something.

    `worlds`, `messages` and `seconds` (simulated) say how much ran. `faults`
    counts the faults that struck, by kind; `marks` counts the places that
    programs reported with `network.mark()`. A zero stands for a fault or place
    that was possible and never met.
    """

    worlds: int = 0
    messages: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(
        default_factory=lambda: Counter(dict.fromkeys(KINDS, 0))
    )
    marks: Counter[str] = field(default_factory=Counter)
    found: Found | None = None

    def __add__(self, other: Report) -> Report:
        return Report(
            self.worlds + other.worlds,
            self.messages + other.messages,
            self.seconds + other.seconds,
            _both(self.faults, other.faults),
            _both(self.marks, other.marks),
            self.found or other.found,
        )

    def __str__(self):
        lines = [
            f"{self.worlds:,} worlds, {self.messages:,} messages, "
            f"{self.seconds / 3600:,.1f} simulated hours",
            *_told("faults met", "never met", self.faults),
            *_told(
                "reached", "never reached", dict(sorted(self.marks.items()))
            ),
        ]
        return "\n".join([*lines, str(self.found or "nothing found")])


def _both(one, other):
    """Their sums; unlike `one + other`, a zero stays one."""
    total = Counter(one)
    total.update(other)
    return total


def _told(met, never, counts):
    """One or two lines: how often each was met, and what never was."""
    often = [f"{name} {count:,}" for name, count in counts.items() if count]
    missed = [name for name, count in counts.items() if not count]
    for words, names in ((met, often), (never, missed)):
        if names:
            line = f"{words}: {', '.join(names)}"
            yield textwrap.fill(line, WIDE, subsequent_indent="  ")


def hunt(
    program: Callable,
    seeds: Iterable[int] = range(200),
    faults: Faults = ROUGH,
    invariants: Iterable[Callable] = (),
    *,
    map: Callable = map,
    progress: Callable = lambda chunks: chunks,
    shrink: bool = True,
    **sizes: int,
) -> Report:
    """Look for the first seed whose world breaks the program.

    `program(network, **sizes)` starts hosts, and returns a state. After the
    run `hunt` calls each invariant with it; False or an error is a failure. A
    world also fails by an error of the run, by a deadlock, or by a day that
    does not end.

    Each seed switches off about half of the kinds of `faults`. With the `map`
    of `all_cores()`, and functions that stand in a module, every core takes
    part; `progress` may wrap the iterable of chunks, as tqdm does. With
    `shrink=False` the report tells the first failure as it was drawn.
    """
    invariants, seeds = list(invariants), iter(seeds)
    chunks = iter(lambda: list(islice(seeds, CHUNK)), [])
    look = partial(_look, program, faults, invariants, sizes)
    report = Report()
    for part in progress(map(look, chunks)):
        report += part
        if report.found:
            found = report.found
            if shrink:
                smaller = replace(shrink_it(found), before=found)
                report = replace(report, found=smaller)
            break
    return report


@contextmanager
def all_cores():
    """A `map` that uses every core; for programs that stand in a module."""
    from multiprocessing import get_context

    context = get_context("spawn")
    with context.Pool(initializer=_leave_interrupts) as pool:
        yield partial(_map_all, pool)


def _map_all(pool, function, items):
    for item, packed in pool.imap(partial(_packed, function), items):
        try:
            yield pickle.loads(packed)
        except Exception:  # an error that cannot travel: see it here
            yield function(item)


def _packed(function, item):
    """An item, and its result as bytes: a pool that cannot unpickle a result
    would wait forever."""
    try:
        return item, pickle.dumps(function(item))
    except Exception:
        return item, b""


def _leave_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _look(program, faults, invariants, sizes, seeds) -> Report:
    """Run worlds, up to the first one that breaks the program."""
    report = Report()
    for seed in seeds:
        network = Network(seed, faults.swarm(seed))
        error, broken, _ = live(network, program, invariants, sizes)
        report += Report(
            1,
            network.clock.steps,
            network.clock.now(),
            Counter(fault.kind for fault in network.happened),
            Counter(network.marks),
        )
        if error is not None:
            struck = tuple(network.happened)
            calm = faults.only(())
            found = Found(program, seed, struck, broken, error, sizes, calm)
            return replace(report, found=found)
    return report
