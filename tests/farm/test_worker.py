"""Workers: they do what stands in their table, and survive all of it."""

import itertools

import msgspec
import pytest

from nearfar import VirtualClock, run, spawn
from nearfar.far import pair
from nearfar.farm import (
    FROM_COORDINATOR,
    FROM_WORKER,
    FUNCTIONS,
    Beat,
    Goodbye,
    Heart,
    Join,
    Result,
    Task,
    Welcome,
    beat,
    work,
)
from nearfar.farm.protocol import VERSION


def ends():
    return pair(FROM_WORKER | FROM_COORDINATOR)


def ask(functions, chunks, function="f", **options):
    """What a worker answers to one task."""
    here, there = ends()

    def coordinator():
        here.receive()
        here.send(Task(function, chunks))
        results, missing = [], len(chunks)
        while missing:
            results.append(here.receive())
            missing -= len(results[-1].values) + len(results[-1].errors)
        here.close()
        return results

    spawn(lambda: work(there, functions, **options), daemon=True)
    return run(until=spawn(coordinator))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda _: True, True),
        (lambda _: {"a": [1, None]}, {"a": [1, None]}),
        (lambda _: float("nan"), "ValueError: nan would arrive as None"),
        (lambda _: {1: "a", "1": "b"}, "ValueError: {1: 'a', '1': 'b'} would"),
        (lambda _: {2: 1}, "ValueError: {2: 1} would arrive as {'2': 1}"),
        (lambda _: {1, 2}, "ValueError: {1, 2} would arrive as [1, 2]"),
        (lambda _: b"abc", "ValueError: b'abc' would arrive as 'YWJj'"),
        (lambda _: (1, (2, "a")), [1, [2, "a"]]),
        (lambda _: "x" * 70_000, "ValueError: a result of 70002 bytes"),
        (lambda _: object(), "TypeError"),
        (lambda _: exec("raise SystemExit(3)"), "SystemExit: 3"),
        (lambda _: exec("raise ValueError('x' * 99_999)"), "ValueError: xx"),
    ],
)
def test_a_worker_survives_whatever_its_function_does(function, expected):
    (result,) = ask({"f": function}, [(7, None)])
    if result.values:
        assert result.values == [(7, expected)]
    else:
        ((number, text),) = result.errors
        assert (number, text.startswith(expected)) == (7, True)
        assert len(text) <= 1_000


def test_a_worker_runs_only_what_stands_in_its_table():
    (result,) = ask({}, [(1, "print(1)")], "eval")
    assert result.errors == [(1, "LookupError: no function 'eval' here")]


def test_good_and_bad_chunks_of_one_task_come_back_together():
    (result,) = ask({"f": lambda n: 1 // n}, [(1, 2), (2, 0), (3, 1)])
    assert result.values == [(1, 0), (3, 1)]
    assert [number for number, _ in result.errors] == [2]


def test_a_worker_does_not_sit_on_its_results():
    seconds = itertools.count(0.0, 0.015)  # each look at the clock
    results = ask(
        {"f": abs}, [(n, -n) for n in range(4)], now=lambda: next(seconds)
    )
    assert [len(result.values) for result in results] == [2, 2]


def test_a_worker_goes_home_when_the_coordinator_hangs_up():
    here, there = ends()

    def coordinator():
        assert here.receive() == Join(VERSION, "ann", sorted(FUNCTIONS))
        here.send(Task("count_between", [(1, (0, 10)), (2, (0, 2))]))
        assert here.receive().values == [(1, 4), (2, 0)]
        here.close()

    spawn(coordinator)
    working = spawn(lambda: work(there, name="ann"))
    assert run(until=working) == 2


def test_who_is_not_let_in_says_why():
    here, there = ends()
    spawn(lambda: here.send(Goodbye("too late")))
    with pytest.raises(RuntimeError, match="not let in: too late"):
        run(until=spawn(work, there))


def test_a_coordinators_reason_cannot_steer_the_terminal():
    here, there = ends()
    spawn(lambda: here.send(Goodbye("no\x1b[2J")))
    with pytest.raises(RuntimeError, match=r"not let in: no\\x1b\[2J"):
        run(until=spawn(work, there))


def test_a_heart_beats_as_often_as_it_is_told_until_nobody_listens():
    here, there = ends()
    clock = VirtualClock()
    heard = []

    def coordinator():
        assert here.receive() == Heart(VERSION, "ann")
        here.send(Welcome(5.0))
        for _ in range(3):
            assert here.receive() == Beat()
            heard.append(clock.now())
        here.close()

    spawn(coordinator)
    run(until=spawn(beat, there, "ann"), clock=clock)
    assert heard == [0, 5, 10]


def test_a_message_is_data_and_a_worker_gets_nothing_else():
    """The messages hold names, numbers, texts and JSON: no code, no pickle."""
    from nearfar.far import encode

    task = encode(Task("count_between", [(1, (0, 10))]))
    assert task[4:] == (
        b'{"type":"Task","function":"count_between","chunks":[[1,[0,10]]]}'
    )
    result = encode(Result(0.5, [(1, 4)], []))
    assert result[4:] == (
        b'{"type":"Result","seconds":0.5,"values":[[1,4]],"errors":[]}'
    )


class Speechless(Exception):
    def __str__(self):
        raise KeyError("nothing to say")


class Deep:
    """A hundred lists inside one another."""

    def __new__(cls):
        deep = 1
        for _ in range(100):
            deep = [deep]
        return deep


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (ValueError("x" * 2_000), "ValueError: xxx"),
        (ValueError("\N{SNOWMAN}" * 900), "ValueError: \N{SNOWMAN}"),
        (ValueError("\udc80"), r"ValueError: \udc80"),
        (Speechless(), "Speechless: (it cannot say what)"),
    ],
)
def test_an_error_that_is_hard_to_send_arrives(raised, told):
    def fail(argument):
        raise raised

    chunks = [(number, msgspec.Raw(b"1")) for number in range(100)]
    errors = [error for r in ask({"f": fail}, chunks) for error in r.errors]
    assert len(errors) == 100
    assert all(text.startswith(told) for _, text in errors)


def test_a_result_that_is_too_deep_is_an_error():
    (result,) = ask({"f": lambda argument: Deep()}, [(0, msgspec.Raw(b"1"))])
    assert "more than 64" in result.errors[0][1]
