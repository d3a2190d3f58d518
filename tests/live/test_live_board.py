"""A board on a chapter's page: Python in the page answers it."""

import pytest
from browsing import watch
from live_chapter import LiveChapter, code_cells, prepare

CHAPTER = "06_lost_messages"
IDS = [cell.id for cell in code_cells(CHAPTER)]
GAME, BOARD = IDS.index("06-P4") + 1, IDS.index("06-P10") + 1


@pytest.fixture
def context(browser):
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(60_000)
    yield context
    context.close()


def test_a_board_is_played_in_the_page(context, address, base):
    tab = context.new_page()
    faults = []
    watch(tab, address, faults)
    chapter = LiveChapter(tab, address, CHAPTER)
    chapter.run(IDS.index("06-P2") + 1)
    chapter.run(GAME)
    chapter.run(BOARD)
    board = tab.get_by_role("group", name="Board", exact=True)
    board.wait_for()
    said = board.locator("[aria-live=polite]")
    for _ in range(3):
        first = board.get_by_role("list", name="Open moves").locator("button")
        first.first.click()
        said.filter(has_text="Done: deliver").wait_for()
    board.get_by_role("button", name="lose bank>atm#1", exact=True).click()
    said.filter(has_text="Done: lose").wait_for()
    board.get_by_role("button", name="Run to the end", exact=True).click()
    said.filter(has_text="one payment of 100.00, and 200.00").wait_for()
    assert not faults


def test_a_board_that_python_does_not_answer_stays_a_picture(context, address):
    prepare(context)
    tab = context.new_page()
    chapter = LiveChapter(tab, address, CHAPTER)
    html = next(
        output.data["text/html"]
        for cell in code_cells(CHAPTER)
        if cell.id == "06-P10"
        for output in cell.outputs
    )
    output = {
        "output_type": "display_data",
        "data": {"text/html": html},
        "metadata": {},
    }
    with tab.expect_response("**/_static/board.js"):
        mine = chapter.show(GAME, output)
    tab.wait_for_function(
        "document.querySelector('.live-bar .live-state').textContent"
        " === 'Python is ready'"
    )
    mine.locator(".nearfar-played").wait_for(state="detached")
    assert mine.locator(".nearfar-board li").count() == 4
