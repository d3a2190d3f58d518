"""The slides: all that a chapter shows, and a question before its answer."""

import importlib.resources
import runpy

import nbformat
import pytest
from browsing import COLOURS, FIND_FAULTS, LOOKS, SCROLLS_SIDEWAYS
from selectolax.lexbor import LexborHTMLParser
from test_every_page import FIND_PALE, PALE, STRUCTURE
from test_site import ROOT

SLIDES = runpy.run_path(str(ROOT / "docs" / "slides.py"))
CHAPTERS = SLIDES["CHAPTERS"]


@pytest.fixture(scope="module")
def decks():
    """The parsed slides of each chapter, by its name."""
    return {
        path.stem: LexborHTMLParser(SLIDES["page"](path)) for path in CHAPTERS
    }


each = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def cells_of(path):
    return nbformat.read(path, as_version=4).cells


def tags(cell):
    return cell.metadata.get("tags", [])


@each
def test_every_heading_of_a_chapter_has_a_slide(path, decks):
    told = {heading.text() for heading in decks[path.stem].css("h1, h2")}
    for cell in cells_of(path):
        for block in SLIDES["blocks_of"](cell):
            heading = SLIDES["HEADING"].match(block)
            if heading and heading[1] == "##":
                shown = SLIDES["READ"].renderInline(heading[2])
                assert LexborHTMLParser(shown).text() in told
            elif heading and heading[1] == "###" and heading[2][0].isdigit():
                name = heading[2].replace("`", "")
                assert name in decks[path.stem].text()


@each
def test_every_picture_is_shown_once(path, decks):
    drawn = [
        SLIDES["IMAGE"].search(output["data"]["text/html"])
        for cell in cells_of(path)
        if cell.cell_type == "code" and "check" not in tags(cell)
        for output in cell.outputs
        if "<img" in output.get("data", {}).get("text/html", "")
    ]
    shown = [image.attrs["src"] for image in decks[path.stem].css("img")]
    assert sorted(shown) == sorted(image[2] for image in drawn)


@each
def test_no_output_of_a_prediction_comes_before_its_press(path, decks):
    later = [
        " ".join(box.text().split()) for box in decks[path.stem].css(".later")
    ]
    hasty = decks[path.stem].css("h2 + .later, .later:first-child")
    assert not hasty, "a question comes before an answer"
    for cell in cells_of(path):
        if "predict" not in tags(cell):
            continue
        for output in cell.outputs:
            if "text" in output:
                printed = " ".join(output["text"].split())
                assert any(printed in box for box in later), printed


@each
def test_a_page_asks_no_other_place_for_anything(path, decks):
    deck = decks[path.stem]
    for thing in deck.css("[src], link, [onload]"):
        assert thing.attrs.get("src", "").startswith("data:"), thing
    assert "url(" not in deck.css_first("style").text()
    assert "@import" not in deck.css_first("style").text()


WIDE = f"""() => slides.flatMap((_, number) => {{
    show(number, true);
    return ({SCROLLS_SIDEWAYS})().map((told) => `${{number + 1}}: ${{told}}`)
}})"""


# --- In a browser ------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides")
    SLIDES["main"](folder)
    return folder


@pytest.fixture
def tab(browser, folder):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    tab = context.new_page()
    tab.goto((folder / "02_channels.html").as_uri())
    yield tab
    context.close()


def seen(tab):
    return tab.locator("section:visible").inner_text()


def test_a_keyboard_goes_through_them_and_back(tab):
    assert seen(tab).startswith("Channels: how tasklets talk")
    tab.keyboard.press("ArrowRight")
    assert seen(tab).startswith("A meeting")
    tab.keyboard.press("PageDown")
    assert "Predict." in seen(tab)
    assert "ann: it has been received" not in seen(tab)
    tab.keyboard.press("Space")
    assert "ann: it has been received" in seen(tab)
    assert "the second to arrive" not in seen(tab)
    tab.keyboard.press("Enter")
    assert "the second to arrive" in seen(tab)
    for _ in range(3):
        tab.keyboard.press("ArrowLeft")
    assert "Predict." not in seen(tab)
    tab.keyboard.press("End")
    assert seen(tab).startswith("Exercises")
    assert tab.url.endswith("#" + tab.inner_text("nav span").split(" / ")[1])
    tab.keyboard.press("Home")
    assert tab.inner_text("nav span").startswith("1 /")


def test_buttons_do_the_same_by_pointer_and_by_key(tab):
    tab.get_by_role("button", name="Next").click()
    assert seen(tab).startswith("A meeting")
    tab.get_by_role("button", name="Back").focus()
    tab.keyboard.press("Enter")
    assert seen(tab).startswith("Channels")


def test_paper_and_a_browser_without_scripts_have_all(browser, folder, tab):
    many = tab.locator("section").count()
    for scheme in "light", "dark":
        tab.emulate_media(media="print", color_scheme=scheme)
        assert tab.locator("section:visible").count() == many
        assert tab.locator("nav:visible").count() == 0
        assert tab.evaluate(FIND_PALE) == []
    plain = browser.new_context(java_script_enabled=False)
    bare = plain.new_page()
    bare.goto(tab.url)
    assert bare.locator("section:visible").count() == many
    assert bare.locator("nav:visible").count() == 0
    plain.close()


@pytest.mark.parametrize("look", LOOKS)
def test_every_slide_is_readable(browser, folder, look):
    axe = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    context = browser.new_context(**LOOKS[look])
    context.add_init_script(axe.read_text(encoding="utf-8"))
    tab, faults, known = context.new_page(), [], []
    for path in sorted(folder.iterdir()):
        tab.goto(path.as_uri())
        faults += [f"{path.stem}: {told}" for told in tab.evaluate(WIDE)]
        # All at once, as without the script.
        tab.evaluate("document.body.classList.remove('plays')")
        found = []
        if look != "dark":
            found += tab.evaluate(FIND_FAULTS, STRUCTURE)
        if look != "phone":
            known, pale = tab.evaluate(PALE, [known, COLOURS])
            found += pale
        faults += [f"{path.stem}: {fault}" for fault in found]
    context.close()
    assert not faults, "\n".join(faults[:20])
