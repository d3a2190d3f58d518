"""Replicas by hand: you deliver their messages, one at a time.

The one idea: the rules of Raft need no network and no clock, so a cell can
stand in for both. `ByHand(3)` makes three replicas on paper disks. `elect` lets
one stand for election, `ask` delivers one request and its reply, `send_one` a
single entry.
"""

from __future__ import annotations

from ..bank import PaperDisk
from ..replicas import AppendEntries, PeerReply, Raft
from .raft_witness import RaftWitness, Watched, WatchedStorage

__all__ = ["ByHand"]


class Notes:
    """A machine that writes down every command."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    @property
    def empty(self) -> bool:
        return not self.commands

    def apply(self, command: str) -> None:
        self.commands.append(command)

    def snapshot(self) -> bytes:
        return "\n".join(self.commands).encode()

    def restore(self, state: bytes) -> None:
        self.commands = state.decode().split("\n")


class ByHand:
    """`n` replicas, called "1", "2" and so on, and a witness of them all."""

    def __init__(self, n: int, rules: type = Watched, long_log: int = 1_000):
        self.names = [str(number) for number in range(1, n + 1)]
        self.witness = RaftWitness()
        self.rules = type(
            "Rules", (rules,), {"witness": self.witness, "long_log": long_log}
        )
        self.disks = {name: PaperDisk() for name in self.names}
        self.rafts: dict[str, Raft] = {}
        self.machines: dict[str, Notes] = {}
        for name in self.names:
            self.restart(name)

    def restart(self, name: str) -> None:
        """A new life of a replica, with what its disk holds."""
        peers = [other for other in self.names if other != name]
        storage = WatchedStorage(self.disks[name])
        machine = self.machines[name] = Notes()
        raft = self.rules(name, peers, storage, machine, name)
        storage.raft = self.witness.replicas[name] = self.rafts[name] = raft

    def ask(self, one: str, other: str) -> PeerReply | None:
        """Deliver one request and its reply; return the reply, if any."""
        request = self.rafts[one].request_for(other)
        if request is None:
            return None
        reply, _ = self.rafts[other].answer(request)
        self.rafts[one].hear(other, request, reply)
        return reply

    def send_one(self, one: str, *others: str) -> None:
        """Send each of these the first entry that it lacks, and no more."""
        leader = self.rafts[one]
        for other in others:
            last = self.rafts[other].storage.last_index
            before = leader.storage.term_at(last)
            entries = [leader.storage.entry(last + 1)]
            request = AppendEntries(
                leader.term, one, last, before, entries, leader.commit_index
            )
            reply, _ = self.rafts[other].answer(request)
            leader.hear(other, request, reply)

    def elect(self, name: str, *voters: str) -> Raft:
        """Let a replica stand in a new term, and ask these for their votes."""
        raft = self.rafts[name]
        newest = max(other.term for other in self.rafts.values())
        while raft.term <= newest:  # as after elections without an answer
            raft.stand()
        for voter in voters:
            self.ask(name, voter)
        return raft

    def apply(self) -> None:
        """Let every machine carry out what is committed."""
        for raft in self.rafts.values():
            raft.apply_committed(raft.commit_index)

    def table(self) -> None:
        """Print each replica: its role, term, log, and what is committed.

        An entry is shown as term and command; `-` is the empty first entry of
        a leader, and what stands behind `|` is not committed. `[1-4]` are
        entries that a snapshot has replaced.
        """
        for name, raft in self.rafts.items():
            told = [
                f"{entry.term}:{entry.command or '-'}"
                for entry in raft.storage.entries
            ]
            dropped = raft.storage.snapshot.index
            told.insert(raft.commit_index - dropped, "|")
            if dropped:
                told.insert(0, f"[1-{dropped}]")
            print(f"{name}  {raft.role:9}  term {raft.term}  {' '.join(told)}")
