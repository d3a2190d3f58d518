"""Every page reads well: in the light, in the dark, on a phone, on paper.

A browser opens each page once and looks at it in all these ways. Axe, which
finds what shuts readers out, looks at the structure of each page. Colours take
most of its time, and one style sheet gives them to all pages, so it looks only
at words whose colours no earlier page had. On paper, a sheet of A4, no line may
be cut, whether the screen was light or dark. No printer prints the ground
behind words, so words must be dark by themselves.
"""

import importlib.resources

import pytest
from browsing import COLOURS, FIND_FAULTS, SCROLLS_SIDEWAYS, watch

DESK = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}
SHEET = {"width": 718, "height": 1047}  # A4 within the margins, at 96 dpi
STRUCTURE = {"rules": {name: {"enabled": False} for name in COLOURS}}
# Of the structure of a page, this changes with its width.
LAYOUT = {"runOnly": ["scrollable-region-focusable", "target-size"]}
AXE = importlib.resources.files("axe_playwright_python") / "axe.min.js"

# Words whose colours are not in `known`, looked at by axe. The colours of a
# word are its own and those of all grounds under it; for a link also those of
# the words around it.
PALE = """async ([known, colours]) => {
    const seen = new Set(known), fresh = [], boxes = [], grounds = new Map();
    const above = (box) => box.parentElement ?? box.getRootNode().host;
    const ground = (box) => {
        if (!box) return "";
        if (!grounds.has(box)) {
            const {backgroundColor, backgroundImage, opacity, filter}
                = getComputedStyle(box);
            const own = [backgroundColor, backgroundImage, opacity, filter];
            const under = ground(above(box));
            grounds.set(box, under.endsWith(own) ? under : under + own);
        }
        return grounds.get(box);
    };
    const hasWords = (box) => [...box.childNodes].some(
        (node) => node.nodeType === 3 && node.data.trim());
    const kind = (box) => {
        const {color, fontSize, fontWeight, textDecorationLine}
            = getComputedStyle(box);
        const own = [color, fontSize, fontWeight, ground(box)];
        return box.localName !== "a" ? own.join() : [...own, textDecorationLine,
            getComputedStyle(above(box)).color, hasWords(above(box))].join();
    };
    const walk = (root) => {
        for (const box of root.querySelectorAll("*")) {
            if (hasWords(box)) boxes.push(box);
            if (box.shadowRoot) walk(box.shadowRoot);
        }
    };
    walk(document.body);
    for (const box of boxes) {
        if (!box.checkVisibility({visibilityProperty: true})) continue;
        const mine = kind(box);
        if (!seen.has(mine)) fresh.push(box);
        seen.add(mine);
    }
    const found = fresh.length ? await axe.run(fresh, {
        preload: false, resultTypes: ["violations"], runOnly: colours,
    }) : {violations: []};
    return [[...seen], found.violations.flatMap((rule) => rule.nodes.map(
        (node) => `${rule.id} at ${node.target.join(" ")}: ${rule.help}`))];
}"""

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


def colour(tab, scheme, media="screen"):
    """Give the tab a colour scheme, and wait until the theme follows it."""
    tab.emulate_media(color_scheme=scheme, media="screen")
    tab.wait_for_function(HAS_THEME, arg=scheme)
    tab.emulate_media(media=media)


def faults_of(tab, address, known):
    """(Look, fault) of a page; `known` are the colours seen, by scheme."""
    look = tab.evaluate
    told = {}
    tab.set_viewport_size(PHONE)
    tab.emulate_media(color_scheme="light", media="screen")
    tab.goto(address)
    told["phone"] = look(SCROLLS_SIDEWAYS) + look(FIND_FAULTS, LAYOUT)
    tab.set_viewport_size(DESK)
    told["desk"] = look(SCROLLS_SIDEWAYS) + look(FIND_FAULTS, STRUCTURE)
    for scheme in known:
        colour(tab, scheme)
        known[scheme], told[scheme] = look(PALE, [known[scheme], COLOURS])
    tab.set_viewport_size(SHEET)
    colour(tab, "dark", media="print")
    told["paper from the dark"] = look(FIND_PALE) + look(FIND_DARK_SHEET)
    colour(tab, "light", media="print")
    for find in FIND_CUT, FIND_FURNITURE, FIND_PALE, FIND_DARK_SHEET:
        told.setdefault("paper", []).extend(look(find)[:5])
    return [f"{name}: {fault}" for name in told for fault in told[name]]


# The `::` makes each kind a scope of its own for pytest-xdist, which then
# looks at them side by side.
@pytest.mark.parametrize("kind", ["chapters::", "docs::"])
def test_every_page_reads_well_in_a_browser(browser, address, names, kind):
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")
    context.add_init_script(AXE.read_text(encoding="utf-8"))
    tab, report, asked = context.new_page(), [], []
    watch(tab, address, asked)
    known = {"light": [], "dark": []}
    for name in names:
        if name.startswith("chapters/") == (kind == "chapters::"):
            faults = faults_of(tab, address + name, known) + asked
            report += [f"{name}, {fault}" for fault in faults]
            asked.clear()
    context.close()
    if report:
        pytest.fail("\n".join(report), pytrace=False)
