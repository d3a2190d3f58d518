"""Benchmarks: in turns, checked, and told with the machine."""

import json

import pytest

from nearfar.benchmark import (
    Contender,
    Row,
    compare,
    machine,
    prime_contenders,
    record,
    table,
)


def test_contenders_take_turns_and_the_first_round_is_a_warm_up():
    order = []

    def work(name):
        order.append(name)
        return 1

    contenders = [
        Contender(name, lambda name=name: work(name)) for name in "ab"
    ]
    rows = compare(contenders, 1, rounds=2)
    assert order == ["a", "b"] * 3
    assert [len(row.times_s) for row in rows] == [2, 2]
    assert rows[0].speedup == 1.0


def test_a_wrong_answer_is_no_time_at_all():
    with pytest.raises(AssertionError, match="liar: expected 1, got 2"):
        compare([Contender("liar", lambda: 2)], 1)


def test_the_prime_contenders_all_count_the_same():
    from contextlib import ExitStack

    with ExitStack() as stack:
        contenders = prime_contenders(20_000, 2_000, stack)
        rows = compare(contenders, 2_262, rounds=1)
    assert [row.name for row in rows] == [
        "sequential",
        "2 threads",
        "farm, 1 worker",
        "farm, 2 workers",
        "process pool, 2",
    ]
    assert all(row.start_s > 0 for row in rows[1:])


def test_the_median_and_the_range_are_told():
    row = Row("one", 0.5, [3.0, 1.0, 2.0], 1.0)
    assert row.median_s == 2.0
    assert "2.00 s" in table([row])
    assert "1.00 to 3.00 s" in table([row])


def test_a_record_names_the_machine(tmp_path):
    path = tmp_path / "new" / "x.json"
    record(path, [Row("one", 0.0, [1.0], 1.0)], stop=10)
    told = json.loads(path.read_text())
    assert told["stop"] == 10
    assert told["rows"][0]["name"] == "one"
    assert told["machine"]["processor"] == machine()["processor"]
    assert told["machine"]["cores"] >= 1


def test_a_machine_asked_before_is_the_one_that_is_recorded(tmp_path):
    before = machine() | {"load": 0.25}
    record(tmp_path / "it.json", rows=[], machine=before)
    told = json.loads((tmp_path / "it.json").read_text())
    assert told == {"machine": before, "rows": []}
