"""A chapter in a tab whose worker is a double, and what a reader does there.

`double.mjs` says what a cell can ask of the double.
"""

import json
from pathlib import Path

import nbformat

HERE = Path(__file__).parent
CHAPTERS = HERE.parents[1] / "chapters"
DOUBLE = (HERE / "double.mjs").read_text(encoding="utf-8")
# What the page says to screen readers, in order.
HEAR = """() => {
    window.said = [];
    const told = document.querySelector(".live-told");
    new MutationObserver(() => said.push(told.textContent.trim()))
        .observe(told, {childList: true, characterData: true, subtree: true});
}"""


def code_cells(chapter):
    """The code cells of a chapter, as its notebook has them."""
    book = nbformat.read(CHAPTERS / f"{chapter}.ipynb", as_version=4)
    return [cell for cell in book.cells if cell.cell_type == "code"]


def prepare(context, hold=False, local=()):
    """Let the tabs of a context meet the double; `local` are cells' ids."""

    def name(route):
        page = route.fetch()
        text = page.text()
        for cell in local:
            named = f'data-cell="{cell}"'
            text = text.replace(named, f'{named} data-local="real threads"')
        route.fulfill(response=page, body=text)

    def answer(route):
        body = DOUBLE.replace("HOLD", json.dumps(hold))
        route.fulfill(body=body, content_type="text/javascript")

    if local:
        context.route("**/chapters/*.html", name)
    context.route("**/live-*/worker.mjs", answer)


class LiveChapter:
    """What a reader presses on a chapter's page, and sees."""

    def __init__(self, tab, address, chapter="00_start_here"):
        self.tab = tab
        tab.goto(f"{address}chapters/{chapter}.html")
        tab.evaluate(HEAR)

    def cell(self, number):
        return self.tab.locator("div.cell").nth(number - 1)

    def press(self, number, label):
        self.cell(number).get_by_role("button", name=label).first.click()

    def edit(self, number, text):
        """Put a text into the editor of a cell."""
        area = self.cell(number).locator("textarea")
        if not area.count():
            self.press(number, "Edit cell")
        area.fill(text)
        return area

    def run(self, number, *wishes):
        """Run a cell; with wishes, edit it first so that the double obeys."""
        if wishes:
            self.edit(number, "#: " + json.dumps(wishes))
        self.press(number, "Run cell")

    def wait_for(self, number, state):
        """Wait until a cell is in a state; "ok" and "error" are ends."""
        self.tab.wait_for_function(
            "([place, state]) => document.querySelectorAll('div.cell')"
            "[place].dataset.state === state",
            arg=[number - 1, state],
        )

    def show(self, number, *outputs):
        """Run a cell that shows outputs; the locator of what it showed."""
        self.run(number, *outputs)
        self.wait_for(number, "ok")
        return self.mine(number)

    def mine(self, number):
        return self.cell(number).locator(".live-mine")

    def words(self, number):
        return self.cell(number).locator(".live-state").text_content()

    def state(self):
        return self.tab.locator(".live-bar .live-state").text_content()

    def note(self, number=None):
        place = self.cell(number) if number else self.tab.locator(".live-bar")
        return place.locator(".live-note")

    def said(self):
        return self.tab.evaluate("said")

    def more(self, label):
        """Press a button of the bar's menu."""
        menu = self.tab.locator(".live-more")
        if menu.get_attribute("open") is None:
            menu.locator("summary").click()
        menu.get_by_role("button", name=label).click()

    def kept(self, key="nearfar.live.00_start_here"):
        """What the browser's storage has under a key."""
        text = self.tab.evaluate("(key) => localStorage.getItem(key)", key)
        return text and json.loads(text)


def printed(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(data, **more):
    return {
        "output_type": "display_data",
        "data": data,
        "metadata": {},
        **more,
    }


def failed(name="NameError", value="name 'x' is not defined"):
    lines = ["Traceback (most recent call last):", f"{name}: {value}"]
    return {
        "output_type": "error",
        "ename": name,
        "evalue": value,
        "traceback": lines,
    }
