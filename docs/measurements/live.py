"""What a chapter in the page costs: sizes, seconds, and memory.

`python docs/measurements/live.py _build/html` prints three tables of a site
that has been built, in Markdown:

- the files that a first press loads, raw and as gzip sends them;
- the seconds from a press to a first output: cold, five times in a new profile
  of the browser, and warm, five times in one that has the files;
- the seconds and the memory that each chapter's cells take.
"""

import functools
import gzip
import http.server
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "live")]

from conftest import FLAGS, program  # noqa: E402
from page import LivePage, code_cells, folder_of  # noqa: E402

ROUNDS = 5
MEMORY = """
import pyodide_js
print(pyodide_js._module.memory.buffer.byteLength)
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@contextmanager
def served(folder):
    """Serve a folder on this machine, and yield its address."""
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def sizes(folder):
    """Print what a first press loads."""
    print("| file | kB | kB with gzip |\n|---|---|---|")
    raw = packed = 0
    for path in sorted(folder.rglob("*.*")):
        data = path.read_bytes()
        small = len(gzip.compress(data))
        raw, packed = raw + len(data), packed + small
        print(f"| {path.name} | {len(data) / 1e3:.0f} | {small / 1e3:.0f} |")
    print(f"| together | {raw / 1e3:.0f} | {packed / 1e3:.0f} |\n")


def first_output(chromium, profile, address, base):
    """The seconds from the start of a worker to a first printed line."""
    browser = chromium.launch_persistent_context(
        profile, executable_path=program(), args=FLAGS
    )
    tab = browser.new_page()
    tab.goto(address)
    page = LivePage(tab, base)
    page.start()
    page.run("print('first')")
    told = page.told()
    browser.close()
    shown = next(each["at"] for each in told if each["is"] == "output")
    return (shown - page.began) / 1000


def times(chromium, *where):
    """Print the seconds to a first output, cold and warm."""
    cold, warm = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as profile:
            cold.append(first_output(chromium, profile, *where))
    with tempfile.TemporaryDirectory() as profile:
        first_output(chromium, profile, *where)
        for _ in range(ROUNDS):
            warm.append(first_output(chromium, profile, *where))
    print("| | seconds to a first output |\n|---|---|")
    for name, seconds in (("cold", cold), ("warm", warm)):
        print(f"| {name} | {', '.join(f'{s:.1f}' for s in sorted(seconds))} |")
    print()


def chapters(chromium, address, base):
    """Print what each chapter takes, from its first live cell to its last."""
    print("| chapter | cells | seconds | MB of memory |\n|---|---|---|---|")
    browser = chromium.launch(executable_path=program(), args=FLAGS)
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        tab = browser.new_page()
        tab.goto(address)
        page = LivePage(tab, base)
        page.start(path.stem)
        cells = [c for c in code_cells(path) if "local" not in c.metadata]
        for cell in cells:
            page.run(cell.source, timeout=300)
        took = sum(m["seconds"] for m in page.told() if m["is"] == "done")
        memory = int(page.run(MEMORY)[1][0].text) / 1e6
        print(f"| {path.stem} | {len(cells)} | {took:.1f} | {memory:.0f} |")
        tab.close()
    browser.close()


if __name__ == "__main__":
    site = Path(sys.argv[1])
    folder, name = folder_of(site)
    sizes(folder)
    with served(site) as address, sync_playwright() as playwright:
        times(playwright.chromium, address, address + name)
        chapters(playwright.chromium, address, address + name)
