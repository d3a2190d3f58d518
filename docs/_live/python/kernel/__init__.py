"""Run one cell at a time, as the notebooks' kernel does.

The one idea: everything that a cell prints or shows becomes an output in the
form of nbformat, and goes to the page at once. The value of the last line is
shown; an error is told from the reader's line on.

Read `run` here. `outputs` sends what is shown, `turns` hears the page while a
cell runs, `errors` tells what was raised. `worker.mjs` calls `start`, `run`
and `progress`.
"""

import ast
import asyncio
import gc
import inspect
import linecache
import os
import sys
import types
import warnings

import pyodide_js
from pyodide import webloop
from pyodide.ffi import run_sync

from . import errors, outputs, turns
from .outputs import kinds_of, show
from .turns import look, sleep

__all__ = ["after_cell", "kinds_of", "look", "show", "sleep"]

FOLDER = "/home/reader/chapters"
PROGRESS = "/home/reader/progress.json"
# Bytes of CPython's part of the stack. A `__repr__` that calls itself takes
# 380,000 when the browser's own part is used up, and that ends the worker.
STACK = 300_000

after_cell = []  # functions to call when a cell has ended, such as pyplot's
names = types.ModuleType("__main__")  # what the reader's cells define
_count = 0


def start(page, chapter, progress):
    """Make ready for the first cell of a chapter.

    `page` is what worker.mjs offers: send(text), turn(), sleep(milliseconds),
    stopping() and interrupt(number).
    """
    outputs.page = turns.page = page
    os.makedirs(FOLDER, exist_ok=True)
    os.chdir(FOLDER)
    sys.path.insert(0, FOLDER)
    os.environ["NEARFAR_PROGRESS"] = PROGRESS
    if progress:
        with open(PROGRESS, "w") as file:
            file.write(progress)
    sys.modules["__main__"] = names
    warnings.filterwarnings("ignore", "tqdm:disabling monitor")  # a thread
    turns.begin()
    webloop.run_sync = _finish  # for asyncio.run
    import standins

    standins.install()


def run(source):
    """Run a cell. Says how it ended: "ok", "error" or "stopped"."""
    global _count
    _count += 1
    file = errors.FILE.format(_count)
    lines = f"{source}\n".splitlines(keepends=True)  # as in Jupyter
    linecache.cache[file] = len(source), None, lines, file
    outputs.begin()
    _limit_stack()
    try:
        _run_lines(source, file)
        for function in after_cell:
            function()
        status = "ok"
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt) and turns.stopping()
        status = "stopped" if stopped else "error"
        outputs.send(errors.told(error, _count))
    outputs.flush()
    gc.collect()
    return status


def _limit_stack():
    """Let calls through C that go too deep raise RecursionError."""
    low = pyodide_js._module
    low._PyUnstable_ThreadState_SetStackProtection(
        low._PyThreadState_Get(), low.stackSave() - STACK, STACK
    )


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
            show("execute_result", kinds_of(value), count=_count)


def _run_part(tree, file, mode):
    code = compile(tree, file, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    turns.watch(code)
    value = eval(code, names.__dict__)
    return _finish(value) if inspect.iscoroutine(value) else value


def _finish(awaitable):
    """Run it to its end, or until Stop.

    Its error is raised here; Pyodide would print it, too.
    """

    async def caught():
        try:
            return await awaitable, None
        except BaseException as error:
            return None, error

    task = asyncio.ensure_future(caught())
    try:
        while not task.done():
            run_sync(asyncio.wait([task], timeout=turns.TURN_S))
            turns.look()
    except KeyboardInterrupt:
        task.cancel()
        raise
    value, error = task.result()
    if error is not None:
        raise error
    return value


def progress():
    """The text of the file that keeps which exercises are solved."""
    try:
        with open(PROGRESS) as file:
            return file.read()
    except FileNotFoundError:
        return ""
