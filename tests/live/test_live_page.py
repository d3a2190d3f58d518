"""The page side of a chapter that runs: each behaviour, with a double.

The worker is a double, so these are the page's own states: what it shows,
keeps, announces, and does when Python does not answer.
"""

import importlib.resources
import json
import re

import nbformat
import pytest
from browsing import FIND_FAULTS, SCROLLS_SIDEWAYS, watch
from live_chapter import (
    CHAPTERS,
    LiveChapter,
    code_cells,
    failed,
    prepare,
    printed,
    shown,
)

CODE = code_cells("00_start_here")
KINDS = [
    "predict"
    if "predict" in cell.metadata.get("tags", [])
    else "picture"
    if "<img" in str(cell.outputs)
    else "text"
    if "'stdout'" in str(cell.outputs)
    else ""
    for cell in CODE
]
STORED = KINDS.index("text") + 1
PREDICT = KINDS.index("predict") + 1  # its output is hidden at first
PICTURE = KINDS.index("picture") + 1
NO_X = "NameError: name 'x' is not defined"
KEY = "nearfar.live.00_start_here"


@pytest.fixture
def chapter(context, address):
    """Chapter 00 in a tab; nothing may go wrong in it."""
    prepare(context)
    tab = context.new_page()
    faults = []
    watch(tab, address, faults)
    yield LiveChapter(tab, address)
    assert not faults, "\n".join(faults)


# --- Before the first press ---------------------------------------------------


def test_nothing_is_loaded_before_the_first_press(context, address):
    prepare(context)
    tab = context.new_page()
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    chapter = LiveChapter(tab, address)
    tab.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/live-" in url]
    asked.clear()
    chapter.run(STORED)
    chapter.wait_for(STORED, "ok")
    assert [url for url in asked if "worker.mjs" in url]
    assert all(re.search(r"/live-[0-9a-f]{12}/", url) for url in asked), asked


def test_what_a_page_shows_is_what_it_runs(chapter):
    texts = chapter.tab.evaluate(
        "[...document.querySelectorAll('div.cell .cell_input pre')]"
        ".map((pre) => pre.textContent.replace(/\\n$/, ''))"
    )
    assert texts == [cell.source for cell in CODE]


def test_each_button_says_of_which_cell_it_is(chapter):
    names = chapter.tab.evaluate(
        "[...document.querySelectorAll('.live-row button:not([hidden])')]"
        ".map((button) => button.getAttribute('aria-label'))"
    )
    assert len(names) == len({*names}) == 3 * len(CODE) - 1
    assert {"Run cell 1", "Edit cell 1", "Run all above cell 2"} < {*names}


# --- Running ------------------------------------------------------------------


def place_of(box):
    """How far a box is from the top of the page."""
    return box.evaluate("(box) => box.getBoundingClientRect().top + scrollY")


def test_an_output_stands_where_the_stored_one_stood(chapter):
    stored = chapter.cell(STORED).locator(".cell_output:not(.live-mine)")
    place = place_of(stored)
    chapter.run(STORED)
    chapter.wait_for(STORED, "ok")
    mine = chapter.mine(STORED)
    assert mine.inner_text().strip() == f"ran {CODE[STORED - 1].source[:31]}"
    assert place_of(mine) == pytest.approx(place, abs=1)
    assert chapter.words(STORED) == "yours, 0.25 s"
    assert not stored.is_visible()
    chapter.press(STORED, "Show the stored output")
    assert stored.is_visible()
    assert not mine.is_visible()
    chapter.press(STORED, "Show yours")
    assert mine.is_visible()
    assert not stored.is_visible()


def test_a_cell_that_prints_nothing_says_so(chapter):
    mine = chapter.show(STORED, {"progress": []})
    assert mine.inner_text() == "It printed nothing."
    chapter.edit(1, "#: []")
    chapter.run(1)
    chapter.wait_for(1, "ok")
    assert chapter.words(1) == "done, 0.25 s"
    assert not chapter.mine(1).inner_text()


def test_run_all_runs_each_cell_once_in_order(chapter):
    chapter.tab.get_by_role("button", name="Run all", exact=True).click()
    chapter.wait_for(len(CODE), "ok")
    for number, cell in enumerate(CODE, 1):
        first = cell.source.split("\n")[0]
        assert chapter.mine(number).inner_text().strip() == f"ran {first}"
    assert chapter.state() == f"All {len(CODE)} cells are done"
    assert chapter.said()[-1] == f"All {len(CODE)} cells are done."


def test_run_all_above_leaves_the_cell_itself(chapter):
    chapter.press(3, "Run all above")
    chapter.wait_for(2, "ok")
    states = [chapter.cell(n).get_attribute("data-state") for n in (1, 2, 3)]
    assert states == ["ok", "ok", None] or states == ["ok", "ok", ""]


def test_the_cell_that_was_pressed_says_how_those_above_go(context, address):
    prepare(context, hold=True)
    chapter = LiveChapter(context.new_page(), address)
    chapter.press(4, "Run all above")
    chapter.cell(4).get_by_text("Python is loading, 40 %").wait_for()
    context.unroute_all()
    prepare(context)
    chapter.press(2, "Stop cell")
    chapter.press(4, "Run all above")
    chapter.cell(4).get_by_text("All 3 cells are done").wait_for()
    assert chapter.cell(4).get_attribute("data-state") in (None, "")


