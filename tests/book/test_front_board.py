"""The board of the front page: it plays at once, what the library recorded."""

import importlib.resources
import json
import runpy

import pytest
from browsing import FIND_FAULTS, LOOKS, RULES, SCROLLS_SIDEWAYS, watch
from test_site import ROOT

from nearfar.playing import Board, moves_to_text

EXAMPLE = runpy.run_path(str(ROOT / "docs" / "examples" / "front_game.py"))
GAMES = EXAMPLE["GAMES"]
CONTEXT = {"has_touch": True}
LOST = "#play=" + moves_to_text(
    [
        *("deliver machine>bank#0", "deliver bank>machine#0"),
        *("deliver machine>bank#1", "lose bank>machine#1"),
    ]
)


class Front:
    """The front page in a tab."""

    def __init__(self, tab, url):
        self.tab, self.asked, self.faults = tab, [], []
        watch(tab, url.partition("#")[0], self.faults)
        tab.on("request", lambda request: self.asked.append(request.url))
        tab.goto(url)
        self.place = tab.locator(".front-board")
        self.board = self.place.get_by_role("group", name="Board", exact=True)
        self.board.wait_for()

    def press(self, name):
        self.place.get_by_role("button", name=name).click()

    def says(self, words):
        self.board.get_by_text(words).first.wait_for()


def test_both_lost_arrows_tell_eve_the_same(context, address):
    front = Front(context.new_page(), address)
    front.press("lose machine>bank#1: Withdraw eve 100.00")
    front.says("Done: lose")
    front.press("Run to the end")
    front.says("The machine tells Eve: no answer, please try again later.")
    front.says("holds: Eve gets what the bank has booked")
    for _ in range(3):
        front.press("Undo")
    front.says("Undone: lose")
    undo = front.place.get_by_role("button", name="Undo")
    assert undo.get_attribute("aria-disabled") == "true"
    front.press("deliver machine>bank#1 to bank")
    front.says("Done: deliver")
    front.press("lose bank>machine#1: Accepted 20.00")
    front.says("Done: lose")
    front.press("Run to the end")
    front.says("The machine tells Eve: no answer, please try again later.")
    front.says("100.00 is booked, and she has 0.00")
    assert not front.faults
    assert not [url for url in front.asked if "/live-" in url]


def test_near_has_nothing_to_lose(context, address):
    front = Front(context.new_page(), address)
    front.press("Near: through a channel")
    front.says("No move has been made")
    opened = front.board.get_by_role("list", name="Open moves")
    told = opened.get_by_role("button").all_inner_texts()
    assert told == ["let machine run (plain order)", "let bank run"]
    front.press("let bank run")
    front.says("The machine tells Eve: here are your 100.00.")
    front.says("The run is over")


def test_the_shortest_way_was_searched_and_a_game_is_saved(context, address):
    front = Front(context.new_page(), address)
    front.press("Shortest way to break it")
    front.says("Broken after move")
    front.press("Undo")
    front.says("Undone")
    with context.pages[-1].expect_download() as download:
        front.press("Save as a page")
    saved = download.value.path().read_text(encoding="utf-8")
    assert "def far(network)" in saved


def test_by_keyboard_alone(context, address):
    front = Front(context.new_page(), address)
    front.board.get_by_role("list").get_by_role("button").nth(1).focus()
    front.tab.keyboard.press("Enter")
    front.says("Done: lose machine>bank#1")
    front.tab.keyboard.press("Enter")  # the focus stays in the list
    front.says("Done: let time pass")
    front.tab.keyboard.press("Enter")
    front.says("The run is over")


def test_what_is_recorded_is_what_the_library_says(site):
    text = (site / "_static" / "front_game.js").read_text(encoding="utf-8")
    told = json.loads(text.removeprefix("nearfarFrontGame = ")[:-2])
    assert list(told) == list(GAMES)
    for name, (target, first) in GAMES.items():
        board = Board(target, first, name)
        states = told[name]["states"]
        for state in states.values():
            fresh = board.state(target.play(state["moves"]))
            fresh.pop("source")
            assert json.loads(json.dumps(fresh)) == state
            for move, *_ in state["choices"]:
                assert moves_to_text([*state["moves"], move]) in states
        assert len(states) >= 3


def test_a_link_to_the_front_page_plays_at_once(context, address):
    front = Front(context.new_page(), address + LOST)
    front.says("Played from the link.")
    front.says("4 moves, 1 not of the plain order")
    link = front.board.get_by_label("Moves as text").input_value()
    assert link == address + LOST
    again = Front(context.new_page(), address + "#play=1!run+bank&board=2")
    again.says("The machine tells Eve: here are your 100.00.")
    link = again.board.get_by_label("Moves as text").input_value()
    assert link == address + "#play=1!run+bank&board=2"


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("#play=1!<img src=x onerror=alert(1)>", "move 1 is none"),
        ("#play=3!time", "the version of these moves"),
        ("#play=1!run+ann", "That game is none of this board"),
        ("#play=1!constructor", "move 1 is none"),
        ("#play=1" + "!time" * 1_001, "too many"),
        ("#play=1!" + "[" * 400_000, "too long"),
        ("#play=1!time&board=9", "That game is none of this board"),
    ],
)
def test_a_hostile_link_gets_a_word_and_the_board_stays(
    context, address, link, why
):
    front = Front(context.new_page(), address + link)
    front.says(why)
    assert front.board.locator("img").count() == 0
    front.press("Run to the end")
    front.says("The machine tells Eve: here are your 100.00.")
    assert not front.faults


def test_without_a_script_it_is_a_picture_and_as_a_file_a_board(
    browser, address, site, context
):
    still = browser.new_context(java_script_enabled=False)
    tab = still.new_page()
    tab.goto(address)
    picture = tab.locator("img.front-game")
    assert picture.get_attribute("alt") == EXAMPLE["figure"].alt
    assert picture.bounding_box()["width"] > 200
    still.close()
    front = Front(context.new_page(), (site / "index.html").as_uri())
    front.press("Run to the end")
    front.says("The machine tells Eve: here are your 100.00.")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_no_fault(browser, address, look):
    axe = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    context = browser.new_context(reduced_motion="reduce", **LOOKS[look])
    context.add_init_script(axe.read_text(encoding="utf-8"))
    front = Front(context.new_page(), address)
    front.press("Shortest way to break it")
    front.says("Broken after move")
    assert front.tab.evaluate(FIND_FAULTS, RULES[look]) == []
    assert front.tab.evaluate(SCROLLS_SIDEWAYS) == []
    lanes = front.board.locator(".lane").first
    if look == "phone":
        assert not lanes.is_visible()
    context.close()
