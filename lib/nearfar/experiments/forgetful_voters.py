"""Forgetful voters: an election among replicas with a flaw.

The one idea: a vote that is forgotten in a restart can be given twice. The
rules are those of `replicas`; only the storage forgets. Without faults the
flaw never shows: `to_break` lets you look for the faults that show it.

Left out: the log. These replicas elect a leader, and that is all.
"""

from __future__ import annotations

from .. import sleep, spawn
from ..bank import PaperDisk
from ..far import LOST, Broken
from ..replicas import CANDIDATE, PeerReply, PeerRequest, Raft, Storage
from .replicas_by_hand import Notes

__all__ = ["election", "one_leader_a_term"]


class Forgetful(Storage):
    """Keeps the term over a restart, and forgets its vote: a flaw."""

    def __init__(self, disk):
        super().__init__(disk)
        self.voted_for = ""


def election(network):
    """Three replicas; `a` stands after a second, `c` after three."""
    names, leaders = ["a", "b", "c"], {}
    waits = {"a": 1, "c": 3}

    class Rules(Raft):
        def become_leader(self):
            leaders.setdefault(self.term, set()).add(self.name)
            super().become_leader()

    def keep(host):
        peers = [name for name in names if name != host.name]
        raft = Rules(host.name, peers, Forgetful(host.disk), Notes())
        spawn(serve, raft, host.listen(PeerRequest), daemon=True)
        sleep(waits.get(host.name, 0))
        if host.name in waits and not raft.term:
            raft.stand()
            for asked in [spawn(ask, host, raft, peer) for peer in peers]:
                asked.join()

    def ask(host, raft, peer):
        while raft.role is CANDIDATE and peer not in raft.voters:
            try:
                with host.connect(PeerReply, peer) as connection:
                    request = raft.request_for(peer)
                    connection.send(request)
                    raft.hear(peer, request, connection.receive(timeout=5))
            except LOST:
                sleep(1)

    def serve(raft, listener):
        for connection in listener:
            spawn(answer, raft, connection, daemon=True)

    def answer(raft, connection):
        try:
            for request in connection:
                connection.send(raft.answer(request)[0])
        except Broken:
            pass

    for name in names:
        network.host(name, PaperDisk()).start(keep)
    return leaders


def one_leader_a_term(leaders):
    """A term has at most one leader."""
    for term, names in leaders.items():
        both = " and ".join(sorted(names))
        assert len(names) < 2, f"{both} lead in term {term}"
