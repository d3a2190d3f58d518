"""A verb of the 2006 names costs the same among few tasklets and among many.

Counted are lines of ours that run, and comparisons that C makes in a search;
no seconds.
"""

import sys
from contextlib import suppress

import pytest

from nearfar import stackless

FEW, MANY = 20, 2_000
SOURCE = stackless.__file__


class Counted(stackless.tasklet):
    """A tasklet that counts how often a search looks at it."""

    looks = 0

    def __eq__(self, other):
        Counted.looks += 1
        return self is other

    __hash__ = object.__hash__


def steps_of(act) -> int:
    """Lines of `stackless` that run in `act()`, and looks of searches."""
    steps, Counted.looks = 0, 0

    def trace(frame, event, arg):
        nonlocal steps
        if frame.f_code.co_filename != SOURCE:
            return None
        steps += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return steps + Counted.looks


def nothing():
    pass


def queued(many):
    return [Counted(nothing)() for _ in range(many)]


def blocked(many):
    channel = stackless.channel()
    tasks = [Counted(channel.receive)() for _ in range(many)]
    stackless.run()
    return tasks


def insert_again(task):
    task.remove()
    task.insert()


def with_a_balance(task):
    return stackless.getruncount(), task.scheduled, task.paused


VERBS = {
    "queue another": (queued, lambda tasks: Counted(nothing)()),
    "ask how many": (queued, lambda tasks: with_a_balance(tasks[-1])),
    "next": (queued, lambda tasks: tasks[len(tasks) // 2].next),
    "prev": (queued, lambda tasks: tasks[len(tasks) // 2].prev),
    "remove and insert": (queued, lambda tasks: insert_again(tasks[-2])),
    "throw, pending": (
        queued,
        lambda tasks: tasks[-1].throw(ValueError, pending=True),
    ),
    "kill the last, pending": (
        queued,
        lambda tasks: tasks[-1].kill(pending=True),
    ),
    "next of a blocked one": (blocked, lambda tasks: tasks[-2].next),
    "kill the last blocked, pending": (
        blocked,
        lambda tasks: tasks[-1].kill(pending=True),
    ),
    "kill the middle blocked, pending": (
        blocked,
        lambda tasks: tasks[len(tasks) // 2].kill(pending=True),
    ),
}


def clean_up(tasks):
    for task in tasks:
        if task.alive:
            task.kill(pending=True)
    while stackless.getruncount() > 1:
        with suppress(ValueError):  # what was thrown above
            stackless.run()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_costs_the_same_among_many(verb):
    prepare, act = VERBS[verb]
    costs = []
    for many in (FEW, MANY):
        tasks = prepare(many)
        costs.append(steps_of(lambda tasks=tasks: act(tasks)))
        clean_up(tasks)
    assert costs[1] <= 2 * costs[0], f"{costs[0]} steps among {FEW}, {costs}"


@pytest.mark.parametrize("last_first", [False, True])
def test_killing_all_costs_the_same_for_each(last_first):
    """Each kill lets those behind the victim run, so none of them must."""
    costs = []
    for many in (FEW, MANY // 4):
        tasks = blocked(many)
        if last_first:
            tasks.reverse()

        def kill_all(tasks=tasks):
            for task in tasks:
                task.kill()

        costs.append(steps_of(kill_all) / many)
        assert not any(task.alive for task in tasks)
    assert costs[1] <= 2 * costs[0]