def test_an_error_keeps_the_cells_behind_it_from_running(chapter):
    chapter.edit(2, "#: " + json.dumps([failed()]))
    chapter.tab.get_by_role("button", name="Run all", exact=True).click()
    chapter.wait_for(2, "error")
    assert chapter.state() == f"Cell 2 failed. {NO_X}"
    assert chapter.said()[-1] == f"{chapter.state()}."
    assert chapter.cell(3).get_attribute("data-state") == ""
    assert chapter.words(2) == "yours, an error after 0.25 s"


def test_after_an_error_the_cells_above_run_in_one_press(chapter):
    chapter.run(1)
    chapter.wait_for(1, "ok")
    chapter.run(4, failed())
    chapter.wait_for(4, "error")
    assert "2 cells above have not run here" in chapter.note(4).text_content()
    chapter.edit(4, "pass")
    chapter.press(4, "Run them, then this one")
    chapter.wait_for(4, "ok")
    assert chapter.words(2) == "done, 0.25 s" or "yours" in chapter.words(2)
    assert not chapter.note(4).is_visible()


def test_cells_above_are_not_blamed_for_a_wrong_word(chapter):
    chapter.run(4, failed("SyntaxError", "invalid syntax (line 1)"))
    chapter.wait_for(4, "error")
    assert not chapter.note(4).is_visible()


def test_what_happens_is_announced(chapter):
    chapter.run(STORED)
    chapter.wait_for(STORED, "ok")
    assert chapter.tab.locator(".live-told").get_attribute("role") == "status"
    assert chapter.said() == [
        "Python is loading.",
        "Python is ready.",
        f"Cell {STORED} is running.",
        f"Cell {STORED} is done.",
    ]


def test_the_share_that_is_loaded_is_shown(context, address):
    prepare(context, hold=True)
    chapter = LiveChapter(context.new_page(), address)
    chapter.run(2)
    chapter.tab.get_by_text("Python is loading, 40 %").first.wait_for()
    assert chapter.words(2) == chapter.state() == "Python is loading, 40 %"
    chapter.press(2, "Stop cell 2")
    assert chapter.state() == "Stopped"
    assert chapter.words(2) == ""


def test_an_output_behind_a_prediction_is_shown_by_running_it(chapter):
    button = chapter.cell(PREDICT).locator("button.predict")
    stored = chapter.cell(PREDICT).locator(".cell_output:not(.live-mine)")
    chapter.run(PREDICT)
    chapter.wait_for(PREDICT, "ok")
    assert chapter.mine(PREDICT).is_visible()
    assert not button.is_visible()
    chapter.press(PREDICT, "Show the stored output")
    assert stored.is_visible()
    chapter.press(PREDICT, "Reset cell")
    assert button.get_attribute("aria-expanded") == "false"
    assert not stored.is_visible()


def test_a_local_cell_says_why_and_what_to_do(context, address):
    prepare(context, local={CODE[1].id})
    chapter = LiveChapter(context.new_page(), address)
    assert chapter.words(2) == "real threads "
    assert not chapter.cell(2).get_by_role("button", name="Run").count()
    link = chapter.cell(2).get_by_role("link", name="Run it on your machine")
    chapter.tab.get_by_role("button", name="Run all", exact=True).click()
    chapter.wait_for(len(CODE), "ok")
    assert chapter.state() == f"All {len(CODE) - 1} cells are done"
    link.click()
    chapter.tab.wait_for_url("**/index.html#Run-it-on-your-machine")
    assert chapter.tab.locator("#Run-it-on-your-machine").count() == 1


# --- Stop ---------------------------------------------------------------------


def workers_of(tab):
    """The workers that a tab starts, as they come."""
    workers = []
    tab.on("worker", lambda worker: workers.append(worker))
    return workers


def test_stop_ends_a_cell_and_keeps_python(chapter):
    workers = workers_of(chapter.tab)
    chapter.run(1)
    chapter.wait_for(1, "ok")
    chapter.edit(2, '#: ["wait"]')
    chapter.run(2)
    chapter.press(3, "Run cell")
    chapter.wait_for(2, "running")
    chapter.press(2, "Stop cell 2")
    chapter.wait_for(2, "stopped")
    assert chapter.words(2) == "stopped"
    assert chapter.words(3) == ""
    assert chapter.said()[-1] == "Cell 2 is stopped."
    chapter.run(3)
    chapter.wait_for(3, "ok")
    assert len(workers) == 1


def test_cells_that_were_stopped_before_they_ran_do_not_count(chapter):
    chapter.edit(1, '#: ["late"]')
    everything = chapter.tab.locator("[data-live=all]")
    everything.click()
    chapter.wait_for(1, "running")
    everything.click()
    chapter.wait_for(1, "ok")
    assert chapter.state() == "Cell 1 is done"
    assert chapter.said()[-1] == "Cell 1 is done."


