"""Interrupts: Ctrl-C at any line of a map, and the next map is right."""

import random
import signal
import sys
from contextlib import contextmanager, suppress

import greenlet
import pytest

from nearfar.farm import count_primes, local_farm

HANGS = 20.0  # seconds that no map here takes


@pytest.fixture(scope="module")
def farm():
    with local_farm(2) as farm:
        yield farm


class Lines:
    """Counts the lines that run in a folder, and interrupts one of them.

    Python traces the greenlet that asked for it; this follows into all others.
    """

    def __init__(self, folder, interrupted):
        self.folder = folder
        self.count, self.interrupted = 0, interrupted

    def call(self, frame, event, arg):
        return self.line if self.is_ours(frame) else None

    def line(self, frame, event, arg):
        if event == "line":
            self.count += 1
            if self.count == self.interrupted:
                raise KeyboardInterrupt
        return self.line

    def is_ours(self, frame):
        return self.folder in frame.f_code.co_filename

    def follow(self, event, greenlets):
        sys.settrace(self.call)
        frame = sys._getframe().f_back
        while frame is not None:
            if self.is_ours(frame):
                frame.f_trace = self.line
            frame = frame.f_back

    def __enter__(self):
        self.before = sys.gettrace(), greenlet.settrace(self.follow)
        sys.settrace(self.call)
        return self

    def __exit__(self, *exc_info):
        trace, follow = self.before
        greenlet.settrace(follow)
        sys.settrace(trace)


class Alarm(BaseException):
    """Not KeyboardInterrupt, which a test may be waiting for."""


@contextmanager
def raised_after(seconds, error):
    """Raise an error in here, wherever it is, when these are over."""

    def ring(*details):
        raise error

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def the_next_map_is_right(farm, number):
    with raised_after(HANGS, Alarm(f"a map hangs after interrupt {number}")):
        found = count_primes(1_200, map=farm.map, chunk=100)
    assert (found, farm.lost) == (196, 0), f"after interrupt {number}"


@pytest.mark.parametrize(
    ("folder", "step", "least"),
    [("nearfar/farm/", 1, 400), ("nearfar/", 7, 2e3)],
)
def test_after_an_interrupt_at_any_line_of_a_map_the_next_is_right(
    farm, folder, step, least
):
    number = 0
    while True:
        number += step
        with Lines(folder, number) as lines, suppress(KeyboardInterrupt):
            farm.wait_for_workers()
            count_primes(1_000, map=farm.map, chunk=500)
        the_next_map_is_right(farm, number)
        if lines.count < number:
            break
    assert number > least


# Python itself swallows an interrupt that comes in a callback of a weak set.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_after_300_interrupts_at_any_time_every_next_map_is_right(farm):
    interrupted = 0
    for seed in range(300):
        chance = random.Random(seed)
        seconds = chance.choice([0.0005, 0.002, 0.006, 0.02]) * chance.random()
        chunk = chance.choice([50, 500])
        try:
            with raised_after(seconds + 1e-5, KeyboardInterrupt()):
                count_primes(20_000, map=farm.map, chunk=chunk)
        except KeyboardInterrupt:
            interrupted += 1
        the_next_map_is_right(farm, seed)
    assert interrupted > 250
