"""A cell in the page: what it prints, shows and raises, and how it stops."""

import pytest
from page import text_of

ERROR = """
def divide(number):
    return 1 / number

divide(0)
"""


def test_cells_run_one_after_another_and_share_their_names(page):
    first = page.begin("x = 6\nprint('six')")
    second = page.begin("x * 7")
    assert page.end_of(first)[1][0].text == "six\n"
    status, (output,) = page.end_of(second)
    assert status == "ok"
    assert output.output_type == "execute_result"
    assert output.data == {"text/plain": "42"}


def test_the_last_line_of_a_function_ends_as_in_jupyter(page):
    """Else a board, whose key holds this text, is not that of the notebook."""
    page.run("def six():\n    return 6")
    _, (output,) = page.run("import inspect\ninspect.getsource(six)")
    assert output.data["text/plain"] == repr("def six():\n    return 6\n")


def test_an_error_is_told_from_the_readers_line_on(page):
    status, (output,) = page.run(ERROR)
    assert status == "error"
    assert (output.ename, output.evalue) == (
        "ZeroDivisionError",
        "division by zero",
    )
    told = text_of([output])
    assert "This cell, line 3, in divide\n    return 1 / number" in told
    assert "kernel" not in told
    assert page.run("print('alive')")[1][0].text == "alive\n"


def test_a_syntax_error_is_told_with_its_line(page):
    status, (output,) = page.run("x = 1\nif x\n    pass")
    assert status == "error"
    assert "This cell, line 2" in text_of([output])
    assert output.ename == "SyntaxError"


def test_things_are_shown_in_every_kind_that_they_have(page):
    source = """
from IPython.display import HTML, display
display(HTML("<b>bold</b>"), display_id="one")
"""
    _, (output,) = page.run(source)
    assert output.output_type == "display_data"
    assert output.data["text/html"] == "<b>bold</b>"
    assert output.transient == {"display_id": "one"}


def test_a_coroutine_can_be_awaited_in_a_cell(page):
    source = "import asyncio\nawait asyncio.sleep(0.01, 'slept')"
    assert page.run(source)[1][0].data["text/plain"] == "'slept'"


@pytest.mark.parametrize("last", ["await fail()", "asyncio.run(fail())"])
def test_an_error_of_a_coroutine_is_told_once(page, last):
    fails = "import asyncio\nasync def fail(): 1 / 0\n"
    status, (output,) = page.run(fails + last)
    assert status == "error"
    assert "This cell, line 2, in fail" in text_of([output])


STARTS_INSIDE = {
    "the text of a cell": ("x = 1\nif x\n    pass", "This cell, line 2"),
    "a repr that fails": (
        "class Odd:\n    def __repr__(self): 1 / 0\n[Odd()]",
        "This cell, line 2",
    ),
    "a repr that gives no text": (
        "class Odd:\n    def __repr__(self): return 5\nOdd()",
        "TypeError: __repr__ returned non-string",
    ),
}


@pytest.mark.parametrize("name", STARTS_INSIDE)
def test_an_error_tells_nothing_of_what_calls_the_readers_lines(page, name):
    source, first = STARTS_INSIDE[name]
    status, outputs = page.run(source)
    assert status == "error"
    lines = [line.strip() for line in outputs[-1].traceback]
    head = "Traceback (most recent call last):" in lines
    assert lines[head].startswith(first)


def test_a_syntax_error_names_no_file(page):
    _, (output,) = page.run("x = 1\nif x\n    pass")
    assert output.evalue == "expected ':' (line 2)"


@pytest.mark.parametrize(
    "text", ["raise ValueError", "return 5", "return 'x' * 10_000_000"]
)
def test_an_error_with_an_odd_text_is_told(page, text):
    source = f"class Odd(Exception):\n    def __str__(self): {text}\nraise Odd"
    status, (output,) = page.run(source)
    assert (status, output.ename) == ("error", "Odd")
    assert "raise Odd" in text_of([output])
    assert len(text_of([output])) < 201_000


def test_a_long_chain_of_errors_keeps_its_ends(page):
    chain = """
last = None
for number in range(2000):
    try:
        raise ValueError(number) from last
    except ValueError as error:
        last = error
raise last
"""
    _, (output,) = page.run(chain)
    told = text_of([output])
    assert len(told) < 201_000
    assert "ValueError: 0\n" in told
    assert told.endswith("ValueError: 1999")


def test_a_class_says_how_its_things_are_shown(page):
    answers = "class Any:\n    def __getattr__(self, name): return lambda: name"
    _, (output,) = page.run(f"{answers}\nAny()")
    assert [*output.data] == ["text/plain"]
    png = "class Png:\n    def _repr_png_(self): return b'png'"
    _, (output,) = page.run(f"{png}\nPng()")
    assert output.data["image/png"] == "cG5n"
    large = "class Large:\n    def _repr_html_(self): return 'x' * 10**7"
    _, (output,) = page.run(f"{large}\nLarge()")
    assert "text/html is too large to show" in output.data["text/plain"]


def test_a_cell_that_shows_without_an_end_is_cut(page):
    shows = "from IPython.display import display\n"
    _, outputs = page.run(shows + "for n in range(2000): display(n)")
    assert len(outputs) == 501
    assert outputs[-1].text == "(cut here: a cell may show 500 things)\n"


LACKING = {
    "import numpy as np": "but no numpy",
    "import matplotlib.pyplot": "but no matplotlib",
    "import threading\nthreading.Thread(target=print).start()": "no threads",
    "import subprocess\nsubprocess.run(['ls'])": "cannot start other programs",
    "import multiprocessing\nmultiprocessing.Queue()": "cannot start other",
    "import os\nos.system('ls')": "cannot start other programs",
    "import os\nos.fork()": "cannot start other programs",
    "import asyncio\nawait asyncio.start_server(print, '', 0)": "opens no conn",
    "import socket\nsocket.create_connection(('a.b', 80))": "has no network",
    "import select\nselect.poll()": "only a part of this module",
    "name = input('Who? ')": "has no keyboard",
    "x = 1\nbreakpoint()": "has no keyboard",
    "x = 1\n%time x": "no magics",
    "!ls": "no commands such as !ls",
    "print?": "no help by `?`",
}


@pytest.mark.parametrize("source", LACKING)
def test_an_error_ends_with_what_the_page_lacks(page, source):
    status, outputs = page.run(source)
    assert status == "error"
    last = outputs[-1].traceback[-1]
    assert LACKING[source] in last
    assert last.endswith("on your machine; the front page says how.")


@pytest.mark.parametrize(
    "source", ["import nearfar.nothing", "x = 5 if", "1 / 0  # 5 % 3?"]
)
def test_other_errors_say_nothing_of_the_page(page, source):
    _, outputs = page.run(source)
    assert "on your machine" not in text_of(outputs)
