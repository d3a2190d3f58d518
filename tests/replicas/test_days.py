"""Replicas, a bank and machines in bad worlds, and bugs that must be found.

NEARFAR_SEEDS says how many worlds (40 of them take about 2 s); from 2,000 on,
the failure of each planted bug is shrunk, too.
"""

import os
from random import SystemRandom

import pytest
import raft_bugs

from nearfar.checking import hunt, replay
from nearfar.experiments.replicated_bank import (
    INVARIANTS,
    STORM,
    answers_are_linearizable,
    replicated_day,
)

SEEDS = int(os.environ.get("NEARFAR_SEEDS", "40"))
SIZES = {"replicas": 3, "atms": 2, "visits": 6, "splits": 2}
MET = (
    *("late", "lost", "cut", "apart"),
    *("crash", "crash_sending", "crash_writing", "full"),
)


def hunt_days(first, count, **sizes):
    print(f"seeds {first} to {first + count - 1}")
    seeds = range(first, first + count)
    report = hunt(replicated_day, seeds, STORM, INVARIANTS, **sizes)
    print(report)
    return report


def test_replicas_keep_their_promises_on_the_same_days_as_ever():
    report = hunt_days(0, SEEDS)
    assert report.found is None, f"\n{report.found}"
    never = [kind for kind in MET if not report.faults[kind]]
    assert not never, f"these faults were never met: {never}"


def test_replicas_keep_their_promises_on_days_not_seen_before():
    report = hunt_days(SystemRandom().randrange(10**9), SEEDS // 2)
    assert report.found is None, f"\n{report.found}"


def test_five_replicas_keep_their_promises():
    report = hunt_days(0, SEEDS // 4, replicas=5, atms=3)
    assert report.found is None, f"\n{report.found}"


def test_a_day_is_the_same_day_again():
    days = [replay(replicated_day, 7, [], [], calm=STORM) for _ in range(2)]
    assert days[0].history.calls == days[1].history.calls
    assert days[0].witness.committed == days[1].witness.committed


@pytest.mark.parametrize("bug", raft_bugs.BUGS)
def test_a_planted_bug_is_found(bug):
    first, full = raft_bugs.BUGS[bug][0], SEEDS >= 2_000
    seeds = range(first, first + 200)  # a change of timing moves them
    report = hunt(
        raft_bugs.day_with(bug), seeds, STORM, INVARIANTS, shrink=full, **SIZES
    )
    assert report.found, f"seeds {seeds} do not find it: look for others"
    print(f"seed {report.found.seed}: {report.found.error}")
    if full:
        assert len(report.found.faults) <= report.found.drawn
        with pytest.raises(AssertionError):
            report.found.replay()


def test_a_stale_read_is_called_by_its_name():
    bug = "reads without asking a majority"
    report = hunt(
        raft_bugs.day_with(bug),
        range(raft_bugs.BUGS[bug][0], 500),
        STORM,
        [answers_are_linearizable],
        shrink=False,
        **SIZES,
    )
    assert "balance" in str(report.found.error)
    assert "not linearizable" in str(report.found.error)
