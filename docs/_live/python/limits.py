"""A limit for an exercise's trial, without a thread that watches it.

The one idea: the library stops a trial by two signals from a second thread,
the second for a trial that catches the first. A browser has no threads. Here
the trial looks at the clock itself, in the reader's code and at switches, and
sends itself the same signals.
"""

import os
import signal
import time
from contextvars import copy_context
from importlib import import_module

import greenlet
from kernel import turns

# The page keeps in these what no learner has written.
FOLDERS = os.path.dirname(os.__file__), turns.PACKAGES
AT_LAST = 10  # times the limit, whatever the machine has to do


def patch(stopping):
    """Give the library's module of this job the `call_within` of the page."""

    def call_within(seconds, function):
        """Call `function()`, and stop it when it takes longer."""
        limit = Limit(seconds, stopping)
        trial = greenlet.greenlet(function)
        trial.gr_context = copy_context()
        before = turns.alarm
        with stopping._hearing(limit.leave), stopping.apart():
            turns.alarm = limit.first
            try:
                return trial.switch()
            except KeyboardInterrupt as interrupt:
                if not limit.reached:
                    raise
                steps = stopping.steps_to(interrupt)
                raise stopping._hangs(steps, seconds) from None
            finally:
                turns.alarm = before

    stopping.call_within = call_within
    places = import_module("nearfar.exercises.places")
    places.NOT_THE_LEARNERS += FOLDERS


class Limit:
    """The limit of one trial, which is switched to from `outside`."""

    def __init__(self, seconds, stopping):
        self.seconds, self.stopping = seconds, stopping
        self.outside, self.reached = greenlet.getcurrent(), False
        self.first = self.after(seconds, self.interrupt)

    def after(self, seconds, ring):
        """An alarm after so much work; a busy machine gets more time."""
        at_last = time.perf_counter() + AT_LAST * seconds
        return turns.Alarm(turns.spent + seconds, at_last, ring)

    def interrupt(self):
        """Interrupt the trial; it gets a moment to end."""
        self.reached = True
        grace = min(self.seconds, self.stopping.GRACE_S)
        turns.alarm = self.after(grace, self.insist)
        signal.raise_signal(signal.SIGINT)

    def insist(self):
        """Ask for `leave` to be called soon, by the interpreter itself."""
        turns.page.interrupt(self.stopping.LEAVE)

    def leave(self, number, frame):
        """Switch out of the trial, and never come back.

        Not while Python tells us of an event: it would tell of none again.
        """
        if _is_inside_kernel(frame):
            self.insist()
            return
        self.stopping._left.append(greenlet.getcurrent())
        steps = self.stopping.steps_in(frame)
        hangs = self.stopping._hangs(steps, self.seconds, deaf=True)
        self.outside.throw(hangs)


def _is_inside_kernel(frame):
    """Whether the kernel's counting of steps is under way."""
    while frame is not None:
        if frame.f_code is turns.count_step.__code__:
            return True
        frame = frame.f_back
    return False
