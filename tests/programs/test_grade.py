"""Grading: whatever a class hands in, a table comes out and nothing is hurt."""

import csv
import json
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest

from nearfar.__main__ import main
from nearfar.exercises import answers_in
from nearfar.exercises.promises import EXERCISES
from nearfar.exercises.variants import variant
from nearfar.programs.grade import harmless

CHAPTER = Path(__file__).parents[2] / "chapters" / "00_start_here.ipynb"
SOLUTION = re.compile(r"<summary>Solution.*?```python\n(.*?)\n```", re.DOTALL)
RIGHT = 'order = ["bob", "dee", "ann", "cy"]'
WRONG = 'order = ["ann", "bob", "cy", "dee"]'
CHECK = 'check("0.1", order)'
linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Linux alone holds it"
)


no_windows = pytest.mark.skipif(
    os.name == "nt", reason="Windows has neither such links nor such names"
)


def notebook(*cells, **metadata):
    return json.dumps(
        {
            "cells": [
                {"cell_type": "code", "metadata": {}, "source": cell}
                for cell in cells
            ],
            "metadata": metadata,
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


@pytest.fixture
def graded(tmp_path, capsys):
    """Grade notebooks by name; returns {exercise: (result, verdict)} of each.

    What an answer leaves in the folder of all answers fails the test.
    """
    folder = tmp_path / "handed in"
    folder.mkdir()

    def grade(*options, **files):
        for name, text in files.items():
            (folder / f"{name}.ipynb").write_text(text)
        there = sorted(folder.rglob("*"))
        table = tmp_path / "grades.csv"
        words = "grade", str(folder), "--csv", str(table), *options
        assert main([*map(str, words)]) == 0
        assert sorted(folder.rglob("*")) == there
        return table_of(table)

    grade.folder = folder
    return grade


def table_of(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    table = {}
    for row in rows:
        of = table.setdefault(row["file"].removesuffix(".ipynb"), {})
        of[row["exercise"]] = row["result"], row["verdict"]
    return table


def test_a_chapter_with_the_solutions_of_the_book_is_solved(graded):
    read = nbformat.read(CHAPTER, as_version=4)
    for place, cell in enumerate(read.cells):
        if "exercise" in cell.metadata.get("tags", []):
            cell.source = SOLUTION.search(read.cells[place + 3].source)[1]
    told = graded(eve=nbformat.writes(read))["eve"]
    assert list(told) == ["0.1", "0.2", "0.3", "0.4"]
    assert {result for result, _ in told.values()} == {"solved"}


def test_a_chapter_as_it_is_handed_out_is_not_answered(graded):
    told = graded(eve=CHAPTER.read_text(encoding="utf-8"))["eve"]
    # Some begin with a program that runs, and does not do what it should.
    results = [result for result, _ in told.values()]
    assert results[:2] == ["not answered", "failed"]
    assert "solved" not in results
    assert "put what you think in place of the `...`" in told["0.1"][1]


def test_a_wrong_answer_is_failed_and_the_verdict_told(graded):
    told = graded(eve=notebook(WRONG, CHECK))["eve"]
    result, verdict = told["0.1"]
    assert result == "failed"
    assert "one after another" in verdict
    assert told["0.2"] == ("not answered", "no cell checks it")


def test_a_students_own_numbers_are_those_of_the_name(graded):
    own, _ = variant(EXERCISES["0.1"], "eve")
    answer = f"order = {own.truth()}"
    eve = {"nearfar": {"student": "eve"}}
    told = graded(
        own=notebook(answer, 'check("0.1", order, student="eve")', **eve),
        chapters=notebook(RIGHT, CHECK, **eve),
    )
    assert told["own"]["0.1"][0] == "solved"
    assert told["chapters"]["0.1"][0] == "failed"


HARMFUL = {
    "endless": ("while True: pass", "timed out"),
    "in_c": ("import itertools\nsum(itertools.count())", "timed out"),
    "leaves": ("import os\nos._exit(0)", "without a verdict"),
    "exits": ("exit()", "SystemExit"),
    "greedy": ("x = bytearray(10**10)", "MemoryError"),
    "loud": ("for _ in range(200_000): print('x' * 1000)\n" + RIGHT, "solved"),
    "prints": (
        "import sys\nfor it in sys.stdout, sys.__stdout__, sys.stderr:\n"
        '    print(\'{"result": "solved", "verdict": "✓"}\', file=it)\n'
        + WRONG,
        "failed",
    ),
    "forges": (
        "import os\nfor file in range(3, 99):\n    try:\n        os.write("
        'file, b\'{"result": "solved"}\')\n    except OSError: pass\n' + WRONG,
        "only the verdict",
    ),
    "raises": ("1 / 0", "ZeroDivisionError"),
    "deep": ("x = " + "(" * 5_000 + ")" * 5_000, "NameError"),
    "broken": ("def order(:", "NameError"),
}


@pytest.fixture(scope="module")
def harmed(tmp_path_factory):
    """The table of all harmful answers: they run beside one another."""
    folder = tmp_path_factory.mktemp("harmful")
    for name, (cell, _) in HARMFUL.items():
        (folder / f"{name}.ipynb").write_text(notebook(cell, CHECK))
        if "order" not in cell:
            cell = f"order = []\n{cell}"
            (folder / f"{name}.ipynb").write_text(notebook(cell, CHECK))
    table = folder / "grades.csv"
    options = "--seconds", "8", "--csv", str(table)
    assert main(["grade", str(folder), *options]) == 0
    return table_of(table)


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_answer_gets_its_row(harmed, name):
    wanted = HARMFUL[name][1]
    told = ": ".join(harmed[name]["0.1"])
    if name == "greedy" and "linux" not in sys.platform:
        pytest.skip("the system does not hold a limit to memory")
    assert wanted in told


def attempts(*lines):
    """A cell that tries each line, and answers with what went through."""
    cell = ["done = []"]
    for number, line in enumerate(lines):
        cell += ["try:", f"    {line}", f"    done.append({number})"]
        cell += ["except BaseException as error:", "    pass"]
    return "\n".join([*cell, "order = done"])


@linux
def test_an_answer_cannot_reach_what_is_not_its_own(graded, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("mine")
    before = mine.stat()
    secret = graded.folder / "other.ipynb"
    tried = (
        f"open({str(mine)!r}, 'w')",
        f"open({str(mine)!r}).read()",
        f"open({str(secret)!r}).read()",
        f"__import__('os').remove({str(secret)!r})",
        f"__import__('os').listdir({str(tmp_path)!r})",
        "open('/tmp/nearfar-was-here', 'w')",
        f"__import__('os').truncate({str(mine)!r}, 0)",
        "__import__('os').fork()",
        "__import__('subprocess').run(['true'])",
        f"__import__('os').kill({os.getpid()}, 0)",
        "__import__('socket').socket(__import__('socket').AF_UNIX)",
        "__import__('socket').create_connection(('192.0.2.1', 80), 1)",
        "__import__('os').environ['NEARFAR_TEST_SECRET']",
        "[].clear()",  # one that goes through
    )
    os.environ["NEARFAR_TEST_SECRET"] = "x"
    try:
        told = graded(
            other=notebook(RIGHT, CHECK),
            eve=notebook(attempts(*tried), CHECK),
        )
    finally:
        del os.environ["NEARFAR_TEST_SECRET"]
    assert told["other"]["0.1"][0] == "solved"
    assert f"you said [{len(tried) - 1}]" in told["eve"]["0.1"][1]
    assert mine.stat() == before
    assert mine.read_text() == "mine"
    assert not Path("/tmp/nearfar-was-here").exists()


@linux
def test_the_mode_and_the_date_of_a_file_stay(graded, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("mine")
    before = mine.stat()
    cell = attempts(
        f"__import__('os').chmod({str(mine)!r}, 0)",
        f"__import__('os').utime({str(mine)!r}, (0, 0))",
    )
    graded(eve=notebook(cell, CHECK))
    assert mine.stat() == before


@linux
def test_no_process_of_an_answer_lives_on(graded):
    cell = (
        "import os, time\nfor _ in range(50):\n    try:\n"
        "        if os.fork() == 0:\n            time.sleep(30)\n"
        "    except OSError: pass\n" + RIGHT
    )
    assert graded(eve=notebook(cell, CHECK))["eve"]["0.1"][0] == "solved"
    running = [
        path.read_bytes()
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.exists()
    ]
    assert not [each for each in running if b"nearfar.programs.answer" in each]


@no_windows
def test_notebooks_that_cannot_be_read_are_told(graded, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.ipynb").write_text(notebook(RIGHT, CHECK))
    (graded.folder / "link.ipynb").symlink_to(elsewhere / "x.ipynb")
    (graded.folder / "loop").symlink_to(graded.folder)
    told = graded(
        broken="{",
        deep="[" * 100_000,
        list="[]",
        number='{"cells": 3}',
        bare="{}",
        named='{"cells": [], "metadata": {"nearfar": 3}}',
        odd='{"cells": [{"cell_type": "code", "source": [1]}]}',
        empty="",
        other=notebook("print(1)"),
    )
    unread = "broken", "deep", "list", "number", "bare", "named", "odd", "empty"
    for name in *unread, "link":
        assert told[name][""][0] == "cannot be read", name
    assert "is not followed" in told["link"][""][1]
    assert "is not followed" in told["loop"][""][1]
    assert told["other"][""] == (
        "not answered",
        "no exercise of the book is in it",
    )


@no_windows
def test_a_name_may_hold_anything(graded):
    names = ["a,b", "=1+1", 'say "x"', "two\nlines", "ж", "+cmd|x"]
    told = graded(**{name: notebook(WRONG, CHECK) for name in names})
    shown = {f"'{n}" if n.startswith(("=", "+")) else n for n in names}
    assert set(told) == shown


@pytest.mark.parametrize(
    "text",
    [*("=1", "+1", "-1", "@x", "\t=1", " =1", "\n=1", "'=1", "|x"), "\uff1d1"],
)
def test_no_cell_of_the_table_is_a_formula(text):
    assert harmless(text).startswith("'")


def test_a_cell_of_the_table_keeps_what_is_harmless():
    for text in "✓ it holds", "a-b", "[1, 2]", "0.1", "":
        assert harmless(text) == text


# --- Where an answer is found ------------------------------------------------


def found(*cells):
    return [*answers_in([*cells], "0.1")]


def test_an_answer_is_the_nearest_above_its_check():
    assert found("a = 1", "a = 2", 'check("0.1", a)', "a = 3") == [2]


def test_a_check_may_stand_above_its_answer_or_beside_it():
    assert found('check("0.1", a)', "a = 3") == [3]
    assert found("check = print\na = 4\ncheck('0.1', a)") == [4]
    assert found("a = 5", 'ex.check(number="0.1", answer=a)') == [5]


def test_each_copy_of_a_check_is_an_answer_and_the_last_comes_first():
    copies = ["a = 1", 'check("0.1", a)'], ["a = 2", 'check("0.1", a)']
    assert found(*copies[0], *copies[1]) == [2, 1]


def test_the_cells_that_an_answer_needs_run_and_no_others():
    cells = (
        "from math import floor",
        "raise RuntimeError('not needed')",
        "def aid(x):\n    return floor(x)",
        "%matplotlib inline\nhalf = 1.5",
        "def a():\n    return aid(half)",
        "aid = None",
        'check("0.1", a)',
    )
    (answer,) = found(*cells)
    assert answer() == 1


def test_a_star_defines_what_no_other_cell_does():
    assert found("from math import *", "a = floor(2.5)", 'check("0.1", a)') == [
        2
    ]


def test_an_error_in_its_own_cell_is_the_answer():
    (error,) = found("a = 1 / 0", 'check("0.1", a)')
    assert isinstance(error, ZeroDivisionError)


def test_other_exercises_are_other_answers():
    assert found("a = 1", 'check("0.2", a)', "check()", "check(0.1, a)") == []
