"""Run one cell at a time, as the notebooks' kernel does.

The one idea: everything that a cell prints or shows becomes an output in the
form of nbformat, and goes to the page at once. The value of the last line is
shown, an error is told from the reader's line on.

Nothing can interrupt a web worker from outside. So a cell's own code and every
32nd switch of a tasklet look at the clock, and each 50 ms the messages of the
page are heard (`hear`). If one says Stop, that is a SIGINT.

Read `run`, then `Printed`, `hear` and `tell`. `worker.mjs` calls `start` and
`run`.
"""

import ast
import gc
import inspect
import io
import json
import linecache
import math
import os
import pprint
import re
import signal
import sys
import time
import traceback
import types
from typing import NamedTuple

import greenlet
from pyodide.ffi import run_sync

TURN_S = 0.05  # between two looks at the page's messages
STEPS = 64  # rounds of loops, and calls, between two looks at the clock
LIMIT = 200_000  # letters that one cell may print
CUT = f"\n(cut here: a cell may print {LIMIT // 1000} kB)\n"
FOLDER = "/home/reader/chapters"
PROGRESS = "/home/reader/progress.json"
# The library leaves out the names of files in a kernel's folder.
FILE = "ipykernel_page/{}.py"
KINDS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
}
TOOL, EVENTS = 4, sys.monitoring.events


class Alarm(NamedTuple):
    """A time, and what to do then."""

    when: float  # by time.perf_counter()
    ring: object


page = None  # what worker.mjs offers: send(text), turn(), stopping()
after_cell = []  # functions to call when a cell has ended, such as pyplot's
names = types.ModuleType("__main__")  # what the reader's cells define
_count = 0
_due = 0.0  # when to hear the page again
_steps = 0
alarm = Alarm(math.inf, None)  # of the trial that runs, if one does


def start(offered, chapter, progress):
    """Make ready for the first cell of a chapter."""
    global page
    page = offered
    os.makedirs(FOLDER, exist_ok=True)
    os.chdir(FOLDER)
    sys.path.insert(0, FOLDER)
    os.environ["NEARFAR_PROGRESS"] = PROGRESS
    if progress:
        with open(PROGRESS, "w") as file:
            file.write(progress)
    sys.modules["__main__"] = names
    sys.stdout, sys.stderr = Printed("stdout"), Printed("stderr")
    greenlet.on_switch = look
    sys.monitoring.use_tool_id(TOOL, "stop")
    sys.monitoring.register_callback(TOOL, EVENTS.JUMP, _jumped)
    sys.monitoring.register_callback(TOOL, EVENTS.PY_START, _count_step)
    time.sleep = sleep
    import standins

    standins.install()


def run(source):
    """Run a cell. Says how it ended: "ok", "error" or "stopped"."""
    global _count
    _count += 1
    file = FILE.format(_count)
    lines = source.splitlines(keepends=True)
    linecache.cache[file] = len(source), None, lines, file
    sys.stdout.left = sys.stderr.left = LIMIT
    try:
        _run_lines(source, file)
        for function in after_cell:
            function()
        status = "ok"
    except KeyboardInterrupt as stop:
        status = "stopped" if page.stopping() else "error"
        tell(stop)
    except BaseException as error:
        status = "error"
        tell(error)
    sys.stdout.flush()
    sys.stderr.flush()
    gc.collect()
    return status


def _run_lines(source, file):
    """Run the lines of a cell, and show the value of the last one."""
    tree = ast.parse(source, file)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    _run_part(tree, file, "exec")
    if last is not None:
        value = _run_part(last, file, "eval")
        if value is not None and not source.rstrip().endswith(";"):
            names._ = value
            show("execute_result", kinds_of(value))


