"""Ten bugs that real implementations of Raft had, each planted in one method.

Nine of them are found on random days; `test_moves` finds `CountsOldTerms`.
"""

import msgspec

from nearfar.bank import Books, Log, write_line
from nearfar.experiments.raft_witness import Watched, WatchedStorage
from nearfar.experiments.replicated_bank import HastyReplica, replicated_day
from nearfar.near import lowlevel
from nearfar.replicas import ELECTION, Replica


class VotesTwice(WatchedStorage):
    """Forgets its vote in a restart, not the term."""

    def __init__(self, disk):
        super().__init__(disk)
        self.voted_for = ""


class CountsOldTerms(Watched):
    """Commits an entry of an old term because a majority has it.

    A leader's messages hold its own first entry, too, so no random day has
    found this one. `test_raft` shows it, message by message.
    """

    def may_commit(self, index):
        return True


class NeverSyncs(Log):
    """Leaves its records to the system."""

    def append(self, record):
        self.disk.append(self.name, write_line(record))
        self.records.append(record)


class ForgetsFsync(WatchedStorage):
    """Grants votes and takes entries before they are on the disk."""

    def __init__(self, disk):
        super().__init__(disk)
        self._log.__class__ = NeverSyncs


class KeepsItsLease(Replica):
    """Trusts for ten elections that a majority which answered still follows."""

    def confirm(self, term):
        self._lead_in(term)
        since = lowlevel.time_now() - 10 * ELECTION
        if sum(at > since for at in self._heard_at.values()) == 0:
            super().confirm(term)

    def _look_back(self):
        pass


class LosesTheTail(WatchedStorage):
    """Drops what stands behind a snapshot when it takes its place."""

    def after(self, index):
        return [] if self.compacting else super().after(index)

    def compact(self, *snapshot):
        self.compacting = True
        super().compact(*snapshot)
        self.compacting = False

    compacting = False


class AppliesTwice(Books):
    """Takes an order that it meets again after a restart for a new one."""

    def __init__(self, *args):
        super().__init__(*args)
        self.known = {each.id for each in self.ledger.postings()}

    def apply(self, command):
        for id in self.known:
            command = command.replace(f'"{id}"', f'"{id}-2"')
        super().apply(command)


class Truncates(Watched):
    """Takes what a leader sends for all there is, however old it is."""

    def take_over(self, before, entries):
        self.storage.write(before, entries)


class ElectsAnybody(Watched):
    """Votes without a look at the candidate's log."""

    def is_as_good(self, last_term, last_index):
        return True


class BelievesTheOld(Watched):
    """Accepts entries from a leader of an older term."""

    def answer(self, request):
        if hasattr(request, "entries") and request.term < self.term:
            request = msgspec.structs.replace(request, term=self.term)
        return super().answer(request)


BUGS = {  # each with the first seed that finds it
    "votes twice in a term after a restart": (401, {"storage": VotesTwice}),
    "forgets to sync before it answers": (87, {"storage": ForgetsFsync}),
    "reads without asking a majority": (93, {"replica": HastyReplica}),
    "serves after its lease": (93, {"replica": KeepsItsLease}),
    "loses the entries behind a snapshot": (13, {"storage": LosesTheTail}),
    "applies an entry twice after a restart": (0, {"books": AppliesTwice}),
    "truncates a committed suffix": (9, {"rules": Truncates}),
    "elects without a look at the log": (0, {"rules": ElectsAnybody}),
    "accepts entries from an older term": (25, {"rules": BelievesTheOld}),
}


def day_with(bug):
    """The program `replicated_day`, with one of the bugs."""

    def bad_day(network, **sizes):
        return replicated_day(network, **sizes, **BUGS[bug][1])

    return bad_day
