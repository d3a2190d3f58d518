"""What tests of several packages use."""

import os
import sys
import time
from collections import Counter
from contextlib import suppress
from itertools import count

from greenlet import getcurrent

from nearfar import schedule, spawn


def wait_until(condition, seconds=10):
    """For other processes, which no virtual clock can hurry."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def open_files():
    """What this process has open: {name: how often}.

    Tests ask whether `after <= before`, for meanwhile a browser that looks at
    pages served from here may hang up.
    """
    names = Counter()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the listing itself
            names[os.readlink(f"/proc/self/fd/{number}")] += 1
    return names


def interrupted(wait, method, line):
    """Interrupt a wait before the `line`-th line of `method`; say whether."""

    def trace(frame, event, argument):
        nonlocal line
        if frame.f_code is not method.__code__ or getcurrent() is not me:
            return None
        if event == "line":
            line -= 1
            if not line:
                raise KeyboardInterrupt
        return trace

    me, before = getcurrent(), sys.gettrace()
    sys.settrace(trace)
    try:
        wait()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def interrupted_lines(wait, method, news):
    """Interrupt a wait at one line after the other, and say at how many.

    Each time another tasklet waits, too, and must be told the news.
    """
    for line in count(1):
        first = spawn(interrupted, wait, method, line)
        schedule()
        second = spawn(wait)
        schedule()
        news()
        if not first.result():
            second.kill()
            return line - 1
        second.join(timeout=5)
