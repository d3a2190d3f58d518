"""Whatever a learner writes comes to an end, and is told the same each time."""

import itertools
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from nearfar import run, schedule, spawn
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


def deaf_to_all(state):
    while not state["ready"]:
        try:
            state["ready"] = False
        except:  # noqa: E722
            state["ready"] = False


def deaf_in_a_helper(state):
    while not is_ready_or_not(state):
        pass


def is_ready_or_not(state):
    try:
        for _ in range(50):
            if state["ready"]:
                return True
    except BaseException:
        pass
    return False


def deaf_asleep(state):
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            continue


def deaf_again_and_again(state):
    try:
        while True:
            pass
    except BaseException:
        deaf_again_and_again(state)


def deaf_in_a_tasklet(state):
    spawn(deaf_to_all, state)
    schedule()


DEAF = {
    deaf_to_all: 'while not state["ready"]:',
    deaf_in_a_helper: "while not is_ready_or_not(state):",
    deaf_asleep: "while True:",
    deaf_again_and_again: "while True:",
    deaf_in_a_tasklet: 'while not state["ready"]:',
}


@pytest.mark.parametrize("answer", DEAF, ids=lambda answer: answer.__name__)
def test_a_loop_that_catches_the_stop_is_left(answer, told):
    threads = set(threading.enumerate())
    heard = signal.getsignal(signal.SIGINT)
    verdict = " ".join(told(answer).split())
    assert "did not finish" in verdict
    assert DEAF[answer] in verdict
    assert "even the stop" in verdict
    assert ": done" in told(lambda state: 1)
    assert set(threading.enumerate()) <= threads
    assert signal.getsignal(signal.SIGINT) is heard


def test_a_loop_around_run_that_catches_the_stop_is_left(told):
    def runs_again_and_again(state):
        while True:
            spawn(deaf_to_all, state)
            try:
                run()
            except BaseException:
                continue

    EXERCISES["99.1"].promises.clear()
    EXERCISES["99.1"].promise("it ends", inside=False)(
        lambda answer: answer({"ready": False})
    )
    ran = []
    spawn(ran.append, "mine")
    assert "even the stop" in " ".join(told(runs_again_and_again).split())
    run()
    assert ran == ["mine"]


def test_a_process_in_which_a_loop_was_left_ends():
    script = """
from nearfar.exercises import check, trials
trials.LIMIT_S = 0.1
def watcher(state):
    while True:
        try:
            pass
        except:
            pass
check("1.2", watcher)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "NEARFAR_PROGRESS": os.devnull},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert "not yet" in ended.stdout


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
