"""The exercise of chapter 01 in which you write a run queue of greenlets."""

from __future__ import annotations

from functools import partial

from .. import Misuse, current
from .promises import Exercise, Mismatch, expect

run_queue = Exercise(
    "1.4",
    "a run queue of your own",
    hint="Keep greenlets in a deque, and switch to the first one in a loop. "
    "`pause` switches back to that loop. `greenlet.dead` says whether its "
    "function has returned.",
)


def _turns(run_all, counts, depth=0):
    """The names as they are written down by functions that pause."""
    turns = []

    def take_turns(name, upto, pause):
        for _ in range(upto):
            turns.append(name)
            deeper(depth, pause)

    def deeper(levels, pause):
        _refuse_the_librarys_turns()
        if levels:
            deeper(levels - 1, pause)
        else:
            pause()

    run_all([partial(take_turns, name, upto) for name, upto in counts.items()])
    return turns


def _refuse_the_librarys_turns():
    try:
        current()
    except Misuse:
        return
    raise Mismatch(
        "Here nearfar's own `run` takes the turns. Write the queue yourself: "
        "greenlets in a deque, and a loop that switches to the first."
    )


@run_queue.promise(
    "the functions take turns, first in, first out", inside=False
)
def in_turns(run_all):
    expect(
        "the turns of ann, bob and cy, who count to 3, 1 and 2",
        happened=_turns(run_all, {"ann": 3, "bob": 1, "cy": 2}),
        expected=["ann", "bob", "cy", "ann", "cy", "ann"],
    )


@run_queue.promise("a function may pause five calls deep", inside=False)
def from_any_depth(run_all):
    expect(
        "the turns of ann and bob, who pause five calls deep",
        happened=_turns(run_all, {"ann": 2, "bob": 2}, depth=5),
        expected=["ann", "bob", "ann", "bob"],
    )


@run_queue.promise("5,000 turns do not pile up", inside=False)
def many_turns(run_all):
    expect(
        "the turns of two functions that count to 2,500",
        happened=len(_turns(run_all, {"ann": 2_500, "bob": 2_500})),
        expected=5_000,
    )


@run_queue.promise(
    "it also runs no function, and one that never pauses", inside=False
)
def nothing_to_pause(run_all):
    ran = []
    run_all([])
    run_all([lambda pause: ran.append("ann")])
    expect("what ran", happened=ran, expected=["ann"])
