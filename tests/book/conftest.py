"""The built site, and a browser to look at it, for the tests of the book."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items):
    """The browser takes longest: with two at work, it must begin first."""
    items.sort(key=lambda item: item.path.name != "test_site.py")


# --- The site, and a browser to look at it ----------------------------------


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
