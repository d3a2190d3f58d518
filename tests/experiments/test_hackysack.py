"""Hackysack: the same game for all, and nobody is left standing."""

import gc
import statistics
import subprocess
import sys
import threading
from itertools import pairwise
from random import Random

import pytest

from nearfar import benchmark
from nearfar.benchmark import record
from nearfar.experiments import hackysack
from nearfar.experiments.hackysack import (
    Circle,
    kicks_table,
    measure,
    play,
    recorded_circles,
    series,
    with_spinning_threads,
    with_tasklets,
    with_threads,
)
from nearfar.near.lowlevel import Stack

PROGRAMS = [with_tasklets, with_threads, with_spinning_threads]


@pytest.fixture(autouse=True, scope="module")
def first_run():
    """Use up the scheduler that came with the import.

    Nothing that was there before the first test is ever collected (see
    conftest.py), and its stacks stay with it.
    """
    with_tasklets(2, 1, Random(1))


@pytest.fixture(autouse=True)
def nobody_stays(first_run):
    threads, stack_size, before = alive(), threading.stack_size(), stacks()
    yield
    assert alive() <= threads
    assert stacks() <= before
    assert threading.stack_size() == stack_size


def alive():
    return set(threading.enumerate())


def stacks():
    gc.collect()
    return sum(type(thing) is Stack for thing in gc.get_objects())


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(("players", "kicks"), [(2, 1), (2, 7), (30, 20)])
def test_the_bag_goes_as_planned(program, players, kicks):
    game = program(players, kicks, Random(1))
    assert len(game.plan) == kicks
    assert game.kicked == game.plan
    assert set(game.plan) <= set(range(players))


def test_all_play_the_same_game_from_the_same_seed():
    games = [program(10, 30, Random(7)).kicked for program in PROGRAMS]
    assert games == [games[0]] * 3
    assert with_tasklets(10, 30, Random(8)).kicked != games[0]


def test_a_shorter_game_is_the_beginning_of_a_longer_one():
    long = with_tasklets(10, 500, Random(3)).kicked
    assert with_threads(10, 50, Random(3)).kicked == long[:50]


def test_nobody_kicks_to_himself_and_everybody_is_kicked_to():
    plan = with_tasklets(5, 2_000, Random(2)).kicked
    assert all(a != b for a, b in pairwise(plan))
    assert len(set(pairwise(plan))) == 5 * 4


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(("players", "kicks"), [(1, 5), (0, 5), (5, 0)])
def test_too_small_a_game_is_refused_in_words(program, players, kicks):
    with pytest.raises(ValueError, match="2 players or more and 1 kick"):
        program(players, kicks, Random(1))


@pytest.mark.parametrize("program", PROGRAMS)
def test_stages_are_timed_one_after_another(program):
    game = program(20, 20, Random(1))
    assert game.times == sorted(game.times)
    assert len(game.times) == 4
    assert game.create_s > 0
    assert game.play_s > 0
    assert game.leave_s > 0
    stages = game.create_s + game.play_s + game.leave_s
    assert stages == pytest.approx(game.times[3] - game.times[0])


def test_a_thread_that_cannot_start_ends_the_others(monkeypatch):
    start, started = threading.Thread.start, []

    def start_seven(thread):
        if len(started) == 7:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_seven)
    with pytest.raises(RuntimeError, match="allowed 7 threads, not 1,000"):
        with_threads(1_000, 5, Random(1))
    assert not any(thread.is_alive() for thread in started)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory")
