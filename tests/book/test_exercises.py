"""Exercises: what the book proves of each, and how `check` behaves.

The proofs read the notebooks themselves: what is handed out must fail with a
useful message, the solution in the text must pass, and wrong answers, at
least two for each exercise, must be sent back for the right reason.
"""

import json
import re
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from wrong_answers import WRONG

from nearfar import current, exercises, run, schedule, sleep, spawn
from nearfar.drawing import Figure
from nearfar.exercises import check, progress, trials
from nearfar.exercises.promises import (
    EXERCISES,
    Exercise,
    Mismatch,
    expect,
)

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))
CALL = re.compile(r'check\("([\d.]+)", ')
DETAILS = r"<details>\n<summary>{}</summary>\n\n(.*)\n\n</details>"
SOLUTION = re.compile(r"```python\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True)
class Handed:
    """An exercise as a chapter hands it out."""

    chapter: str
    number: str
    stub: str
    call: str
    hint: str
    solution: str


def handed_out(path):
    """Yield the exercises of a chapter; complain about what is not in form."""
    cells = nbformat.read(path, as_version=4).cells
    tagged = [
        n
        for n, c in enumerate(cells)
        if "exercise" in c.metadata.get("tags", [])
    ]
    for n in tagged:
        stub, call, hint, solution = (cell.source for cell in cells[n : n + 4])
        number = CALL.search(call)
        where = f"{path.name}, cell {n + 2}"
        assert number, f'{where}: write `check("number", answer)`'
        assert "check" in cells[n + 1].metadata.tags, f"{where}: tag it `check`"
        hint = re.fullmatch(DETAILS.format("Hint"), hint, re.DOTALL)
        assert hint, f"{where}: the hint must follow, in <details>"
        solution = re.fullmatch(DETAILS.format("Solution"), solution, re.DOTALL)
        assert solution, f"{where}: the solution must follow, in <details>"
        code = SOLUTION.search(solution[1])
        assert code, f"{where}: the solution holds a block of Python"
        yield Handed(path.stem, number[1], stub, call, hint[1], code[1])


HANDED = [handed for path in CHAPTERS for handed in handed_out(path)]
each = pytest.mark.parametrize("handed", HANDED, ids=lambda it: it.number)


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    """A progress file and a memory of tries for this test alone."""
    path = tmp_path / "progress.json"
    monkeypatch.setenv("NEARFAR_PROGRESS", str(path))
    exercises._tries.clear()
    return path


def hurry(monkeypatch):
    """Stop what hangs after half a second of work, not after two."""
    monkeypatch.setattr(trials, "LIMIT_S", 0.5)


@pytest.fixture
def impatient(handed, monkeypatch):
    """Hurry where answers hang; those of later chapters may use real time."""
    if handed.chapter == "01_tasklets":
        hurry(monkeypatch)


def verdict(handed, answer, capsys):
    """What `check` prints when an answer stands in the learner's cell."""
    cell = {"check": check}
    exec(compile(answer, "<the cell>", "exec"), cell)
    capsys.readouterr()
    exec(handed.call, cell)
    return capsys.readouterr().out


# --- The three proofs --------------------------------------------------------


@each
def test_what_is_handed_out_fails_with_a_useful_message(
    handed, capsys, impatient
):
    printed = verdict(handed, handed.stub, capsys)
    first, *reasons = printed.splitlines()
    assert first.endswith(": not yet"), printed
    assert reasons
    assert "Traceback" not in printed


@each
def test_solution_passes(handed, capsys, own_progress):
    printed = verdict(handed, handed.solution, capsys)
    assert printed.splitlines()[0].endswith(": done"), printed
    assert json.loads(own_progress.read_text())["solved"] == [handed.number]


@each
def test_wrong_answers_are_sent_back_for_the_right_reason(
    handed, capsys, impatient
):
    known = WRONG.get(handed.number, [])
    assert len(known) >= 2, f"add two wrong answers for {handed.number}"
    for answer, reason in known:
        printed = verdict(handed, answer, capsys)
        assert printed.splitlines()[0].endswith(": not yet"), answer
        assert reason in " ".join(printed.split()), printed


# --- The form ----------------------------------------------------------------


def test_every_exercise_is_handed_out_once_in_its_chapter():
    check("", None)  # registers all of them
    numbers = [handed.number for handed in HANDED]
    assert sorted(numbers) == sorted(EXERCISES)
    for handed in HANDED:
        assert int(handed.number.split(".")[0]) == int(handed.chapter[:2])


@each
def test_hint_in_the_chapter_is_the_hint_of_the_check(handed):
    check("", None)
    words = " ".join(handed.hint.split())
    assert words == EXERCISES[handed.number].hint


@each
def test_exercise_is_called_the_same_in_its_heading(handed):
    check("", None)
    path = next(path for path in CHAPTERS if path.stem == handed.chapter)
    title = EXERCISES[handed.number].title
    heading = rf'"### {handed.number} [^:]+: {re.escape(title)}(\\n)?"'
    assert re.search(heading, path.read_text(encoding="utf-8")), (
        f"write `### {handed.number} Make: {title}`, or Predict, Modify ..."
    )


# --- How check behaves -------------------------------------------------------


@pytest.fixture
def trial(monkeypatch):
    """An exercise of our own, gone after the test."""
    hurry(monkeypatch)
    kept = dict(EXERCISES)
    yield Exercise("99.1", "a trial", hint="Try again.")
    EXERCISES.clear()
    EXERCISES.update(kept)


def test_the_second_real_try_shows_the_hint(trial, capsys):
    @trial.promise("it returns 1", orders=0)
    def one(answer):
        expect("what it returned", happened=answer(), expected=1)

    def empty(): ...

    def two():
        return 2

    check("99.1", empty)  # nothing written is no try
    check("99.1", two)
    check("99.1", two)  # nor is the same one again
    assert "hint" not in capsys.readouterr().out
    check("99.1", lambda: 3)
    assert "hint: Try again." in capsys.readouterr().out


def test_answer_that_works_in_one_order_only_is_found_and_drawn(trial, capsys):
    @trial.promise("two withdrawals leave nothing")
    def nothing_left(withdraw):
        account = {"cents": 200}
        both = [spawn(withdraw, account, 100) for _ in range(2)]
        for one in both:
            one.join()
        expect("the account", happened=account["cents"], expected=0)

    def withdraw(account, cents):
        if account["cents"] == 200:
            account["cents"] -= cents
            schedule()
            return
        left = account["cents"]
        schedule()
        account["cents"] = left - cents

    def forgetful(account, cents):
        left = account["cents"]
        schedule()
        account["cents"] = left - cents

    assert check("99.1", withdraw) is None
    assert "not yet" not in capsys.readouterr().out
    figure = check("99.1", forgetful)
    printed = capsys.readouterr().out
    assert "expected: 0\n    happened: 100" in printed
    assert "forgetful" in figure.alt


def test_failure_in_one_order_tells_where_it_parts(trial, capsys):
    @trial.promise("the first is first")
    def first(answer):
        order = []
        tasklets = [spawn(order.append, n) for n in range(3)]
        for tasklet in tasklets:
            tasklet.join()
        expect("the order", happened=order, expected=[0, 1, 2])

    check("99.1", lambda: 0)
    printed = " ".join(capsys.readouterr().out.split())
    assert "In plain order, first in, first out, it holds." in printed
    assert (
        "It fails in order 2, with 1 departure: turn 2: `append-3` ran "
        "before `append-2` had begun" in printed
    )


def test_crash_shows_the_learners_line_and_not_ours(trial, capsys):
    @trial.promise("it works", orders=0)
    def works(answer):
        answer(0)

    def divide(number):
        return 1 / number

    check("99.1", divide)
    printed = capsys.readouterr().out
    assert "ZeroDivisionError: division by zero" in printed
    assert "return 1 / number" in printed
    assert "promises.py" not in printed


def test_hanging_answer_is_stopped_and_the_next_check_works(trial, capsys):
    @trial.promise("it ends", orders=0)
    def ends(answer):
        answer()

    def endless():
        while True:
            pass

    before = set(threading.enumerate())
    check("99.1", endless)
    printed = capsys.readouterr().out
    assert "did not finish" in printed
    assert "in endless(), line" in printed
    check("99.1", lambda: 0)
    assert ": done" in capsys.readouterr().out
    assert set(threading.enumerate()) <= before


def test_real_sleep_is_stopped_and_named(trial, capsys):
    @trial.promise("it ends")
    def ends(answer):
        answer()

    def sleepy():
        time.sleep(1000)

    check("99.1", sleepy)
    assert "use `sleep` from nearfar" in " ".join(
        capsys.readouterr().out.split()
    )


def test_answer_that_takes_turns_for_ever_is_told_so(trial, capsys):
    @trial.promise("it ends")
    def ends(answer):
        answer()

    def restless():
        while True:
            schedule()

    check("99.1", restless)
    printed = " ".join(capsys.readouterr().out.split())
    assert "It did not end in 20,000 turns: livelock." in printed


def test_answer_that_polls_is_told_what_to_do(trial, capsys):
    @trial.promise("it gets what comes after a second")
    def gets(answer):
        box = []
        spawn(lambda: [sleep(1), box.append("it")], name="slow")
        answer(box)

    def polling(box):
        while not box:
            schedule()

    check("99.1", polling)
    printed = " ".join(capsys.readouterr().out.split())
    assert "You are polling" in printed
    assert "Use a channel or `sleep`" in printed


def test_what_hangs_is_stopped_where_interrupts_are_not_heard(trial, capsys):
    @trial.promise("it ends", orders=0)
    def ends(answer):
        answer()

    def endless():
        while True:
            pass

    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        check("99.1", endless)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, heard)
    assert "did not finish" in capsys.readouterr().out


