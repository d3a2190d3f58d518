"""The step player: driven in a real browser, as a reader would.

What it must say is taken from the trace itself. Most of it is tried on the
page of the site that explains it; the last test opens a real JupyterLab.
"""

import contextlib
import importlib.resources
import os
import runpy
import sys

import nbformat
import pytest
from browsing import (
    FIND_FAULTS,
    LOOKS,
    SCROLLS_SIDEWAYS,
    jupyterlab,
    open_notebook,
    watch,
)
from nbformat import v4
from playwright.sync_api import TimeoutError
from test_site import ROOT

from nearfar import Channel, run, spawn
from nearfar.drawing import explorer, space_time, stack
from nearfar.trace import Trace, moments

PAGE = "docs/diagrams.html"
PLAYER = ROOT / "lib" / "nearfar" / "drawing" / "player.js"
INSTALLED = "share/jupyter/labextensions/nearfar/player.js"


def run_of(example):
    """The events that a picture of docs/diagrams shows, and the moments."""
    trace = runpy.run_path(str(ROOT / f"docs/examples/{example}.py"))["trace"]
    events = [
        event
        for event, now in zip(trace.events, moments(trace.events), strict=True)
        if event.tasklet not in now.stuck
    ]
    return events, list(moments(events))


@pytest.fixture(params=["marks_meeting", "marks_wire", "marks_deadlock"])
def example(request):
    return request.param


class Driver:
    """A player in a tab, and what can be seen of it."""

    def __init__(self, tab, place):
        self.tab = tab
        self.root = tab.locator(".nearfar-player").nth(place)
        self.root.wait_for()

    def press(self, *keys):
        for key in keys:
            self.tab.keyboard.press(key)

    def click(self, label):
        button = self.root.get_by_label(label, exact=True)
        button.click(force=True)  # at an end, it is there and does nothing

    @property
    def said(self):
        return self.root.locator("[aria-live=polite]").text_content()

    @property
    def count(self):
        return self.root.locator(".count").text_content()

    @property
    def states(self):
        items = self.root.locator("li").all()
        return {
            item.locator("b").text_content(): (
                item.get_attribute("data-state"),
                item.locator("span").text_content(),
            )
            for item in items
        }

    @property
    def lit(self):
        """The names that are lit in the picture."""
        return self.root.locator("svg .on").all_text_contents()


@pytest.fixture
def player(tab, address, example):
    tab.goto(address + PAGE)
    pictures = ["time", "meeting", "wire", "deadlock", "turns"]
    return Driver(tab, pictures.index(example.removeprefix("marks_")))


def test_each_step_tells_the_event_its_line_and_who_runs(player, example):
    events, every = run_of(example)
    player.root.get_by_label("Step", exact=True).focus()
    for event, now in zip(events, every, strict=True):
        player.press("ArrowRight")
        assert player.said == f"{event.tasklet} {event.what}"
        assert player.count == f"{event.step} / {len(events)}"
        assert player.root.locator("code").text_content() == event.source
        assert player.lit == [n for n in [now.running] if n and n != "main"]
        for name, (letter, words) in player.states.items():
            state = now.state(name)
            assert letter == (state or ".")[0]
            if state in ("waits", "stuck"):
                assert now.waits[name] in words


def test_keys_and_buttons_go_both_ways_and_stop_at_the_ends(player, example):
    events, _ = run_of(example)
    told = [f"{event.tasklet} {event.what}" for event in events]
    player.click("Step forward")
    assert player.said == told[0]
    player.press("End")
    assert player.said == told[-1]
    player.press("ArrowRight")
    player.click("Step forward")
    assert player.said == told[-1]
    player.click("Step back")
    assert player.said == told[-2]
    player.click("First step")
    assert player.said == told[0]
    player.press("ArrowRight", "ArrowLeft")
    assert player.said == told[0]
    player.click("Last step")
    player.press("Home")
    assert player.said == told[0]
    player.press("Escape")
    assert player.said == ""
    assert player.count == f"{len(events)} steps"


@pytest.mark.parametrize("example", ["marks_wire"], indirect=True)
def test_a_message_on_its_way_is_lit(player, example):
    events, _ = run_of(example)
    post, arrive = (
        next(e.step for e in events if e.kind == kind)
        for kind in ("post", "arrive")
    )
    player.root.get_by_label("Step", exact=True).focus()
    for step in range(1, arrive + 2):
        player.press("ArrowRight")
        lit = player.root.locator(".lit text").all_text_contents()
        assert ("Order taco" in lit) == (post <= step <= arrive)


@pytest.mark.parametrize("example", ["marks_deadlock"], indirect=True)
def test_a_click_into_the_picture_goes_to_that_moment(player, example):
    events, _ = run_of(example)
    picture = player.root.locator("svg")
    size = picture.bounding_box()
    picture.click(position={"x": size["width"] - 5, "y": size["height"] / 2})
    assert player.count == f"{len(events)} / {len(events)}"
    player.press("ArrowLeft")  # the keys work at once
    assert player.count == f"{len(events) - 1} / {len(events)}"