def test_a_double_click_on_run_does_not_stop(chapter):
    chapter.edit(2, '#: ["wait"]')
    chapter.cell(2).get_by_role("button", name="Run cell").first.dblclick()
    chapter.wait_for(2, "running")
    chapter.tab.wait_for_function("said.at(-1) === 'Cell 2 is running.'")
    chapter.press(2, "Stop cell 2")
    chapter.wait_for(2, "stopped")


def run_deaf(chapter):
    """Two cells that run, and one that does not hear Stop."""
    for number in (1, 2):
        chapter.run(number)
        chapter.wait_for(number, "ok")
    chapter.run(3, "deaf")
    chapter.wait_for(3, "running")


def test_python_that_does_not_stop_is_ended_and_cells_run_again(chapter):
    chapter.tab.clock.install()
    workers = workers_of(chapter.tab)
    run_deaf(chapter)
    chapter.press(3, "Stop cell 3")
    chapter.tab.clock.run_for(900)
    assert len(workers) == 1
    chapter.tab.clock.run_for(200)
    chapter.wait_for(3, "stopped")
    assert "did not answer Stop" in chapter.note(3).text_content()
    assert "A new one starts" in chapter.said()[-1] or (
        chapter.said()[-1].startswith("Python is")
    )
    assert chapter.words(1) == "yours, from a Python that has ended"
    chapter.press(3, "Run 2 cells again")
    chapter.wait_for(2, "ok")
    assert "yours, 0.25 s" in chapter.words(1)
    assert len(workers) == 2


def test_a_computer_that_slept_asks_again_before_it_ends_python(chapter):
    chapter.tab.clock.install()
    run_deaf(chapter)
    chapter.press(3, "Stop cell 3")
    chapter.tab.clock.fast_forward("08:00:00")
    assert chapter.cell(3).get_attribute("data-state") == "running"
    chapter.tab.clock.run_for(1100)
    chapter.wait_for(3, "stopped")


def test_python_that_is_lost_is_told_and_starts_again(chapter):
    for number in (1, 2):
        chapter.run(number)
        chapter.wait_for(number, "ok")
    chapter.run(3, printed("so far\n"), "die")
    chapter.wait_for(3, "stopped")
    assert "too deep a recursion" in chapter.note(3).text_content()
    assert chapter.mine(3).inner_text().strip() == "so far"
    chapter.press(3, "Run 2 cells again")
    chapter.wait_for(2, "ok")


# --- Outputs ------------------------------------------------------------------


def test_printed_text_is_joined(chapter):
    mine = chapter.show(
        2,
        printed("one "),
        printed("and "),
        printed("two\n"),
        printed("oh", "stderr"),
        printed("three\n"),
    )
    boxes = mine.locator(".output")
    texts = [text.strip() for text in boxes.all_inner_texts()]
    assert texts == ["one and two", "oh", "three"]
    kinds = [each.get_attribute("class") for each in boxes.all()]
    assert "stream" in kinds[0]
    assert "stderr" in kinds[1]


def test_a_line_that_is_written_again_stands_once_and_uncoloured(chapter):
    mine = chapter.show(
        2,
        printed(" 10%\r"),
        printed(" 90%\r"),
        printed("\x1b[32m100%\x1b[0m\n"),
    )
    assert mine.locator("pre").text_content() == "100%\n"


def test_a_long_line_is_shown_at_once(chapter):
    mine = chapter.show(2, printed("x" * 200_000), printed("\r" + "y" * 9))
    assert mine.locator("pre").text_content() == "y" * 9


def test_many_outputs_are_shown_at_once(chapter):
    mine = chapter.show(2, *[shown({"text/plain": "x"})] * 500)
    assert mine.locator(".output").count() == 500


@pytest.mark.parametrize("name", ["urllib.error.URLError", "<b>E</b>", ""])
def test_an_error_of_any_name_shows_all_its_lines(chapter, name):
    error = failed("URLError", "a\nb")
    lines = ["Traceback (most recent call last):", f"{name}: a", "b"]
    chapter.run(2, error | {"traceback": lines})
    chapter.wait_for(2, "error")
    box = chapter.mine(2).locator(".output.traceback")
    assert box.text_content() == "\n".join(lines)


def test_a_long_error_is_told_in_short(chapter):
    chapter.run(2, failed(value="x" * 10_000))
    chapter.wait_for(2, "error")
    assert chapter.state().endswith("xxx \u2026")
    assert len(chapter.said()[-1]) < 300


def test_an_error_shows_its_lines(chapter):
    error = failed()
    error["traceback"] = ["File x", "\x1b[31mNameError\x1b[0m: name 'x' is…"]
    chapter.run(2, error)
    chapter.wait_for(2, "error")
    box = chapter.mine(2).locator(".output.traceback")
    assert box.inner_text() == "File x\nNameError: name 'x' is…"
    assert box.locator(".gr").text_content() == "NameError"


