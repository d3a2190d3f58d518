"""One promise, tried: what can happen to an answer, in words and a picture.

The one idea: whatever a learner writes, a trial comes to an end and says
something true about it. It may be wrong, crash, lock up, hang, or be right in
plain order only.

`try_promise` is the way in; below it stand the words.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sysconfig
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass

from ..checking import Endless, explore, replay_order
from ..drawing import Figure, space_time
from ..near import Deadlock, lowlevel
from ..trace import Trace

__all__ = ["try_promise", "Trial", "tell", "shown", "Mismatch"]

LIMIT_S = 2.0  # at work, or at rest; all orders together get ten times as much
TURNS = 20_000  # of all orders of a promise together, about
TICK_S = 0.05
TRACED = 2_000  # events: a failure with more of them is told, not drawn
CALLED = re.compile(r"spawn\([\w.]+\(")  # in place of spawn(function)
NOT_THE_LEARNERS = (
    os.path.dirname(os.path.dirname(__file__)),
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    "<frozen",
)


class Mismatch(AssertionError):
    """Something else happened than was expected."""


def try_promise(
    promise: Callable[[object], None],
    answer,
    orders: int | None,
    title: str,
) -> Trial:
    """Try a promise; the picture of a run that fails is called `title`.

    `promise(answer)` runs as a tasklet in virtual time, in the plain order and
    in at most so many `orders`; None calls it plainly, once.
    """

    def check():
        try:
            promise(answer)
        except lowlevel.Killed:
            if lowlevel.current_scheduler().ending:
                raise
            raise Mismatch(
                "the tasklet that tries your answer was killed: "
                "it must live on to see what comes of it"
            ) from None

    traces = [Trace(TRACED)]
    try:
        with redirect_stdout(io.StringIO()):
            fault, covered = _fault(check, orders, traces)
    except _Hangs as hangs:
        why = _why_it_hangs(hangs.line, traces[-1])
        return Trial(f"{hangs}\n{why}")
    except Exception as error:
        fault, covered = tell(error), ""
    if not fault:
        return Trial(covered=covered)
    return Trial(fault, _draw(traces[-1], title))


@dataclass(frozen=True)
class Trial:
    """What went wrong, with a picture; or what was covered without a fault."""

    fault: str = ""
    figure: Figure | None = None
    covered: str = ""


def _fault(check, orders, traces):
    """(What goes wrong in words, what was covered).

    The run that went wrong is the last of `traces`.
    """
    if orders is None:
        with lowlevel.apart(), _limit(LIMIT_S):
            check()
        return "", ""
    with _limit(LIMIT_S), traces[-1]:
        error = _error_of(check, {})
    if error is not None:
        return _explain(error, traces[-1]), ""
    if not orders:
        return "", ""
    with _limit(10 * LIMIT_S):
        explored = explore(check, schedules=orders, turns=TURNS)
    failure = explored.failure
    if failure is None:
        return "", explored.covered
    traces.append(Trace(TRACED))
    with _limit(LIMIT_S), traces[-1]:
        error = _error_of(check, failure.schedule) or failure.error
    many = len(failure.schedule)
    order = f"order {failure.tried:,}, with {many} departure{'s'[: many > 1]}"
    parting = failure.parting()
    words = f": {parting.words}" if parting else ""
    return (
        f"{_explain(error, traces[-1])}\n(In plain order, first in, first "
        f"out, it holds. It fails in {order}{words}.)"
    ), ""


def _error_of(program, schedule):
    try:
        replay_order(program, schedule)
    except Exception as error:
        return error
    return None


# --- What does not end -------------------------------------------------------


class _Hangs(Exception):
    def __init__(self, words, line):
        super().__init__(words)
        self.line = line


@contextmanager
def _limit(seconds):
    """Stop what does not end, as the reader's stop button would."""
    done, fired = threading.Event(), threading.Event()

    def watch():
        busy = idle = 0.0  # a machine that is busy with others takes longer
        used = time.process_time()
        while not done.wait(TICK_S):
            now = time.process_time()
            busy += now - used
            idle += TICK_S if now - used < TICK_S / 20 else 0.0
            used = now
            if max(busy, idle) > seconds:
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
        place, line = _place(interrupt)
        raise _Hangs(
            f"It did not come to an end, and was stopped after {seconds:g} s"
            f"{place}",
            line,
        ) from None
    finally:
        if here:
            signal.signal(signal.SIGINT, heard)


def _press_stop():
    """Interrupt the main thread, even in the middle of a real sleep."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def _why_it_hangs(line, trace):
    if "time.sleep" in line:
        return (
            "`time.sleep` stops the whole process, and all tasklets with it: "
            "use `sleep` from nearfar, which lets the others go on."
        )
    if trace.dropped:
        return "The tasklets had many turns, but there is no end to it."
    return (
        "A loop that never waits and never gives way keeps everybody else "
        "from running."
    )


# --- Words and pictures ------------------------------------------------------


def tell(error: BaseException) -> str:
    """What went wrong, with the learner's own line."""
    if isinstance(error, Mismatch | Deadlock | Endless):
        return str(error)
    doing = getattr(error, "doing", "")
    told = f"{type(error).__name__}: {error}{_place(error)[0]}"
    return f"{doing}\n{told}" if doing else told


def _explain(error, trace):
    called = any(
        event.kind == "block" and CALLED.search(event.source)
        for event in trace.events
    )
    told = tell(error)
    if called or re.search(r"\n  check-1 waits .*, in ", told):
        told += (
            "\nDid you call a function that waits where you meant to spawn "
            "it? Write `spawn(f, x)`, not `spawn(f(x))`."
        )
    return told


def _place(error):
    """(Where in the learner's code an error came through, the line)."""
    steps = [
        step
        for step in traceback.extract_tb(error.__traceback__)
        if not step.filename.startswith(NOT_THE_LEARNERS)
    ]
    if not steps:
        return "", ""
    step = steps[-1]
    told = f": {step.line}" if step.line else ""
    place = f"\nin {step.name}(), line {step.lineno} of the cell{told}"
    return place, step.line or ""


def _draw(trace, title):
    """The run as a picture, if tasklets run in it that the learner wrote."""
    names = {event.tasklet for event in trace.events} - {"main"}
    if trace.dropped or len(names) < 2:
        return None
    timed = len({event.time for event in trace.events}) > 1
    return space_time(trace, title, by="time" if timed else "step")


def shown(value) -> str:
    """A value in a verdict: at most 300 letters."""
    text = repr(value)
    return text if len(text) <= 300 else text[:297] + "..."
