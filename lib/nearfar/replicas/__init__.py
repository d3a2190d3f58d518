"""Replicas: several machines that keep one log.

The one idea: what a majority has on its disks cannot be forgotten, because any
two majorities share a machine. A bank that waits for a majority before it
answers survives the loss of any minority, and takes no answer back.

Read in this order: `messages` (what replicas say to one another), `storage`
(what each keeps on its disk), `raft` (the rules), and `replica` (the tasklets
that carry them). A `Teller` of `nearfar.bank` is the bank on top.

A replica gets its connections, its disk and its machine as arguments. Left
out: changing the members; etcd and its peers do that.
"""

from .messages import (
    BYTES,
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
from .raft import CANDIDATE, FOLLOWER, LEADER, Machine, Raft
from .replica import ELECTION, HEARTBEAT, Replica
from .storage import Storage

__all__ = ["Entry", "RequestVote", "Vote", "AppendEntries", "Appended"]
__all__ += ["InstallSnapshot", "Installed", "PeerRequest", "PeerReply"]
__all__ += ["BYTES", "Storage", "Raft", "Machine", "Replica"]
__all__ += ["FOLLOWER", "CANDIDATE", "LEADER", "HEARTBEAT", "ELECTION"]