def test_a_picture_of_the_readers_run_can_be_stepped_through(chapter):
    html = CODE[PICTURE - 1].outputs[0].data["text/html"]
    mine = chapter.show(PICTURE, shown({"text/html": html}))
    mine.get_by_role("button", name="Step forward").click()
    assert "1 /" in mine.locator(".nearfar-player .count").text_content()


SQUARE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="40">'
    '<script>parent.spoiled = true</script><rect width="2000" height="40"/>'
    "</svg>"
)


def test_a_wide_picture_scrolls_in_its_box(chapter):
    mine = chapter.show(2, shown({"image/svg+xml": SQUARE, "text/plain": "x"}))
    cue = mine.get_by_text("Scroll sideways to see the rest")
    cue.wait_for()
    assert mine.locator(".scrolls").get_attribute("tabindex") == "0"
    assert mine.locator("img").get_attribute("alt")
    assert not chapter.tab.evaluate(SCROLLS_SIDEWAYS)
    assert chapter.tab.evaluate("window.spoiled") is None


def test_richer_kinds_are_preferred(chapter):
    no = {"text/plain": "no"}
    mine = chapter.show(
        2,
        shown(no | {"text/html": "<table><td>7</td></table>"}),
        shown(no | {"text/markdown": "**so** `x`\n\n- a\n- b"}),
        shown(no | {"text/markdown": "```python\ndef f(): 1\n```"}),
        shown({"text/plain": "<b>yes</b>"}),
    )
    assert mine.locator("td").inner_text() == "7"
    assert mine.locator("strong").inner_text() == "so"
    assert mine.locator("li").all_inner_texts() == ["a", "b"]
    assert mine.locator(".k").inner_text() == "def"
    assert mine.locator(".text_plain").inner_text() == "<b>yes</b>"
    assert "no" not in mine.inner_text().split()


def test_a_display_is_updated_in_its_place(chapter):
    named = {"transient": {"display_id": "a"}}
    mine = chapter.show(
        2,
        shown({"text/plain": "first"}, **named),
        printed("between"),
        shown({"text/plain": "second"}, **named)
        | {"output_type": "update_display_data"},
    )
    assert mine.locator(".output").all_inner_texts() == ["second", "between"]


def test_outputs_are_cleared_at_once_or_with_the_next(chapter):
    clear = {"output_type": "clear_output", "wait": False}
    mine = chapter.show(2, printed("old"), clear, printed("new"))
    assert mine.inner_text() == "new"
    waits = {"output_type": "clear_output", "wait": True}
    mine = chapter.show(2, printed("old"), waits)
    assert mine.inner_text() == "old"
    mine = chapter.show(2, printed("old"), waits, printed("new"))
    assert mine.inner_text() == "new"


# --- The editor ---------------------------------------------------------------


def test_the_editor_indents_and_comments(chapter):
    area = chapter.edit(2, "def f():")
    keys = chapter.tab.keyboard
    area.press("End")
    keys.press("Enter")
    keys.type("if x:")
    keys.press("Enter")
    keys.type("y")
    assert area.input_value() == "def f():\n    if x:\n        y"
    keys.press("Shift+Tab")
    assert area.input_value().endswith("\n    y")
    keys.press("Tab")
    keys.press("Control+/")
    assert area.input_value() == "def f():\n    if x:\n    # y   "
    keys.press("Control+/")
    keys.press("Control+z")
    assert area.input_value() == "def f():\n    if x:\n    # y   "
    keys.press("Control+a")
    keys.press("Tab")
    assert area.input_value().startswith("    def f():\n        if x:\n")
    keys.press("Control+a")
    keys.press("Shift+Tab")
    keys.press("Control+Home")
    keys.press("Tab")
    keys.press("Backspace")
    assert area.input_value().startswith("def f():\n    if x:\n")


def test_the_coloured_copy_lies_on_the_text(chapter):
    chapter.edit(2, "x = 1\n" + "y" * 200 + "\n\n")
    area = chapter.cell(2).locator("textarea").bounding_box()
    copy = chapter.cell(2).locator(".live-sheet > pre").bounding_box()
    for side in ("x", "y", "width", "height"):
        assert abs(area[side] - copy[side]) < 0.5
    fits = (
        chapter.cell(2)
        .locator("textarea")
        .evaluate(
            "(area) => area.scrollWidth <= area.clientWidth"
            " && area.scrollHeight <= area.clientHeight"
        )
    )
    assert fits
    assert not chapter.tab.evaluate(SCROLLS_SIDEWAYS)


def test_every_cell_of_the_book_keeps_its_text_in_colours(chapter, address):
    books = sorted(path.stem for path in CHAPTERS.glob("*.ipynb"))
    sources = [cell.source for book in books for cell in code_cells(book)]
    differ = chapter.tab.evaluate(
        """async ([address, sources]) => {
            const {content} = document.querySelector("meta[name=live]");
            const {coloured} = await import(`${address}${content}/colours.mjs`);
            return sources.filter((source) =>
                coloured(source).textContent !== source);
        }""",
        [f"{address}_static/", sources],
    )
    assert len(sources) > 300
    assert not differ


