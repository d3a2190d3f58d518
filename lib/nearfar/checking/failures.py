"""Failures: one world in which a program breaks, and how to replay it.

The one idea: a world is a seed and a list of faults, so a failure is data. A
`Found` prints the line that replays it, and can draw itself.

`replay` runs one world; `hunting` looks for one that fails, and `shrinking`
makes it smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..drawing import Figure, space_time
from ..near import lowlevel
from ..simulation import Fault, Faults, Network
from ..trace import Trace, fold

__all__ = ["Found", "Wrong", "replay", "live", "WIDE"]

DAY = 86_400.0  # seconds of simulated time that a world may take
WIDE = 76  # columns of a report


class Wrong(AssertionError):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Found:
    """A world in which an invariant fails, as small as shrinking made it.

    `faults` are enough to break it: some of those that the seed drew, or
    simpler ones. `before` is the same failure before it was shrunk. Its text
    says how to replay it.
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
        """The number of faults that the seed drew."""
        return len((self.before or self).faults)

    def replay(self):
        """Run that world again; raise its error."""
        invariants = [self.invariant] if self.invariant else []
        return replay(
            self.program,
            self.seed,
            self.faults,
            invariants,
            calm=self.calm,
            **self.sizes,
        )

    def draw(
        self, title: str = "", by: str = "step", trace: Trace | None = None
    ) -> Figure:
        """The space-time diagram of that world, with a lane for each host.

        A `trace` that you give keeps its events. `nearfar.playing.draw_found`
        lets the picture begin a board.
        """
        network = Network(self.seed, self.calm.only(self.faults))
        trace = trace or Trace()
        with trace:
            live(network, self.program, (), self.sizes)
        title = title or f"Seed {self.seed}: {self.error}"
        run = fold(trace, network.hosts)
        return space_time(run, title, by, wrong=str(self.error))

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


def replay(
    program: Callable,
    seed: int,
    faults: Iterable[Fault] = (),
    invariants: Iterable[Callable] = (),
    *,
    calm: Faults | None = None,
    **sizes: int,
):
    """Run one world, with these faults and no others; raise its error.

    Returns what the program returned, if no invariant fails.
    """
    network = Network(seed, (calm or Faults()).only(faults))
    error, _, seen = live(network, program, list(invariants), sizes)
    if error is not None:
        raise error
    return seen


def live(network, program, invariants, sizes):
    """Run a world: (its error, the invariant that failed, its result)."""
    broken = seen = None
    before = lowlevel.current_scheduler().unbegun()
    with network.resources:
        try:
            seen = program(network, **sizes)
            network.run(timeout=DAY)
            for broken in invariants:
                if broken(seen) is False:
                    raise Wrong(_sentence(broken))
            broken = None
        except Exception as error:
            # It failed as it set up.
            for tasklet in lowlevel.current_scheduler().unbegun():
                if tasklet not in before:
                    tasklet.kill()
            return error, broken, seen
    return None, None, seen


def _name(function) -> str:
    return getattr(function, "__name__", repr(function))


def _sentence(invariant) -> str:
    """What an invariant says: its docstring's first line, or its name."""
    text = (invariant.__doc__ or _name(invariant).replace("_", " ")).strip()
    return f"not so: {text.splitlines()[0].rstrip('.')}"
