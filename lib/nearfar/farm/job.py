"""Jobs: the books of one `map`, what is out and what has come back.

The one idea: a chunk is open until its first result is here, whichever worker
sends it. A second result finds the chunk closed. So no chunk is lost, and none
counts twice.

Read `member` next, the books of one worker. No input or output here: the farm
asks what to give out, and says what came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from ..far import Waiters
from ..near import Misuse
from .protocol import AROUND, ROOM, packed, printable

__all__ = ["Job", "Chunk"]

ATTEMPTS = 3  # how often one chunk is given out
LOSSES = 3  # that are told when no worker is left
SHOWN = 60  # letters of a chunk that an error shows
WINDOW = 10_000  # chunks that may be open, or done with a gap before them


class Chunk:
    """One chunk, as it goes over the wire."""

    __slots__ = ("number", "place", "argument", "attempts", "at")

    def __init__(self, number: int, place: int, argument: msgspec.Raw):
        self.number = number  # in the farm's life
        self.place = place  # in its map
        self.argument = argument
        self.attempts = 0
        self.at: list = []  # workers that may still bring its result

    def __str__(self):
        text = printable(bytes(self.argument).decode())
        text = text if len(text) <= SHOWN else text[:SHOWN] + "..."
        return f"chunk {self.place} ({text})"


class Job:
    """The chunks of one map, and what has become of them."""

    def __init__(
        self,
        function: str,
        places: Iterator[tuple[int, object]],
        numbers: Iterator[int],
        ordered: bool,
        deadline: float | None,
    ):
        self.function = function
        self.places = places  # (place, argument), as they are pulled
        self.numbers = numbers
        self.ordered = ordered
        self.deadline = deadline
        self.fresh: deque[Chunk] = deque()  # pulled, and not given out yet
        self.again: dict[int, Chunk] = {}  # given out in vain
        self.open: dict[int, Chunk] = {}  # those that have no result
        self.early: dict[int, object] = {}  # results with a gap before them
        self.results: list = []
        self.next = 0  # the place whose result comes next
        self.exhausted = False
        self.error = ""
        self.losses: deque[str] = deque(maxlen=LOSSES)  # the last ones, told
        self.news = Waiters("a result")
        self.more = Waiters("a chunk to do")

    @property
    def finished(self) -> bool:
        return self.exhausted and not (self.open or self.results or self.error)

    def look_ahead(self) -> bool:
        """Pull one chunk, unless that is too far ahead; say if one is fresh.

        Raises Misuse if it cannot be sent.
        """
        if self.fresh:
            return True
        if self.exhausted or len(self.open) + len(self.early) >= WINDOW:
            return False
        try:
            place, argument = next(self.places)
        except StopIteration:
            self.exhausted = True
            self.news.wake()
            return False
        chunk = Chunk(next(self.numbers), place, _encoded(place, argument))
        self.open[chunk.number] = chunk
        self.fresh.append(chunk)
        return True

    def batch_for(self, worker) -> list[Chunk]:
        """Choose what to give to a worker (a `Member`) now.

        A chunk that has failed once goes to a worker that holds nothing else,
        so that a second failure is that chunk's own.
        """
        if self.function not in worker.functions:
            return []
        if self.again and not worker.held:
            chunk = self.again.pop(next(iter(self.again)))
            chunk.attempts += 1
            chunk.at.append(worker)
            return [chunk]
        if self.again or len(worker.held) > worker.ahead:
            return []
        if any(chunk.attempts > 1 for chunk in worker.held.values()):
            return []
        batch: list[Chunk] = []
        room = ROOM
        while len(batch) < worker.size and self.look_ahead():
            room -= len(bytes(self.fresh[0].argument)) + AROUND
            if batch and room < 0:
                break
            chunk = self.fresh.popleft()
            chunk.attempts = 1
            chunk.at.append(worker)
            batch.append(chunk)
        return batch

    def settle(self, number: int, value) -> None:
        """Count a result, once."""
        chunk = self.open.pop(number, None)
        if chunk is None:
            return
        self.again.pop(number, None)
        if self.ordered:
            self.early[chunk.place] = value
            while self.next in self.early:
                self.results.append(self.early.pop(self.next))
                self.next += 1
        else:
            self.results.append(value)
        if self.results or not self.open:
            self.news.wake()

    def take_results(self) -> list:
        """Take the results that can be handed out by now."""
        results, self.results = self.results, []
        self.more.wake()
        return results

    def take_back(self, worker, chunks: Iterable[Chunk], why: str) -> None:
        """Give out failed chunks again, or give up."""
        for chunk in chunks:
            if self.open.get(chunk.number) is not chunk:
                continue
            if worker not in chunk.at:
                continue  # it was taken back before
            chunk.at.remove(worker)
            if chunk.at:
                continue  # another worker is at it
            if chunk.attempts >= ATTEMPTS:
                self.fail(f"{chunk}: {why}; given out {chunk.attempts} times")
            self.again[chunk.number] = chunk
        self.more.wake()

    def lose(self, worker, chunks: Iterable[Chunk], why: str) -> None:
        """Take back what a lost worker held; note why, for the error."""
        chunks = list(chunks)
        if chunks:
            names = ", ".join(map(str, chunks[:LOSSES]))
            more = ", ..." if len(chunks) > LOSSES else ""
            self.losses.append(f"{names}{more}: {why}")
        self.take_back(worker, chunks, why)

    def fail(self, error: str) -> None:
        """End the map with an error, unless it has one already."""
        self.error = self.error or error
        self.news.wake()


def _encoded(place, argument) -> msgspec.Raw:
    try:
        raw = packed(argument)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Misuse(f"chunk {place} cannot be sent: {error}") from None
    if len(raw) > ROOM:
        raise Misuse(
            f"chunk {place} takes {len(raw)} bytes; expected at most {ROOM}. "
            "Cut the work into smaller chunks, or send where the data is"
        )
    return msgspec.Raw(raw)
