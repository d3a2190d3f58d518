"""Whatever a learner writes comes to an end, and is told the same each time."""

import itertools
import os
import re
import subprocess
import sys
import time

import pytest

from nearfar.exercises import check, stopping, trials
from nearfar.exercises.promises import EXERCISES, Exercise


@pytest.fixture
def told(monkeypatch, capsys):
    """A function that checks an answer and returns the verdict.

    It stops what does not end after a tenth of a second of work.
    """
    monkeypatch.setattr(trials, "LIMIT_S", 0.1)
    monkeypatch.setitem(EXERCISES, "99.1", None)
    trial = Exercise("99.1", "a trial", hint="think")

    @trial.promise("it ends", orders=0)
    def ends(answer):
        answer({"ready": False})

    def tell(answer):
        capsys.readouterr()
        check("99.1", answer)
        return capsys.readouterr().out

    return tell


def in_five_lines(state):
    total = 0
    while not state["ready"]:
        total += 1
        total -= 1
        total += sum(range(20))
    return total


def asks_a_helper(state):
    while not is_ready(state):
        pass


def is_ready(state):
    return any(state["ready"] for _ in range(50))


def loops_in_a_loop(state):
    for _ in range(2):
        while True:
            for number in range(50):
                while number:
                    number -= 1


def without_an_end(state):
    for number in itertools.count():
        number += 1
        number -= 1


HEADS = {
    in_five_lines: 'while not state["ready"]:',
    asks_a_helper: "while not is_ready(state):",
    loops_in_a_loop: "while True:",
    without_an_end: "for number in itertools.count():",
}


@pytest.mark.parametrize("answer", HEADS, ids=lambda answer: answer.__name__)
def test_a_loop_is_told_by_its_head_wherever_it_is_stopped(answer, told):
    verdicts = {told(answer) for _ in range(5)}
    assert len(verdicts) == 1, verdicts
    (verdict,) = verdicts
    assert f"in {answer.__name__}(), line " in verdict
    assert HEADS[answer] in verdict


def sleeps_in_a_loop(state):
    while not state["ready"]:
        time.sleep(0.0001)
        sum(range(100))
        sum(range(100))


def test_a_real_sleep_is_told_wherever_its_loop_is_stopped(told):
    verdicts = {told(sleeps_in_a_loop) for _ in range(5)}
    assert len(verdicts) == 1, verdicts
    (verdict,) = verdicts
    assert "`time.sleep` stops the whole process" in verdict


TICK = stopping.TICK_S


def ticks(patience, work, delay, most=10_000):
    """How many ticks it takes until patience is at an end."""
    for number in range(1, most):
        if patience.ends(number * work, number * delay):
            return number
    return None


def test_work_and_rest_are_both_limited():
    assert ticks(stopping.Patience(2.0), TICK, 0) == pytest.approx(
        2.0 / TICK, abs=1
    )
    assert ticks(stopping.Patience(2.0), 0, 0) == pytest.approx(
        2.0 / TICK, abs=1
    )


def test_a_trial_that_others_keep_from_the_processor_is_waited_for():
    """It gets a fiftieth of a processor, and does a second of work there."""
    share = TICK / 50
    needed = ticks(stopping.Patience(2.0), share, TICK - share)
    assert needed > 1.0 / share


def test_even_so_there_is_an_end():
    assert ticks(stopping.Patience(2.0), 0, TICK)


@pytest.mark.skipif(
    not os.path.exists("/proc/self/schedstat"), reason="Linux tells it"
)
def test_the_system_tells_how_long_a_thread_was_kept_from_the_processor():
    before = stopping.delayed()
    rivals = [
        subprocess.Popen([sys.executable, "-c", "sum(range(10**7))"])
        for _ in range(2 * (os.cpu_count() or 1))
    ]
    used = time.process_time()
    while any(rival.poll() is None for rival in rivals):
        sum(range(1000))
    assert time.process_time() > used
    assert stopping.delayed() > before


def test_what_differs_from_run_to_run_is_not_told():
    class Thing:
        pass

    def inner():
        pass

    told = trials.shown_answer([Thing(), {Thing(): inner}])
    assert "0x" not in told
    assert re.search(r"Thing object>", told)
    script = (
        "from nearfar.exercises.trials import shown_answer;"
        "print(shown_answer("
        "[{'ann', 'bob', 'cy', 'dee'}, {'k': frozenset('abcde')}]))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
        ).stdout
        for seed in range(4)
    }
    assert seen == {
        "[{'ann', 'bob', 'cy', 'dee'}, "
        "{'k': frozenset({'a', 'b', 'c', 'd', 'e'})}]\n"
    }


def test_an_error_with_an_address_is_told_without_it(told):
    class Thing:
        def __repr__(self):
            return f"<Thing at {id(self):#x}>"

    def answer(state):
        raise ValueError(f"no {Thing()}")

    assert "ValueError: no <Thing>" in told(answer)
