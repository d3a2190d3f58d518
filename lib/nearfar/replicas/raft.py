"""Raft: how replicas agree on one log, without any input or output.

The one idea: a *leader* is elected by a majority for a *term*. It writes
entries, and an entry is *committed* once a majority has it. A vote goes only
to a candidate whose log is at least as good, so every later leader has every
committed entry.

`Raft` is told what arrives and says what to answer; `replica` carries it. Left
out: *pre-vote*. A replica that was cut off comes back with a new term.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Protocol

from .messages import (
    Appended,
    AppendEntries,
    Entry,
    Installed,
    InstallSnapshot,
    PeerReply,
    PeerRequest,
    RequestVote,
    Vote,
)
from .storage import Storage

__all__ = ["Raft", "Machine", "FOLLOWER", "CANDIDATE", "LEADER"]

FOLLOWER, CANDIDATE, LEADER = "follower", "candidate", "leader"
PIECE_BYTES = 2**18  # of commands, or of a snapshot, in one message


class Machine(Protocol):
    """What the log drives: the same commands give the same state anywhere.

    `apply` returns when a command is on the disk. `empty` says that nothing
    is there, so that a snapshot has to be restored first.
    """

    empty: bool

    def apply(self, command: str) -> None: ...
    def snapshot(self) -> bytes: ...
    def restore(self, state: bytes) -> None: ...


class Raft:
    """The rules for one replica; `peers` names the others.

    Customers find it at `address`. It calls `deposed()` as it ceases to lead.
    """

    long_log = 1_000  # entries, then a snapshot takes their place

    def __init__(
        self,
        name: str,
        peers: list[str],
        storage: Storage,
        machine: Machine,
        address: str = "",
    ):
        self.name, self.peers, self.address = name, [*peers], address
        self.storage, self.machine = storage, machine
        self.deposed = lambda: None
        self.majority = (len(self.peers) + 1) // 2 + 1
        self.role = FOLLOWER
        self.leader = ""  # the address of the one that leads, if known
        self.commit_index = self.last_applied = storage.snapshot.index
        self.first_index = 0  # of a leader's own term
        self.voters: dict[str, bool] = {}  # who voted, and whether for us
        self.next_index: dict[str, int] = {}
        self.match_index: dict[str, int] = {}
        self._sent: dict = {}  # bytes of a snapshot, by (peer, index)
        self._arriving: dict[int, bytes] = {}  # a snapshot so far, by index
        if machine.empty and storage.snapshot.index:
            machine.restore(storage.snapshot.state)

    @property
    def term(self) -> int:
        """The latest term that this replica has heard of."""
        return self.storage.term

    @property
    def leads(self) -> bool:
        """Whether it leads, and has applied all that came before its term."""
        return self.role is LEADER and self.last_applied >= self.first_index

    # --- What every replica does ---------------------------------------------

    def answer(self, request: PeerRequest) -> tuple[PeerReply, bool]:
        """Answer a peer; also say whether to put off the next election."""
        self._hear_term(request.term)
        current = request.term == self.term
        if isinstance(request, RequestVote):
            granted = current and self._grants(request)
            return Vote(self.term, granted), granted
        if current:  # a term has one leader, and this is it
            self.follow(request.leader)
        if isinstance(request, AppendEntries):
            return self._append(request, current), current
        received = self._install(request) if current else 0
        return Installed(self.term, received), current

    def follow(self, leader: str = "") -> None:
        """Lead no more, and ask for no more votes in this term."""
        led, self.role, self.leader = self.role is LEADER, FOLLOWER, leader
        if led:
            self.deposed()

    def _hear_term(self, term):
        """Enter a higher term: it ends all that this replica was before."""
        if term > self.term:
            self.storage.vote(term, "")
            self.follow()

    def apply_committed(self, until: int) -> None:
        """Let the machine carry out committed entries up to index `until`."""
        while self.last_applied < min(until, self.commit_index):
            index = self.last_applied + 1
            if command := self.storage.entry(index).command:
                self.machine.apply(command)
            self.last_applied = index

    def tidy(self) -> None:
        """Let a snapshot take the place of a long log."""
        index, storage = self.last_applied, self.storage
        if index - storage.snapshot.index >= self.long_log:
            state = self.machine.snapshot()
            storage.compact(index, storage.term_at(index), state)

    # --- What a follower does ------------------------------------------------

    def _grants(self, ask):
        """Give the vote of this term away, once, and to no worse a log."""
        if self.storage.voted_for not in ("", ask.candidate):
            return False
        if not self.is_as_good(ask.last_log_term, ask.last_log_index):
            return False
        if not self.storage.voted_for:
            self.storage.vote(self.term, ask.candidate)
        return True

    def is_as_good(self, last_term: int, last_index: int) -> bool:
        """Whether a log that ends like this has all that ours may have."""
        last = self.storage.last_index
        return (last_term, last_index) >= (self.storage.term_at(last), last)

    def _append(self, request, current):
        storage, entries = self.storage, request.entries
        before = request.prev_log_index
        if current and before < storage.snapshot.index:  # it has the first ones
            entries = entries[storage.snapshot.index - before :]
            before = storage.snapshot.index
        elif not current or (
            before > storage.last_index
            or storage.term_at(before) != request.prev_log_term
        ):
            agreed = min(storage.last_index, before - 1)
            return Appended(self.term, False, agreed)
        end = before + len(entries)
        self.take_over(before, entries)
        committed = min(request.leader_commit, end)
        self.commit_index = max(self.commit_index, committed)
        return Appended(self.term, True, end)

    def take_over(self, before: int, entries: list[Entry]) -> None:
        """Write what is not there yet; of what differs, keep nothing."""
        for place, entry in enumerate(entries):
            index = before + place + 1
            there = index <= self.storage.last_index
            if not there or self.storage.term_at(index) != entry.term:
                self.storage.write(index - 1, entries[place:])
                return

    def _install(self, piece):
        """Collect a snapshot; returns how many bytes of it are here."""
        index = piece.last_included_index
        if index <= self.last_applied:
            return piece.offset + len(piece.data)  # we are beyond it
        state = self._arriving.get(index, b"")[: piece.offset]
        if len(state) == piece.offset:  # else one before it is missing
            state += piece.data
            self._arriving = {} if piece.done else {index: state}
            if piece.done:
                self.machine.restore(state)
                self.storage.compact(index, piece.last_included_term, state)
                self.last_applied = index
                self.commit_index = max(self.commit_index, index)
        return len(state)

    # --- What a candidate does, and a leader ---------------------------------

    def stand(self) -> None:
        """Begin an election: a new term, and the first vote is our own."""
        self.storage.vote(self.term + 1, self.name)
        self.role, self.leader, self.voters = CANDIDATE, "", {}
        self._count(self.name, True)

    def _count(self, voter, granted):
        self.voters[voter] = granted
        if sum(self.voters.values()) >= self.majority:
            self.become_leader()

    def become_leader(self) -> None:
        """Lead this term, beginning with an entry that does nothing.

        A leader may not count who has an entry of an older term (figure 8 of
        the paper): once this first one is committed, so are those before it.
        """
        self.role, self.leader = LEADER, self.address
        self.next_index = dict.fromkeys(self.peers, self.storage.last_index + 1)
        self.match_index = dict.fromkeys(self.peers, 0)
        self._sent.clear()
        self.first_index = self.propose([""])

    def propose(self, commands: list[str]) -> int:
        """Write entries into our own log; returns the index of the last."""
        entries = [Entry(self.term, command) for command in commands]
        self.storage.write(self.storage.last_index, entries)
        self._advance()
        return self.storage.last_index

    def request_for(self, peer: str) -> PeerRequest | None:
        """What to ask a peer now; None if there is nothing to ask."""
        storage, term, me = self.storage, self.term, self.address
        if self.role is CANDIDATE and peer not in self.voters:
            last = storage.last_index
            return RequestVote(term, self.name, last, storage.term_at(last))
        if self.role is not LEADER:
            return None
        before, saved = self.next_index[peer] - 1, storage.snapshot
        if before < saved.index:
            start = self._sent.get((peer, saved.index), 0)
            end = start + PIECE_BYTES
            piece, done = saved.state[start:end], end >= len(saved.state)
            return InstallSnapshot(
                term, me, saved.index, saved.term, start, piece, done
            )
        last_term, entries = storage.term_at(before), storage.after(before)
        sizes = accumulate(len(entry.command) for entry in entries)
        entries = entries[: max(1, sum(size <= PIECE_BYTES for size in sizes))]
        return AppendEntries(
            term, me, before, last_term, entries, self.commit_index
        )

    def hear(self, peer: str, request: PeerRequest, reply: PeerReply) -> None:
        """Take a peer's reply to our request."""
        self._hear_term(reply.term)
        if not reply.term == request.term == self.term:
            return  # it says nothing about this term
        match reply:
            case Vote() if self.role is CANDIDATE:
                self._count(peer, reply.granted)
            case Appended() if self.role is LEADER:
                agreed = max(reply.match_index, self.match_index[peer])
                self.next_index[peer] = agreed + 1
                if reply.success:
                    self.match_index[peer] = agreed
                    self._advance()
            case Installed() if isinstance(request, InstallSnapshot):
                index, end = request.last_included_index, reply.received
                self._sent[peer, index] = end
                if request.done and end == request.offset + len(request.data):
                    self.next_index[peer] = index + 1

    def _advance(self):
        """Commit what a majority has, if it is of this term."""
        have = [self.storage.last_index, *self.match_index.values()]
        index = sorted(have, reverse=True)[self.majority - 1]
        if index > self.commit_index and self.may_commit(index):
            self.commit_index = index

    def may_commit(self, index: int) -> bool:
        """Whether a majority is enough to commit the entry at an index."""
        return self.storage.term_at(index) == self.term
