"""A cell in the page: what it prints, shows and raises, and how it stops."""

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
