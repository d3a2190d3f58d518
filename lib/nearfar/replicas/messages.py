"""Messages between replicas, with the names of the paper.

The one idea: three requests are enough. A candidate asks for votes, a leader
sends its log and its heartbeats, and to a replica that is too far behind a
copy of the state. Every message carries its sender's term.

The paper: D. Ongaro and J. Ousterhout, *In Search of an Understandable
Consensus Algorithm* (USENIX ATC 2014), figures 2 and 13.
"""

from __future__ import annotations

from ..far import Message

__all__ = ["Entry", "RequestVote", "AppendEntries", "InstallSnapshot", "Vote"]
__all__ += ["Appended", "Installed", "PeerRequest", "PeerReply"]

BYTES = 2**20  # of one message between replicas, at most


class Entry(Message, tag=False):
    """An entry of the log; `command` is text for the machine, or empty."""

    term: int
    command: str = ""


class RequestVote(Message):
    """Ask for a vote; the last two fields say how good the asker's log is."""

    term: int
    candidate: str
    last_log_index: int
    last_log_term: int


class Vote(Message):
    """The answer: whether the candidate has this replica's vote."""

    term: int
    granted: bool


class AppendEntries(Message):
    """Put these entries, or none, behind the one at `prev_log_index`.

    `leader` is the address at which customers find the sender.
    """

    term: int
    leader: str
    prev_log_index: int
    prev_log_term: int
    entries: list[Entry]
    leader_commit: int


class Appended(Message):
    """Whether they fitted, and up to which index the two logs may agree."""

    term: int
    success: bool
    match_index: int


class InstallSnapshot(Message):
    """A piece of the state after `last_included_index`, from `offset` on."""

    term: int
    leader: str
    last_included_index: int
    last_included_term: int
    offset: int
    data: bytes
    done: bool


class Installed(Message):
    """The answer: how many bytes of the state are there."""

    term: int
    received: int


PeerRequest = RequestVote | AppendEntries | InstallSnapshot
PeerReply = Vote | Appended | Installed
