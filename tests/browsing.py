"""How the tests look at the built site in a browser."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

CONFIGURED = str(
    Path(__file__).parents[1] / "lib" / "nearfar" / "programs" / "jupyter"
)
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
}
# A phone has the colours of the light look, and the dark look nothing else.
COLOURS = ["color-contrast", "link-in-text-block"]
RULES = {
    "light": {},
    "dark": {"runOnly": COLOURS},
    "phone": {"rules": {name: {"enabled": False} for name in COLOURS}},
}
# The theme lets a wide article scroll inside the page, which is no better.
SCROLLS_SIDEWAYS = """() =>
    [document.documentElement, ...document.querySelectorAll(
        "main, .bd-article-container, article")]
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${box.localName} is ${box.scrollWidth} px wide`)"""
# No preload: axe would ask for imported style sheets at wrong addresses. Two
# words of code with the same classes all the way up have the same colours: one
# of them is enough.
FIND_FAULTS = """async (rules) => {
    const seen = new Set();
    for (const word of document.querySelectorAll(
            "pre span[class], dt span[class], code span[class]")) {
        const classes = [];
        for (let up = word; up; up = up.parentElement)
            classes.push(up.className);
        const kind = classes.join("/");
        if (seen.has(kind)) word.replaceWith(...word.childNodes);
        seen.add(kind);
    }
    document.querySelectorAll("pre").forEach((block) => block.normalize());
    const found = await axe.run(
        {preload: false, resultTypes: ["violations"], ...rules})
    return found.violations.flatMap((rule) => rule.nodes.map((node) =>
        `${rule.id} at ${node.target.join(" ")}: ${rule.help}`))}"""


def watch(tab, address, faults):
    """Note in `faults` whatever goes wrong in a tab."""

    def on_request(request):
        if not request.url.startswith((address, "data:", "blob:")):
            faults.append(f"asks another host: {request.url}")

    def on_response(response):
        if response.status >= 400:
            faults.append(f"{response.status}: {response.url}")

    def on_console(message):
        if message.type == "error":
            faults.append(f"console: {message.text}")

    tab.on("request", on_request)
    tab.on("response", on_response)
    tab.on("console", on_console)
    tab.on("pageerror", lambda error: faults.append(f"script: {error}"))


def open_notebook(tab, address):
    """Open a notebook in JupyterLab, and wait until its kernel is idle.

    Now and then JupyterLab never shows that. A reader would reload the page.
    """
    from playwright.sync_api import TimeoutError  # needed only here

    for patience in (30_000, 30_000, 60_000):  # milliseconds
        tab.goto(address)
        with suppress(TimeoutError):
            tab.get_by_text("| Idle").wait_for(timeout=patience)
            return
    pytest.fail(f"opened three times, {address} has shown no idle kernel")


@contextmanager
def jupyterlab(folder, token=""):
    """Run JupyterLab on folder / "pages", and yield its address."""
    environment = os.environ | {
        f"JUPYTER_{kind}_DIR": str(folder / kind)
        for kind in ("DATA", "CONFIG", "RUNTIME")
    }
    environment["JUPYTER_PREFER_ENV_PATH"] = "0"  # but our scripts
    environment["JUPYTER_CONFIG_PATH"] = CONFIGURED  # as by `lab`
    environment.pop("PYTEST_CURRENT_TEST", None)
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser"),
            *("--allow-root", "--ServerApp.ip=127.0.0.1"),
            *("--ServerApp.port=0", f"--IdentityProvider.token={token}"),
            f"--ServerApp.root_dir={folder / 'pages'}",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = []
    for line in server.stderr:
        log.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            yield found[0]
            break
    else:
        pytest.fail("".join(log))
    server.terminate()
    server.communicate(timeout=20)
