"""Hunt: run a program in thousands of worlds, to find the one that breaks it.

The one idea: bad luck is data, so it can be drawn by the thousand, kept, and
made smaller. `hunt` gives a program one network for each seed, and each seed
its own mixture of faults. When the program is done, it asks every *invariant*:
a function that says whether a sentence is still true. The first world in which
one is not is made as small as it gets, as long as the same sentence breaks:
see `shrink`.

```python
print(hunt(bank_day, range(1_000), ROUGH, [no_money_is_made_or_lost]))
```

What comes out says how to see it again in one line, and can draw itself.

Left out: to look at every order there is. A hunt that finds nothing proves
nothing; so it also counts what was met, and what was not.
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
from multiprocessing import get_context

from ..drawing import Figure, fold, space_time
from ..near.tasklets import _scheduler
from ..simulation import KINDS, Fault, Faults, Network
from ..trace import Trace
from .shrinking import shrink as shrink_it

__all__ = ["hunt", "replay", "all_cores", "Report", "Found", "Wrong", "ROUGH"]

DAY = 86_400.0  # seconds of simulated time that a world may take
WIDE = 76  # columns of a report
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


class Wrong(AssertionError):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Found:
    """The smallest world that was found in which an invariant breaks.

    `faults` are those that are enough: some of those that the seed has drawn,
    or simpler ones. `before` is the same failure as it was drawn, before it
    was made smaller. Printed, it says how to see it again.
    """

    program: Callable
    seed: int
    faults: tuple[Fault, ...]
    invariant: Callable | None
    error: Exception
    sizes: dict[str, int]
    calm: Faults
    before: Found | None = None

    @property
    def drawn(self) -> int:
        """How many faults the seed had drawn."""
        return len((self.before or self).faults)

    def replay(self):
        """Run that world again: its error comes out."""
        invariants = [self.invariant] if self.invariant else []
        return replay(
            self.program,
            self.seed,
            self.faults,
            invariants,
            calm=self.calm,
            **self.sizes,
        )

    def draw(self, title: str = "", by: str = "step") -> Figure:
        """The space-time diagram of that world, with a lane for each host."""
        network = Network(self.seed, self.calm.only(self.faults))
        with Trace() as trace:
            _live(network, self.program, (), self.sizes)
        title = title or f"Seed {self.seed}: {self.error}"
        return space_time(fold(trace, network.hosts), title, by)

    def __str__(self):
        many = len(self.faults)
        faults = "".join(f"\n  {fault}" for fault in self.faults)
        call = f" {self.line}"
        if len(call) > WIDE:  # a line for each argument, still to be copied
            call = ",\n    ".join(self._arguments())
            call = f"\nreplay(\n    {call},\n)"
        return (
            f"seed {self.seed} breaks it, with {self.drawn} faults; "
            f"{many} {'is' if many == 1 else 'are'} enough:{faults}\n"
            f"{type(self.error).__name__}: {self.error}\n"
            f"see it again:{call}"
        )

    @property
    def line(self) -> str:
        """The line of Python that replays it."""
        return f"replay({', '.join(self._arguments())})"

    def _arguments(self):
        words = [_name(self.program), str(self.seed), repr([*self.faults])]
        if self.invariant:
            words.append(f"[{_name(self.invariant)}]")
        if self.calm != Faults():
            words.append(f"calm={self.calm!r}")
        return words + [f"{name}={size}" for name, size in self.sizes.items()]


@dataclass(frozen=True)
class Report:
    """What a hunt met: so that "nothing found" means something.

    `worlds`, `messages` and `seconds` (simulated) are how much was run;
    `faults` counts those that struck, by kind, and `marks` what programs said
    to have reached by `network.mark()`. What could have been met and was not
    stands there with a zero.
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
    """Two lines, or fewer: how often each was met, and what never was."""
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
    """Look for the first seed in whose world something is wrong.

    `program(network, **sizes)` starts hosts, and returns whatever the
    invariants are to look at once the network has come to its end. An
    invariant that returns False or raises is broken; so is, in any case, an
    error that comes out of the run, a deadlock, or a day that does not end.

    Each seed switches about half of the kinds of `faults` off. With the `map`
    of `all_cores()`, and functions that stand in a module, every core takes
    part; `progress` may wrap the iterable of chunks, as tqdm does. With
    `shrink=False` the first failure is left as it was found.
    """
    invariants, seeds = list(invariants), iter(seeds)
    chunks = iter(lambda: list(islice(seeds, CHUNK)), [])  # until none is left
    look = partial(_look, program, faults, invariants, sizes)
    report = Report()
    for part in progress(map(look, chunks)):
        report += part
        if report.found:
            found = report.found
            if shrink:
                smaller = replace(shrink_it(found, _live), before=found)
                report = replace(report, found=smaller)
            break
    return report


def replay(
    program: Callable,
    seed: int,
    faults: Iterable[Fault] = (),
    invariants: Iterable[Callable] = (),
    *,
    calm: Faults | None = None,
    **sizes: int,
):
    """Run one world, with these faults and no others; errors come out.

    Returns what the program returned, if all is well.
    """
    network = Network(seed, (calm or Faults()).only(faults))
    error, _, seen = _live(network, program, list(invariants), sizes)
    if error is not None:
        raise error
    return seen


@contextmanager
def all_cores():
    """A `map` that uses every core; for programs that stand in a module."""
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
    """An item, and what comes of it as bytes: a pool that cannot read what
    comes back waits for ever."""
    try:
        return item, pickle.dumps(function(item))
    except Exception:
        return item, b""


def _leave_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _look(program, faults, invariants, sizes, seeds) -> Report:
    """Live through some worlds, up to the first in which it breaks."""
    report = Report()
    for seed in seeds:
        network = Network(seed, faults.swarm(seed))
        error, broken, _ = _live(network, program, invariants, sizes)
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


def _live(network, program, invariants, sizes):
    """(What went wrong, which invariant said so, what the program gave)."""
    broken = seen = None
    before = _scheduler().unbegun()
    with network.resources:
        try:
            seen = program(network, **sizes)
            network.run(timeout=DAY)
            for broken in invariants:
                if broken(seen) is False:
                    raise Wrong(_sentence(broken))
            broken = None
        except Exception as error:
            for tasklet in _scheduler().unbegun():  # it failed as it set up
                if tasklet not in before:
                    tasklet.kill()
            return error, broken, seen
    return None, None, seen


def _name(function) -> str:
    return getattr(function, "__name__", repr(function))


def _sentence(invariant) -> str:
    """What an invariant says: its first line of documentation, or its name."""
    text = (invariant.__doc__ or _name(invariant).replace("_", " ")).strip()
    return f"not so: {text.splitlines()[0].rstrip('.')}"