def test_stop_button_still_stops_a_check(trial):
    @trial.promise("it ends", orders=0)
    def ends(answer):
        answer()

    def stopped():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("99.1", stopped)


@pytest.mark.parametrize(
    "answer", [None, 3, ..., "text", int, lambda: 1 / 0, lambda: exit(1)]
)
@pytest.mark.parametrize("number", ["0.1", "0.2", "1.2", "2.1", "2.6", "no", 7])
def test_check_never_raises(number, answer, capsys):
    assert check(number, answer) is None or answer
    assert "not yet" in capsys.readouterr().out or number in ("no", 7)


@pytest.mark.parametrize(
    "hang", [{21, 39, 41, 64}, [64, 41, 39, 21], (21, 39, 41, 64)]
)
def test_what_has_no_order_may_be_told_in_any(hang, capsys):
    check("3.1", hang)
    assert "done" in capsys.readouterr().out


def test_what_has_an_order_may_not_be_a_set(capsys):
    check("0.1", {"bob", "dee", "cy"})
    assert "expected: a list" in capsys.readouterr().out


def test_what_goes_wrong_may_bring_its_own_picture(trial):
    own = Figure([], "balances", 10, 10)

    @trial.promise("it works")
    def works(answer):
        error = Mismatch("no")
        error.figure = own
        raise error

    assert check("99.1", lambda: 1) is own