def _run_part(tree, file, mode):
    code = compile(tree, file, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    _watch(code)
    value = eval(code, names.__dict__)
    return run_sync(value) if inspect.iscoroutine(value) else value


def progress():
    """The text of the file that keeps which exercises are solved."""
    try:
        with open(PROGRESS) as file:
            return file.read()
    except FileNotFoundError:
        return ""


# --- Outputs -----------------------------------------------------------------


def send_output(output):
    """Hand an output to the page, after what was printed before it."""
    sys.stdout.flush()
    sys.stderr.flush()
    page.send(json.dumps(output))


def show(kind, data, display_id=None):
    """Send a thing that is not printed text."""
    output = {"output_type": kind, "data": data, "metadata": {}}
    if kind == "execute_result":
        output["execution_count"] = _count
    if display_id is not None:
        output["transient"] = {"display_id": display_id}
    send_output(output)


def kinds_of(thing):
    """A thing in every kind that it has, as {kind: data}."""
    data = {"text/plain": _plain(thing)}
    for method, kind in KINDS.items():
        if not isinstance(thing, type) and hasattr(thing, method):
            shown = getattr(thing, method)()
            if shown is not None:
                data[kind] = shown
    return data


def _plain(thing):
    if isinstance(thing, dict | list | tuple | set | frozenset):
        text = pprint.pformat(thing, width=79, sort_dicts=False)
    else:
        text = repr(thing)
    return text if len(text) <= LIMIT else text[:LIMIT] + CUT


class Printed(io.TextIOBase):
    """What stands for sys.stdout: it sends lines to the page, in pieces."""

    def __init__(self, name):
        self.name = name
        self.parts = []
        self.left = LIMIT
        self.due = 0.0

    def writable(self):
        return True

    def write(self, text):
        many, left = len(text), self.left
        if left <= 0:
            look()
            return many
        self.left = left - many
        if many > left:
            text = text[:left] + CUT
        self.parts.append(text)
        if text.endswith("\n") and time.perf_counter() > self.due:
            self.flush()
        return many

    def flush(self):
        self.due = time.perf_counter() + TURN_S
        text, self.parts = "".join(self.parts), []
        if text:
            output = {"output_type": "stream", "name": self.name, "text": text}
            page.send(json.dumps(output))


# --- Stop --------------------------------------------------------------------


def look():
    """Hear the page, and ring the alarm, if it is time to."""
    now = time.perf_counter()
    if now >= _due:
        hear()
    if now >= alarm.when:
        alarm.ring()


def hear():
    """Let the page's messages arrive. If one says Stop, raise as Ctrl-C."""
    global _due
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    run_sync(page.turn())
    _due = time.perf_counter() + TURN_S
    if page.stopping():
        signal.raise_signal(signal.SIGINT)


def _jumped(code, here, there):
    if there <= here:
        _count_step()


def _count_step(code=None, here=None):
    global _steps
    _steps += 1
    if not _steps % STEPS:
        look()


def _watch(code):
    """Count the rounds of a cell's loops, and the calls of its functions."""
    watched = EVENTS.JUMP | EVENTS.PY_START
    sys.monitoring.set_local_events(TOOL, code, watched)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _watch(constant)


def sleep(seconds):
    """What stands for time.sleep: the page can stop it."""
    end = time.perf_counter() + seconds
    while True:
        left = end - time.perf_counter()
        if left <= 0:
            return
        run_sync(page.sleep(1000 * min(left, TURN_S)))
        look()


# --- Errors ------------------------------------------------------------------


def tell(error):
    """Send an error: the reader's lines, then the library's."""
    told = traceback.TracebackException.from_exception(error)
    _leave_out_ours(told)
    text = "".join(told.format())
    text = re.sub(
        r'File "ipykernel_page/(\d+)\.py", line (\d+)', _name_cell, text
    )
    text = re.sub(r'File ".*?/site-packages/(.*?)"', r'File "\1"', text)
    send_output(
        {
            "output_type": "error",
            "ename": type(error).__name__,
            "evalue": str(error),
            "traceback": text.splitlines(),
        }
    )


def _leave_out_ours(told):
    """Drop the lines of this module, in which every cell runs."""
    while told is not None:
        told.stack[:] = [f for f in told.stack if f.filename != __file__]
        told = told.__cause__ or told.__context__


def _name_cell(found):
    which = int(found[1])
    name = "This cell" if which == _count else f"An earlier cell (run {which})"
    return f"{name}, line {found[2]}"
