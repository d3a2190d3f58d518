"""A lesson in the page, with Python itself: fail, look, mend, come back."""

import re

import nbformat
import pytest
from browsing import watch
from live_chapter import CHAPTERS, LiveChapter, code_cells

CODE = code_cells("00_start_here")
PLACES = {cell.source: place for place, cell in enumerate(CODE, 1)}
CHECK = PLACES['check("0.2", dinner)']
PROGRESS = PLACES["progress(0)"]
EXERCISE = CHECK - 1
PATIENCE = 60_000  # milliseconds


@pytest.fixture
def lesson(context, address, base):
    tab, faults = context.new_page(), []
    watch(tab, address, faults)
    yield LiveChapter(tab, address)
    assert not faults, "\n".join(faults)


def solution_of(number):
    """The program below an exercise's check."""
    book = nbformat.read(CHAPTERS / "00_start_here.ipynb", as_version=4)
    at = [cell.id for cell in book.cells].index(CODE[number - 1].id)
    text = next(
        cell.source
        for cell in book.cells[at:]
        if "<summary>Solution</summary>" in cell.source
    )
    return re.search(r"```python\n(.*)\n```", text, re.DOTALL)[1]


def run_above(lesson, number):
    lesson.press(number, "Run all above")
    lesson.wait_for(number - 1, "ok")


def test_an_exercise_fails_is_mended_and_stays_solved(lesson):
    run_above(lesson, CHECK)
    lesson.run(CHECK)
    lesson.wait_for(CHECK, "ok")
    failed = lesson.mine(CHECK)
    assert "0.2 a guest with dessert: not yet" in failed.inner_text()
    failed.get_by_role("button", name="Step forward").click()
    assert "1 /" in failed.locator(".nearfar-player .count").text_content()
    lesson.edit(EXERCISE, solution_of(CHECK)).press("Shift+Enter")
    lesson.wait_for(EXERCISE, "ok")
    lesson.run(CHECK)
    lesson.mine(CHECK).get_by_text("0.2 a guest with dessert: done").wait_for()
    lesson.tab.reload()
    run_above(lesson, PROGRESS)
    assert "done" in lesson.mine(CHECK).inner_text()
    lesson.run(PROGRESS)
    lesson.wait_for(PROGRESS, "ok")
    assert "1 of 4 solved" in lesson.mine(PROGRESS).inner_text()


def test_an_endless_cell_stops_and_names_are_kept(lesson):
    lesson.edit(1, "x = 41")
    lesson.run(1)
    lesson.wait_for(1, "ok")
    lesson.edit(2, "print('begun', flush=True)\nwhile True:\n    pass")
    lesson.run(2)
    lesson.mine(2).get_by_text("begun").wait_for()
    lesson.press(2, "Stop cell 2")
    lesson.wait_for(2, "stopped")
    lesson.edit(3, "x + 1")
    lesson.run(3)
    lesson.wait_for(3, "ok")
    assert lesson.mine(3).inner_text().strip() == "42"


def test_a_cell_that_hears_no_stop_is_ended_and_others_run_again(lesson):
    lesson.edit(1, "x = 41")
    lesson.run(1)
    lesson.wait_for(1, "ok")
    lesson.edit(2, "import itertools\nprint(1)\nsum(itertools.count())")
    lesson.run(2)
    lesson.wait_for(2, "running")
    lesson.press(2, "Stop cell 2")
    lesson.wait_for(2, "stopped")
    lesson.press(2, "Run 1 cell again")
    lesson.wait_for(1, "ok")
    lesson.edit(3, "x + 1")
    lesson.run(3)
    lesson.wait_for(3, "ok")
    assert lesson.mine(3).inner_text().strip() == "42"
