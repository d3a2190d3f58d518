"""Stopping: whatever a learner writes, a trial comes to an end.

The one idea: a limit counts work, not time, so a busy machine changes no
verdict. Nor does the instant of the stop: what is told of a loop is its head,
not the line that happened to run.

Left out: an answer that catches the stop itself, with a bare `except:`.
"""

from __future__ import annotations

import ast
import linecache
import os
import signal
import sysconfig
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

__all__ = ["Hangs", "limit", "place"]

TICK_S = 0.05
IDLE = 1 / 20  # of a tick: who works or waits no longer than this is at rest
AT_LAST = 60  # times the limit, whatever the machine has to do
NOT_THE_LEARNERS = (
    os.path.dirname(os.path.dirname(__file__)),
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    "<frozen",
)


class Hangs(Exception):
    """It did not come to an end; `source` is the code in which it hung."""

    def __init__(self, words: str, source: str):
        super().__init__(words)
        self.source = source


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Stop what works or rests for longer, as the reader's stop button would.

    Raises Hangs.
    """
    done, fired = threading.Event(), threading.Event()

    def watch():
        patience = Patience(seconds, time.process_time(), delayed())
        while not done.wait(TICK_S):
            if patience.ends(time.process_time(), delayed()):
                fired.set()
                _press_stop()
                return

    here = threading.current_thread() is threading.main_thread()
    heard = signal.getsignal(signal.SIGINT)
    if here:  # whoever started us may have told us not to listen
        signal.signal(signal.SIGINT, signal.default_int_handler)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:
            done.set()
            watcher.join()
    except KeyboardInterrupt as interrupt:
        if not fired.is_set():
            raise
        raise _hangs(interrupt, seconds) from None
    finally:
        if here:
            signal.signal(signal.SIGINT, heard)


class Patience:
    """Says when a trial has worked, or rested, for so many seconds.

    What is kept from the processor by other programs does neither.
    """

    def __init__(self, seconds: float, worked: float = 0, waited: float = 0):
        self.seconds = seconds
        self.worked, self.waited = worked, waited
        self.busy = self.idle = self.all = 0.0

    def ends(self, worked: float, waited: float) -> bool:
        """Call this each tick, with the totals of work and of such waits."""
        work, wait = worked - self.worked, waited - self.waited
        self.worked, self.waited = worked, waited
        self.busy += work
        self.idle += TICK_S if max(work, wait) < IDLE * TICK_S else 0.0
        self.all += TICK_S
        late = self.all > AT_LAST * self.seconds
        return late or max(self.busy, self.idle) > self.seconds


def delayed() -> float:
    """For how many seconds the main thread could run and had no processor.

    0.0 where the system does not tell it.
    """
    thread = threading.main_thread().native_id
    try:
        with open(f"/proc/self/task/{thread}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _press_stop():
    """Interrupt the main thread, even in the middle of a real sleep."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


# --- Where it was ------------------------------------------------------------


def place(error: BaseException) -> tuple[str, str]:
    """(Where in the learner's code an error came through, the line)."""
    steps = _steps(error)
    return (_at(steps[-1]), steps[-1].line) if steps else ("", "")


class _Step(NamedTuple):
    """A function of the learner's that was under way, and where it was."""

    filename: str
    name: str
    number: int

    @property
    def line(self):
        return linecache.getline(self.filename, self.number).strip()


def _steps(error):
    steps, traced = [], error.__traceback__
    while traced is not None:
        code = traced.tb_frame.f_code
        if not code.co_filename.startswith(NOT_THE_LEARNERS):
            number = traced.tb_lineno or _line_before(code, traced.tb_lasti)
            steps.append(_Step(code.co_filename, code.co_name, number))
        traced = traced.tb_next
    return steps


def _line_before(code, instruction):
    """The last line that begins before an instruction that has none."""
    lines = [
        line
        for start, _, line in code.co_lines()
        if line is not None and start <= instruction
    ]
    return lines[-1] if lines else code.co_firstlineno


def _at(step):
    told = f": {step.line}" if step.line else ""
    return f"\nin {step.name}(), line {step.number} of the cell{told}"


def _hangs(interrupt, seconds):
    """Tell the loop that goes round and round, or else the line."""
    where, source = place(interrupt)
    loops = [
        (step, loop) for step in _steps(interrupt) for loop in _loops_at(step)
    ]
    if loops:  # of several the outer ones last as long as the hang
        endless = [each for each in loops if isinstance(each[1], ast.While)]
        step, loop = (endless or loops)[0]
        where = _at(step._replace(number=loop.lineno))
        lines = linecache.getlines(step.filename)
        source += "".join(lines[loop.lineno - 1 : loop.end_lineno])
    return Hangs(
        f"It did not come to an end, and was stopped after {seconds:g} s"
        f"{where}",
        source,
    )


def _loops_at(step):
    """The loops around a line, in its own function, from the outer one in."""
    try:
        node = ast.parse("".join(linecache.getlines(step.filename)))
    except SyntaxError:
        return []
    loops = []
    while node is not None:
        if isinstance(node, ast.While | ast.For | ast.AsyncFor):
            loops.append(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            loops = []
        node = next(filter(_holds(step.number), _inner(node)), None)
    return loops


def _inner(node):
    """Its parts that have lines of their own."""
    for part in ast.iter_child_nodes(node):
        if hasattr(part, "lineno"):
            yield part
        else:
            yield from _inner(part)


def _holds(number):
    return lambda node: node.lineno <= number <= node.end_lineno