@pytest.mark.parametrize("look", LOOKS)
def test_stepped_players_read_well(browser, address, look):
    axe = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    context = browser.new_context(reduced_motion="reduce", **LOOKS[look])
    context.add_init_script(axe.read_text(encoding="utf-8"))
    tab, faults = context.new_page(), []
    watch(tab, address, faults)
    tab.goto(address + PAGE)
    tab.locator(".nearfar-player").first.wait_for()
    for place in range(tab.locator(".nearfar-player").count()):
        Driver(tab, place).click("Last step")
        Driver(tab, place).click("Step back")
    faults += tab.evaluate(SCROLLS_SIDEWAYS) + tab.evaluate(FIND_FAULTS)
    context.close()
    assert not faults, "\n".join(faults)


def test_without_a_script_and_on_paper_the_picture_is_still(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address + PAGE)
    picture = tab.locator("article img").first
    assert picture.get_attribute("alt").startswith("Space-time diagram")
    assert picture.bounding_box()["width"] > 300
    assert tab.locator(".nearfar-player").count() == 0
    context.close()
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(address + PAGE)
    player = Driver(tab, 0)
    player.click("Step forward")
    tab.emulate_media(media="print")
    for part in (".bar", ".told", ".veil"):
        assert not player.root.locator(part).is_visible()
    assert player.root.locator("svg").is_visible()
    context.close()


def meeting(value):
    channel = Channel("c")
    with Trace() as trace:
        spawn(channel.send, value, name="<b>ann</b>")
        spawn(channel.receive, name="bob")
        run()
    return trace


def shown_alone(tab, figure):
    """A figure in a page of its own: neither the site nor JupyterLab."""
    tab.set_content(
        f"<!doctype html><html lang=en><title>t</title>"
        f"<body>{figure._repr_html_()}"
        f"<script>{PLAYER.read_text()}</script>"
    )
    return Driver(tab, 0)


def test_names_and_values_of_a_program_are_never_markup(tab):
    faults = []
    watch(tab, "about:", faults)
    player = shown_alone(tab, space_time(meeting("<script>x</script>&amp;")))
    player.click("Last step")
    assert "<b>ann</b>" in player.states
    player.click("First step")
    assert player.said == "main spawns <b>ann</b>"
    assert player.root.locator("li b b").count() == 0
    assert not faults


def test_nothing_moves_for_those_who_asked_for_that(tab):
    player = shown_alone(tab, space_time(meeting(1)))
    moving = "svg => svg.getAnimations({subtree: true}).length"
    seen = {}
    for wish in ("reduce", "no-preference"):
        tab.emulate_media(reduced_motion=wish)
        player.click("First step")
        seen[wish] = 0
        for _ in range(6):
            player.press("ArrowRight")
            seen[wish] += player.root.locator("svg").evaluate(moving)
    assert seen["reduce"] == 0
    assert seen["no-preference"] > 0


def test_an_explorer_shows_the_case_that_is_chosen(tab):
    cases = {
        "it is tea": space_time(meeting("tea")),
        "it is <milk>": space_time(meeting("milk")),
    }
    figure = explorer(cases, "What there is to drink")
    assert "tea" in figure.alt
    player = shown_alone(tab, figure)
    player.click("Last step")
    chooser = player.root.get_by_label("Show the run in which:")
    chooser.select_option("it is <milk>")
    assert player.said == ""  # it begins anew
    picture = player.root.locator("svg")
    assert "'milk'" in picture.get_attribute("aria-label")
    player.click("Last step")
    player.click("Step back")
    assert "'milk'" in picture.text_content()
    chooser.select_option("it is tea")
    assert "'tea'" in picture.text_content()


def test_an_explorer_with_a_still_picture_begins_with_the_first_case(tab):
    cases = {
        "it is tea": space_time(meeting("tea")),
        "it is milk": space_time(meeting("milk")),
    }
    both = stack(*cases.values())
    player = shown_alone(tab, explorer(cases, still=both))
    picture = player.root.locator("svg")
    assert "'milk'" not in picture.get_attribute("aria-label")
    player.click("Last step")
    chooser = player.root.get_by_label("Show the run in which:")
    chooser.select_option("it is milk")
    assert "'milk'" in picture.get_attribute("aria-label")
    chooser.select_option("it is tea")
    assert "'tea'" in picture.get_attribute("aria-label")


PHONE = {"viewport": {"width": 390, "height": 844}}
TWO_FRAMES = """new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(done)))"""


