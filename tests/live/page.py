"""A worker in a real browser, and what it tells about the cells it runs."""

from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
# The page keeps all messages; a test asks for those of one run, since all of
# them are megabytes of pictures. A frame-by-frame look would cost a processor.
WORKER = """(base) => {
    window.worker?.terminate();
    window.told = [];
    const began = performance.now();
    window.worker = new Worker(base + "worker.mjs", {type: "module"});
    worker.onmessage = ({data}) => told.push({...data, at: performance.now()});
    worker.onerror = (error) => told.push({is: "died", why: error.message});
    return began;
}"""
UNTIL = """([last, seconds]) => new Promise((resolve, reject) => {
    const over = new AbortController();
    const look = () => {
        if (told.some((m) => m.is === "died" || m.is === last.is
                && (last.run === undefined || m.run === last.run))) {
            over.abort();
            resolve();
        }
    };
    worker.addEventListener("message", look, {signal: over.signal});
    worker.addEventListener("error", look, {signal: over.signal});
    setTimeout(() => reject(Error(`not told in ${seconds} s`)), 1000 * seconds);
    look();
})"""


def code_cells(path):
    """The code cells of a chapter, in order."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def folder_of(site):
    """The one folder with all that a press loads, and its address in a site."""
    (folder,) = site.glob("_static/live-*")
    return folder, f"_static/{folder.name}/"


class LivePage:
    """A page with a worker, which runs cells as a chapter's page does."""

    def __init__(self, tab, base):
        self.tab, self.base, self.runs, self.alive = tab, base, 0, False

    def start(self, chapter="00_start_here", progress="", timeout=60):
        """Start a worker, in place of the one that was there."""
        self.began = self.tab.evaluate(WORKER, self.base)
        self.alive = True
        self.post(
            do="start", chapter=chapter, base=self.base, progress=progress
        )
        self.wait_for(timeout, {"is": "ready"})

    def post(self, **message):
        self.tab.evaluate("(message) => worker.postMessage(message)", message)

    def begin(self, source, cell="a cell"):
        """Send a cell, and return its ticket at once."""
        self.runs += 1
        self.post(do="run", run=self.runs, cell=cell, source=source)
        return self.runs

    def run(self, source, timeout=60):
        """Run a cell to its end, and return (status, outputs)."""
        return self.end_of(self.begin(source), timeout)

    def end_of(self, run, timeout=60):
        """Wait for the end of a run. (status, outputs)."""
        self.wait_for(timeout, {"is": "done", "run": run})
        told = self.told(f"m.run === {run}")
        outputs = [m["output"] for m in told if m["is"] == "output"]
        done = [m["status"] for m in told if m["is"] == "done"]
        return (done or ["died"])[0], joined(outputs)

    def wait_for(self, timeout, last):
        """Wait until it tells that, or that it died."""
        try:
            self.tab.evaluate(UNTIL, [last, timeout])
        except Exception:
            self.alive = False
            raise
        self.alive = not self.told('m.is === "died"')

    def told(self, which="true"):
        """The messages `m` of which that JavaScript is true: all of them."""
        return self.tab.evaluate(f"told.filter((m) => {which})")


def joined(outputs):
    """The outputs, with the pieces of a stream put together."""
    whole = []
    for output in map(nbformat.from_dict, outputs):
        same = whole and output.output_type == whole[-1].output_type == "stream"
        if same and output.name == whole[-1].name:
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def text_of(outputs):
    """All that was printed or told as an error, in one text."""
    parts = (
        out.get("text") or "\n".join(out.get("traceback", ()))
        for out in outputs
    )
    return "".join(parts)
