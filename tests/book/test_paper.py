"""A page on paper: no line is cut, and its words are dark on white.

A browser shows each page as it would print it, on a sheet of A4, from a light
and from a dark screen. No printer prints the ground behind words, so words
must be dark by themselves.
"""

import pytest

SHEET = {"width": 718, "height": 1047}  # A4 within the margins, at 96 dpi

# Boxes, also those in the players, that hold more than they show.
FIND_CUT = """() => {
    const roots = [document, ...[...document.querySelectorAll("*")]
        .map((box) => box.shadowRoot).filter(Boolean)];
    const boxes = roots.flatMap((root) => [...root.querySelectorAll("*")]);
    return [document.documentElement, ...boxes]
        .filter((box) => box.checkVisibility({visibilityProperty: true})
            && box.clientWidth > 20
            && box.scrollWidth > box.clientWidth + 1)
        .map((box) => `${box.localName}.${box.className} holds `
            + `${box.scrollWidth} px in ${box.clientWidth} px: `
            + box.textContent.trim().split("\\n")[0].slice(0, 40))}"""

# Words with less than 4.5 to 1 of contrast with white.
FIND_PALE = """() => {
    const light = (part) => part <= 0.04045 ? part / 12.92
        : ((part + 0.055) / 1.055) ** 2.4;
    const contrast = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map((n) => light(n / 255));
        return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)};
    return [...document.body.querySelectorAll("*")]
        .filter((box) => box.checkVisibility({visibilityProperty: true})
            && [...box.childNodes].some((node) => node.nodeType === 3
                && node.data.trim()))
        .filter((box) => contrast(getComputedStyle(box).color) < 4.5)
        .map((box) => `${box.localName}.${box.className} is pale: `
            + box.textContent.trim().split("\\n")[0].slice(0, 40))}"""

FIND_DARK_SHEET = """() => {
    const sheet = getComputedStyle(document.documentElement);
    return sheet.backgroundColor === "rgb(255, 255, 255)"
        && sheet.colorScheme === "light" ? []
        : [`the sheet is ${sheet.backgroundColor}, ${sheet.colorScheme}`]}"""

FIND_FURNITURE = """() =>
    [...document.querySelectorAll(
        "header, nav, aside, button, .downloads, .prev-next-area, dialog")]
    .filter((box) => box.checkVisibility({visibilityProperty: true}))
    .map((box) => `${box.localName}.${box.className} is of no use on paper`)"""


HAS_THEME = "theme => document.documentElement.dataset.theme === theme"
# Where a box ends has nothing to do with colours.
FIND = {
    "light": (FIND_CUT, FIND_FURNITURE, FIND_PALE, FIND_DARK_SHEET),
    "dark": (FIND_PALE, FIND_DARK_SHEET),
}


def test_a_page_on_paper_is_whole_and_dark_on_white(browser, address, names):
    context = browser.new_context(viewport=SHEET)
    tab, faults = context.new_page(), []
    for name in names:
        tab.goto(address + name)
        for scheme, finds in FIND.items():
            tab.emulate_media(color_scheme=scheme, media="screen")
            tab.wait_for_function(HAS_THEME, arg=scheme)
            tab.emulate_media(media="print")
            for find in finds:
                told = tab.evaluate(find)[:5]
                faults += [f"{name}, {scheme}: {fault}" for fault in told]
    context.close()
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)
