"""Wrong answers to the exercises of chapter 01."""

WRONG = {
    "1.1": [
        (
            'order = ["ann", "ann", "bob", "bob", "cy", "cy", "dee"]',
            "each to the end",
        ),
        (
            'order = ["ann", "bob", "cy", "ann", "cy", "dee", "bob"]',
            "entry 5 is the first that is wrong",
        ),
        (
            'order = ["ann", "bob", "dee", "cy", "ann", "bob", "cy"]',
            "spawn does not call",
        ),
        (
            'order = ["ann", "ann", "bob", "dee", "bob", "cy", "cy"]',
            "no tasklet runs to its end at once",
        ),
    ],
    "1.2": [
        (
            # waits a fixed number of turns
            """
from nearfar import schedule


def watcher(state):
    for _ in range(1000):
        schedule()
    return "ready"
""",
            "also when the worker needs 3,000 turns",
        ),
        (
            # a generator
            """
def watcher(state):
    while not state["ready"]:
        yield
    return "ready"
""",
            "leave out `yield`",
        ),
        (
            # real sleep: the whole thread waits
            """
import time


def watcher(state):
    while not state["ready"]:
        time.sleep(0.01)
    return "ready"
""",
            "stopped after",
        ),
        (
            # only sleeps, and never looks
            """
from nearfar import sleep


def watcher(state):
    sleep(1)
    return "ready"
""",
            "the seconds for which the watcher slept; the worker needs turns, "
            "not time expected: 0 happened: 1.0",
        ),
        (
            # looks, but sleeps in between
            """
from nearfar import sleep


def watcher(state):
    while not state["ready"]:
        sleep(0.5)
    return "ready"
""",
            "expected: 0 happened: 0.5",
        ),
        (
            # looks once
            """
from nearfar import schedule


def watcher(state):
    if not state["ready"]:
        schedule()
    return "ready"
""",
            "happened: ['watcher', 'worker']",
        ),
        (
            # sees the end, and does not say so
            """
from nearfar import schedule


def watcher(state):
    while not state["ready"]:
        schedule()
""",
            "what `watcher` returned expected: 'ready' happened: None",
        ),
    ],
    "1.3": [
        (
            # always from 3
            """
from nearfar import schedule


def countdown(name, start, say):
    for number in (3, 2, 1):
        say(f"{name} {number}")
        if number > 1:
            schedule()
    say(f"{name} lift-off")
""",
            "the first four lines",
        ),
        (
            """
from nearfar import schedule


def countdown(name, start, say):
    for number in range(start, 0, -1):
        say(f"{name} {number}")
        schedule()
    say(f"{name} lift-off")
""",
            "the line after 'ariane 1'",
        ),
        (
            """
from nearfar import schedule


def countdown(name, start, say):
    for number in range(start, 0, -1):
        say(f"{name} {number}")
    schedule()
    say(f"{name} lift-off")
""",
            "the first four lines",
        ),
    ],
    "1.4": [
        (
            # the library's queue
            """
from nearfar import run, schedule, spawn


def run_all(functions):
    for function in functions:
        spawn(function, schedule)
    run()
""",
            "Here nearfar's own `run` takes the turns.",
        ),
        (
            # pauses nowhere
            """
def run_all(functions):
    for function in functions:
        function(lambda: None)
""",
            "happened: ['ann', 'ann', 'ann', 'bob', 'cy', 'cy']",
        ),
        (
            # last in, first out
            """
from greenlet import getcurrent, greenlet


def run_all(functions):
    loop, queue = getcurrent(), [greenlet(each) for each in functions]
    while queue:
        turn = queue.pop()
        turn.switch(loop.switch)
        if not turn.dead:
            queue.append(turn)
""",
            "happened: ['cy', 'cy', 'bob', 'ann', 'ann', 'ann']",
        ),
        (
            # pauses by calling the next function
            """
from collections import deque


def run_all(functions):
    queue = deque(functions)

    def pause():
        if queue:
            queue.popleft()(pause)

    while queue:
        pause()
""",
            "happened: ['ann', 'bob', 'cy', 'cy', 'ann', 'ann']",
        ),
        (
            # gives each two turns, and forgets the rest
            """
from greenlet import getcurrent, greenlet


def run_all(functions):
    loop, queue = getcurrent(), [greenlet(each) for each in functions]
    for turn in queue + queue:
        turn.switch(loop.switch)
""",
            "happened: ['ann', 'bob', 'cy', 'ann', 'cy']",
        ),
    ],
    "1.6": [
        (
            # collects first
            """
def same_walk(one, other):
    left, right = [], []
    one(left.append)
    other(right.append)
    return left == right
""",
            "did not finish",
        ),
        (
            # takes the shorter one for the measure
            """
from greenlet import getcurrent, greenlet


def same_walk(one, other):
    here = getcurrent()
    left, right = greenlet(one), greenlet(other)
    a, b = left.switch(here.switch), right.switch(here.switch)
    while not left.dead and not right.dead:
        if a != b:
            return False
        a, b = left.switch(), right.switch()
    return True
""",
            "a walk that ends early is a difference",
        ),
        (
            # None is a value, too
            """
from greenlet import getcurrent, greenlet


def same_walk(one, other):
    here = getcurrent()
    left, right = greenlet(one), greenlet(other)
    a, b = left.switch(here.switch), right.switch(here.switch)
    while a == b and a is not None:
        a, b = left.switch(), right.switch()
    return a == b
""",
            "('a', 'b', None) and ('a', 'b') are the same",
        ),
        (
            # walks again from the start for each value
            """
from itertools import count

NO_MORE = object()


class Found(Exception):
    pass


def value_at(walk, place):
    seen = []

    def visit(value):
        seen.append(value)
        if len(seen) > place:
            raise Found

    try:
        walk(visit)
    except Found:
        return seen[-1]
    return NO_MORE


def same_walk(one, other):
    for place in count():
        a, b = value_at(one, place), value_at(other, place)
        if a != b or a is NO_MORE:
            return a is b
""",
            "happened: [[0, 0, 1], [0, 0, 2]]",
        ),
    ],
}
