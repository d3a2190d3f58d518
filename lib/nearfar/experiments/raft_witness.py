"""A witness of Raft: it sees each step of all replicas, and checks the rules.

The one idea: the five properties of the paper (figure 3) speak of all replicas
at once, so what checks them must survive each replica's crashes. `Watched` are
the rules of one replica that show each step to the witness, `WatchedStorage`
is a log that lets no replica drop what is committed.
"""

from __future__ import annotations

from ..replicas import LEADER, Raft, Storage

__all__ = ["RaftWitness", "Watched", "WatchedStorage", "check_matching"]


class RaftWitness:
    """Watch every replica through all restarts; raise if one breaks a rule."""

    def __init__(self) -> None:
        self.leaders: dict[int, str] = {}  # by term
        self.committed: dict[int, tuple] = {}  # (term, command) by index
        self.replicas: dict[str, Raft] = {}  # in their present lives

    def led(self, raft: Raft) -> None:
        """Election safety, leader completeness and log matching."""
        other = self.leaders.setdefault(raft.term, raft.name)
        assert other == raft.name, (
            f"{other} and {raft.name} both lead in term {raft.term}"
        )
        for index, (term, _) in self.committed.items():
            kept = index <= raft.storage.last_index and (
                index <= raft.storage.snapshot.index
                or raft.storage.term_at(index) == term
            )
            assert kept, (
                f"{raft.name} leads in term {raft.term} without the committed "
                f"entry {index}"
            )
        for one in self.replicas.values():
            check_matching(one.storage, raft.storage)

    def saw(self, index: int, entry) -> None:
        """State machine safety: one entry is committed at an index, forever."""
        told = entry.term, entry.command
        before = self.committed.setdefault(index, told)
        assert before == told, f"two entries are committed at index {index}"


def check_matching(one: Storage, other: Storage) -> None:
    """Log matching: where two logs have the same entry, all before are, too."""
    first = max(one.snapshot.index, other.snapshot.index) + 1
    last = min(one.last_index, other.last_index)
    same = False
    for index in range(last, first - 1, -1):
        agree = one.term_at(index) == other.term_at(index)
        same = same or agree
        equal = agree and one.entry(index) == other.entry(index)
        assert equal or not same, f"two logs differ at {index}, and agree later"


class Watched(Raft):
    """The rules, and a witness who looks on."""

    witness: RaftWitness

    def become_leader(self) -> None:
        self.witness.led(self)
        super().become_leader()

    def answer(self, request):
        reply = super().answer(request)
        self.look()
        return reply

    def hear(self, peer, request, reply) -> None:
        super().hear(peer, request, reply)
        self.look()

    def apply_committed(self, until) -> None:
        last = min(until, self.commit_index)
        for index in range(self.last_applied + 1, last + 1):
            self.witness.saw(index, self.storage.entry(index))
        super().apply_committed(until)

    def look(self) -> None:
        """Show the witness each entry that is committed."""
        first = max(self.storage.snapshot.index, self.seen) + 1
        for index in range(first, self.commit_index + 1):
            self.witness.saw(index, self.storage.entry(index))
        self.seen = self.commit_index

    seen = 0
    long_log = 6  # entries: so that a short day has snapshots, too


class WatchedStorage(Storage):
    """Leader append-only, and no replica drops what is committed."""

    raft: Raft | None = None

    def write(self, after, entries) -> None:
        if self.raft is not None:
            leads = self.raft.role is LEADER
            assert not leads or after == self.last_index, (
                "a leader overwrote its log"
            )
            assert after >= self.raft.commit_index, (
                f"{self.raft.name} dropped the committed entry {after + 1}"
            )
        super().write(after, entries)
