"""The step player where no server serves it: VS Code, Colab, a saved page.

Neither program can run here. Each test page does what that program's source or
documentation says it does with an output. docs/elsewhere.md says so, too.
"""

import pytest
from browsing import watch
from test_player import Driver, meeting

from nearfar import schedule, spawn
from nearfar.drawing import explorer, space_time
from nearfar.playing import board, play

MOST = 25_000  # letters that a player may add to an output

# VS Code: all outputs in one page under this policy, as HTML; then each script
# is made again, so that it runs.
VS_CODE = """<!doctype html><html lang=en><head><title>t</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none';
script-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src https: http: data:;
style-src 'self' 'unsafe-inline'; connect-src https:; child-src https: data:">
</head><body>"""
VS_CODE_SHOWS = """(html) => {
    const place = document.createElement("div");
    document.body.append(place);
    place.innerHTML = html;
    for (const node of place.querySelectorAll("script")) {
        const again = document.createElement("script");
        again.text = node.innerText;
        place.appendChild(again).parentNode.removeChild(again);
    }
}"""
# Colab: each output in a frame of its own, of another origin.
COLAB_SHOWS = """(html) => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.srcdoc = "<!doctype html><title>t</title><body>" + html;
    document.body.append(frame);
}"""


@pytest.fixture
def inline(monkeypatch):
    monkeypatch.setenv("NEARFAR_PLAYER", "inline")


def outputs():
    """Three outputs of a notebook: two pictures, and two runs in one."""
    tea, milk = space_time(meeting("tea")), space_time(meeting("milk"))
    return [tea, milk, explorer({"tea": tea, "<!-- </script>": milk})]


def step(root, place):
    """Step through a player, to the end of a run and back."""
    player = Driver(root, place)
    player.click("Step forward")
    assert player.said == "main spawns <b>ann</b>"
    player.click("Last step")
    assert player.count.partition(" / ")[0] == player.count.partition(" / ")[2]


@pytest.mark.parametrize(
    ("variables", "carried"),
    [
        ({}, False),
        ({"VSCODE_PID": "7"}, True),
        ({"VSCODE_CWD": "/home/eve"}, True),
        ({"COLAB_RELEASE_TAG": "release-colab"}, True),
        ({"TERM_PROGRAM": "vscode"}, False),  # its terminal, no notebook
        ({"JPY_SESSION_NAME": "01.ipynb"}, False),
        ({"NEARFAR_PLAYER": "inline"}, True),
        ({"NEARFAR_PLAYER": "served", "VSCODE_PID": "7"}, False),
    ],
)
def test_an_output_carries_the_player_where_none_is_served(
    monkeypatch, variables, carried
):
    monkeypatch.delenv("NEARFAR_PLAYER")
    served = space_time(meeting(1))._repr_html_()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    html = space_time(meeting(1))._repr_html_()
    assert html.startswith(served)
    assert (len(html) > len(served)) == carried
    assert html.count("<script>") == carried
    assert len(html) - len(served) < MOST


def test_in_vs_code_each_picture_gets_a_player(tab, inline):
    faults = []
    watch(tab, "about:", faults)
    tab.set_content(VS_CODE)
    for figure in outputs():
        tab.evaluate(VS_CODE_SHOWS, figure._repr_html_())
    for place in range(3):
        step(tab, place)
    assert tab.locator("img").count() == 0
    assert not faults


def test_in_colab_each_frame_has_its_own_player(tab, inline):
    faults = []
    watch(tab, "about:", faults)
    tab.set_content("<!doctype html><html lang=en><title>t</title><body>")
    for number, figure in enumerate(outputs()):
        tab.evaluate(COLAB_SHOWS, figure._repr_html_())
        frame = tab.frame_locator("iframe").nth(number)
        frame.locator(".nearfar-player").wait_for()
        step(frame, 0)
    assert not faults


def test_where_scripts_are_taken_out_the_picture_stays(browser, inline):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.set_content(outputs()[0]._repr_html_())
    assert tab.locator("img").bounding_box()["width"] > 200
    assert tab.locator("body").inner_text().strip() == ""
    context.close()


def deposits():
    spawn(schedule, name="north")
    spawn(schedule, name="south")


def test_a_board_that_cannot_ask_its_kernel_can_be_stepped(tab, inline):
    tab.set_content(VS_CODE)
    tab.evaluate(VS_CODE_SHOWS, board(deposits)._repr_html_())
    Driver(tab, 0).click("Step forward")
    assert tab.get_by_text("Open now, plain order first:").is_visible()


def test_the_moves_up_to_a_step_can_be_copied_into_a_cell(tab, inline):
    told = ["run south", "run north"]
    tab.set_content(VS_CODE)
    tab.evaluate(VS_CODE_SHOWS, board(deposits, told)._repr_html_())
    Driver(tab, 0).click("Last step")
    tab.get_by_role("button", name="Copy these moves").click()
    words = tab.get_by_text("play(program, moves=").inner_text()
    called = words[words.index("play(") :]
    played = eval(called, {"play": play, "program": deposits})
    assert [*played.moves] == told
    Driver(tab, 0).click("First step")
    tab.get_by_role("button", name="Copy these moves").click()
    tab.get_by_text("play(program, moves=[])").wait_for()
