"""One map: chunks go out to the members of a team, results come back.

The one idea: pull, do not push. Each worker has two tasklets here: `_feed`
sends it chunks after each of its results, and `_read` takes what it sends. So
a fast worker gets more chunks, and the coordinator need not know which worker
is fast. The chunks of a lost or silent worker go to others.

Read `streaming` next. Left out: a second copy of a chunk that is with a
worker that is merely slow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..far import Broken, Malformed
from ..near import Closed, schedule, sleep, spawn
from .job import Job
from .protocol import Beat, Result, Task, printable
from .team import Team

__all__ = ["OneMap", "Span"]

LOOK, LOOKS = 0.01, 100  # seconds between two looks whether a process ended
SILENT = (
    "the worker was silent for over {:g} s: it stands still or is cut off, or "
    "(if not on Linux) a chunk holds the interpreter's lock. Then give the "
    "farm a longer silence"
)
TOO_LATE = (
    "the worker was busy for over {:g} s. Cut the work into smaller chunks, or "
    "give map() a longer deadline"
)


@dataclass(frozen=True, slots=True)
class Span:
    """The time in seconds for which one worker had these chunks.

    `fate` is what became of them: done, lost or silent.
    """

    worker: str
    chunks: int
    began: float
    ended: float
    fate: str


class OneMap:
    """What a farm does for one job, with the members of its team.

    `silence` and `patience` are the farm's; `programs` are its own worker
    processes, by the worker's name; `help` is a sentence that says how to
    start a worker; with a list of `spans`, times are noted there.
    """

    def __init__(
        self,
        job: Job,
        team: Team,
        silence: float,
        patience: float,
        programs: Mapping[str, Any],
        help: str,
        spans: list[Span] | None = None,
    ):
        self.job = job
        self.team = team
        self.silence = silence
        self.patience = patience
        self.programs = programs
        self.help = help
        self.spans = spans

    def coordinate(self, give: Callable[[list], None]) -> None:
        """Do the job; call `give` with results whenever there are some.

        Raises RuntimeError if the job has failed.
        """
        job = self.job
        job.look_ahead()
        self.team.open_door(self._employ)
        spawn(self._watch, daemon=True)
        while not job.finished:
            if job.error:
                raise RuntimeError(job.error)
            if job.results:
                results = job.take_results()
                schedule()  # let the workers be fed before we stand still
                give(results)
            elif job.open or job.look_ahead():
                job.news.wait()

    def _employ(self, member):
        member.begin(self.team.now())
        spawn(self._feed, member, daemon=True)
        spawn(self._read, member, daemon=True)

    def _feed(self, member):
        """Keep one worker busy."""
        job = self.job
        while member in self.team:
            batch = [] if member.silent else job.batch_for(member)
            if not batch:
                (member.room if member.held else job.more).wait()
                continue
            member.hold(batch, self.team.now())
            pairs = [(chunk.number, chunk.argument) for chunk in batch]
            try:
                member.connection.send(Task(job.function, pairs))
            except (Broken, Closed):
                return  # _read finds out, too, and says why

    def _read(self, member):
        """Take what one worker sends, until it is gone."""
        try:
            for message in member.connection:
                member.hear(self.team.now())
                if isinstance(message, Result):
                    self._settle(member, message)
                elif not isinstance(message, Beat):
                    raise Malformed("expected a worker's Result")
        except (Broken, Malformed):
            pass
        self._lose(member, self._fate(member))

    def _settle(self, member, result):
        for chunk, value in member.take(result.values):
            self.job.settle(chunk.number, value)
        for chunk, text in member.take(result.errors):
            self.job.take_back(member, [chunk], printable(text))
        self._note(member, len(result.values) + len(result.errors), "done")
        member.answered(result)

    def _note(self, member, chunks, fate):
        if self.spans is not None and chunks:
            now = self.team.now()
            self.spans.append(
                Span(member.name, chunks, member.moved, now, fate)
            )

    def _fate(self, member) -> str:
        """Say what became of a worker whose connection has ended."""
        program = self.programs.get(member.name)
        if program is None:
            return "the worker was lost"
        for _ in range(LOOKS):
            if how := program.how_it_ended():
                return f"the worker (process {program.pid}) {printable(how)}"
            sleep(LOOK)  # it is about to end
        return f"the worker (process {program.pid}) has hung up"

    def _lose(self, member, why):
        if member in self.team:
            self._note(member, len(member.held), "lost")
            self.team.lose(member)
            self.job.lose(member, member.held.values(), why)

    def _watch(self):
        """Look now and then for silent workers, late ones, and none at all."""
        limits = self.silence, self.patience, self.job.deadline or 60
        pause = min(limits) / 4
        before = last_seen = self.team.now()
        while True:
            sleep(pause)
            now = self.team.now()
            stood_still = now - before > 2 * pause  # then we were silent
            before = now
            for member in self.team:
                if stood_still:
                    member.excuse(now)
                self._judge(member, now)
            if stood_still or any(m.can(self.job.function) for m in self.team):
                last_seen = now
            elif now - last_seen > self.patience:
                self.job.fail(self._why_none_is_left())

    def _judge(self, member, now):
        deadline = self.job.deadline
        program = self.programs.get(member.name)
        if deadline and member.is_late(now, deadline):
            self._lose(member, TOO_LATE.format(deadline))
            if program:
                program.kill()
        elif program and not program.alive:  # what it forked holds its socket
            self._lose(member, self._fate(member))
        elif member.silent or not member.is_missed(now, self.silence):
            return
        elif not program or program.stopped:
            # Else it is at work: a chunk may hold the interpreter's lock.
            member.silent = True
            self._note(member, len(member.held), "silent")
            self.job.lose(
                member, member.held.values(), SILENT.format(self.silence)
            )

    def _why_none_is_left(self) -> str:
        told = f"all workers are lost, silent or without {self.job.function!r}"
        if any(not member.can(self.job.function) for member in self.team):
            told += " (local_farm(imports=...) names the modules they import)"
        return ". ".join([told, *self.job.losses, self.help])
