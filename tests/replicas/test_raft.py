"""The rules of Raft, message by message."""

import pytest
from raft_bugs import CountsOldTerms

from nearfar.experiments.raft_witness import Watched, check_matching
from nearfar.experiments.replicas_by_hand import ByHand
from nearfar.replicas import (
    CANDIDATE,
    FOLLOWER,
    LEADER,
    AppendEntries,
    Entry,
    InstallSnapshot,
    RequestVote,
)


def test_a_majority_of_votes_makes_a_leader():
    three = ByHand(3)
    assert three.elect("1").role is CANDIDATE
    assert three.ask("1", "2").granted
    assert three.rafts["1"].role is LEADER
    assert three.rafts["1"].term == 1


def test_a_replica_alone_leads_at_once():
    one = ByHand(1)
    raft = one.elect("1")
    assert raft.role is LEADER
    assert raft.commit_index == 1


@pytest.mark.parametrize("restart", [False, True])
def test_a_replica_votes_once_in_a_term(restart):
    three = ByHand(3)
    three.elect("1", "3")
    if restart:
        three.restart("3")
    three.rafts["2"].stand()
    assert three.rafts["2"].term == three.rafts["3"].term == 1
    assert not three.ask("2", "3").granted
    assert three.rafts["2"].role is CANDIDATE


def test_the_same_candidate_may_ask_again():
    three = ByHand(3)
    ask = RequestVote(1, "1", 0, 0)
    for _ in range(2):
        vote, put_off = three.rafts["3"].answer(ask)
        assert vote.granted
        assert put_off


def test_a_worse_log_gets_no_vote():
    three = ByHand(3)
    three.elect("1", "2")
    three.ask("1", "2")  # the leader's first entry
    three.elect("3")
    assert not three.ask("3", "2").granted
    three.elect("2", "3")
    assert three.rafts["2"].role is LEADER


def test_an_entry_is_committed_once_a_majority_has_it():
    three = ByHand(3)
    leader = three.elect("1", "2")
    leader.propose(["pay"])
    assert leader.commit_index == 0
    assert three.ask("1", "2").success
    assert leader.commit_index == 2
    three.ask("1", "2")  # tells that it is committed
    three.ask("1", "3")
    three.apply()
    assert [each.commands for each in three.machines.values()] == [["pay"]] * 3


def test_what_a_deposed_leader_wrote_alone_gives_way():
    three = ByHand(3)
    three.elect("1", "2").propose(["lost"])
    leader = three.elect("2", "3")
    leader.propose(["kept"])
    three.ask("2", "3")
    while leader.next_index["1"] <= leader.storage.last_index:
        three.ask("2", "1")
    assert three.rafts["1"].role is FOLLOWER
    check_matching(three.rafts["1"].storage, leader.storage)
    three.ask("2", "1")
    three.apply()
    assert three.machines["1"].commands == ["kept"]


def test_a_leader_of_an_older_term_is_told_so():
    three = ByHand(3)
    old = three.elect("1", "2")
    three.elect("3", "2")
    deposed = []
    old.deposed = lambda: deposed.append(True)
    assert not three.ask("1", "2").success
    assert old.role is FOLLOWER
    assert deposed == [True]


def test_a_late_message_takes_nothing_back():
    three = ByHand(3)
    leader = three.elect("1", "2")
    late = leader.request_for("3")
    leader.propose(["a", "b"])
    three.ask("1", "3")
    three.rafts["3"].answer(late)
    assert three.rafts["3"].storage.last_index == 3


def lose_an_entry(rules):
    """Figure 8 of the paper: let "old" reach a majority, and lose it."""
    five = ByHand(5, rules)
    first, last = five.rafts["1"], five.rafts["5"]
    five.elect("1", "2", "3")
    five.send_one("1", "2", "3", "4", "5")  # all have its first entry
    first.propose(["old"])
    five.ask("1", "2")
    five.elect("5", "3", "4")
    last.propose(["new"])
    five.elect("1", "2", "3", "4")  # its term is behind that of "new"
    five.send_one("1", "2", "3")  # "old" is on three of five disks now
    five.elect("5", "2", "3", "4")
    assert last.role is LEADER  # for "new" is of a later term than "old"
    for other in ("2", "3", "4"):
        five.ask("5", other)
        five.ask("5", other)
    five.apply()
    return five


def test_an_entry_of_an_old_term_is_not_committed_by_counting():
    five = lose_an_entry(Watched)
    commands = {command for _, command in five.witness.committed.values()}
    assert "old" not in commands
    with pytest.raises(AssertionError, match="without the committed entry"):
        lose_an_entry(CountsOldTerms)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_replica_that_is_far_behind_gets_a_snapshot(restarted):
    three = ByHand(3, long_log=5)
    leader = three.elect("1", "2")
    for number in range(12):
        leader.propose([f"order {number}"])
        three.ask("1", "2")
        leader.apply_committed(leader.commit_index)
        leader.tidy()
    assert leader.storage.snapshot.index >= 5
    if restarted:
        three.restart("1")
        leader = three.elect("1", "2")
    sent = []
    while leader.next_index["3"] <= leader.storage.last_index:
        sent.append(type(leader.request_for("3")))
        three.ask("1", "3")
    assert InstallSnapshot in sent
    three.ask("1", "3")
    three.apply()
    assert three.machines["3"].commands == three.machines["1"].commands
    three.restart("3")
    assert three.machines["3"].commands  # from its own snapshot


def test_a_snapshot_comes_in_pieces_and_half_of_one_is_nothing():
    three = ByHand(3)
    raft = three.rafts["3"]
    half = InstallSnapshot(1, "1", 7, 1, 0, b"order 1\nord", False)
    rest = InstallSnapshot(1, "1", 7, 1, 11, b"er 2", True)
    assert raft.answer(rest)[0].received == 0  # the first piece is missing
    assert raft.answer(half)[0].received == 11
    other = InstallSnapshot(1, "1", 9, 1, 11, b"er 9", True)
    assert raft.answer(other)[0].received == 0  # of another snapshot
    assert raft.answer(half)[0].received == 11
    assert raft.last_applied == 0
    assert raft.answer(rest)[0].received == 15
    assert raft.last_applied == raft.commit_index == 7
    assert three.machines["3"].commands == ["order 1", "order 2"]
    assert raft.answer(rest)[0].received == 15  # again: it is beyond it


def test_entries_behind_a_snapshot_stay_if_they_follow_it():
    three = ByHand(3)
    raft = three.rafts["3"]
    entries = [Entry(1, f"order {number}") for number in range(1, 5)]
    raft.answer(AppendEntries(1, "1", 0, 0, entries, 0))
    raft.answer(InstallSnapshot(1, "1", 2, 1, 0, b"order 1\norder 2", True))
    assert raft.storage.last_index == 4
    assert raft.storage.entry(3).command == "order 3"
    raft.answer(InstallSnapshot(2, "1", 3, 2, 0, b"other 3", True))
    assert raft.storage.last_index == 3  # of another term: they give way
