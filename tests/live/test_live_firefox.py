"""Firefox, where it is installed: a chapter runs as it is stored.

A stock Firefox speaks WebDriver BiDi over a web socket, and no driver stands
between. https://w3c.github.io/webdriver-bidi/
"""

import json
import re
import shutil
import subprocess

import pytest
from live_chapter import code_cells

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
PORT = "--remote-debugging-port=0"  # it chooses one
DONE = """new Promise((done) => {
    document.querySelector("[data-live=all]").click();
    const state = document.querySelector(".live-bar .live-state");
    new MutationObserver(() => {
        if (/^All|failed|could not/.test(state.textContent))
            done(state.textContent);
    }).observe(state, {childList: true});
})"""
# What each cell printed, and the same of the stored outputs below it.
PRINTED = """JSON.stringify([".live-mine", ".cell_output:not(.live-mine)"]
    .map((part) => [...document.querySelectorAll("div.cell")].map((cell) =>
        [...cell.querySelectorAll(`${part} .stream pre`)]
            .map((pre) => pre.textContent).join(""))))"""


class Firefox:
    """A Firefox without a window, and its one tab."""

    def __init__(self, profile):
        import websocket  # needed only here

        self.process = subprocess.Popen(
            [PROGRAM, "--headless", "--no-remote", "--profile", profile, PORT],
            stderr=subprocess.PIPE,
            text=True,
        )
        lines = map(
            re.compile(r"listening on (ws:\S+)").search, self.process.stderr
        )
        (address,) = next(filter(None, lines)).groups()
        self.socket = websocket.create_connection(
            f"{address}/session", suppress_origin=True, timeout=120
        )
        self.sent = 0
        self.ask("session.new", capabilities={})
        (tab,) = self.ask("browsingContext.getTree")["contexts"]
        self.tab = tab["context"]

    def ask(self, method, **params):
        """Send a command, and return its result."""
        self.sent += 1
        command = {"id": self.sent, "method": method, "params": params}
        self.socket.send(json.dumps(command))
        while (answer := json.loads(self.socket.recv())).get("id") != self.sent:
            pass  # an event
        assert answer["type"] == "success", answer
        return answer["result"]

    def open(self, url):
        self.ask(
            "browsingContext.navigate",
            context=self.tab,
            url=url,
            wait="complete",
        )

    def evaluate(self, expression):
        result = self.ask(
            "script.evaluate",
            expression=expression,
            target={"context": self.tab},
            awaitPromise=True,
        )
        assert result["type"] == "success", result
        return result["result"].get("value")

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.communicate()  # and closes its pipe


@pytest.fixture
def firefox(tmp_path):
    if PROGRAM is None:
        pytest.skip("no Firefox (on Debian: apt install firefox-esr)")
    firefox = Firefox(str(tmp_path))
    yield firefox
    firefox.close()


def test_a_chapter_prints_in_firefox_what_is_stored(firefox, address, base):
    firefox.open(f"{address}chapters/00_start_here.html")
    cells = len(code_cells("00_start_here"))
    assert firefox.evaluate(DONE) == f"All {cells} cells are done"
    printed, stored = json.loads(firefox.evaluate(PRINTED))
    assert printed == stored
