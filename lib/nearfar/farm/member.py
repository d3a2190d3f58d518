"""Members: the coordinator's books of one worker.

The one idea: one object keeps what a worker holds, when it was last heard, and
how much it gets at once. The rest of the farm calls its methods, and changes
none of this itself.

Read `team` next: it says which members there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from ..far import Connection, Waiters
from .job import Chunk
from .protocol import Join, Result

__all__ = ["Member"]

T = TypeVar("T")  # what a worker answers

BATCH_S = 0.005  # seconds of work to put into one message
ALONE_S = 0.020  # chunks that take longer are not sent ahead
BATCH = 128  # chunks in one message, at most


class Member:
    """What the coordinator knows of one worker."""

    def __init__(self, join: Join, connection: Connection, now: float):
        self.name = join.worker
        self.functions = frozenset(join.functions)
        self.connection = connection
        self.begin(now)

    def begin(self, now: float) -> None:
        """Begin a map with new books: an error may have ended the last one."""
        self.room = Waiters("room for a chunk")
        self.held: dict[int, Chunk] = {}  # by number, as given out
        self.heard = now  # its last sign of life
        self.moved = now  # since when it has been busy with these chunks
        self.silent = False
        self.size = 1  # chunks for one message
        self.ahead = 0  # and how many more may wait at the worker meanwhile

    def can(self, function: str) -> bool:
        """Say whether it may get a chunk of this function now."""
        return not self.silent and function in self.functions

    def hold(self, chunks: Iterable[Chunk], now: float) -> None:
        """Note that it is about to get these chunks."""
        if not self.held:
            self.moved = now
        for chunk in chunks:
            self.held[chunk.number] = chunk

    def take(self, answers: Iterable[tuple[int, T]]) -> list[tuple[Chunk, T]]:
        """Take from it the chunks that it has answered; return the pairs.

        Leaves out a second answer, and one that came too late.
        """
        held = self.held
        return [
            (held.pop(number), answer)
            for number, answer in answers
            if number in held
        ]

    def hear(self, now: float) -> None:
        """Note a sign of life; after a silence, it gets chunks again."""
        self.heard = now
        if self.silent:
            self.silent = False
            self.room.wake()

    def answered(self, result: Result) -> None:
        """Note that it has answered, and adapt the size of its batches.

        A batch takes a few milliseconds, and is at most twice the last one.
        """
        count = len(result.values) + len(result.errors)
        pace = max(result.seconds / max(count, 1), 1e-9)
        self.size = max(1, min(int(BATCH_S / pace), 2 * self.size, BATCH))
        self.ahead = self.size if pace < ALONE_S else 0
        self.moved = self.heard
        self.room.wake()

    def excuse(self, now: float) -> None:
        """Forgive its silence: the coordinator itself stood still."""
        self.heard = self.moved = now

    def is_late(self, now: float, deadline: float) -> bool:
        """Say whether it has been busy with its chunks for too long."""
        return bool(self.held) and now - self.moved > deadline

    def is_missed(self, now: float, silence: float) -> bool:
        """Say whether it holds chunks, and was not heard for too long."""
        return bool(self.held) and now - self.heard > silence
