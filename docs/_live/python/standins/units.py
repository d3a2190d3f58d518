"""Units: programs that take turns in one page, where a computer has processes.

What this pretends: that several programs run at the same time. Each is a
*unit*: a greenlet with its own number, output, environment and files. One of
them runs; the others stand at a `wait`. A unit that computes keeps all others
waiting, so a heartbeat stops meanwhile.

Whatever blocks a real process calls `wait` here, with a question that is asked
until its answer is true. When no unit can go on, the page rests until the next
deadline. A unit that is killed gets no more turns: the system closes its
files, and none of its `finally` blocks run, as after SIGKILL.
"""

import errno
import itertools
import math
import os
import signal
import sys
import time

from greenlet import getcurrent, greenlet

__all__ = ["Stuck", "Unit", "current", "start", "wait"]

SWAPPED = ("stdout", "stderr", "argv")  # of sys: each unit has its own


class Stuck(RuntimeError):
    """No program in the page can ever go on."""


class Unit:
    """One program; `code` is its exit code, None while it has not ended."""

    _numbers = itertools.count(4_200)
    outside = False  # whether it runs in a web worker of its own

    def __init__(self, name):
        self.name = name
        self.pid = next(self._numbers)
        self.code = None
        self.stopped = False  # as by SIGSTOP
        self.files = set()  # what the system closes when the unit ends
        self.where = None  # the greenlet that goes on at its next turn
        self.asks = None  # it waits until this is true
        self.until = math.inf
        self.state = {}  # of sys and os, while it does not run
        self.at_last = lambda: None  # called when its owner lets it end
        self.interrupted = False  # by Ctrl-C, which it is still to hear

    def kill(self, code=-9):
        """Give it no more turns, and close its files."""
        if self.code is not None:
            return
        self.code = code
        _units.remove(self)
        _ended.append(self)
        for file in list(self.files):
            file.abandon()
        self.files.clear()
        if self is current:
            _switch(_next())

    def end(self, seconds):
        """Let it end because its owner wants it to."""
        settle(self, seconds)
        inside(self, self.at_last)
        self.kill(0)

    def ready(self):
        """Whether it can go on now."""
        if self.stopped:
            return False
        if self.interrupted:
            return True
        return self.asks is None or self.asks() or _now() >= self.until


PAGE = current = Unit("page")  # the unit that runs
_units = [PAGE]  # in the order of their next turns
_ended = []  # units; to collect a suspended greenlet is to run it once more
_idle = []  # greenlets whose unit has ended by itself, for the next ones
_now = time.monotonic
LONG = 3_600.0  # seconds
pause = time.sleep
rested = 0.0  # seconds, so far


def start(name, main, environ, stdout):
    """Start a unit that calls `main()`, which returns its exit code."""
    unit = Unit(name)
    unit.state = {"stdout": stdout, "stderr": stdout, "argv": [name]}
    unit.state["environ"] = environ
    unit.main = main
    unit.where = _idle.pop() if _idle else greenlet(_work, parent=_ROOT)
    _units.append(unit)
    return unit


def wait(asks, seconds=None):
    """Let others run until `asks()`, or for so long; returns its answer."""
    me = current
    me.asks = asks
    me.until = math.inf if seconds is None else _now() + seconds
    _switch(_next())
    me.asks = None
    if me.interrupted:
        me.interrupted = False
        signal.raise_signal(signal.SIGINT)
    return asks()


def interrupt():
    """Send Ctrl-C to the page, whichever unit runs."""
    if current is PAGE:
        signal.raise_signal(signal.SIGINT)
    else:
        PAGE.interrupted = True
        _switch(PAGE)


def settle(unit, seconds):
    """Wait until a unit has nothing to do, but no longer than that."""
    wait(lambda: unit.code is not None or not unit.ready(), seconds)


def inside(unit, function):
    """Call a function as that unit, whatever it waits for."""
    global current
    me, here = current, _taken()
    current = unit
    _put(unit.state)
    try:
        function()
    finally:
        unit.state = _taken()
        current = me
        _put(here)


def numbered(pid):
    """The unit with that number. Raises ProcessLookupError."""
    for unit in _units:
        if unit.pid == pid:
            return unit
    raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))


def signal_unit(pid, number):
    """What os.kill is in the page: it knows three signals."""
    unit = numbered(pid)
    if number == signal.SIGSTOP:
        unit.stopped = True
    elif number == signal.SIGCONT:
        unit.stopped = False
    elif number == signal.SIGKILL:
        unit.kill()
    elif number:
        raise ValueError(
            "expected SIGKILL, SIGSTOP or SIGCONT, the signals that a program"
            f" in the page knows; arrived: {number!r}"
        )


def sleep(seconds):
    """What time.sleep is in the page: other units run meanwhile."""
    wait(lambda: False, seconds)


def getpid():
    """What os.getpid is in the page."""
    return current.pid


def deliver():
    """Take in what other web workers have sent; there are none yet."""


def add(unit):
    """Let a unit that has no turns here have a number here."""
    _units.append(unit)


def rest(seconds):
    """Let the page rest; `pause` is what does."""
    global rested
    before = time.perf_counter()
    pause(seconds)
    rested += time.perf_counter() - before


def process_time():
    """What time.process_time is in the page: seconds of which none rested."""
    return time.perf_counter() - rested


def _next():
    """The unit that goes on now; rests until there is one."""
    while True:
        deliver()
        for unit in [*_units]:
            if unit.ready():
                _units.remove(unit)
                _units.append(unit)
                return unit
        until = min(unit.until for unit in _units if not unit.stopped)
        if until == math.inf and not any(unit.outside for unit in _units):
            raise Stuck("no program in the page can go on: each waits")
        rest(min(LONG, max(0.0, until - _now())))


def _switch(unit):
    global current
    me, current = current, unit
    if unit is me:
        return
    me.where, me.state = getcurrent(), _taken()
    _put(unit.state)
    unit.where.switch()


def _taken():
    """What each unit has for itself, of those that runs."""
    own = {name: getattr(sys, name) for name in SWAPPED}
    return own | {"environ": os.environ}


def _put(state):
    for name in SWAPPED:
        setattr(sys, name, state[name])
    os.environ = state["environ"]  # noqa: B003 - the whole of it


def _work():
    """Run one unit after the other."""
    while True:
        unit = current
        try:
            code = unit.main() or 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
            code = 1
        _idle.append(getcurrent())
        unit.kill(code)


_ROOT = getcurrent()
