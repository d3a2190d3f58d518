"""A board on a chapter's page: Python in the page answers it."""

import pytest
from browsing import SCROLLS_SIDEWAYS, watch
from live_chapter import LiveChapter, code_cells, prepare

CHAPTER = "06_lost_messages"
IDS = [cell.id for cell in code_cells(CHAPTER)]
PATIENCE = 60_000  # milliseconds
GAME, BOARD = IDS.index("06-P4") + 1, IDS.index("06-P10") + 1


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
    board.get_by_role("button", name="lose bank>atm#1").click()
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


# --- A link that holds a game ------------------------------------------------

LINK = "#play=1!next!next!next!lose+bank%3Eatm%231"


def opened(context, address, link, chapter=CHAPTER):
    """A chapter's page under such a link: the tab, and what it asked for."""
    tab, asked = context.new_page(), []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{address}chapters/{chapter}.html{link}")
    tab.locator(".live-link span").filter(has_text=".").wait_for()
    return tab, asked


def test_a_link_plays_its_game_after_a_press(context, address, base):
    tab, asked = opened(context, address, LINK)
    faults = []
    watch(tab, address, faults)
    assert not [url for url in asked if "/live-" in url]
    note = tab.locator(".live-link")
    assert "a game of 4 moves: next, next, next, lose" in note.inner_text()
    note.get_by_role("button", name="Play it").click()
    board = tab.get_by_role("group", name="Board", exact=True)
    board.get_by_text("Played from the link: 4 moves.").wait_for()
    assert note.count() == 0
    link = board.get_by_label("Moves as text").input_value()
    assert link.startswith(f"{address}chapters/{CHAPTER}.html#play=1!deliver")
    assert board.count() == 1
    tab.goto("about:blank")
    tab.goto(link)
    tab.get_by_text("a game of 4 moves: deliver atm>bank#0,").wait_for()
    assert not faults


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("#play=", "the version of these moves"),
        ("#play=7!time", "the version of these moves"),
        ("#play=1!<img src=x onerror=alert(1)>", "move 1 is none"),
        ("#play=1" + "!time" * 1_001, "too many"),
        ("#play=1!" + "%5B" * 200_000, "too long"),
        ("#play=1!time&board=2", "has no board 2"),
    ],
)
def test_a_hostile_link_gets_a_word_and_runs_nothing(
    context, address, link, why
):
    prepare(context)
    tab, asked = opened(context, address, link)
    words = tab.locator(".live-link").inner_text()
    assert why in words
    assert "Nothing was run" in words
    assert tab.locator(".live-link :is(button, img)").count() == 0
    assert not [url for url in asked if "/live-" in url]
    assert tab.evaluate(SCROLLS_SIDEWAYS) == []


def test_a_page_without_a_board_says_so(context, address):
    tab, _ = opened(context, address, LINK, "00_start_here")
    assert "has no board 1" in tab.locator(".live-link").inner_text()


def test_a_link_with_moves_of_another_game_opens_the_board(
    context, address, base
):
    tab, _ = opened(context, address, "#play=1!run+ann!lose+x%3Ey%230")
    tab.get_by_role("button", name="Play it").click()
    board = tab.get_by_role("group", name="Board", exact=True)
    board.get_by_text("move 1 is 'run ann', which is not open").wait_for()
    board.get_by_text("No move has been made").wait_for()


# --- A recorded picture ------------------------------------------------------


def test_a_step_of_a_recorded_picture_begins_a_board(context, address, base):
    tab, faults = context.new_page(), []
    watch(tab, address, faults)
    chapter = LiveChapter(tab, address, CHAPTER)
    cell = chapter.cell(BOARD)
    player = cell.get_by_role("group", name="Step player")
    player.get_by_label("Last step").click()
    player.get_by_role("button", name="Take over from here").click()
    board = cell.get_by_role("group", name="Board", exact=True)
    board.get_by_text("Taken over after 0 moves.").wait_for()
    assert board.count() == 1
    chapter.edit(IDS.index("06-P5") + 1, "moves = ['time', 'next', 'next']")
    chapter.run(IDS.index("06-P5") + 1)
    verdict = chapter.cell(IDS.index("06-P6") + 1)
    chapter.run(IDS.index("06-P6") + 1)
    player = verdict.get_by_role("group", name="Step player")
    slider = player.get_by_role("slider")
    slider.press("End")
    slider.press("ArrowLeft")
    player.get_by_role("button", name="Take over from here").click()
    board = verdict.get_by_role("group", name="Board", exact=True)
    board.get_by_text("Taken over after").wait_for()
    before = board.get_by_text("moves, 1 not of the plain order").inner_text()
    assert ": time, " in before
    player.get_by_role("button", name="First step").click()
    player.get_by_role("button", name="Take over from here").click()
    board.get_by_text("Taken over after 0 moves.").wait_for()
    assert board.count() == 1  # the older one has given way
    assert not faults
