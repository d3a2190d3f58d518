"""Wrong answers to the exercises of chapter 01."""

WRONG = {
    "1.1": [
        (
            'order = ["ann", "ann", "bob", "bob", "cy", "cy", "dee"]',
            "each to the end",
        ),
        (
            'order = ["ann", "bob", "cy", "ann", "cy", "dee", "bob"]',
            "right up to number 4",
        ),
        (
            'order = ["ann", "bob", "dee", "cy", "ann", "bob", "cy"]',
            "spawn does not call",
        ),
        (
            'order = ["ann", "ann", "bob", "dee", "bob", "cy", "cy"]',
            "nobody finishes first",
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
            "stopped after 2 s",
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
            "happened: ['ready', 'worker']",
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
            # one after the other
            """
def print_in_turn(jobs, print_page):
    for pages in jobs.values():
        for page in pages:
            print_page(page)
""",
            "happened: ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']",
        ),
        (
            # the shortest job ends it all
            """
def print_in_turn(jobs, print_page):
    for round in zip(*jobs.values()):
        for page in round:
            print_page(page)
""",
            "happened: ['a1', 'b1', 'c1']",
        ),
    ],
}
