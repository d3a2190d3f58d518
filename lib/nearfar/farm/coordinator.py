"""The farm: the same `map`, done by workers in other processes.

The one idea: pull, do not push. Workers connect to the coordinator and are
given more chunks whenever they give results back, so a fast worker gets more
of them and nobody has to guess who is fast. What a lost or silent worker held
goes to others.

Read `Farm.map`, then `_feed` and `_read`, which are all that one worker
needs. `team` knows who is there, `job` keeps the books, `worker` is the other
side; by `standing`, results stream out of a `run()`.

Left out: a second copy of a chunk that is with a worker who is merely slow.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from ..far import Broken, Malformed
from ..near import Closed, Misuse, SystemClock, run, schedule, sleep, spawn
from .job import Job
from .streaming import Standing
from .team import Team
from .worker import FUNCTIONS, Beat, Result, Task

__all__ = ["Farm", "Span"]

START_TIMEOUT = 10.0  # seconds for all expected workers to arrive
SILENCE = 3.0  # seconds without a sign of life, and others get the chunks
LOOK = 0.2  # seconds between two looks at one's own worker processes
PATIENCE = 10.0  # seconds that a map goes on without any worker


@dataclass(frozen=True, slots=True)
class Span:
    """A time, in seconds, that one worker had these chunks for.

    `fate` is what became of them: done, lost or silent.
    """

    worker: str
    chunks: int
    began: float
    ended: float
    fate: str


class Farm:
    """Coordinates the workers that connect to `listener`.

    `workers` is how many `wait_for_workers` waits for; whoever comes later
    helps too, and whoever leaves is missed by nobody. Whom to let in is the
    listener's affair: give it a token. After `silence` seconds without a sign
    of life, a worker's chunks go to others; after `patience` seconds without
    any worker a map fails with RuntimeError. With `record`, `spans` tell who
    worked when.
    """

    def __init__(
        self,
        listener,
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
        self.team = Team(listener, min(silence / 4, 60.0), self._now)
        self.lost = 0  # workers that vanished, so far
        self.programs = []  # worker processes that came with this farm
        self.closed = False
        self._numbers = itertools.count()
        self._standing = None  # the map that is under way
        self.spans: list[Span] | None = [] if record else None

    def map(
        self,
        function: Callable,
        chunks: Iterable,
        *,
        ordered: bool = True,
        deadline: float | None = None,
    ) -> Iterator:
        """`function` of each chunk, as results arrive.

        They come in the order of `chunks`, or with `ordered=False` as they
        are completed. `chunks` may be endless: no more of them are taken than
        the workers need, and nothing happens while nobody asks for results.

        `function` must stand in the table of the workers; chunks and results
        are what JSON can hold (a tuple arrives as a list, NaN as None).

        Raises RuntimeError with the worker's error text if a chunk has been
        given out three times and failed, was lost with its worker, or took
        more than `deadline` seconds each time. The map that is under way ends
        when the next one begins.
        """
        name = getattr(function, "__name__", repr(function))
        if self.closed:
            raise Misuse("the farm is closed: use it inside its with block")
        if FUNCTIONS.get(name) is not function:
            raise Misuse(
                f"workers know {', '.join(FUNCTIONS)}, not {name!r}: a "
                "message brings data, never code. Add it to "
                "nearfar.farm.FUNCTIONS, here and at the workers"
            )
        job = Job(name, enumerate(chunks), self._numbers, ordered, deadline)
        return self._results(job)

    def wait_for_workers(self, timeout: float | None = START_TIMEOUT) -> None:
        """Wait until the expected workers have connected.

        Raises RuntimeError if that takes longer than `timeout` seconds.
        """

        self._end_map("it waits for workers")

        def arrive():
            self.team.open_door(lambda worker: None)
            while len(self.team) < self.workers:
                with suppress(TimeoutError):
                    self.team.arrived.wait(LOOK if self.programs else None)
                ended = [p for p in self.programs if not p.alive]
                if ended and len(self.team) < self.workers:
                    said = "\n".join(line for p in ended for line in p.lines)
                    raise RuntimeError(
                        f"{len(ended)} worker(s) ended at the start:\n"
                        f"{said or '(they printed nothing)'}"
                    )

        try:
            run(until=spawn(arrive), timeout=timeout, clock=self.clock)
        except TimeoutError:
            raise RuntimeError(
                f"expected {self.workers} worker(s) within "
                f"{timeout:g} s, {len(self.team)} came. {self._how()}"
            ) from None

    def close(self) -> None:
        """Send all workers home."""
        self._end_map("it is closed")
        self.closed = True
        self.team.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def _now(self) -> float:
        return (self.clock or SystemClock).now()

    def _how(self):
        return (
            "Start one with: python -m nearfar worker "
            f"{getattr(self.listener, 'address', 'HOST:PORT')}"
        )

    # --- One map: results stream out of a run that stands still meanwhile ---

    def _results(self, job):
        self._end_map("its next map has begun")
        standing = Standing(lambda: self._coordinate(job, standing), self.clock)
        self._standing = standing
        try:
            while results := standing.more():
                yield from results
        finally:
            standing.end()

    def _end_map(self, why):
        if self._standing is not None:
            self._standing.end(f"a farm does one map at a time, and {why}")

    def _coordinate(self, job, standing):
        job.look_ahead()
        self.team.open_door(partial(self._employ, job))
        spawn(self._watch, job, daemon=True)
        while not job.finished:
            if job.error:
                raise RuntimeError(job.error)
            if job.results:
                results = job.take_results()
                schedule()  # let the workers be fed before we stand still
                standing.give(results)
            elif job.open or job.look_ahead():
                job.news.wait()

    def _employ(self, job, worker):
        worker.heard = worker.moved = self._now()
        worker.size, worker.ahead = 1, 0  # these chunks may be others
        worker.held.clear()  # nobody waits for those of another map
        spawn(self._feed, worker, job, daemon=True)
        spawn(self._read, worker, job, daemon=True)

    def _feed(self, worker, job):
        """Keep one worker busy."""
        while worker in self.team:
            batch = [] if worker.silent else job.batch_for(worker)
            if not batch:
                (worker.room if worker.held else job.more).wait()
                continue
            if not worker.held:
                worker.moved = self._now()
            for chunk in batch:
                worker.held[chunk.number] = chunk
            pairs = [(chunk.number, chunk.argument) for chunk in batch]
            try:
                worker.connection.send(Task(job.function, pairs))
            except (Broken, Closed):
                self._lose(worker, job, "lost")
            except BaseException:  # the map has ended, and nothing was sent
                for chunk in batch:
                    worker.held.pop(chunk.number, None)
                raise

    def _read(self, worker, job):
        """Take what one worker sends, until it is gone."""
        try:
            for message in worker.connection:
                self.team.hear(worker)
                if isinstance(message, Result):
                    self._settle(worker, job, message)
                elif not isinstance(message, Beat):
                    raise Malformed("expected a worker's Result")
        except (Broken, Malformed):
            pass
        self._lose(worker, job, "lost")

    def _settle(self, worker, job, result):
        """Book results; those that came before, or too late, are dropped."""
        for number, value in result.values:
            if worker.held.pop(number, None):
                job.settle(number, value)
        for number, text in result.errors:
            if chunk := worker.held.pop(number, None):
                job.take_back(worker, [chunk], text)
        self._note(worker, len(result.values) + len(result.errors), "done")
        worker.moved = worker.heard
        worker.learn(result)
        worker.room.wake()

    def _note(self, worker, chunks, fate):
        if self.spans is not None and chunks:
            self.spans.append(
                Span(worker.name, chunks, worker.moved, self._now(), fate)
            )

    def _lose(self, worker, job, how):
        if worker in self.team:
            self.lost += 1
            self._note(worker, len(worker.held), "lost")
            self.team.part(worker)
            job.take_back(worker, worker.held.values(), f"the worker was {how}")

    def _watch(self, job):
        """From time to time: who is silent, who is late, is anybody left?"""
        pause = min(self.silence, self.patience, job.deadline or 60) / 4
        before = last_seen = self._now()
        while True:
            sleep(pause)
            now = self._now()
            stood_still = now - before > 2 * pause  # then we were silent
            before = now
            for worker in self.team:
                if stood_still:
                    worker.heard = worker.moved = now
                self._judge(worker, job, now)
            if stood_still or any(w.can(job) for w in self.team):
                last_seen = now
            elif now - last_seen > self.patience:
                job.fail(
                    f"all workers are lost, silent or without "
                    f"{job.function!r}. {self._how()}"
                )

    def _judge(self, worker, job, now):
        if not worker.held:
            return
        if job.deadline and now - worker.moved > job.deadline:
            self._lose(worker, job, f"busy for over {job.deadline:g} s")
        elif now - worker.heard > self.silence and not worker.silent:
            worker.silent = True
            self._note(worker, len(worker.held), "silent")
            job.take_back(worker, worker.held.values(), "the worker was silent")
