"""Replicas by hand, and chance delivers their messages, an entry at a time.

On a random day a leader's messages hold its own first entry, too. That hides a
leader that counts who has an entry of an old term: no seed has found it there.
NEARFAR_SEEDS says how many games are played.
"""

import os
from random import Random

from raft_bugs import CountsOldTerms

from nearfar.checking import leave_out
from nearfar.experiments.raft_witness import Watched
from nearfar.experiments.replicas_by_hand import ByHand
from nearfar.replicas import LEADER

SEEDS = int(os.environ.get("NEARFAR_SEEDS", "30"))
NAMES = ["1", "2", "3", "4", "5"]


def moves_of(seed):
    """Draw a game: (verb, who, whom) for each move."""
    chance = Random(seed)
    for _ in range(120):
        (verb,) = chance.choices(["elect", "propose", "send"], [1, 2, 5])
        one, *others = chance.sample(NAMES, chance.randint(2, 5))
        yield verb, one, others


def what_breaks(rules, moves):
    """Play a game; return what the witness says of it, or None."""
    five = ByHand(5, rules)
    try:
        for verb, one, others in moves:
            move(five, verb, one, others)
    except AssertionError as error:
        return str(error)


def move(five, verb, one, others):
    """Make a move; only a leader has anything to propose or to send."""
    raft = five.rafts[one]
    if verb == "elect":
        five.elect(one, *others)
    elif raft.role is LEADER and verb == "propose":
        raft.propose(["pay"])
    elif raft.role is LEADER:
        for other in others:
            last = five.rafts[other].storage.last_index
            behind = last < raft.storage.last_index
            (five.send_one if behind else five.ask)(one, other)


def test_the_rules_hold_whatever_arrives():
    for seed in range(SEEDS):
        moves = list(moves_of(seed))
        assert what_breaks(Watched, moves) is None, f"seed {seed}"


def test_a_leader_that_counts_old_entries_is_found_and_shrunk():
    games = (list(moves_of(seed)) for seed in range(500))
    moves = next(g for g in games if what_breaks(CountsOldTerms, g))
    few = leave_out(
        moves, lambda some: some if what_breaks(CountsOldTerms, some) else None
    )
    print(*few, sep="\n")
    assert "without the committed entry" in what_breaks(CountsOldTerms, few)
    assert what_breaks(Watched, few) is None
    assert len(few) <= 12  # as in figure 8