def test_a_machine_without_room_for_the_threads_says_how_many_it_had():
    program = """if 1:
        import resource, threading
        from random import Random
        from nearfar.experiments import hackysack
        from nearfar.experiments.hackysack import with_threads
        hackysack.STACK_BYTES = 32 << 20
        pages = int(open("/proc/self/statm").read().split()[0])
        room = pages * resource.getpagesize() + (1000 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
        try:
            with_threads(5_000, 5, Random(1))
        except RuntimeError as error:
            print(error)
        print(threading.active_count(), "left")
        hackysack.STACK_BYTES = 64 << 10
        print(with_threads(10, 5, Random(1)).play_s > 0)
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    first, *others = done.stdout.splitlines()
    assert first.startswith("this machine allowed ")
    assert "threads, not 5,000: " in first
    assert int(first.split()[3].replace(",", "")) > 5
    assert others == ["1 left", "True"]


def test_an_interrupted_game_sends_all_threads_home():
    def interrupt(over):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        with_threads(20, 1_000, Random(1), wait=interrupt)


# --- Measuring ---------------------------------------------------------------


def test_programs_take_turns_and_the_first_round_does_not_count():
    played = []

    def pretend(program, players, kicks, seed):
        played.append((program, players))
        return [1.0, float(len(played)), 3.0]

    rows = measure((2, 3), {"tasklets": 10, "threads": 5}, 2, play=pretend)
    a_round = [(p, n) for n in (2, 3) for p in ("tasklets", "threads")]
    assert played == a_round * 3
    assert [row.play_s for row in rows] == [
        [5.0, 9.0],
        [6.0, 10.0],
        [7.0, 11.0],
        [8.0, 12.0],
    ]
    assert rows[0].create_s == [1.0, 1.0]
    assert rows[0].leave_s == [3.0, 3.0]


def test_what_the_machine_refuses_is_told_and_not_tried_again():
    tried = []

    def pretend(program, players, kicks, seed):
        if program == "threads" and players > 100:
            tried.append(players)
            raise RuntimeError("this machine allowed 99 threads, not 1,000")
        return [1.0, 1.0, 1.0]

    kicks = {"tasklets": 10, "threads": 10}
    rows = measure((10, 1_000), kicks, 3, play=pretend)
    assert tried == [1_000]
    assert rows[3].refused.startswith("this machine allowed 99")
    assert rows[3].play_s == []
    assert "allowed 99 threads" in kicks_table(rows)
    assert series(rows) == {
        "tasklets": {10: [1e5] * 3, 1_000: [1e5] * 3},
        "threads": {10: [1e5] * 3},
    }


def test_a_kick_and_a_player_are_told_in_microseconds():
    row = Circle("tasklets", 10, 100, [1e-4], [1e-3], [2e-4])
    assert row.each_us("play") == [pytest.approx(10)]
    assert row.each_us("create") == [pytest.approx(10)]
    assert series([row], "leave") == {"tasklets": {10: [pytest.approx(20)]}}


def test_the_table_compares_within_a_round():
    fast = Circle("tasklets", 10, 10, [1.0] * 3, [1.0, 2.0, 4.0], [1.0] * 3)
    slow = Circle("threads", 10, 10, [1.0] * 3, [3.0, 6.0, 8.0], [1.0] * 3)
    lines = kicks_table([fast, slow]).splitlines()
    assert lines[1].split()[-1] == "1.0"
    assert lines[2].split()[-1] == "3.0"


def test_a_game_that_goes_wrong_is_no_measurement(monkeypatch):
    class Cheat(hackysack.Game):
        def __init__(self, *game):
            super().__init__(*game)
            self.kicked.append(-1)

    monkeypatch.setattr(hackysack, "Game", Cheat)
    with pytest.raises(AssertionError, match="threads: the bag did not go"):
        play("threads", 5, 5, 1)


def test_a_small_measurement_of_all_three():
    kicks = {"tasklets": 200, "threads": 20, "threads, main spins": 1}
    rows = measure((5, 10), kicks, rounds=2)
    assert len(rows) == 6
    for row in rows:
        for stage in ("create", "play", "leave"):
            times = row.each_us(stage)
            assert len(times) == 2
            assert min(times) > 0


def test_what_is_recorded_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "MEASUREMENTS", tmp_path)
    rows = measure((5,), {"tasklets": 20}, rounds=1)
    record("hackysack", {"rounds": 1, "rows": rows})
    read, machine = recorded_circles()
    assert read == rows
    assert machine["cores"] >= 1


def test_the_record_has_all_sizes_and_names_its_machine():
    rows, machine = recorded_circles()
    sizes = {row.players for row in rows if row.program == "tasklets"}
    assert {10, 100, 1_000, 10_000} <= sizes
    assert machine["processor"]
    assert machine["python"]
    by_size = series(rows)
    for size in (10, 100, 1_000):  # the claim of 2006, and who was slowed
        tasklets, threads, spinning = (
            statistics.median(by_size[name][size])
            for name in hackysack.PROGRAMS
        )
        assert tasklets < threads < spinning
