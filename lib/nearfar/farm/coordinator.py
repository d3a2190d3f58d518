"""The coordinator: `Farm`, the same `map`, done by workers elsewhere.

The one idea: a farm is a `map`. Workers connect to its listener and compute;
the farm itself gives out chunks, and hands on results as they come.

Read `Farm.map`, and then `local`, which starts workers on this machine. What
happens during a map is in `one_map`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from ..far import Listener
from ..near import Misuse, SystemClock
from .functions import known_name
from .job import Job
from .one_map import OneMap, Span
from .protocol import printable
from .streaming import StreamingRun
from .team import Team

__all__ = ["Farm"]

START_TIMEOUT = 10.0  # seconds for all expected workers to arrive
SILENCE = 3.0  # seconds without a sign of life, and others get the chunks
LOOK = 0.2  # seconds between two looks at one's own worker processes
DEADLINE = 600.0  # seconds for one chunk; a good one takes milliseconds
PATIENCE = 10.0  # seconds that a map goes on without any worker


class Farm:
    """The coordinator of the workers that connect to `listener`.

    `workers` is how many `wait_for_workers` waits for; workers may join
    later, and leave. The listener decides which ones get in: give it a token.
    After `silence` seconds without a sign of life, a worker's chunks go to
    others; after `patience` seconds without any worker a map fails with
    RuntimeError. With `record`, `spans` tell which worker was busy when.
    """

    def __init__(
        self,
        listener: Listener,
        workers: int = 1,
        *,
        silence: float = SILENCE,
        patience: float = PATIENCE,
        clock=None,
        record: bool = False,
    ):
        if workers < 1:
            raise Misuse(f"a farm has 1 or more workers, not {workers}")
        if not (silence > 0 and patience > 0):
            raise Misuse(
                "silence and patience are more than 0 seconds, not "
                f"{silence} and {patience}"
            )
        self.listener = listener
        self.workers = workers
        self.silence = silence
        self.patience = patience
        self.clock = clock
        now = (clock or SystemClock).now
        self.team = Team(listener, min(silence / 4, 60.0), now)
        self.programs: list = []  # worker processes that came with this farm
        self.named: dict = {}  # the same, by the names of their workers
        self.closed = False
        self.spans: list[Span] | None = [] if record else None
        self._numbers = itertools.count()
        self._under_way: StreamingRun | None = None  # its map

    @property
    def lost(self) -> int:
        """How many workers have vanished so far."""
        return self.team.lost

    def map(
        self,
        function: Callable,
        chunks: Iterable,
        *,
        ordered: bool = True,
        deadline: float | None = DEADLINE,
    ) -> Iterator:
        """Yield `function` of each chunk, as results arrive.

        They come in the order of `chunks`, or with `ordered=False` as workers
        complete them. `chunks` may be endless: the farm takes no more of them
        than the workers need. It does nothing until you ask for a result.

        `function` must stand in the table of the workers (see `local_farm`);
        chunks and results are what JSON can hold (a tuple arrives as a list).

        Raises RuntimeError if a chunk has failed three times: by an error, with
        its worker, or after `deadline` seconds (None: no limit). The text tells
        each failure. A map that is under way ends when the next one begins.
        """
        if self.closed:
            raise Misuse("the farm is closed: use it inside its with block")
        if deadline is not None and not deadline > 0:
            raise Misuse(f"a deadline is more than 0 seconds, not {deadline}")
        name = known_name(function)
        job = Job(name, enumerate(chunks), self._numbers, ordered, deadline)
        return self._results(job)

    def wait_for_workers(self, timeout: float | None = START_TIMEOUT) -> None:
        """Wait until the expected workers have connected.

        Raises RuntimeError if that takes longer than `timeout` seconds.
        """
        self._end_map("it waits for workers")
        try:
            StreamingRun(self._arrive, self.clock, timeout).more()
        except TimeoutError:
            raise RuntimeError(
                f"expected {self.workers} worker(s) within "
                f"{timeout:g} s, {len(self.team)} came. {self._help()}"
            ) from None

    def close(self) -> None:
        """Hang up on all workers, so that they end."""
        self._end_map("it is closed")
        self.closed = True
        self.team.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def _help(self):
        return (
            "Start one with: python -m nearfar worker "
            f"{getattr(self.listener, 'address', 'HOST:PORT')}"
        )

    def _arrive(self):
        self.team.open_door(lambda member: None)
        while len(self.team) < self.workers:
            with suppress(TimeoutError):
                self.team.arrived.wait(LOOK if self.programs else None)
            ended = [p for p in self.programs if not p.alive]
            if ended and len(self.team) < self.workers:
                told = [f"process {p.pid} {p.how_it_ended()}" for p in ended]
                raise RuntimeError(
                    f"{len(ended)} worker(s) ended at the start: "
                    + "; ".join(map(printable, told))
                )

    def _results(self, job):
        """Yield results out of a run that stands still in between."""
        self._end_map("its next map has begun")
        one_map = OneMap(
            job,
            self.team,
            self.silence,
            self.patience,
            self.named,
            self._help(),
            self.spans,
        )
        streaming = StreamingRun(
            lambda: one_map.coordinate(streaming.give), self.clock
        )
        self._under_way = streaming
        try:
            while results := streaming.more():
                yield from results
        finally:
            streaming.end()

    def _end_map(self, why):
        if self._under_way is not None:
            self._under_way.end(f"a farm does one map at a time, and {why}")
