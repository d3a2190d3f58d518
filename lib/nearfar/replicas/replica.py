"""Replica: the tasklets that carry the rules of Raft over connections.

The one idea: time decides only when to ask. A replica that hears no leader for
a random timeout asks for votes. A leader that hears no majority stops leading.
The rules in `raft` hold whatever the clocks do.

One tasklet for each peer has one request on its way at a time. Left out:
*pipelining*, which would hide the round trip.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random

from ..bank import Deposed
from ..far import LOST, Connection, Malformed, Waiters, wait_while
from ..near import lowlevel, sleep, spawn
from .raft import CANDIDATE, LEADER, Raft

__all__ = ["Replica", "HEARTBEAT", "ELECTION"]

HEARTBEAT = 0.1  # seconds between two, if there is nothing else to send
ELECTION = 0.5  # seconds without a leader, at least, before an election


class Replica:
    """Keeps one replica in touch with its peers.

    `connect(peer)` makes a connection on which `PeerReply` comes back.
    """

    def __init__(
        self, raft: Raft, connect: Callable[[str], Connection], chance: Random
    ):
        self.raft = raft
        self._connect, self._chance = connect, chance
        self._round = 0  # of the questions whether this one still leads
        self._agreed = dict.fromkeys(raft.peers, 0)  # the last round, by peer
        self._heard_at = dict.fromkeys(raft.peers, 0.0)
        self._news = Waiters("something to tell its peers")
        self._progress = Waiters("a majority")
        self._leader_heard = Waiters("its leader")

    def start(self) -> None:
        """Start the tasklets that ask the peers, and the election timer."""
        spawn(self._keep_time, name="election timer", daemon=True)
        for peer in self.raft.peers:
            spawn(self._talk_to, peer, name=f"to {peer}", daemon=True)

    def serve(self, connections) -> None:
        """Answer the peers that connect."""
        for connection in connections:
            spawn(self._answer, connection, daemon=True)

    def wait_to_lead(self, after: int = 0) -> int:
        """Return the next term, after that one, in which this replica leads."""
        while self.raft.term <= after or not self.raft.leads:
            self._progress.wait()
        return self.raft.term

    def find_leader(self) -> str:
        """The leader's address, if need be after an election; "" if none."""
        raft = self.raft
        with suppress(TimeoutError):
            wait_while(lambda: not raft.leader, self._progress, 4 * ELECTION)
        return raft.leader

    def replicate(self, term: int, commands: list[str]) -> None:
        """Return when a majority has these commands on its disks.

        Raises `Deposed`: a later leader may know of them, or not. The caller
        has applied them, or does so now.
        """
        index = self._lead_in(term).propose(commands)
        self._news.wake()
        while self._lead_in(term).commit_index < index:
            self._progress.wait()
        self.raft.last_applied = index

    def confirm(self, term: int) -> None:
        """Return when a majority has said that it knows of no later leader.

        What was read before is as new as any answer that was given before
        (*read index*, section 8 of the paper). Raises `Deposed`.
        """
        self._round = mine = self._round + 1
        self._news.wake()
        told = self._agreed.values()
        while 1 + sum(at >= mine for at in told) < self._lead_in(term).majority:
            self._progress.wait()

    def _lead_in(self, term):
        """The rules, if this replica still leads in that term."""
        if self.raft.term != term or not self.raft.leads:
            raise Deposed("this replica does not lead any more")
        return self.raft

    # --- Tasklets ------------------------------------------------------------

    def _keep_time(self):
        """Stand for election when no leader is heard, or stop leading."""
        while True:
            while self.raft.role is LEADER:
                sleep(ELECTION)
                self._look_back()
            patience = self._chance.uniform(ELECTION, 2 * ELECTION)
            try:
                self._leader_heard.wait(patience)
            except TimeoutError:
                if self.raft.role is not LEADER:  # it may lead meanwhile
                    self.raft.stand()
                    self._news.wake()
                    self._move()

    def _look_back(self):
        """Stop leading if no majority has answered for long."""
        since = lowlevel.time_now() - 2 * ELECTION
        heard = sum(at > since for at in self._heard_at.values())
        if self.raft.role is LEADER and heard + 1 < self.raft.majority:
            self.raft.follow()
            self._move()

    def _answer(self, connection):
        """Answer one peer until it hangs up; nonsense ends its connection."""
        leader = ""
        with connection, suppress(*LOST, Malformed):
            for request in connection:
                leader = getattr(request, "leader", "")
                reply, put_off = self.raft.answer(request)
                if put_off:
                    self._leader_heard.wake()
                self._move()
                connection.send(reply, ELECTION)
        if leader == self.raft.leader:  # it may be gone: send no customer there
            self.raft.leader = ""

    def _talk_to(self, peer):
        """Ask one peer whatever there is to ask, one request at a time."""
        raft, connection = self.raft, None
        while True:
            self._wait_for_news(peer)
            request, round = raft.request_for(peer), self._round
            if request is None:
                continue
            sent_at = lowlevel.time_now()
            try:
                connection = connection or self._connect(peer)
                connection.send(request, ELECTION)
                reply = connection.receive(ELECTION)
            except (*LOST, Malformed):
                if connection is not None:
                    connection.close()
                connection = None
                sleep(HEARTBEAT)
                continue
            self._heard_at[peer], role = sent_at, raft.role
            raft.hear(peer, request, reply)
            if raft.term == request.term:
                self._agreed[peer] = round
            if raft.role is not role:  # elected by this reply, or deposed
                self._heard_at = dict.fromkeys(raft.peers, lowlevel.time_now())
                self._news.wake()
            self._move()

    def _wait_for_news(self, peer):
        """Return when there is something to ask, or a heartbeat is due."""
        raft = self.raft
        if raft.role is LEADER:
            behind = raft.next_index[peer] <= raft.storage.last_index
            if not behind and self._agreed[peer] >= self._round:
                with suppress(TimeoutError):
                    self._news.wait(HEARTBEAT)
        elif raft.role is not CANDIDATE or peer in raft.voters:
            self._news.wait()

    def _move(self):
        """Apply what is committed, and wake the tasklets that wait for it."""
        raft = self.raft
        leads = raft.role is LEADER  # then its machine may be ahead
        raft.apply_committed(raft.first_index if leads else raft.commit_index)
        if not leads:
            raft.tidy()
        self._progress.wake()
