"""The farm: the same `map`, done by workers in other processes.

The one idea: pull, do not push. Workers connect to the coordinator and are
given more chunks whenever they give results back, so a fast worker gets more
of them and nobody has to guess who is fast. What a lost or silent worker held
goes to others.

Read `Farm.map`, then `_feed` and `_read`, which are all that one worker
needs. `job` keeps the books, `worker` is the other side. At the end stands
`_Standing`, by which results stream out of a `run()`.

Left out: a second copy of a chunk that is with a worker who is merely slow.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from greenlet import getcurrent, greenlet

from .channels import Closed
from .clock import SystemClock
from .connections import Broken, Connection, Waiters
from .job import Job
from .messages import Malformed
from .tasklets import Misuse, run, schedule, sleep, spawn
from .worker import (
    FUNCTIONS,
    VERSION,
    Beat,
    Goodbye,
    Heart,
    Join,
    Result,
    Task,
    Welcome,
)

__all__ = ["Farm", "Span"]

START_TIMEOUT = 10.0  # seconds for all expected workers to arrive
JOIN_TIMEOUT = 5.0  # seconds for one that has connected to say Join
SILENCE = 3.0  # seconds without a sign of life, and others get the chunks
PATIENCE = 10.0  # seconds that a map goes on without any worker
BATCH_S = 0.005  # seconds of work to put into one message
ALONE_S = 0.020  # chunks that take longer are not sent ahead
BATCH = 128  # chunks in one message, at most


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
        self.listener = listener
        self.workers = workers
        self.silence = silence
        self.patience = patience
        self.clock = clock
        self.team: dict[str, _Worker] = {}
        self.hearts: dict[Connection, str] = {}
        self.strangers: list[Connection] = []  # who have not said Join yet
        self.lost = 0  # workers that vanished, so far
        self.programs = []  # worker processes that came with this farm
        self.closed = False
        self._numbers = itertools.count()
        self._standing = None  # the map that is under way
        self._arrived = Waiters("a worker")
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

        Raises RuntimeError with the worker's error text if a chunk fails
        again and again, if workers are lost over it again and again, or if
        they need more than `deadline` seconds for it. The map that is under
        way ends when the next one begins.
        """
        name = getattr(function, "__name__", repr(function))
        if self.closed:
            raise Misuse("the farm is closed: use it inside its with block")
        if FUNCTIONS.get(name) is not function:
            raise Misuse(
                f"workers know {', '.join(FUNCTIONS)}, not {name!r}: a "
                "message brings data, never code. Add it to "
                "nearfar.worker.FUNCTIONS, here and at the workers"
            )
        job = Job(name, enumerate(chunks), self._numbers, ordered, deadline)
        return self._results(job)

    def wait_for_workers(self, timeout: float | None = START_TIMEOUT) -> None:
        """Wait until the expected workers have connected.

        Raises RuntimeError if that takes longer than `timeout` seconds.
        """

        def arrive():
            self._open_door(None)
            while len(self.team) < self.workers:
                self._arrived.wait()

        try:
            run(until=spawn(arrive), timeout=timeout, clock=self.clock)
        except TimeoutError:
            raise RuntimeError(
                f"expected {self.workers} worker(s) within "
                f"{timeout:g} s, {len(self.team)} came. {self._how()}"
            ) from None

    def close(self) -> None:
        """Send all workers home."""
        self._end_map()
        self.closed = True
        workers = [worker.connection for worker in self.team.values()]
        for connection in workers + list(self.hearts) + self.strangers:
            connection.close()
        for everybody in (self.team, self.hearts, self.strangers):
            everybody.clear()
        self.listener.close()

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
        self._end_map()
        standing = _Standing(lambda: self._coordinate(job, standing), self)
        self._standing = standing
        try:
            while results := standing.more():
                yield from results
        finally:
            standing.end()

    def _end_map(self):
        if self._standing is not None:
            self._standing.end()

    def _coordinate(self, job, standing):
        job.look_ahead()
        for worker in self.team.values():
            self._employ(worker, job)
        self._open_door(job)
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

    def _employ(self, worker, job):
        worker.heard = worker.moved = self._now()
        spawn(self._feed, worker, job, daemon=True)
        spawn(self._read, worker, job, daemon=True)

    def _feed(self, worker, job):
        """Keep one worker busy."""
        while worker.name in self.team:
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

    def _read(self, worker, job):
        """Take what one worker sends, until it is gone."""
        try:
            for message in worker.connection:
                self._hear(worker)
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
                job.take_back([chunk], text)
        self._note(worker, len(result.values) + len(result.errors), "done")
        worker.moved = worker.heard
        worker.learn(result)
        worker.room.wake()

    def _note(self, worker, chunks, fate):
        if self.spans is not None and chunks:
            self.spans.append(
                Span(worker.name, chunks, worker.moved, self._now(), fate)
            )

    def _hear(self, worker):
        worker.heard = self._now()
        if worker.silent:
            worker.silent = False
            worker.room.wake()

    def _lose(self, worker, job, how):
        if self.team.pop(worker.name, None):
            self.lost += 1
            self._note(worker, len(worker.held), "lost")
            worker.connection.close()
            worker.room.wake()
            job.take_back(worker.held.values(), f"the worker was {how}")

    # --- Who is there -------------------------------------------------------

    def _open_door(self, job):
        def answer():
            for connection in self.listener:
                self.strangers.append(connection)
                spawn(self._greet, connection, job, daemon=True)

        for connection in self.strangers:  # since the last time
            spawn(self._greet, connection, job, daemon=True)
        for connection in self.hearts:
            spawn(self._listen_to, connection, daemon=True)
        spawn(answer, daemon=True)

    def _greet(self, connection, job):
        """Let one in that says who it is; tell it, if not, why not."""
        try:
            join = connection.receive(JOIN_TIMEOUT)
            if reason := self._objection(join):
                connection.send(Goodbye(reason))
                raise Malformed(reason)
            connection.send(Welcome(self.silence / 4))
        except (Broken, Closed, Malformed, TimeoutError):
            connection.close()
        else:
            if isinstance(join, Heart):
                self.hearts[connection] = join.worker
                spawn(self._listen_to, connection, daemon=True)
            else:
                self._take_on(_Worker(join, connection), job)
        self.strangers.remove(connection)

    def _objection(self, join) -> str:
        """Why one may not come in; empty if it may."""
        if not isinstance(join, Join | Heart):
            return f"expected Join first, not {type(join).__name__}"
        if join.version != VERSION:
            return f"expected version {VERSION}, not {join.version}"
        if isinstance(join, Join) and join.worker in self.team:
            return f"there is a worker {join.worker!r} already"
        return ""

    def _take_on(self, worker, job):
        self.team[worker.name] = worker
        self._arrived.wake()
        if job:
            self._employ(worker, job)

    def _listen_to(self, connection):
        """A worker's beats come on a connection of their own."""
        with suppress(Broken, Malformed):
            for _ in connection:
                if worker := self.team.get(self.hearts[connection]):
                    self._hear(worker)
        connection.close()
        del self.hearts[connection]

    def _watch(self, job):
        """From time to time: who is silent, who is late, is anybody left?"""
        pause = min(self.silence, self.patience, job.deadline or 60) / 4
        before = last_seen = self._now()
        while True:
            sleep(pause)
            now = self._now()
            stood_still = now - before > 2 * pause  # then we were silent
            before = now
            for worker in list(self.team.values()):
                if stood_still:
                    worker.heard = worker.moved = now
                self._judge(worker, job, now)
            if stood_still or any(w.can(job) for w in self.team.values()):
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
            job.take_back(worker.held.values(), "the worker was silent")


