"""Benchmarks: in turns, checked, and told with the machine."""

import time
from contextlib import ExitStack

import pytest

from nearfar import benchmark
from nearfar.benchmark import (
    Comparison,
    Contender,
    Row,
    compare,
    in_turns,
    machine,
    paired,
    ratios,
    record,
    recorded,
    table,
)
from nearfar.farm import prime_contenders


@pytest.fixture(autouse=True)
def calm(monkeypatch):
    """Whatever this machine does, unless a test says otherwise."""
    monkeypatch.setattr(benchmark, "_busy", lambda: 0.0)
    monkeypatch.setattr(benchmark, "SPREAD", float("inf"))


@pytest.fixture
def measurements(tmp_path, monkeypatch):
    """An empty folder to record in."""
    monkeypatch.setattr(benchmark, "MEASUREMENTS", tmp_path)


def test_contenders_take_turns_and_the_first_round_is_a_warm_up():
    order = []

    def work(name):
        order.append(name)
        return 1

    contenders = [
        Contender(name, lambda name=name: work(name)) for name in "ab"
    ]
    found = compare(contenders, 1, rounds=2)
    assert order == ["a", "b"] * 3
    assert [len(row.times_s) for row in found.rows] == [2, 2]
    assert (found["a"].speedup, found.trouble) == (1.0, "")


def test_a_wrong_answer_is_no_time_at_all():
    with pytest.raises(AssertionError, match="liar: expected 1, got 2"):
        compare([Contender("liar", lambda: 2)], 1)


def test_the_prime_contenders_all_count_the_same():
    with ExitStack() as stack:
        contenders = prime_contenders(20_000, 2_000, stack)
        rows = compare(contenders, 2_262, rounds=1).rows
    told = [(row.name, row.workers) for row in rows]
    assert told == [
        ("one", 1),
        ("threads, 2", 2),
        ("farm", 1),
        ("farm, 2", 2),
        ("executor, 2", 2),
        ("pool, 2", 2),
    ]
    assert all(row.start_s > 0 for row in rows[1:])


def test_the_median_and_the_range_are_told():
    row = Row("one", 0.5, [3.0, 1.0, 2.0], 1.0)
    assert row.median_s == 2.0
    told = table(Comparison([row]))
    assert "2.00 s" in told
    assert "1.00 to 3.00 s" in told
    assert "1.00x" in told


def test_ratios_are_taken_round_by_round():
    rows = [Row("one", 0, [4.0, 6.0], 1), Row("farm, 2", 0, [2.0, 2.0], 2, 2)]
    assert ratios(rows) == {"one": {1: [1, 1]}, "farm": {2: [2, 3]}}


def test_no_speed_up_is_told_of_rounds_that_differ_too_much(monkeypatch):
    monkeypatch.setattr(benchmark, "SPREAD", 1.25)
    waits = iter([0, 0.01, 0.03])
    found = compare(
        [Contender("one", lambda: time.sleep(next(waits)))], None, 2
    )
    assert found.trouble.startswith("one took 0.01 to 0.03 s")
    assert "x" not in table(found).splitlines()[1]
    assert table(found).endswith(f"no speed-up told: {found.trouble}")


def test_the_rounds_of_every_contender_are_looked_at(monkeypatch):
    monkeypatch.setattr(benchmark, "SPREAD", 1.25)
    waits = iter([0, 0.01, 0.03])
    steady = Contender("steady", lambda: time.sleep(0.02))
    shaky = Contender("shaky", lambda: time.sleep(next(waits)))
    found = compare([steady, shaky], None, 2)
    assert found.trouble.startswith("shaky took 0.01 to 0.03 s")
    assert table(found).endswith(f"no speed-up told: {found.trouble}")


def test_no_speed_up_is_told_by_a_machine_that_has_other_things_to_do(
    monkeypatch,
):
    monkeypatch.setattr(benchmark, "_busy", lambda: 1.3)
    found = compare([Contender("one", lambda: 1)], 1, 1)
    assert "others kept 1.3 of its processors busy" in table(found)


def test_how_busy_others_are_is_seen_while_we_do_nothing(monkeypatch):
    monkeypatch.undo()
    ticks = iter([1_000, 1_000 + 45])  # hundredths of a second
    monkeypatch.setattr(benchmark, "_ticks", lambda: next(ticks))
    monkeypatch.setattr(benchmark.os, "sysconf", lambda name: 100)
    assert benchmark._busy() == pytest.approx(1.5)
    monkeypatch.setattr(benchmark, "_ticks", lambda: None)
    assert benchmark._busy() == 0.0


def test_a_turn_is_told_whether_it_counts():
    turns = list(in_turns(iter("ab"), 1))
    assert turns == [("a", False), ("b", False), ("a", True), ("b", True)]


def test_ratios_are_of_the_same_round():
    assert paired([4.0, 6.0], [2.0, 2.0]) == [2, 3]
    with pytest.raises(ValueError, match="shorter"):
        paired([1.0, 2.0], [1.0])


def test_a_record_names_the_machine_and_the_versions(measurements):
    rows = [Row("one", 0.0, [1.0], 1.0)]
    record("x", {"stop": 10, "rows": rows})
    told = recorded("x")
    assert told["stop"] == 10
    assert told["rows"][0]["name"] == "one"
    assert told["machine"]["processor"] == machine()["processor"]
    assert told["machine"]["cores"] >= 1
    assert {"nearfar", "distributed"} <= told["machine"]["versions"].keys()


def test_a_machine_asked_before_is_the_one_that_is_recorded(measurements):
    before = machine() | {"load": 0.25}
    record("it", {"machine": before, "rows": []})
    assert recorded("it") == {"machine": before, "rows": []}
