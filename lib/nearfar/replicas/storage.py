"""Storage: what a replica must still know after a power cut.

The one idea: an answer that others rely on is on the disk before it is given.
That is the term, the vote in it, and every entry of the log. They are kept in
the bank's own `Log`, which returns when a record is on the disk. If it raises
OSError, the replica must end, and be started again with what is there.

Indexes count from 1, as in the paper. Entries up to `snapshot.index` are
dropped from the log: their effect is in the snapshot.
"""

from __future__ import annotations

import msgspec

from ..bank import Disk, Log, PaperDisk
from .messages import Entry

__all__ = ["Storage", "Snapshot"]


class Voted(msgspec.Struct, frozen=True, tag=True):
    """The term, and the candidate that has the vote in it ("" for none)."""

    term: int
    voted_for: str


class Written(msgspec.Struct, frozen=True, tag=True):
    """These entries follow the one at index `after`, in place of any others."""

    after: int
    entries: list[Entry]


class Snapshot(msgspec.Struct, frozen=True, tag=True):
    """A state, and the index and term of the last entry that it includes."""

    index: int = 0
    term: int = 0
    state: bytes = b""  # in a file of its own


class Storage:
    """Term, vote and log of one replica, on a disk of `nearfar.bank`."""

    def __init__(self, disk: Disk | PaperDisk):
        self.term, self.voted_for = 0, ""
        self.snapshot = Snapshot()
        self.entries: list[Entry] = []  # those behind the snapshot
        self._log = Log(disk, "raft-log", Voted | Written | Snapshot)
        self._states = Log(disk, "raft-snapshot", Snapshot)
        for record in self._log.records:
            self._read(record)
        for saved in self._states.records:  # the log may be behind
            self._drop_until(saved)

    @property
    def last_index(self) -> int:
        """The index of the last entry; 0 if there has never been one."""
        return self.snapshot.index + len(self.entries)

    def entry(self, index: int) -> Entry:
        """The entry at an index behind the snapshot."""
        return self.entries[index - self.snapshot.index - 1]

    def after(self, index: int) -> list[Entry]:
        """The entries behind `index`."""
        return self.entries[index - self.snapshot.index :]

    def term_at(self, index: int) -> int:
        """The term of an entry not before the snapshot's; 0 at index 0."""
        if index == self.snapshot.index:
            return self.snapshot.term
        return self.entry(index).term

    def vote(self, term: int, voted_for: str) -> None:
        """Enter a term, and keep who has the vote in it."""
        self._keep(Voted(term, voted_for))

    def write(self, after: int, entries: list[Entry]) -> None:
        """Put entries behind the one at index `after`; drop the others."""
        self._keep(Written(after, entries))

    def compact(self, index: int, term: int, state: bytes) -> None:
        """Let a snapshot take the place of the entries up to `index`.

        Entries behind it stay if the one at `index` is the same; if not, the
        whole log gives way.
        """
        snapshot = Snapshot(index, term, state)
        self._states.rewrite([snapshot])
        self._drop_until(snapshot)

    def _drop_until(self, snapshot):
        index, term = snapshot.index, snapshot.term
        if index > self.snapshot.index:
            same = index <= self.last_index and self.term_at(index) == term
            self.entries = self.after(index) if same else []
            voted = Voted(self.term, self.voted_for)
            written = Written(index, self.entries)
            self._log.rewrite([Snapshot(index, term), voted, written])
        self.snapshot = snapshot

    def _keep(self, record):
        self._log.append(record)
        self._read(record)

    def _read(self, record):
        match record:
            case Voted(term, voted_for):
                self.term, self.voted_for = term, voted_for
            case Written(after, entries):
                self.entries[after - self.snapshot.index :] = entries
            case Snapshot():
                self.snapshot, self.entries = record, []
