"""The board: played in a real browser, as a reader would.

Most of it is tried on an empty page, whose `send` calls `answer` here. The last
test opens a real JupyterLab, where the notebook's kernel answers.
"""

import base64
import contextlib
import importlib.resources
import json
import shutil

import nbformat
import pytest
from browsing import (
    FIND_FAULTS,
    LOOKS,
    RULES,
    SCROLLS_SIDEWAYS,
    jupyterlab,
    watch,
)
from nbformat import v4
from playwright.sync_api import TimeoutError
from test_site import ROOT

from nearfar.experiments.to_break import TARGETS
from nearfar.playing import answer, board

BOARD = ROOT / "lib" / "nearfar" / "playing" / "board.js"
PLAYER = ROOT / "lib" / "nearfar" / "drawing" / "player.js"
LABEL = "Board"


class Table:
    """A board in a tab, and what can be seen of it."""

    def __init__(self, tab):
        self.tab = tab
        self.root = tab.get_by_role("group", name=LABEL, exact=True)
        self.root.wait_for()

    def press(self, name):
        button = self.root.get_by_role("button", name=name, exact=True)
        button.click()

    @property
    def open(self):
        return self.root.get_by_role("list", name="Open moves").locator(
            "button"
        )

    def says(self, words):
        self.root.locator("[aria-live=polite]", has_text=words).wait_for()

    @property
    def link(self):
        return self.root.get_by_label("Moves as text")


@pytest.fixture(params=LOOKS)
def look(request):
    return request.param


@pytest.fixture
def context(browser):
    context = browser.new_context(
        reduced_motion="reduce", accept_downloads=True, has_touch=True
    )
    context.set_default_timeout(20_000)
    yield context
    context.close()


def shown(tab, name):
    """A new board of a target, on a page of its own."""
    game = board(TARGETS[name], title=name)
    tab.expose_function(
        "send", lambda request: answer(game.number, json.dumps(request))
    )
    source = base64.b64encode(PLAYER.read_bytes()).decode()
    tab.set_content(
        "<!doctype html><html lang=en><title>t</title><body><main><h1>t</h1>"
        f"<div id=here></div></main><script>{BOARD.read_text()}</script>"
        "<script>nearfarBoard.put(here, send, "
        f"'data:text/javascript;base64,{source}#')</script>"
    )
    return Table(tab)


def test_a_lost_reply_is_played_and_told(context):
    faults = []
    tab = context.new_page()
    watch(tab, "about:", faults)
    table = shown(tab, "pay twice")
    for _ in range(3):
        table.open.first.click()
        table.says("Done: deliver")
    table.press("lose bank>atm#1")
    table.says("Done: lose bank>atm#1")
    table.press("Run to the end")
    table.says("one payment of 100.00, and 200.00 are booked")
    table.says("Broken after move 10: The bank books the payment at most once")
    table.press("Undo")
    table.says("Undone")
    table.press("Redo")
    table.says("Done again")
    assert not faults


def test_searching_and_shrinking(context):
    table = shown(context.new_page(), "pay twice")
    table.press("Shortest way to break it")
    table.says("Broken after move 11")
    table.press("Shrink")
    table.says("Broken after move 11")
    assert "1 not of the plain order" in table.root.inner_text()
    table.press("Random moves")
    table.root.get_by_text("not of the plain order").wait_for()


def test_a_search_that_finds_nothing_says_so(context):
    table = shown(context.new_page(), "starve a tasklet")
    table.press("Shortest way to break it")
    table.says("the search found nothing: no list breaks a promise with so few")
    assert table.open.count() > 0


def test_by_keyboard_alone(context):
    tab = context.new_page()
    table = shown(tab, "lose an update")
    table.open.first.wait_for()
    table.open.first.focus()
    tab.keyboard.press("Enter")  # run north
    table.says("Done: let north run")
    tab.keyboard.press("Enter")  # run south: the focus stays in the list
    table.says("Done: let south run")
    for _ in range(2):
        tab.keyboard.press("Tab")
        tab.keyboard.press("Space")
        table.says("Done: let south run")
        tab.keyboard.press("Tab")
        tab.keyboard.press("Shift+Tab")
    table.press("Run to the end")
    table.says("The run is over")


def test_by_touch_on_the_picture(context):
    table = shown(context.new_page(), "find the write whose crash hurts")
    table.open.first.tap()
    table.says("Done: let time pass")
    table.root.locator(".lane button").tap()
    table.says("Done: crash bank")
    table.press("Run to the end")
    table.says("it told Eve 50, and finds 0")


