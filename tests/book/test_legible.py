"""Pictures on the site: legible on a phone, dark in the dark, all in reach."""

import pytest

CONTEXT = {"viewport": {"width": 390, "height": 844}}  # a phone
# Every picture of a page, and how much smaller it is than it was drawn.
FIND_SMALL = """() => [
    ...[...document.querySelectorAll(".bd-article img")]
        .map((image) => [image.alt, image.width / image.naturalWidth]),
    ...[...document.querySelectorAll(".nearfar-player")]
        .map((host) => host.shadowRoot.querySelector("svg"))
        .map((svg) => [svg.getAttribute("aria-label"),
            svg.getBoundingClientRect().width / svg.getAttribute("width")]),
]"""
PAGES = [
    "chapters/02_channels.html",  # players and curves
    "chapters/05_primes.html",  # drawings that cannot be stepped
    "docs/contributing.html",
    "index.html",
]


@pytest.mark.parametrize("name", PAGES)
def test_no_picture_is_shrunk_so_small_letters_stay_legible(tab, address, name):
    tab.goto(address + name)
    tab.wait_for_load_state("networkidle")
    drawn = tab.evaluate(FIND_SMALL)
    assert drawn
    for alt, size in drawn:
        assert size > 0.99, alt


def test_a_wide_picture_scrolls_by_keyboard_and_says_so(tab, address):
    tab.goto(address + "chapters/02_channels.html")
    box = tab.locator(".scrolls:has(> img)").first
    cue = box.locator("xpath=following-sibling::p[1]")
    assert cue.text_content().startswith("Scroll sideways")
    assert cue.is_visible()
    assert box.get_attribute("role") == "group"
    assert box.get_attribute("aria-label")
    box.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())
    tab.set_viewport_size({"width": 1280, "height": 800})
    cue.wait_for(state="hidden")
    assert box.get_attribute("tabindex") is None


def test_a_wide_player_says_so_too(tab, address):
    tab.goto(address + "chapters/02_channels.html")
    player = tab.locator(".nearfar-player").first
    cue = player.get_by_text("Scroll sideways")
    assert cue.is_visible()
    assert player.locator(".box").get_attribute("tabindex") == "0"
    tab.set_viewport_size({"width": 1280, "height": 800})
    cue.wait_for(state="hidden")


def test_pictures_are_dark_in_the_dark(tab, address):
    tab.goto(address + "chapters/02_channels.html")
    look = "box => getComputedStyle(box).filter"
    for picture in (".nearfar-player", ".scrolls > img"):
        picture = tab.locator(picture).first
        tab.emulate_media(color_scheme="dark")
        assert "invert" in picture.evaluate(look)
        tab.emulate_media(color_scheme="light")
        assert picture.evaluate(look) == "none"


def test_no_button_lies_on_the_text(tab, address):
    tab.goto(address + "chapters/02_channels.html")
    tab.evaluate("window.scrollTo(0, 3000); window.scrollBy(0, -500)")
    assert tab.locator("#pst-back-to-top").count() == 0