def test_a_keyboard_alone_runs_edits_and_leaves(chapter):
    keys = chapter.tab.keyboard
    chapter.cell(2).get_by_role("button", name="Run cell 2").focus()
    keys.press("Enter")
    chapter.wait_for(2, "ok")
    keys.press("Tab")
    keys.press("Enter")
    area = chapter.cell(2).locator("textarea")
    area.wait_for()
    focused = "document.activeElement.getAttribute('aria-label')"
    assert chapter.tab.evaluate(focused) == "Code of cell 2"
    keys.press("Control+a")
    keys.type('#: [{"output_type": "stream", "name": "stdout", "text": "hi"}]')
    keys.press("Shift+Enter")
    chapter.mine(2).get_by_text("hi", exact=True).wait_for()
    assert chapter.tab.evaluate(focused) == "Code of cell 2"
    keys.press("Escape")
    assert chapter.tab.evaluate(focused) == "Run cell 2"
    keys.press("Tab")
    assert chapter.tab.evaluate(focused) == "Run all above cell 2"
    hint = area.get_attribute("aria-describedby")
    assert "Escape leaves" in chapter.tab.locator(f"#{hint}").text_content()


def heard(chapter):
    """What a screen reader finds: {names of buttons}, focus, busy."""
    session = chapter.tab.context.new_cdp_session(chapter.tab)
    tree = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    names, focus, busy = set(), None, 0
    for node in tree:
        name = node.get("name", {}).get("value")
        if node.get("role", {}).get("value") == "button":
            names.add(name)
        for state in node.get("properties", []):
            if state["name"] == "focused":
                focus = name
            busy += state["name"] == "busy" and bool(state["value"]["value"])
    return names, focus, busy


def test_a_screen_reader_finds_states_and_keeps_its_place(chapter):
    chapter.edit(STORED, '#: ["wait"]').press("Escape")
    press = chapter.tab.keyboard.press
    run, stop = f"Run cell {STORED}", f"Stop cell {STORED}"
    assert heard(chapter)[1:] == (run, 0)
    press("Enter")
    chapter.wait_for(STORED, "running")
    names, *rest = heard(chapter)
    assert rest == [stop, 1]
    assert run not in names
    press("Enter")
    chapter.wait_for(STORED, "stopped")
    assert heard(chapter)[1:] == (run, 0)
    chapter.run(STORED, failed())
    chapter.wait_for(STORED, "error")
    failure = f"Cell {STORED} failed. {NO_X}."
    assert chapter.said().count(failure) == 1
    names, focus, busy = heard(chapter)
    assert {"Run them, then this one", f"Reset cell {STORED}"} < names
    assert f"Show the stored output, cell {STORED}" in names
    assert (focus, busy) == (run, 0)


# --- What the browser keeps ---------------------------------------------------


def test_edits_are_there_when_the_reader_comes_back(chapter):
    chapter.edit(2, "x = 1")
    chapter.tab.reload()
    area = chapter.cell(2).locator("textarea")
    area.wait_for()
    assert area.input_value() == "x = 1"
    assert chapter.words(2) == "edited"
    assert not chapter.cell(2).locator(".cell_input pre").first.is_visible()


def test_a_text_that_is_typed_back_is_no_edit(chapter):
    chapter.edit(2, "x = 1")
    assert chapter.kept()["edits"] == {CODE[1].id: "x = 1"}
    chapter.edit(2, CODE[1].source)
    assert chapter.kept() is None


def keep(context, record):
    """Let the tabs of a context find an older record of the chapter."""
    script = "window.name || localStorage.setItem({}, {}); window.name = 'kept'"
    kept = script.format(json.dumps(KEY), json.dumps(json.dumps(record)))
    context.add_init_script(kept)


def test_an_edit_of_an_older_text_shows_the_new_one(alone, address):
    prepare(alone)
    one = CODE[1].id
    keep(alone, {"edits": {one: "x = 1"}, "base": {one: "x = 0"}})
    chapter = LiveChapter(alone.new_page(), address)
    cell = chapter.cell(2)
    cell.get_by_text("You edited an older text of this cell").wait_for()
    new = cell.locator(".cell_input .highlight-python pre")
    assert not new.is_visible()
    chapter.press(2, "Show the new text")
    assert new.is_visible()
    chapter.press(2, "Keep yours")
    assert not new.is_visible()
    assert not cell.locator(".live-old").count()
    assert chapter.kept()["base"] == {one: CODE[1].source}
    assert chapter.kept()["edits"] == {one: "x = 1"}


def test_an_edit_of_a_cell_that_is_gone_is_told(alone, address):
    prepare(alone)
    keep(alone, {"edits": {"gone": "x"}, "base": {"gone": "y"}})
    chapter = LiveChapter(alone.new_page(), address)
    chapter.note().get_by_text("no longer has 1 cell that you").wait_for()
    with chapter.tab.expect_download() as download:
        chapter.more("Save all edits as .json")
    text = download.value.path().read_text()
    assert json.loads(text)["chapters"]["00_start_here"]["edits"] == {
        "gone": "x"
    }


