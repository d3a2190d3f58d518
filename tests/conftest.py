"""The built site, and a browser, for tests that look at a page."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]

# The first is Chromium without the windows and menus of a browser: a page costs
# it less than half the processor time.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
# Nothing but this machine has an address, so a stray request fails; blocking
# by route instead would turn the browser's cache off.
FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program():
    """The path of a browser, or None."""
    found = filter(None, map(shutil.which, BROWSERS))
    return os.environ.get("NEARFAR_BROWSER") or next(found, None)


@pytest.fixture(scope="session")
def browser():
    if program() is None:
        reason = (
            "no browser to look at the site with: install Chromium or Chrome"
            " (on Debian: apt install chromium-headless-shell), or put its"
            " path into the environment variable NEARFAR_BROWSER"
        )
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    from playwright.sync_api import sync_playwright  # needed only here

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program(), args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder with the built pages: built once, for all who are at work."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each has a folder inside ours
        folder = folder.parent
    html, sphinx = folder / "html", [sys.executable, "-m", "sphinx"]
    with FileLock(folder / "html.lock"):
        if not html.exists():
            sphinx += ["-n", "-W", "--keep-going", "--quiet", "--no-color"]
            sphinx += ["--jobs=auto"]
            built = subprocess.run(
                [*sphinx, "-b", "html", ROOT, folder / "built"],
                capture_output=True,
                text=True,
            )
            if built.returncode:
                pytest.fail(built.stderr, pytrace=False)
            (folder / "built").rename(html)
    return html


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def address(site):
    """Where the built site is served."""
    handler = functools.partial(QuietHandler, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def shared(request, browser, address):
    """A context with a page that stays open.

    Beside it the next page of the site costs half: the browser has a process
    at hand that knows the style sheets. A module may ask for other options of
    a context by CONTEXT, and for other milliseconds of patience by PATIENCE.
    """
    options = getattr(request.module, "CONTEXT", {})
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(getattr(request.module, "PATIENCE", 10_000))
    context.new_page().goto(f"{address}404.html")
    yield context
    context.close()


@pytest.fixture
def context(shared):
    """The shared context; what a test opens, routes and stores goes with it."""
    first, *_ = shared.pages
    yield shared
    for page in shared.pages:
        if page is not first:
            page.close()
    shared.unroute_all()
    first.evaluate("localStorage.clear()")


@pytest.fixture
def tab(context):
    """A page of its own."""
    return context.new_page()


@pytest.fixture
def alone(browser):
    """A context for a test that changes what every page begins with."""
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    context.close()
