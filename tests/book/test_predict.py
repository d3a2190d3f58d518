"""Predict first: the site hides an output until the reader asks for it."""

import importlib.resources
import itertools

import nbformat
import pytest
from browsing import FIND_FAULTS
from test_site import CHAPTERS, ROOT

PAGE = "chapters/00_start_here.html"
TAGGED = 'class="cell tag_predict docutils container"'


def open_tagged(context, address):
    """A chapter in a tab, every cell of which is tagged."""

    def tag(route):
        page = route.fetch()
        text = page.text().replace('class="cell docutils container"', TAGGED)
        route.fulfill(response=page, body=text)

    context.route(f"**/{PAGE}", tag)
    tab = context.new_page()
    tab.goto(address + PAGE)
    return tab


def test_a_keyboard_shows_the_output_and_hides_it(context, address):
    tab = open_tagged(context, address)
    cell = tab.locator(".tag_predict:has(.cell_output)").first
    button = cell.get_by_role("button", name="what it printed")
    output = cell.locator(".cell_output")
    assert button.text_content() == "Show what it printed"
    assert button.get_attribute("aria-expanded") == "false"
    assert not output.is_visible()
    button.focus()
    tab.keyboard.press("Enter")
    assert output.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    assert output.locator("xpath=..").get_attribute("aria-live") == "polite"
    tab.keyboard.press("Space")
    assert not output.is_visible()


def test_a_picture_that_was_hidden_can_be_stepped_through(context, address):
    tab = open_tagged(context, address)
    cell = tab.locator(".tag_predict:has(.nearfar-player)").first
    cell.get_by_role("button", name="Show what it printed").click()
    box = cell.locator(".nearfar-player svg").bounding_box()
    assert box["width"] > 200
    cell.get_by_role("button", name="Step forward").click()
    assert "1 /" in cell.locator(".nearfar-player .count").text_content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_buttons_are_accessible(alone, address, scheme):
    axe = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    alone.add_init_script(axe.read_text(encoding="utf-8"))
    tab = open_tagged(alone, address)
    tab.emulate_media(color_scheme=scheme)
    faults = tab.evaluate(FIND_FAULTS)
    tab.get_by_role("button", name="Show what it printed").first.click()
    faults += tab.evaluate(FIND_FAULTS)
    assert not faults, "\n".join(faults)


def test_paper_and_a_browser_without_scripts_show_it(browser, context, address):
    tab = open_tagged(context, address)
    tab.emulate_media(media="print")
    assert tab.locator(".tag_predict .cell_output").first.is_visible()
    assert not tab.locator("button.predict").first.is_visible()
    plain = browser.new_context(java_script_enabled=False)
    tab = open_tagged(plain, address)
    assert tab.locator(".tag_predict .cell_output").first.is_visible()
    plain.close()


def test_the_cells_that_a_chapter_tags_are_those_of_the_site(pages):
    for name in CHAPTERS:
        path = (ROOT / name).with_suffix(".ipynb")
        cells = nbformat.read(path, as_version=4).cells
        tagged = [c for c in cells if "predict" in c.metadata.get("tags", [])]
        shown = pages[name].css(".tag_predict > .cell_output")
        assert len(shown) == len(tagged), name


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_picture_right_behind_a_prediction_is_hidden_too(name):
    cells = nbformat.read((ROOT / name).with_suffix(".ipynb"), 4).cells
    for one, other in itertools.pairwise(cells):
        first = "predict" in one.metadata.get("tags", [])
        also = "predict" in other.metadata.get("tags", [])
        tells = other.cell_type == "code" and other.outputs
        assert not (first and tells) or also, (
            f"{name}: cell {other.id} shows what the reader is to predict: "
            "tag it `predict`, too, or put a text between the two"
        )