def test_moves_travel_as_text_and_hostile_text_runs_nothing(context):
    table = shown(context.new_page(), "pay twice")
    table.open.first.click()
    table.says("Done")
    assert table.link.input_value() == "#play=1!deliver+atm>bank%230"
    table.link.fill("https://x.org/p#play=1!time!lose+atm>bank%230")
    table.press("Play these moves")
    table.root.get_by_text("2 moves, 2 not of the plain order").wait_for()
    for text, why in [
        ("#play=1!<script>alert(1)</script>", "The verbs are"),
        ("#play=9!time", "the version of these moves"),
        ('1!run+"); import os', "which is not open there"),
    ]:
        table.link.fill(text)
        table.press("Play these moves")
        table.says(why)
    assert "2 moves" in table.root.inner_text()


def test_a_game_is_saved_as_one_page_that_needs_nothing(context, tmp_path):
    tab = context.new_page()
    table = shown(tab, "pay twice")
    table.press("Shortest way to break it")
    table.says("Broken")
    with tab.expect_download() as download:
        table.press("Save as a page")
    path = tmp_path / "game.html"
    download.value.save_as(path)
    faults = []
    page = context.new_page()
    watch(page, "file:", faults)
    page.goto(path.as_uri())
    page.get_by_label("Step forward").click()
    assert page.get_by_text("def visit(network)").count() == 1
    assert "#play=1!deliver" in page.content()
    assert not faults


def test_names_of_a_program_are_never_markup(context):
    from nearfar import schedule, spawn

    def program():
        for _ in range(2):
            spawn(schedule, name="<img src=x onerror=alert(1)>")

    TARGETS["markup"] = board(program).target
    try:
        table = shown(context.new_page(), "markup")
        assert table.open.count() == 2
        assert table.root.locator("img").count() == 0
    finally:
        del TARGETS["markup"]


def test_axe_finds_no_fault(browser, look):
    axe = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    context = browser.new_context(reduced_motion="reduce", **LOOKS[look])
    context.add_init_script(axe.read_text(encoding="utf-8"))
    tab = context.new_page()
    table = shown(tab, "elect two leaders of one term")
    table.open.first.click()
    table.says("Done")
    table.press("Shortest way to break it")
    table.says("Broken")
    tab.evaluate(axe.read_text(encoding="utf-8"))
    assert tab.evaluate(FIND_FAULTS, RULES[look]) == []
    assert tab.evaluate(SCROLLS_SIDEWAYS) == []
    context.close()


def test_a_stored_board_is_a_picture_and_a_list():
    html = board(TARGETS["pay twice"])._repr_html_()
    assert html.count("<img ") == 1
    assert 'alt="Space-time diagram' in html
    assert "<li>lose atm&gt;bank#0</li>" in html
    assert len(html) < 10_000


# --- JupyterLab --------------------------------------------------------------

CELLS = [
    "from nearfar.experiments.to_break import TARGETS\n"
    "from nearfar.playing import board\n"
    'board(TARGETS["pay twice"], title="Pay twice")',
    "2",
]


@pytest.fixture
def laboratory(tmp_path):
    """The address of a real JupyterLab with two notebooks."""
    kernel = {"display_name": "Python", "language": "python"}
    notebook = v4.new_notebook(
        cells=[v4.new_code_cell(source) for source in CELLS],
        metadata={"kernelspec": kernel | {"name": "python3"}},
    )
    (tmp_path / "pages").mkdir()
    for name in ("other.ipynb", "t.ipynb"):
        nbformat.write(notebook, tmp_path / "pages" / name)
    served = tmp_path / "DATA" / "labextensions" / "nearfar"
    served.mkdir(parents=True)
    for script in (BOARD, PLAYER):
        shutil.copy(script, served)
    with jupyterlab(tmp_path, token="secret") as address:
        yield address


def test_in_jupyterlab_the_kernel_of_the_notebook_answers(browser, laboratory):
    context = browser.new_context()
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    other = context.new_page()  # another notebook with a kernel of its own
    other.goto(f"{laboratory}lab/workspaces/o/tree/other.ipynb?token=secret")
    other.get_by_text("| Idle").wait_for(timeout=60_000)
    tab.goto(f"{laboratory}lab/tree/t.ipynb?token=secret")
    tab.get_by_text("| Idle").wait_for()
    tab.locator(".jp-CodeCell .cm-content").first.click()
    for _ in range(5):  # what is run too early, JupyterLab may forget
        tab.keyboard.press("Control+Enter")
        with contextlib.suppress(TimeoutError):
            tab.locator(".nearfar-played").wait_for(timeout=5_000)
            break
    table = Table(tab)
    for _ in range(3):
        table.open.first.click()
        table.says("Done: deliver")
    table.press("lose bank>atm#1")
    table.says("Done: lose bank>atm#1")
    table.press("Run to the end")
    table.says("one payment of 100.00, and 200.00 are booked")
    assert tab.locator(".nearfar-board").count() == 0
    tab.keyboard.press("d")  # JupyterLab's own key for: delete the cell
    tab.keyboard.press("d")
    assert tab.locator(".jp-CodeCell").count() == 2
    context.close()
