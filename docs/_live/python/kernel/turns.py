"""Turns: the page is heard while a cell runs, so that it can be stopped.

The one idea: nothing can interrupt a web worker from outside. So the cell asks
by itself: its own code, in each loop and call, and every 32nd switch of a
tasklet look at the clock. Each 50 ms the page's messages may arrive. If one
of them says Stop, that is a SIGINT.

Left out: a loop in C, such as `sum(itertools.count())`. The page ends the
worker then.
"""

import math
import os
import sys
import time
import types
from typing import NamedTuple

import greenlet
from pyodide.ffi import run_sync
from standins import units

from . import outputs

TURN_S = 0.05  # between two looks at the page's messages
# Two looks are closer than this, unless other programs had the processor.
PAUSE_S = 0.002
STEPS = 64  # rounds of loops, and calls, between two looks at the clock
PACKAGES = os.path.dirname(os.path.dirname(__file__))
TOOL, EVENTS = 4, sys.monitoring.events


class Alarm(NamedTuple):
    """When to do something: after so much work, or at a time at last."""

    spent: float  # seconds, as `spent` counts them
    at_last: float  # by time.perf_counter()
    ring: object


page = None  # what worker.mjs offers
alarm = Alarm(math.inf, math.inf, None)  # of the trial that runs, if one does
spent = 0.0  # seconds of work and of sleep, not of waiting for the processor
_looked = 0.0  # when, last
_due = 0.0  # when to hear the page again
_steps = 0


def begin():
    """From now on, count steps and switches."""
    greenlet.on_switch = look
    time.sleep = sleep
    sys.monitoring.use_tool_id(TOOL, "stop")
    sys.monitoring.register_callback(TOOL, EVENTS.JUMP, _jumped)
    sys.monitoring.register_callback(TOOL, EVENTS.PY_START, count_step)


def watch(code):
    """Count the rounds of a cell's loops, and the calls of its functions."""
    watched = EVENTS.JUMP | EVENTS.PY_START
    sys.monitoring.set_local_events(TOOL, code, watched)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            watch(constant)


def _jumped(code, here, there):
    if there <= here:
        count_step()


def count_step(code=None, here=None):
    """Count one, and look at the clock at times."""
    global _steps
    _steps += 1
    if not _steps % STEPS:
        look()


def look():
    """Hear the page, and ring the alarm, if it is time to."""
    global spent, _looked
    now = time.perf_counter()
    spent += min(now - _looked, PAUSE_S)
    _looked = now
    if now >= _due:
        hear()
    if spent >= alarm.spent or now >= alarm.at_last:
        alarm.ring()


def hear():
    """Let the page's messages arrive. If one says Stop, raise as Ctrl-C."""
    global _due
    outputs.flush()
    run_sync(page.turn())
    _due = time.perf_counter() + TURN_S
    if stopping():
        units.interrupt()


def stopping():
    """Whether the page has said Stop to the cell that runs."""
    return page.stopping()


def sleep(seconds):
    """What stands for time.sleep: the page can stop it."""
    global spent
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        part = min(left, TURN_S)
        run_sync(page.sleep(1000 * part))
        spent += part
        look()
