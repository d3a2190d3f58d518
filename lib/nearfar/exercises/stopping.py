"""Stopping: whatever a learner writes, a trial comes to an end.

The one idea: a limit counts work, not time, so a busy machine changes no
verdict. Nor does the instant of the stop: the verdict names the head of a
loop, not the line that happened to run.

A trial runs in a greenlet of its own. The check interrupts it first, as the
reader's stop button does. If the trial catches that, the check switches out of
its greenlet and never comes back. What the trial holds open then stays open.

Left out: a loop in C, such as `sum(itertools.count())`, which hears no signal.
"""

from __future__ import annotations

import ast
import linecache
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context

from ..checking import apart
from ..near import lowlevel
from .places import steps_in, steps_to

__all__ = ["Hangs", "call_within"]

TICK_S = 0.05
IDLE = 1 / 20  # of a tick: a trial that works or waits no longer is at rest
AT_LAST = 60  # times the limit, whatever the machine has to do
GRACE_S = 1.0  # for a trial that is interrupted to end
LEAVE = getattr(signal, "SIGUSR2", signal.SIGTERM)  # the stop after the stop

_left: list[lowlevel.greenlet] = []  # to collect one would let it run again


class Hangs(Exception):
    """A trial did not finish.

    `source` is the code in which it hung. `deaf` says whether the code catches
    every error, even the stop.
    """

    def __init__(self, words: str, source: str, deaf: bool):
        super().__init__(words)
        self.source = source
        self.deaf = deaf


def call_within(seconds: float, function: Callable[[], object]):
    """Call `function()`, and stop it when it works or rests for longer.

    Returns what the function returns and raises what it raises, or Hangs.
    """
    outside = lowlevel.getcurrent()
    done, fired = threading.Event(), threading.Event()

    def leave(number, frame):
        if not done.is_set():
            _left.append(lowlevel.getcurrent())
            outside.throw(_hangs(steps_in(frame), seconds, deaf=True))

    def watch():
        if _outlasts(seconds, done):
            fired.set()
            _send(signal.SIGINT)
            if here and _outlasts(min(seconds, GRACE_S), done):
                _send(LEAVE)

    here = threading.current_thread() is threading.main_thread()
    trial = lowlevel.greenlet(function)
    trial.gr_context = copy_context()
    watcher = threading.Thread(target=watch, daemon=True)
    with _hearing(leave if here else None), apart():
        watcher.start()
        try:
            try:
                return trial.switch()
            finally:
                done.set()
                watcher.join()
        except KeyboardInterrupt as interrupt:
            if not fired.is_set():
                raise
            raise _hangs(steps_to(interrupt), seconds) from None


@contextmanager
def _hearing(leave) -> Iterator[None]:
    """Hear both stops, even if this process was told to ignore them."""
    handlers = {signal.SIGINT: signal.default_int_handler, LEAVE: leave}
    before = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if leave
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _outlasts(seconds, done) -> bool:
    """Wait until the trial is done, or has worked or rested for so long."""
    patience = Patience(seconds, time.process_time(), delayed())
    while not done.wait(TICK_S):
        if patience.ends(time.process_time(), delayed()):
            return True
    return False


class Patience:
    """A limit to the seconds for which a trial works, or rests.

    While other programs keep it from the processor, it does neither.
    """

    def __init__(self, seconds: float, worked: float = 0, waited: float = 0):
        self.seconds = seconds
        self.worked, self.waited = worked, waited
        self.busy = self.idle = self.all = 0.0

    def ends(self, worked: float, waited: float) -> bool:
        """Say whether the limit is reached; call this once in each tick.

        `worked` and `waited` are totals: of work, and of such waits.
        """
        work, wait = worked - self.worked, waited - self.waited
        self.worked, self.waited = worked, waited
        self.busy += work
        self.idle += TICK_S if max(work, wait) < IDLE * TICK_S else 0.0
        self.all += TICK_S
        late = self.all > AT_LAST * self.seconds
        return late or max(self.busy, self.idle) > self.seconds


def delayed() -> float:
    """Return how many seconds the main thread was ready and had no processor.

    0.0 where the system does not tell it.
    """
    thread = threading.main_thread().native_id
    try:
        with open(f"/proc/self/task/{thread}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _send(number):
    """Signal the main thread, even in the middle of a real sleep."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, number)
    else:
        signal.raise_signal(number)


def _hangs(steps, seconds, deaf=False):
    """Tell the loop that goes round and round, or else the line."""
    loops = [(step, loop) for step in steps for loop in step.loops]
    where = steps[-1].where if steps else ""
    source = steps[-1].line if steps else ""
    if loops:  # of several the outer ones last as long as the hang
        endless = [each for each in loops if isinstance(each[1], ast.While)]
        step, loop = (endless or loops)[0]
        where = step._replace(number=loop.lineno).where
        lines = linecache.getlines(step.filename)
        source += "".join(lines[loop.lineno - 1 : loop.end_lineno])
    return Hangs(
        f"It did not finish, and was stopped after {seconds:g} s{where}",
        source,
        deaf or any(step.catches_all for step in steps),
    )