class _Worker:
    """What the coordinator knows of one worker."""

    def __init__(self, join, connection):
        self.name = join.worker
        self.functions = frozenset(join.functions)
        self.connection = connection
        self.held = {}  # number: chunk, as given out
        self.room = Waiters("room for a chunk")
        self.silent = False
        self.size = 1  # chunks for one message
        self.ahead = 0  # and how many more may wait there meanwhile

    def can(self, job) -> bool:
        return not self.silent and job.function in self.functions

    def learn(self, result):
        """Batches of a few milliseconds each; twice the last one, at most."""
        count = len(result.values) + len(result.errors)
        pace = max(result.seconds / max(count, 1), 1e-9)
        self.size = max(1, min(int(BATCH_S / pace), 2 * self.size, BATCH))
        self.ahead = self.size if pace < ALONE_S else 0


class _Abandoned(Exception):
    """Nobody wants the results any more."""


class _Standing:
    """A `run()` that stands still while nobody asks for more.

    It has a greenlet of its own. `give`, called by a tasklet inside, switches
    out of the run to whoever asked; the next `more` switches back in.
    """

    def __init__(self, work, farm):
        self._home = greenlet(self._run)
        self._inside = self._home  # where to switch to
        self._work = work
        self._farm = farm
        self._given = None

    def more(self):
        """What was given; None at the end of the run."""
        if self._farm._standing is not self:
            raise Misuse(
                "this map was ended by the farm's next one, or by its end: a "
                "farm does one map at a time"
            )
        self._given = None
        if not self._home.dead:
            self._outside = self._home.parent = getcurrent()
            self._inside.switch()
        return self._given

    def give(self, what):
        self._given, self._inside = what, getcurrent()
        self._outside.switch()

    def end(self):
        """End the run, if it has begun and not ended."""
        if self._farm._standing is self:
            self._farm._standing = None
        if self._home and self._inside is not getcurrent():
            self._home.parent = getcurrent()
            self._inside.throw(_Abandoned)

    def _run(self):
        with suppress(_Abandoned):
            run(until=spawn(self._work), clock=self._farm.clock)
