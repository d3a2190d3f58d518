"""A limit for an exercise's trial, without a thread that watches it.

The library stops a trial from a second thread; a browser has none. Here the
trial looks at the clock itself: in the reader's loops, and at switches. Left
out: a trial that catches the stop; the page's own Stop ends the worker then.
"""

import signal
import time
from contextvars import copy_context

import greenlet
import kernel


def patch(stopping):
    """Give the library's module of this job the `call_within` of the page."""

    def call_within(seconds, function):
        """Call `function()`, and stop it when it takes longer."""
        fired = False

        def fire():
            nonlocal fired
            fired = True
            signal.raise_signal(signal.SIGINT)

        trial = greenlet.greenlet(function)
        trial.gr_context = copy_context()
        before = kernel.alarm
        kernel.alarm = kernel.Alarm(time.perf_counter() + seconds, fire)
        try:
            with stopping._hearing(None), stopping.lowlevel.apart():
                return trial.switch()
        except KeyboardInterrupt as interrupt:
            if not fired:
                raise
            steps = stopping.steps_to(interrupt)
            raise stopping._hangs(steps, seconds) from None
        finally:
            kernel.alarm = before

    stopping.call_within = call_within
