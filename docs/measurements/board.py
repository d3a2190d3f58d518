"""What a move on a board costs: milliseconds from the press to the picture.

`python docs/measurements/board.py _build/html` plays one long game in a page of
a site that has been built, and in JupyterLab. It prints for the twenty moves
before the 60th and before the 300th the median and the worst of them, and the
processor time that a move takes, of all processes together.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import nbformat
import psutil
from live import FLAGS, program, served
from nbformat import v4
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "live")]

from browsing import jupyterlab, open_notebook  # noqa: E402
from live_chapter import LiveChapter  # noqa: E402

SCRIPTS = ("drawing/player.js", "playing/board.js")
LAST = 20  # moves that are measured, before each of these
MARKS = (60, 300)
GAME = """\
from nearfar.experiments.to_break import quick_day
from nearfar.playing import Target, board

def week(network):
    return quick_day(network, atms=3, visits=12)

board(Target(week, seed=38))"""
# A move is shown when the frame that holds its picture has been drawn.
PLAY = """async (many) => {
    const root = document.querySelector(".nearfar-played").shadowRoot;
    const open = root.querySelector("ol");
    const took = [];
    while (many--) {
        const changed = new Promise((done) => {
            const observer = new MutationObserver(() => {
                observer.disconnect();
                done();
            });
            observer.observe(open, {childList: true});
        });
        const begun = performance.now();
        open.querySelector("button").click();
        await changed;
        await new Promise(requestAnimationFrame);
        await new Promise((done) => setTimeout(done));
        took.push(performance.now() - begun);
    }
    return took;
}"""


def worked():
    """The processor seconds of this process and of all below it."""
    total = 0.0
    for process in (own := psutil.Process(), *own.children(recursive=True)):
        times = process.cpu_times()
        total += times.user + times.system
    return total


def measure(tab, where):
    """Play on the board of a tab, and print a line for each mark."""
    tab.locator(".nearfar-played").wait_for(timeout=60_000)
    tab.wait_for_timeout(1_000)  # what else the page does is over
    made = 0
    for mark in MARKS:
        tab.evaluate(PLAY, mark - LAST - made)
        before = worked()
        took = tab.evaluate(PLAY, LAST)
        cpu = 1_000 * (worked() - before) / LAST
        print(
            f"| {where} | {mark} | {median(took):.0f} | {max(took):.0f} |"
            f" {cpu:.0f} |",
            flush=True,
        )
        made = mark


def in_the_page(browser, site):
    with served(site) as address:
        tab = browser.new_page()
        chapter = LiveChapter(tab, address, "06_lost_messages")
        chapter.edit(1, GAME)
        chapter.press(1, "Run cell")
        measure(tab, "live page")
        tab.close()


def in_jupyterlab(browser, folder):
    kernel = {"display_name": "Python", "language": "python"}
    notebook = v4.new_notebook(
        cells=[v4.new_code_cell(GAME)],
        metadata={"kernelspec": kernel | {"name": "python3"}},
    )
    (folder / "pages").mkdir()
    nbformat.write(notebook, folder / "pages" / "t.ipynb")
    scripts = folder / "DATA" / "labextensions" / "nearfar"
    scripts.mkdir(parents=True)
    for name in SCRIPTS:
        shutil.copy(ROOT / "lib" / "nearfar" / name, scripts)
    with jupyterlab(folder) as address:
        tab = browser.new_page()
        open_notebook(tab, f"{address}lab/tree/t.ipynb")
        tab.wait_for_timeout(2_000)  # what runs too early, it may forget
        tab.locator(".jp-CodeCell .cm-content").first.click()
        tab.keyboard.press("Control+Enter")
        measure(tab, "JupyterLab")
        tab.close()


def main(site):
    print("| where | move | median ms | worst ms | ms of processor time |")
    print("|---|---|---|---|---|")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as new:
        browser = playwright.chromium.launch(
            executable_path=program(), args=FLAGS
        )
        in_the_page(browser, site)
        in_jupyterlab(browser, Path(new))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
