"""Running: play one list of moves, and tell what can be seen.

The one idea: the same list gives the same `Played`, to the last byte. So
nothing in it depends on the process: no address, no file name of the caller,
no number that counts on from an earlier run.
"""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field, replace
from textwrap import fill

from ..checking import apart
from ..near import Deadlock, VirtualClock, run, spawn
from ..simulation import Network
from ..trace import Event, Trace
from .asking import Rule, Stopped, Table
from .moves import Choice
from .networks import AskingClock
from .turns import TurnChooser

__all__ = ["Breach", "Played", "Run"]

LANE = re.compile(r"(?:there|back) \d+")  # names of connections in memory
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
WIDE = 78  # columns of what is told
NO_ERROR = "the program ends without an error"
NO_DEADLOCK = "no tasklet waits forever"


@dataclass(frozen=True)
class Breach:
    """A promise that does not hold: which, why, and after how many moves."""

    promise: str
    why: str
    after: int


@dataclass(frozen=True)
class Played:
    """What can be seen after some moves.

    `choices` are open now, the plain order's first. `holds` says of each
    promise whether it has held so far. `departures` are the moves that the
    plain order would not have made, by their number. `offered` are the
    choices at each move, `met` the events before each.
    """

    moves: tuple[str, ...]
    choices: tuple[Choice, ...]
    holds: dict[str, bool]
    broken: tuple[Breach, ...]
    over: bool
    printed: str
    departures: dict[int, str]
    events: tuple[Event, ...] = ()
    hosts: tuple[str, ...] = ()
    offered: tuple[tuple[Choice, ...], ...] = field(default=(), repr=False)
    met: tuple[int, ...] = field(default=(), repr=False)

    def __str__(self):
        plain = [f"{c.move} (plain order)" for c in self.choices[:1]]
        rest = [choice.move for choice in self.choices[1:]]
        lines = [f"moves: {', '.join(self.moves) or 'none yet'}"]
        if self.choices:
            lines.append(f"open: {', '.join(plain + rest)}")
        if self.over:
            lines.append("the run is over")
        lines += [
            f"{'holds' if so else 'BROKEN'}: {told}"
            for told, so in self.holds.items()
        ]
        lines += [f"why: {breach.why}" for breach in self.broken]
        return "\n".join(
            fill(line, WIDE, subsequent_indent="  ", break_on_hyphens=False)
            for told in lines
            for line in told.splitlines()
        )

    @property
    def trace(self) -> Trace:
        """What happened so far, for pictures."""
        trace = Trace()
        trace.events = [*self.events]
        return trace


class Run:
    """One run of a `Target`; `played()` runs it."""

    def __init__(self, game, moves, rule: Rule, traced=True):
        self.game = game
        self.table = Table(moves, rule, self.look, self.keep)
        self.trace = Trace()
        self.traced = traced
        self.met: list[int] = []  # events before each choice
        self.output = io.StringIO()
        self.state: list = []  # what the program has returned, if it has
        self.broken: dict[str, Breach] = {}
        self.network: Network | None = None
        self.kept = False
        self.events: tuple[Event, ...] = ()
        self.printed = ""

    def played(self) -> Played:
        """Run it, and tell what can be seen."""
        with ExitStack() as stack:
            stack.enter_context(redirect_stdout(self.output))
            stack.enter_context(apart())
            if self.traced:
                stack.enter_context(self.trace)
            self._run()
        if self.table.refused is not None:
            raise self.table.refused
        return self._tell()

    def _run(self):
        network = _takes_network(self.game.program)
        try:
            self._run_network() if network else self._run_tasklets()
        except Stopped:
            return
        except Exception as error:
            promise, words = NO_ERROR, f"{type(error).__name__}: {error}"
            if isinstance(error, Deadlock):
                promise, words = NO_DEADLOCK, str(error)
            self._note(promise, _plain(words))
        self.keep()

    def _run_tasklets(self):
        name = getattr(self.game.program, "__name__", "program")
        spawn(lambda: self.state.append(self.game.program()), name=name)
        run(clock=VirtualClock(), seed=TurnChooser(self.table))
        self._check((*self.game.holds, *self.game.at_end))

    def _run_network(self):
        network = self.network = Network(self.game.seed, self.game.faults)
        network.eventful = True  # so that each message has its number
        network.clock = AskingClock(network, self.table, self.game.verbs)
        with network.resources:
            self.state.append(self.game.program(network))
            network.run(seed=TurnChooser(self.table, asks=False))
            self._check((*self.game.holds, *self.game.at_end))

    def look(self, table) -> None:
        """See which promises hold."""
        self.met.append(len(self.trace.events))
        self._check(self.game.holds)

    def _check(self, promises):
        for holds in promises if self.state else ():
            told = promise_of(holds)
            if told in self.broken:
                continue
            try:
                why = holds(self.state[0]) is False and f"not so: {told}"
            except Exception as error:
                why = str(error)
            if why:
                self._note(told, _plain(why))

    def _note(self, promise, why):
        after = len(self.table.made)
        self.broken.setdefault(promise, Breach(promise, why, after))

    def keep(self) -> None:
        """Keep what can be seen now: a program that is ended does more."""
        if not self.kept:
            self.kept = True
            self.events = tuple(renamed(self.trace.events))
            self.printed = self.output.getvalue()

    def _tell(self) -> Played:
        table, game = self.table, self.game
        promises = [promise_of(p) for p in (*game.holds, *game.at_end)]
        promises += [NO_DEADLOCK, NO_ERROR]
        offered = [tuple(choices) for choices in table.offered]
        return Played(
            moves=tuple(table.made),
            choices=offered[len(table.made)] if table.stopped else (),
            holds={told: told not in self.broken for told in promises},
            broken=tuple(self.broken.values()),
            over=not table.stopped,
            printed=self.printed,
            departures=table.departures,
            events=self.events,
            hosts=tuple(self.network.hosts) if self.network else (),
            offered=tuple(offered),
            met=tuple(self.met),
        )


def promise_of(holds: Callable) -> str:
    """What a promise says: its docstring's first line, or its name."""
    name = getattr(holds, "__name__", "it").replace("_", " ")
    text = (holds.__doc__ or name).strip()
    return text.splitlines()[0].rstrip(".")


def _takes_network(program) -> bool:
    """Whether a program has a parameter that must be given."""
    parameters = inspect.signature(program).parameters.values()
    return any(
        p.default is p.empty
        and p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY)
        for p in parameters
    )


def _plain(text: str) -> str:
    """Without addresses in memory, which differ from run to run."""
    return ADDRESS.sub("", text)


def renamed(events):
    """The events, with connections in memory numbered from 1."""
    numbers: dict[str, str] = {}

    def name(found):
        return numbers.setdefault(found[0], f"lane {len(numbers) + 1}")

    nowhere = {"function": "", "line": 0, "source": ""}
    for event in events:
        if event.tasklet == "main":
            event = replace(event, **nowhere)
        value, message = _plain(event.value), LANE.sub(name, event.message)
        if (value, message) != (event.value, event.message):
            event = replace(event, value=value, message=message)
        yield event
