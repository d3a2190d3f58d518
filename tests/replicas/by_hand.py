"""Replicas whose messages are delivered by hand, one at a time."""

from nearfar.bank import PaperDisk
from nearfar.experiments.replicated_bank import (
    RaftWitness,
    Watched,
    WatchedStorage,
)


class Notebook:
    """A machine that writes down every command."""

    def __init__(self):
        self.commands = []

    @property
    def empty(self):
        return not self.commands

    def apply(self, command):
        self.commands.append(command)

    def snapshot(self):
        return "\n".join(self.commands).encode()

    def restore(self, state):
        self.commands = state.decode().split("\n")


class ByHand:
    """`n` replicas, called "1", "2" and so on, and a witness of them all."""

    def __init__(self, n, rules=Watched, long_log=1_000):
        self.names = [str(number) for number in range(1, n + 1)]
        self.witness = RaftWitness()
        self.rules = type(
            "Rules", (rules,), {"witness": self.witness, "long_log": long_log}
        )
        self.disks = {name: PaperDisk() for name in self.names}
        self.rafts, self.machines = {}, {}
        for name in self.names:
            self.restart(name)

    def restart(self, name):
        """A new life of a replica, with what its disk holds."""
        peers = [other for other in self.names if other != name]
        storage = WatchedStorage(self.disks[name])
        machine = self.machines[name] = Notebook()
        raft = self.rules(name, peers, storage, machine, name)
        storage.raft = self.witness.replicas[name] = self.rafts[name] = raft

    def ask(self, one, other):
        """Let a replica ask another whatever it has to ask; the reply."""
        request = self.rafts[one].request_for(other)
        if request is None:
            return None
        reply, _ = self.rafts[other].answer(request)
        self.rafts[one].hear(other, request, reply)
        return reply

    def elect(self, name, *voters):
        """Let a replica stand in a new term, and ask these for their votes."""
        raft = self.rafts[name]
        newest = max(other.term for other in self.rafts.values())
        while raft.term <= newest:  # nobody answered the elections before
            raft.stand()
        for voter in voters:
            self.ask(name, voter)
        return raft

    def apply(self):
        """Let every machine carry out what is committed."""
        for raft in self.rafts.values():
            raft.apply_committed(raft.commit_index)
