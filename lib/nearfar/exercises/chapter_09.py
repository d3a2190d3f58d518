"""The exercises of chapter 09: replicas.

Here are the rules of Raft; `chapter_09_client` holds the one about a client
that looks for the leader.
"""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

from ..checking import hunt
from ..experiments.raft_witness import Watched
from ..experiments.replicated_bank import INVARIANTS, STORM
from ..experiments.replicated_bank import replicated_day as day
from ..replicas import Entry, RequestVote
from .promises import Exercise, Prediction, doing, expect

__all__ = ["Voter"]

WORLDS = range(12)  # bad days on which the reader's rules run a bank

Prediction(
    "9.1",
    "how many may die",
    truth=lambda: {n: n - (n // 2 + 1) for n in (3, 4, 5, 7)},
    because="a majority of n is n // 2 + 1, and the rest may be dead. A fourth "
    "replica costs one more vote and buys nothing",
    beliefs=[
        (
            lambda answer: answer.get(4) == 2,
            "with two of four dead, two are left. Is that more than half of "
            "four?",
        ),
        (
            lambda answer: answer.get(3) == 2,
            "one replica of three is no majority: it can't know whether the "
            "other two are dead or only out of reach",
        ),
        (
            lambda answer: answer.get(5) in (3, 4),
            "the replicas that are left must be more than half of *all*, the "
            "dead ones included",
        ),
    ],
    hint="Count what must be left: more than half of all replicas.",
)


class Voter(SimpleNamespace):
    """A replica's memory: term, voted_for, last_term, last_index."""


def rules_with(**functions):
    """The real rules, with functions of the reader in three places."""

    class Rules(Watched):
        def _grants(self, ask):
            if "grants" not in functions:
                return super()._grants(ask)
            last = self.storage.last_index
            mine = Voter(
                term=self.term,
                voted_for=self.storage.voted_for,
                last_term=self.storage.term_at(last),
                last_index=last,
            )
            granted = functions["grants"](mine, ask) is True
            if granted:
                self.storage.vote(self.term, ask.candidate)
            return granted

        def take_over(self, before, entries):
            if "follow" not in functions:
                return super().take_over(before, entries)
            start = self.storage.snapshot.index
            log = [(each.term, each.command) for each in self.storage.entries]
            told = [(each.term, each.command) for each in entries]
            term = self.storage.term_at(before)
            if start:  # the answer knows no snapshots: let it stand for one
                log = (
                    [(0, "")] * (start - 1)
                    + [(self.storage.snapshot.term, "")]
                    + log
                )
            after = functions["follow"](log, before, term, told)
            kept = 0
            while kept < min(len(log), len(after)) and log[kept] == after[kept]:
                kept += 1
            new = [Entry(*entry) for entry in after[kept:]]
            if new or kept < len(log):
                self.storage.write(max(kept, start), new)

        def _advance(self):
            if "committed" not in functions:
                return super()._advance()
            first = self.storage.snapshot.index
            terms = [0] * first + [e.term for e in self.storage.entries]
            others = list(self.match_index.values())
            index = functions["committed"](terms, others, self.term)
            self.commit_index = max(self.commit_index, index)

    return Rules


def in_bad_worlds(**functions):
    """Let a function of the reader run a bank on bad days."""
    report = hunt(
        lambda network: day(network, rules=rules_with(**functions)),
        WORLDS,
        STORM,
        INVARIANTS,
        shrink=False,
    )
    if report.found:
        error, seed = report.found.error, report.found.seed
        expect(
            f"seed {seed} of {len(WORLDS)} bad days",
            happened=f"{type(error).__name__}: {error}",
            expected="a day that ends well",
            holds=False,
        )


# --- 9.2 ----------------------------------------------------------------------

votes = Exercise(
    "9.2",
    "the rule for a vote",
    hint="Three questions: is it my term, is my vote free (or the "
    "candidate's already), and is the candidate's log at least as good? A log "
    "is better if its last entry is of a later term, or of the same term and "
    "further on. Tuples compare like that.",
)


def _asked(answer, mine, ask):
    with doing(f"grants({mine}, {ask})") as what:
        return what, answer(mine, ask)


@votes.promise("it votes once in a term, and may say so twice", orders=0)
def once(answer):
    log = {"last_term": 1, "last_index": 3}
    for voted_for, candidate in product(("", "1", "2"), ("1", "2")):
        mine = Voter(term=4, voted_for=voted_for, **log)
        what, told = _asked(answer, mine, RequestVote(4, candidate, 3, 1))
        expect(what, happened=told, expected=voted_for in ("", candidate))


@votes.promise("a candidate of an older term gets no vote", orders=0)
def older(answer):
    mine = Voter(term=4, voted_for="", last_term=1, last_index=3)
    what, told = _asked(answer, mine, RequestVote(3, "2", 9, 3))
    expect(what, happened=told, expected=False)


@votes.promise("a worse log gets no vote, and any other does", orders=0)
def good_logs(answer):
    for mine, its in product(product(range(3), range(3)), repeat=2):
        voter = Voter(
            term=5, voted_for="", last_term=mine[0], last_index=mine[1]
        )
        ask = RequestVote(5, "2", its[1], its[0])
        what, told = _asked(answer, voter, ask)
        expect(what, happened=told, expected=its >= mine)


@votes.promise(f"{len(WORLDS)} bad days end well with it", inside=False)
def voting_days(answer):
    in_bad_worlds(grants=answer)


# --- 9.3 ----------------------------------------------------------------------

log_rule = Exercise(
    "9.3",
    "follow a leader's log",
    hint="First see whether the entry at `before` is there, and of the right "
    "term. Then go through the new entries: skip what is there already, and "
    "at the first that differs, cut your log and take the rest.",
)


def _followed(answer, log, before, term, entries):
    with doing(f"follow({log}, {before}, {term}, {entries})") as what:
        return what, answer(list(log), before, term, list(entries))


@log_rule.promise("entries that fit are added", orders=0)
def fitting(answer):
    a, b, c = (1, "a"), (1, "b"), (2, "c")
    for log, before, term, entries, after in (
        ([], 0, 0, [a], [a]),
        ([a], 1, 1, [b, c], [a, b, c]),
        ([a, b], 2, 1, [], [a, b]),
    ):
        what, told = _followed(answer, log, before, term, entries)
        expect(what, happened=told, expected=after)


@log_rule.promise("what does not fit is refused with None", orders=0)
def gaps(answer):
    a, b, c = (1, "a"), (1, "b"), (2, "c")
    for log, before, term in (([], 1, 1), ([a, b], 2, 2), ([a], 2, 1)):
        what, told = _followed(answer, log, before, term, [c])
        expect(what, happened=told, expected=None, holds=told is None)


@log_rule.promise("what differs gives way, with all behind it", orders=0)
def differing(answer):
    a, b, c, d = (1, "a"), (1, "b"), (1, "c"), (2, "d")
    what, told = _followed(answer, [a, b, c], 1, 1, [d])
    expect(what, happened=told, expected=[a, d])


@log_rule.promise("an old message takes nothing back", orders=0)
def late(answer):
    a, b, c = (1, "a"), (1, "b"), (1, "c")
    for entries in ([], [a], [a, b]):
        what, told = _followed(answer, [a, b, c], 0, 0, entries)
        expect(what, happened=told, expected=[a, b, c])


@log_rule.promise(f"{len(WORLDS)} bad days end well with it", inside=False)
def following_days(answer):
    in_bad_worlds(follow=answer)


# --- 9.4 ----------------------------------------------------------------------

commits = Exercise(
    "9.4",
    "the rule for a commit",
    hint="The leader's own log counts, too. Sort all the indexes: the one that "
    "a majority has reached stands in the middle. Then look at the term of "
    "that entry.",
)


def right_commit(terms, others, term):
    """The highest index that a majority has, if it is of the leader's term."""
    have = sorted([len(terms), *others], reverse=True)
    index = have[len(have) // 2]
    return index if index and terms[index - 1] == term else 0


def _committed(answer, terms, others, term):
    with doing(f"committed({terms}, {others}, {term})") as what:
        return what, answer(list(terms), list(others), term)


@commits.promise("an entry is committed once a majority has it", orders=0)
def majority(answer):
    for size in (1, 2, 4):
        for others in product(range(4), repeat=size):
            what, told = _committed(answer, [1, 1, 1], others, 1)
            right = right_commit([1, 1, 1], others, 1)
            expect(what, happened=told, expected=right)


@commits.promise("an entry of an older term is not counted", orders=0)
def older_terms(answer):
    for terms in ([1, 1, 2], [1, 2, 4], [2, 2, 2]):
        for others in product(range(4), repeat=2):
            what, told = _committed(answer, terms, others, 4)
            right = right_commit(terms, others, 4)
            expect(what, happened=told, expected=right)


@commits.promise("a leader alone, and one without entries", orders=0)
def alone(answer):
    for terms, others in (([3, 3], []), ([], [0, 0])):
        what, told = _committed(answer, terms, others, 3)
        expect(what, happened=told, expected=right_commit(terms, others, 3))


@commits.promise(f"{len(WORLDS)} bad days end well with it", inside=False)
def committing_days(answer):
    in_bad_worlds(committed=answer)
