"""The browser's greenlets do what greenlets do, and many of them fit in."""

import functools
import http.server
import subprocess
import sys
import threading

import pytest
from greenlet_programs import PROGRAMS
from page import ROOT, text_of

sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import live

BEGIN = """
from greenlet import GreenletExit, getcurrent, greenlet
main = getcurrent()
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a site has in `_live/`, without the site."""
    folder = tmp_path_factory.mktemp("site")
    live.fetch.fetch()
    live.write(folder / "_live")
    return folder


@pytest.fixture(scope="module")
def base(folder):
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/_live/"
        server.shutdown()


@pytest.fixture(scope="module")
def tab(browser, base):
    tab = browser.new_page()
    tab.goto(base)
    yield tab
    tab.close()


def printed(page, program, timeout=60):
    status, outputs = page.run(BEGIN + program, timeout)
    assert status == "ok", text_of(outputs)
    return text_of(outputs)


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_does_what_greenlet_does(page, name):
    program = BEGIN + PROGRAMS[name]
    real = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert not real.returncode, real.stderr
    assert printed(page, PROGRAMS[name]) == real.stdout
