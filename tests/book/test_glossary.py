"""The glossary: found by search, and explained where a chapter uses a term."""

import importlib.resources

import pytest
from browsing import FIND_FAULTS
from test_site import CHAPTERS, ROOT

PAGE = "chapters/02_channels.html"
PATIENCE = 20_000  # milliseconds


@pytest.mark.parametrize(
    ("words", "entry"),
    [
        ("backpressure", "backpressure"),
        ("race condition", "race-condition"),
        ("idempotent", "idempotent"),
        ("exactly once", "effectively-once"),
        ("fsync", "fsync"),
    ],
)
def test_the_search_finds_a_term_by_the_name_that_readers_know(
    tab, address, words, entry
):
    tab.goto(f"{address}search.html?q={words}")
    found = tab.locator(
        f"#search-results a[href*='glossary.html#term-{entry}']"
    )
    found.first.wait_for()


def test_a_chapter_explains_each_term_once_a_section(pages):
    for name in CHAPTERS:
        terms = pages[name].css("a.term")
        assert terms, name
        for quiet in ("code", "pre", "a", "h1", "h2", "h3"):
            assert not pages[name].css(f"{quiet} a.term"), name
        for section in pages[name].css("article section section"):
            if section.parent.tag != "section" or not section.css("h2"):
                continue
            anchors = [each.attrs["href"] for each in section.css("a.term")]
            assert len(anchors) == len(set(anchors)), section.css_first(
                "h2"
            ).text()
        for term in terms:
            assert term.attrs["data-told"]


def test_focus_shows_what_a_term_means_and_escape_closes_it(tab, address):
    tab.goto(address + PAGE)
    term = tab.locator("a.term").first
    tip = tab.locator(f"#{term.get_attribute('aria-describedby')}")
    assert tip.get_attribute("role") == "tooltip"
    assert not tip.is_visible()
    term.focus()
    assert tip.is_visible()
    assert tip.text_content() == term.get_attribute("data-told")
    tab.keyboard.press("Escape")
    assert not tip.is_visible()
    term.blur()
    term.focus()
    tab.keyboard.press("Tab")
    assert not tip.is_visible()


def test_the_pointer_may_move_onto_the_explanation(tab, address):
    tab.goto(address + PAGE)
    term = tab.locator("a.term").first
    tip = tab.locator(f"#{term.get_attribute('aria-describedby')}")
    term.hover()
    assert tip.is_visible()
    tip.hover()
    assert tip.is_visible()
    edge = tip.bounding_box()
    assert edge["x"] + edge["width"] <= tab.viewport_size["width"]
    tab.mouse.move(0, 0)
    tip.wait_for(state="hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_open_explanation_is_accessible(browser, address, scheme):
    axe = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    context = browser.new_context(color_scheme=scheme)
    context.add_init_script(axe.read_text(encoding="utf-8"))
    tab = context.new_page()
    tab.goto(address + PAGE)
    tab.locator("a.term").first.focus()
    faults = tab.evaluate(FIND_FAULTS)
    context.close()
    assert not faults, "\n".join(faults)


def test_without_a_script_a_term_is_a_link_to_its_entry(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address + PAGE)
    tab.locator("a.term").first.click()
    tab.wait_for_url("**/docs/glossary.html#term-*")
    context.close()


def test_the_notebooks_need_no_markup_for_that():
    for name in CHAPTERS:
        path = (ROOT / name).with_suffix(".ipynb")
        assert 'class=\\"term' not in path.read_text(encoding="utf-8")