def test_what_an_answer_prints_is_kept_out_of_the_verdict(trial, capsys):
    @trial.promise("it works")
    def works(answer):
        answer()

    check("99.1", lambda: print("noise"))
    assert "noise" not in capsys.readouterr().out


# --- Progress ----------------------------------------------------------------


def test_progress_is_remembered_until_its_file_is_deleted(own_progress, capsys):
    check("0.1", ["bob", "dee", "ann", "cy"])
    capsys.readouterr()
    progress()
    assert "0.1 ✓  0.2 ·" in capsys.readouterr().out
    own_progress.unlink()
    progress()
    assert "0.1 ·" in capsys.readouterr().out


def test_progress_in_one_chapter_counts_that_chapter_alone(capsys):
    check("0.1", ["bob", "dee", "ann", "cy"])
    check("2.1", ["got ann", "got bob", "ann sent", "bob sent"])
    capsys.readouterr()
    progress(0)
    printed = capsys.readouterr().out
    assert printed.startswith("chapter 00   0.1 ✓  0.2 ·")
    assert "1 of 4 solved" in printed
    assert "2.1" not in printed


@pytest.mark.parametrize("content", ["{", "[]", '{"solved": 3}'])
def test_damaged_progress_is_told_and_does_no_harm(
    content, own_progress, capsys
):
    own_progress.write_text(content)
    progress()
    assert "cannot be read" in capsys.readouterr().out
    check("0.1", ["bob", "dee", "ann", "cy"])
    assert ": done" in capsys.readouterr().out


def test_progress_that_cannot_be_kept_is_told(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEARFAR_PROGRESS", str(tmp_path / "file" / "p.json"))
    check("0.1", ["bob", "dee", "ann", "cy"])
    assert "could not be kept" in capsys.readouterr().out


def test_an_answer_that_kills_the_one_who_tries_it_is_not_accepted(
    trial, capsys
):
    @trial.promise("it works", orders=0)
    def works(answer):
        answer()

    check("99.1", lambda: current().kill())
    assert "was killed" in capsys.readouterr().out


def test_what_the_reader_has_spawned_is_neither_run_nor_lost(trial, capsys):
    @trial.promise("it works", orders=0)
    def works(answer):
        answer()

    @trial.promise("and outside", inside=False)
    def works_outside(answer):
        answer()

    ran = []
    spawn(ran.append, "mine")
    check("99.1", lambda: None)
    check("2.1", ...)
    check("2.1", [1])
    assert ran == []
    assert "99.1 forgetful" not in capsys.readouterr().out
    run()
    assert ran == ["mine"]
