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
    open_notebook,
    watch,
)
from nbformat import v4
from playwright.sync_api import TimeoutError
from test_site import ROOT

from nearfar.experiments.to_break import TARGETS
from nearfar.playing import BadMoves, answer, board, moves_from_text

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
        self.root.get_by_role("button", name=name).click()

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
        "send", lambda request: answer(game.key, json.dumps(request))
    )
    source = base64.b64encode(PLAYER.read_bytes()).decode()
    tab.set_content(
        "<!doctype html><html lang=en><title>t</title><body><main><h1>t</h1>"
        f"<div id=here></div></main><script>{BOARD.read_text()}</script>"
        "<script>nearfarBoard.put(here, send, "
        f"{{base: 'data:text/javascript;base64,{source}#'}})</script>"
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
        ("#play=1!<script>alert(1)</script>", "move 1 is none"),
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
    assert "<li><code>lose atm&gt;bank#0</code>: lose atm" in html
    assert "board(game, [&#x27;deliver atm&gt;bank#0&#x27;])" in html
    assert len(html) < 10_000


def test_a_stored_board_says_what_broke_and_that_it_is_over():
    game = TARGETS["pay twice"]
    html = board(game, game.shortest_break().found.moves)._repr_html_()
    assert "<p>Broken: The bank books the payment at most once. one" in html
    html = board(game, game.finish().moves)._repr_html_()
    assert html.endswith("<p>The run is over.</p></div>")


def test_undo_at_once_after_redo_and_many_presses_are_in_order(context):
    table = shown(context.new_page(), "lose an update")
    table.open.first.click()
    table.says("Done: let north run")
    table.root.evaluate(
        """(root) => ["Undo", "Redo", "Undo", "Redo", "Undo"].forEach((name) =>
            [...root.querySelectorAll("button")]
            .find((each) => each.textContent === name).click())"""
    )
    table.says("Undone: run north")
    table.root.get_by_text("No move has been made").wait_for()
    table.press("Redo")
    table.says("Done again: run north")
    table.root.get_by_text("1 moves").wait_for()


def test_two_boards_on_a_page_do_not_meet(context):
    tab = context.new_page()
    table = shown(tab, "lose an update")
    table.open.first.click()
    table.says("Done: let north run")
    other = board(TARGETS["starve a tasklet"])
    tab.expose_function(
        "other", lambda request: answer(other.key, json.dumps(request))
    )
    tab.evaluate(
        """() => nearfarBoard.put(document.querySelector("main")
            .appendChild(document.createElement("div")), other)"""
    )
    second = tab.get_by_role("group", name=LABEL, exact=True).nth(1)
    second.get_by_role("button", name="let ann run (plain order)").click()
    second.get_by_text("Done: let ann run").wait_for()
    assert "1 moves" in table.root.first.inner_text()
    assert "north" not in second.inner_text()


def test_a_tasklet_without_a_lane_has_its_button_below(context):
    table = shown(context.new_page(), "starve a tasklet")
    assert table.open.count() == 3
    lanes = table.root.locator(".lane")
    assert lanes.all_inner_texts() == ["run ann", "run bob", "run cy"]
    boxes = [lane.bounding_box() for lane in lanes.all()]
    below = [one["y"] + one["height"] for one in boxes]
    assert all(a <= b["y"] for a, b in zip(below, boxes[1:], strict=False))
    table.root.locator(".lane button", has_text="run cy").click()
    table.says("Done: run cy")


HOSTILE = [
    *("", "1", "2!time", "1!explode+bank", "1!time+and+again", "1!run"),
    *("1!run+" + "x" * 200, "1!run+a%00b", "1!run+a%E2%80%A8b", "1!"),
    *("1!run+a%C2%A0b", "1!constructor+a", "1!__proto__+a", "1!toString"),
    *("1" + "!time" * 1_001, "1!time&board=2", "1!<img+src=x>", "x" * 1_000),
    *("1!run+" + "[" * 100, "https://x.org/#play=1!run+ann", "#play=#play=1"),
    *("1!run+a+b+c", "1!next", "1!next+a", "1!%72un+ann", "9" * 400_000),
]


def test_the_page_and_python_refuse_the_same_texts(context):
    tab = context.new_page()
    tab.set_content(f"<script>{BOARD.read_text()}</script>")
    read = """(text) => {
        try { return nearfarBoard.movesOf(text); } catch { return null; } }"""
    for text in HOSTILE:
        try:
            moves = [*moves_from_text(text)]
        except BadMoves:
            moves = None
        assert tab.evaluate(read, text) == moves, text[:60]


# --- JupyterLab --------------------------------------------------------------

CELLS = [
    "from nearfar.experiments.to_break import TARGETS\n"
    "from nearfar.playing import board\n"
    'board(TARGETS["pay twice"], title="Pay twice")',
    "from nearfar.experiments.delivery import visit\n"
    'visit("at most once").figure',
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
    path = "lab/workspaces/o/tree/other.ipynb"
    open_notebook(other, f"{laboratory}{path}?token=secret")
    open_notebook(tab, f"{laboratory}lab/tree/t.ipynb?token=secret")
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
    assert tab.locator(".jp-CodeCell").count() == len(CELLS)
    takes_over_a_recorded_picture(tab)
    context.close()


def takes_over_a_recorded_picture(tab):
    cell = tab.locator(".jp-CodeCell").nth(1)
    cell.locator(".cm-content").click()
    tab.keyboard.press("Control+Enter")
    player = cell.get_by_role("group", name="Step player")
    player.get_by_label("Last step").click()
    player.get_by_role("button", name="Take over from here").click()
    table = Table(cell)
    table.says("Taken over after 4 moves.")
    table.press("Undo")
    table.says("Undone: deliver bank>atm#1.")
    player.get_by_role("button", name="First step").click()
    player.get_by_role("button", name="Take over from here").click()
    table.says("Taken over after 0 moves.")
    assert table.open.first.inner_text().startswith("deliver atm>bank#0")
