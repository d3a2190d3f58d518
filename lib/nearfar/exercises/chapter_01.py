"""The exercises of chapter 01: one queue."""

from __future__ import annotations

from .. import run, schedule, sleep, spawn
from .promises import Exercise, Prediction, expect


def three_tasklets():
    """Return the names in the order in which they are written down."""
    turns = []

    def count(name, upto):
        for _ in range(upto):
            turns.append(name)
            schedule()

    def bob():
        turns.append("bob")
        spawn(count, "dee", 1)
        schedule()
        turns.append("bob")

    spawn(count, "ann", 2)
    spawn(bob)
    spawn(count, "cy", 2)
    run()
    return turns


Prediction(
    "1.1",
    "three tasklets and a fourth",
    truth=three_tasklets,
    because="dee is spawned into the end of the queue, behind cy and ann; bob "
    "gives way only then, and stands behind her",
    beliefs=[
        (
            ["ann", "bob", "dee", "cy", "ann", "bob", "cy"],
            "spawn does not call: it puts dee at the end of the queue, and cy "
            "and ann already stand there",
        ),
        (
            ["ann", "bob", "cy", "ann", "bob", "dee", "cy"],
            "bob spawned dee before he gave way, so she stands before him",
        ),
        (
            ["ann", "ann", "bob", "dee", "bob", "cy", "cy"],
            "nobody finishes first: each schedule() lets the others go before",
        ),
        (
            ["ann", "ann", "bob", "bob", "cy", "cy", "dee"],
            "that would be one after another, each to the end; but each "
            "schedule() lets the others go before",
        ),
        (
            ["ann", "bob", "cy", "ann", "bob", "cy", "dee"],
            "dee does not wait until the others are done: she has one place in "
            "the same queue",
        ),
    ],
    hint="Keep the queue on paper: cross out whoever runs, and write them at "
    "the end when they give way. Write dee down when bob spawns her.",
)


starved = Exercise(
    "1.2",
    "a starved tasklet",
    hint="The loop may stay. What has to happen in it, so that the one who is "
    "waited for can have a turn?",
    begun=True,
)


def _watch(watcher, turns):
    state, seen = {"ready": False}, []

    def worker():
        for _ in range(turns):
            schedule()
        state["ready"] = True
        seen.append("worker")

    def watching():
        seen.append(watcher(state))

    spawn(watching)
    spawn(worker).join()
    sleep(1000)
    return seen


@starved.promise("the worker gets its turns, and the watcher sees the end")
def both_end(watcher):
    expect(
        "who came to an end, in order",
        happened=_watch(watcher, 3),
        expected=["worker", "ready"],
    )


@starved.promise("also when the worker needs 3,000 turns", orders=0)
def long_work(watcher):
    expect(
        "who came to an end, in order",
        happened=_watch(watcher, 3_000),
        expected=["worker", "ready"],
    )


fair = Exercise(
    "1.3",
    "a fair countdown",
    hint="Give way between two numbers. How many gaps are there between three "
    "numbers?",
    begun=True,
)


def _launch(countdown):
    said = []
    spawn(countdown, "ariane", 3, said.append)
    spawn(countdown, "soyuz", 4, said.append)
    sleep(1000)
    return said


@fair.promise("the rockets count in turn", orders=0)
def in_turn(countdown):
    expect(
        "the first four lines, from 3 and from 4",
        happened=_launch(countdown)[:4],
        expected=["ariane 3", "soyuz 4", "ariane 2", "soyuz 3"],
    )


@fair.promise("each one lifts off right after its 1, whoever else counts")
def at_once(countdown):
    said = _launch(countdown)
    for name, start in (("ariane", 3), ("soyuz", 4)):
        expect(
            f"what {name} says",
            happened=[line for line in said if line.startswith(name)],
            expected=[f"{name} {n}" for n in range(start, 0, -1)]
            + [f"{name} lift-off"],
        )
        place = said.index(f"{name} 1")
        expect(
            f"the line after '{name} 1'",
            happened=said[place + 1],
            expected=f"{name} lift-off",
        )


printer = Exercise(
    "1.4",
    "a round-robin printer",
    hint="One tasklet for each name: it prints a page and gives way, until it "
    "has none left. The queue does the rest.",
)
JOBS = {"ann": ["a1", "a2", "a3"], "bob": ["b1"], "cy": ["c1", "c2"]}


def _print(print_in_turn, jobs):
    printed = []
    own = {name: list(pages) for name, pages in jobs.items()}
    print_in_turn(own, printed.append)
    sleep(1000)
    return printed


@printer.promise(
    "one page of each in turn; who has none left drops out", orders=0
)
def one_each(print_in_turn):
    expect(
        f"the pages of {JOBS}",
        happened=_print(print_in_turn, JOBS),
        expected=["a1", "b1", "c1", "a2", "c2", "a3"],
    )


@printer.promise("nobody and nothing to print is no trouble", orders=0)
def nothing(print_in_turn):
    for jobs in ({}, {"ann": []}):
        expect(
            f"the pages of {jobs}",
            happened=_print(print_in_turn, jobs),
            expected=[],
        )


@printer.promise("no page is lost or printed twice")
def every_page(print_in_turn):
    expect(
        f"the pages of {JOBS}, sorted",
        happened=sorted(_print(print_in_turn, JOBS)),
        expected=["a1", "a2", "a3", "b1", "c1", "c2"],
    )