def test_a_record_that_cannot_be_read_is_put_aside(alone, address):
    prepare(alone)
    keep(alone, {"edits": {"00-05": 7}})
    chapter = LiveChapter(alone.new_page(), address)
    trouble = chapter.tab.locator(".live-trouble")
    trouble.get_by_text("could not be read").wait_for()
    assert chapter.kept(f"{KEY}.unread") == {"edits": {"00-05": 7}}


REFUSE = """Storage.prototype.setItem = () => {{
    throw new DOMException("no", "{}");
}}"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("QuotaExceededError", "storage is full"),
        ("SecurityError", "keeps nothing for this page"),
    ],
)
def test_an_edit_that_is_not_kept_is_told(alone, address, name, words):
    alone.add_init_script(REFUSE.format(name))
    prepare(alone)
    chapter = LiveChapter(alone.new_page(), address)
    area = chapter.edit(2, "x = 1")
    chapter.edit(3, "y = 1")
    trouble = chapter.tab.locator(".live-trouble")
    assert words in trouble.text_content()
    assert area.input_value() == "x = 1"
    asked = []
    chapter.tab.on("dialog", lambda box: (asked.append(box.type), box.accept()))
    with chapter.tab.expect_event("close"):
        chapter.tab.close(run_before_unload=True)
    assert asked == ["beforeunload"]


def test_a_browser_that_keeps_nothing_still_saves_a_file(alone, address):
    alone.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    prepare(alone)
    chapter = LiveChapter(alone.new_page(), address)
    chapter.edit(2, "x = 1")
    chapter.run(2)
    chapter.wait_for(2, "ok")
    with chapter.tab.expect_download() as download:
        chapter.more("Save all edits as .json")
    kept = json.loads(download.value.path().read_text())
    assert kept["chapters"]["00_start_here"]["edits"] == {CODE[1].id: "x = 1"}


def test_two_tabs_keep_each_others_edits(context, address):
    prepare(context)
    one = LiveChapter(context.new_page(), address)
    other = LiveChapter(context.new_page(), address)
    one.edit(2, "x = 1")
    other.edit(3, "y = 1")
    one.cell(3).locator("textarea").wait_for()
    assert one.cell(3).locator("textarea").input_value() == "y = 1"
    one.edit(1, "z = 1")
    edits = {CODE[0].id: "z = 1", CODE[1].id: "x = 1", CODE[2].id: "y = 1"}
    assert one.kept()["edits"] == edits
    other.edit(2, "x = 2")
    one.tab.wait_for_function(
        "document.querySelectorAll('div.cell')[1].querySelector('textarea')"
        ".value === 'x = 2'"
    )


def test_an_editor_stays_open_while_another_tab_writes(context, address):
    prepare(context)
    one = LiveChapter(context.new_page(), address)
    other = LiveChapter(context.new_page(), address)
    one.press(2, "Edit cell")
    area = one.cell(2).locator("textarea")
    area.wait_for()
    other.edit(3, "y = 1")
    one.cell(3).locator("textarea").wait_for()
    assert area.is_visible()


def test_two_tabs_solve_two_exercises(context, address):
    prepare(context)
    one = LiveChapter(context.new_page(), address)
    other = LiveChapter(context.new_page(), address)
    one.show(2, {"progress": ["0.10"]})
    other.show(2, {"progress": ["0.2"]})
    assert one.kept("nearfar.progress") == {"solved": ["0.2", "0.10"]}


# --- Reset, save, open --------------------------------------------------------


def test_a_cell_is_reset_and_the_reset_undone(chapter):
    chapter.edit(STORED, "x = 1")
    chapter.run(STORED)
    chapter.wait_for(STORED, "ok")
    chapter.press(STORED, "Reset cell")
    stored = chapter.cell(STORED).locator(".cell_output")
    assert stored.count() == 1
    assert stored.is_visible()
    assert not chapter.cell(STORED).locator("textarea").count()
    assert chapter.kept() is None
    chapter.press(STORED, "Undo")
    area = chapter.cell(STORED).locator("textarea")
    assert area.input_value() == "x = 1"
    assert chapter.kept()["edits"] == {CODE[STORED - 1].id: "x = 1"}


def test_a_chapter_is_reset_and_the_reset_undone(chapter):
    workers = workers_of(chapter.tab)
    chapter.edit(2, "x = 1")
    chapter.run(STORED)
    chapter.wait_for(STORED, "ok")
    chapter.more("Reset this chapter")
    assert not chapter.tab.locator("textarea").count()
    assert not chapter.tab.locator(".live-mine").count()
    assert chapter.kept() is None
    chapter.note().get_by_role("button", name="Undo").click()
    assert chapter.cell(2).locator("textarea").input_value() == "x = 1"
    chapter.run(2)
    chapter.wait_for(2, "ok")
    assert len(workers) == 2


def test_the_book_is_reset_and_the_reset_undone(chapter):
    other = json.dumps({"edits": {"a": "b"}, "base": {"a": "c"}})
    chapter.tab.evaluate(
        "(text) => localStorage.setItem('nearfar.live.01_tasklets', text)",
        other,
    )
    chapter.show(2, {"progress": ["0.1"]})
    chapter.more("Reset the whole book")
    keys = "Object.keys(localStorage).filter((key) => /nearfar/.test(key))"
    assert chapter.tab.evaluate(keys) == []
    chapter.note().get_by_role("button", name="Undo").click()
    assert chapter.kept("nearfar.live.01_tasklets") == json.loads(other)
    assert chapter.kept("nearfar.progress") == {"solved": ["0.1"]}
    assert CODE[1].id in chapter.kept()["edits"]


def saved(chapter, label, folder):
    with chapter.tab.expect_download() as download:
        chapter.more(label)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def open_file(chapter, path):
    with chapter.tab.expect_file_chooser() as chooser:
        chapter.more("Open a saved file")
    chooser.value.set_files(path)


def test_a_notebook_is_saved_and_opened(chapter, tmp_path):
    chapter.show(2, printed("hi\n"), shown({"text/plain": "x"}))
    text = chapter.cell(2).locator("textarea").input_value()
    chapter.edit(3, "y = 1")
    path = saved(chapter, "Save as .ipynb", tmp_path)
    assert path.name == "00_start_here.ipynb"
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code[:3]] == [
        CODE[0].source,
        text,
        "y = 1",
    ]
    assert [each.output_type for each in code[1].outputs] == [
        "stream",
        "display_data",
    ]
    assert code[2].outputs == []
    assert code[STORED - 1].outputs == CODE[STORED - 1].outputs
    before = chapter.kept()
    chapter.more("Reset this chapter")
    open_file(chapter, path)
    chapter.note().get_by_text("2 edited cells here").wait_for()
    assert chapter.kept() == before
    chapter.note().get_by_role("button", name="Undo").click()
    assert chapter.kept() is None


def test_all_edits_are_saved_and_opened(chapter, tmp_path):
    chapter.edit(2, "x = 1")
    chapter.show(3, {"progress": ["0.1"]})
    path = saved(chapter, "Save all edits as .json", tmp_path)
    before = chapter.kept()
    chapter.more("Reset the whole book")
    open_file(chapter, path)
    chapter.note().get_by_text("2 edited cells here").wait_for()
    assert chapter.kept() == before
    assert chapter.kept("nearfar.progress") == {"solved": ["0.1"]}


def test_a_file_that_is_opened_runs_no_script(chapter, tmp_path):
    evil = "<img src=x onerror='window.spoiled = true'>"
    book = nbformat.read(CHAPTERS / "00_start_here.ipynb", as_version=4)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.source = evil
            cell.metadata["nearfar"] = {"base": evil}
            html = nbformat.v4.new_output("display_data", {"text/html": evil})
            cell.outputs = [html]
        else:
            cell.source = evil
    path = tmp_path / f"{evil.replace('/', '')}.ipynb"
    nbformat.write(book, path)
    open_file(chapter, path)
    chapter.note().get_by_text("edited cells here").wait_for()
    assert chapter.cell(2).locator("textarea").input_value() == evil
    assert not chapter.tab.locator("img[src=x]").count()
    assert not chapter.tab.locator(".live-mine").count()
    assert chapter.tab.evaluate("window.spoiled") is None


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "null",
        '{"cells": []}',
        '{"cells": [null, {"id": "x", "cell_type": "code"}]}',
        '{"nearfar": 1, "chapters": {"x": {"edits": {"a": 1}}}}',
        f'{{"cells": [{{"id": "{CODE[1].id}", "cell_type": "code",'
        ' "source": {"a": 1}}]}',
        '{"nearfar": 1, "progress": "", "chapters": {"__proto__":'
        ' {"edits": {"a": "b"}, "base": {}}}}',
    ],
)
def test_a_file_that_is_not_of_the_book_is_refused(chapter, tmp_path, text):
    chapter.edit(2, "x = 1")
    path = tmp_path / "other.json"
    path.write_text(text)
    open_file(chapter, path)
    chapter.note().get_by_text("other.json has no cells of this").wait_for()
    assert chapter.kept()["edits"] == {CODE[1].id: "x = 1"}


def test_a_file_with_odd_progress_is_opened_without_it(chapter, tmp_path):
    path = tmp_path / "odd.json"
    odd = json.dumps({"solved": ["0.1", 5, None]})
    path.write_text(json.dumps({"nearfar": 1, "progress": odd, "chapters": {}}))
    open_file(chapter, path)
    chapter.note().get_by_text("odd.json is open").wait_for()
    chapter.show(2, {"progress": ["0.2"]})
    assert chapter.kept("nearfar.progress") == {"solved": ["0.2"]}


def test_a_file_with_a_huge_cell_is_opened(chapter, tmp_path):
    chapter.edit(2, "x = 1")
    path = saved(chapter, "Save all edits as .json", tmp_path)
    large = "x = 1\\n" * 20_000
    path.write_text(path.read_text().replace("x = 1", large))
    open_file(chapter, path)
    chapter.note().get_by_text("1 edited cell here").wait_for()
    area = chapter.cell(2).locator("textarea")
    assert area.evaluate("(area) => area.value.length") == 120_000


def test_the_menu_shuts_with_a_choice_and_with_escape(chapter):
    menu = chapter.tab.locator(".live-more")
    focus = "document.activeElement.matches('.live-more summary')"
    chapter.more("Reset this chapter")
    assert menu.get_attribute("open") is None
    assert chapter.tab.evaluate(focus)
    menu.locator("summary").press("Enter")
    menu.get_by_role("button", name="Open a saved file").press("Escape")
    assert menu.get_attribute("open") is None
    assert chapter.tab.evaluate(focus)


# --- What is missing ----------------------------------------------------------


def assert_as_before(tab, words):
    """The page without buttons, and one line that says what is missing."""
    assert words in tab.locator(".live-missing").text_content()
    assert not tab.locator(".live-row, .live-bar").count()
    stored = tab.locator("div.cell").nth(STORED - 1).locator(".cell_output")
    assert stored.is_visible()


def test_an_older_browser_is_told(alone, address):
    prepare(alone)
    alone.add_init_script("delete WebAssembly.Suspending")
    tab = alone.new_page()
    tab.goto(f"{address}chapters/00_start_here.html")
    assert_as_before(tab, "in a newer browser: Chrome or Edge 137")


def test_a_page_opened_as_a_file_is_told(context, address, site, tmp_path):
    prepare(context)
    tab = context.new_page()
    tab.goto(f"{address}chapters/00_start_here.html")
    page = tab.evaluate("fetch(location).then((answer) => answer.text())")
    context.unroute_all()
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_static").symlink_to(site / "_static")
    path = tmp_path / "chapters" / "00_start_here.html"
    path.write_text(page, encoding="utf-8")
    tab.goto(path.as_uri())
    assert_as_before(tab, "opened as a file")


def test_without_a_script_the_page_is_as_it_was(browser, address):
    plain = browser.new_context(java_script_enabled=False)
    prepare(plain)
    tab = plain.new_page()
    tab.goto(f"{address}chapters/00_start_here.html")
    assert_as_before(tab, "needs JavaScript")
    plain.close()


@pytest.mark.parametrize("gone", ["chapter.mjs", "worker.mjs"])
def test_a_reader_without_a_network_is_told(context, address, gone):
    prepare(context)
    context.route(f"**/{gone}", lambda route: route.abort())
    chapter = LiveChapter(context.new_page(), address)
    chapter.press(STORED, "Run cell")
    chapter.tab.get_by_text("are you offline").first.wait_for()
    assert "recorded ones" in chapter.state()
    assert chapter.cell(STORED).locator(".cell_output").is_visible()
    assert chapter.words(STORED) == ""
    context.unroute(f"**/{gone}")
    if gone == "worker.mjs":
        prepare(context)
        chapter.run(STORED)
        chapter.wait_for(STORED, "ok")


# --- Looks --------------------------------------------------------------------

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_page_at_work_is_accessible(browser, address, look):
    axe = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    context = browser.new_context(reduced_motion="reduce", **LOOKS[look])
    context.set_default_timeout(10_000)
    context.add_init_script(axe.read_text(encoding="utf-8"))
    prepare(context, local={CODE[0].id})
    one = CODE[6].id
    keep(context, {"edits": {one: "x = 1"}, "base": {one: "x = 0"}})
    chapter = LiveChapter(context.new_page(), address)
    chapter.show(
        2,
        printed("letters " * 40),
        printed("oh", "stderr"),
        shown({"image/svg+xml": SQUARE}),
        shown({"text/markdown": "**so** `x`\n\n```python\ndef f(): 1\n```"}),
    )
    chapter.run(3, failed())
    chapter.wait_for(3, "error")
    chapter.run(4, "wait")
    chapter.wait_for(4, "running")
    chapter.tab.locator(".live-more summary").click()
    chapter.cell(2).locator("textarea").focus()
    faults = chapter.tab.evaluate(SCROLLS_SIDEWAYS)
    faults += chapter.tab.evaluate(FIND_FAULTS)
    context.close()
    assert not faults, "\n".join(faults)


def test_a_finger_finds_all_buttons(browser, address):
    context = browser.new_context(has_touch=True, is_mobile=True)
    prepare(context)
    chapter = LiveChapter(context.new_page(), address)
    for label in ("Run cell", "Edit cell", "Run all above"):
        button = chapter.cell(2).get_by_role("button", name=label)
        assert button.evaluate("(it) => getComputedStyle(it).opacity") == "1"
        assert button.bounding_box()["height"] >= 36
    context.close()


def test_paper_has_the_stored_code_and_output_and_no_button(chapter):
    chapter.show(STORED, printed("mine"))
    chapter.show(PREDICT, printed("mine"))
    chapter.tab.emulate_media(media="print")
    for number in (STORED, PREDICT):
        cell = chapter.cell(number)
        assert cell.locator(".cell_input pre").first.is_visible()
        assert cell.locator(".cell_output:not(.live-mine)").is_visible()
        assert not cell.locator(".live-editor").is_visible()
        assert not chapter.mine(number).is_visible()
    shown = chapter.tab.locator(".live-bar, .live-row, main button")
    assert shown.count() > 20
    assert not [each for each in shown.all() if each.is_visible()]
