"""A browser, for the tests that look at a picture or at a page."""

import os
import shutil

import pytest

BROWSERS = (
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


@pytest.fixture(scope="session")
def browser():
    found = filter(None, map(shutil.which, BROWSERS))
    program = os.environ.get("NEARFAR_BROWSER") or next(found, None)
    if program is None:
        reason = (
            "no browser to look at the site with: install Chromium or Chrome"
            " (on Debian: apt install chromium), or put the path of one into"
            " the environment variable NEARFAR_BROWSER"
        )
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    from playwright.sync_api import sync_playwright  # needed only here

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=FLAGS
        )
        yield browser
        browser.close()