def test_every_lost_message_can_be_stepped_through_on_a_phone(browser, address):
    context = browser.new_context(reduced_motion="reduce", **PHONE)
    context.set_default_timeout(10_000)
    tab, faults = context.new_page(), []
    watch(tab, address, faults)
    tab.goto(address + "chapters/06_lost_messages.html")
    place = tab.locator(".nearfar-player").evaluate_all(
        "all => all.findIndex(it => it.shadowRoot.querySelector('select'))"
    )
    player = Driver(tab, place)
    chooser = player.root.get_by_label("Show the run in which:")
    names = chooser.locator("option").all_text_contents()
    assert len(names) == 12
    told = set()
    for name in names:
        chooser.select_option(name)
        title = player.root.locator("svg .t").first.text_content()
        assert title.startswith(name.partition(",")[0])
        player.click("Last step")
        tab.evaluate(TWO_FRAMES)  # the names follow after the scroll
        box = player.root.locator(".box").bounding_box()
        for lane in player.root.locator("svg .k").all():
            edge = lane.bounding_box()
            assert edge["x"] >= box["x"], f"{name}: who is who is out of sight"
        told.add(player.root.locator("svg").get_attribute("aria-label"))
    assert len(told) == 12
    faults += tab.evaluate(SCROLLS_SIDEWAYS)
    context.close()
    assert not faults, "\n".join(faults)


def test_names_stay_in_sight_however_far_a_picture_is_scrolled(browser):
    context = browser.new_context(reduced_motion="reduce", **PHONE)
    context.set_default_timeout(10_000)

    def long_talk():
        channel = Channel("c")
        with Trace() as trace:
            spawn(lambda: [channel.send(n) for n in range(30)], name="ann")
            spawn(lambda: [channel.receive() for _ in range(30)], name="bob")
            run()
        return trace

    player = shown_alone(context.new_page(), space_time(long_talk()))
    player.click("First step")
    box = player.root.locator(".box")
    assert box.evaluate("box => box.scrollWidth > 2 * box.clientWidth")
    for far in (0, 200, 10_000, 0):
        box.evaluate(f"box => box.scrollTo({far}, 0)")
        player.tab.wait_for_timeout(100)  # a scroll is told with the next frame
        edge = box.bounding_box()
        for name in player.root.locator("svg .k").all():
            place = name.bounding_box()
            assert edge["x"] <= place["x"] < edge["x"] + 40
    context.close()


CELL = """
from nearfar import Channel, run, spawn
from nearfar.drawing import explorer, space_time, stack
from nearfar.trace import Trace

def cook():
    table.send("taco")

table = Channel("table")
with Trace() as trace:
    spawn(cook, name="cook")
    spawn(table.receive, name="guest")
    run()
again = space_time(trace, "Again")
explorer({"once": space_time(trace), "again": again})
"""


@pytest.fixture
def laboratory(tmp_path):
    """The address of a real JupyterLab with one notebook: t.ipynb."""
    names = {}
    program, _, last = CELL.strip().rpartition("\n")
    exec(program, names)
    figure = eval(last, names)
    output = v4.new_output(
        "execute_result",
        data={"text/html": figure._repr_html_(), "text/plain": "x"},
        execution_count=1,
    )
    cells = [
        v4.new_code_cell(CELL.strip(), execution_count=1, outputs=[output]),
        v4.new_code_cell("2"),
    ]
    kernel = {"display_name": "Python", "language": "python"}
    notebook = v4.new_notebook(
        cells=cells, metadata={"kernelspec": kernel | {"name": "python3"}}
    )
    (tmp_path / "pages").mkdir()
    nbformat.write(notebook, tmp_path / "pages" / "t.ipynb")
    with jupyterlab(tmp_path) as address:
        yield address


def test_in_jupyterlab_a_cell_that_was_run_has_a_player(browser, laboratory):
    installed = os.path.join(sys.prefix, INSTALLED)
    assert os.path.exists(installed), "run `make lab` once: no player installed"
    with open(installed) as file:
        assert file.read() == PLAYER.read_text(), (
            "run `make lab` once: it is old"
        )
    context = browser.new_context()
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    open_notebook(tab, f"{laboratory}lab/tree/t.ipynb")
    picture = tab.locator(".jp-OutputArea-output img")
    picture.wait_for()
    assert picture.get_attribute("onload") is None  # nothing is trusted yet
    assert tab.get_by_text("inline scripts").count() == 0
    tab.locator(".jp-CodeCell .cm-content").first.click()
    for _ in range(5):  # what is run too early, JupyterLab may forget
        tab.keyboard.press("Control+Enter")
        with contextlib.suppress(TimeoutError):
            tab.locator(".nearfar-player").wait_for(timeout=5_000)
            break
    player = Driver(tab, 0)
    player.click("Step forward")
    player.press("End")
    assert player.said == "cook ends"
    player.press("Home", "ArrowRight", "ArrowRight")
    assert player.said == "cook starts"
    assert player.root.locator("code").text_content() == "def cook():"
    player.press("ArrowRight")
    assert player.said == "cook waits to send 'taco' on table"
    assert 'table.send("taco")' in player.root.locator("code").text_content()
    chooser = player.root.get_by_label("Show the run in which:")
    chooser.select_option("again")
    assert player.root.locator("svg .t").text_content() == "Again"
    assert player.said == ""
    assert tab.locator(".jp-mod-active .cm-content").inner_text() != "2"
    context.close()
