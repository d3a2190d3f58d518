"""The exercises of chapter 01: one queue.

`chapter_01_queue` holds the one in which you write a run queue.
"""

from __future__ import annotations

from itertools import count

from .. import run, schedule, sleep, spawn
from .promises import Exercise, Prediction, expect, now


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
    because="bob spawns dee at the end of the queue, behind cy and ann; bob "
    "gives way only then, and stands behind dee",
    beliefs=[
        (
            ["ann", "bob", "dee", "cy", "ann", "bob", "cy"],
            "spawn does not call: it puts dee at the end of the queue, and cy "
            "and ann already stand there",
        ),
        (
            ["ann", "bob", "cy", "ann", "bob", "dee", "cy"],
            "bob spawned dee before giving way, so dee stands before bob",
        ),
        (
            ["ann", "ann", "bob", "dee", "bob", "cy", "cy"],
            "no tasklet runs to its end at once: each schedule() lets the "
            "others go before",
        ),
        (
            ["ann", "ann", "bob", "bob", "cy", "cy", "dee"],
            "that would be one after another, each to the end; but each "
            "schedule() lets the others go before",
        ),
        (
            ["ann", "bob", "cy", "ann", "bob", "cy", "dee"],
            "dee does not wait until the others are done: it has one place in "
            "the same queue",
        ),
    ],
    hint="Keep the queue on paper: cross out the name that runs, and write it "
    "at the end when it gives way. Add dee when bob spawns her.",
)


starved = Exercise(
    "1.2",
    "a starved tasklet",
    hint="The loop may stay. What must happen in it, so that the worker gets a "
    "turn?",
    begun=True,
)


def _watch(watcher, turns):
    """Return who ended, in order, and what the watcher returned and slept."""
    state, ended, watched = {"ready": False}, [], []

    def worker():
        for _ in range(turns):
            schedule()
        state["ready"] = True
        ended.append("worker")

    def watching():
        returned = watcher(state)
        ended.append("watcher")
        watched.append((returned, now() - start))

    start = now()
    spawn(watching)
    spawn(worker).join()
    sleep(1000)
    return ended, watched


def _expect_watched(watcher, turns):
    ended, watched = _watch(watcher, turns)
    expect(
        "the tasklets that ended, the first to end first",
        happened=ended,
        expected=["worker", "watcher"],
    )
    returned, slept = watched[0]
    expect("what `watcher` returned", happened=returned, expected="ready")
    expect(
        "the seconds for which the watcher slept; the worker needs turns, not "
        "time",
        happened=slept,
        expected=0,
    )


@starved.promise("the worker gets its turns, and the watcher sees the end")
def both_end(watcher):
    _expect_watched(watcher, 3)


@starved.promise("also when the worker needs 3,000 turns", orders=0)
def long_work(watcher):
    _expect_watched(watcher, 3_000)


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


@fair.promise("each lifts off right after its 1, in every order")
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


in_step = Exercise(
    "1.6",
    "two walks in step",
    hint="Run each walk in a greenlet of its own. What must `visit` do, so "
    "that the walk pauses and you get the value? What does your `switch` "
    "return when a walk has ended?",
)


def _walk(tree):
    """A walk over the leaves of nested tuples."""

    def walk(visit):
        def into(part):
            if isinstance(part, tuple):
                for each in part:
                    into(each)
            else:
                visit(part)

        into(tree)

    return walk


def _expect_same(same_walk, one, other, expected):
    expect(
        f"whether the leaves of {one} and {other} are the same",
        happened=same_walk(_walk(one), _walk(other)),
        expected=expected,
    )


@in_step.promise("it compares the values, not the trees", orders=0)
def compares(same_walk):
    _expect_same(same_walk, ("a", ("b", "c")), (("a", "b"), "c"), True)
    _expect_same(same_walk, ("a", ("b", "c")), (("a", "c"), "b"), False)
    _expect_same(same_walk, (), ((), ()), True)


@in_step.promise("a walk that ends early is a difference", orders=0)
def ends_early(same_walk):
    _expect_same(same_walk, ("a", "b"), ("a", "b", "c"), False)
    _expect_same(same_walk, ("a", "b", None), ("a", "b"), False)


@in_step.promise("it stops at the first difference", orders=0)
def stops(same_walk):
    visited = {1: [], 2: []}

    def endless(step):
        def walk(visit):
            for number in count(0, step):
                visited[step].append(number)
                visit(number)

        return walk

    expect(
        "whether 0, 1, 2, ... and 0, 2, 4, ... are the same",
        happened=same_walk(endless(1), endless(2)),
        expected=False,
    )
    expect(
        "the values that each walk had visited by then",
        happened=list(visited.values()),
        expected="[0, 1] and [0, 2], and at most one more each",
        holds=visited[1] in ([0, 1], [0, 1, 2])
        and visited[2] in ([0, 2], [0, 2, 4]),
    )
