"""The exercise of chapter 11 in which you write an engine."""

from __future__ import annotations

from operator import add

from ..near import sleep, spawn
from .promises import Exercise, expect, now

engine = Exercise(
    "11.1",
    "an engine of your own",
    hint="`spawn` a tasklet for each task. It waits for the arguments first, "
    "then for a free worker. A channel can hold the free workers: each is a "
    "tasklet that waits to send. What `spawn` returns has a `result()`.",
)


def _slow(value):
    """A task that takes a second and returns its argument."""
    sleep(1)
    return value


@engine.promise("`submit` returns at once, `result()` waits", orders=0)
def at_once(answer):
    began, future = now(), answer(2).submit(_slow, 7)
    expect("the seconds of submit", happened=now() - began, expected=0.0)
    expect(
        "what `submit` returns",
        happened=future,
        expected="a future, with a `result()`",
        holds=hasattr(future, "result"),
    )
    expect("the result", happened=future.result(), expected=7)
    expect("the seconds of the task", happened=now() - began, expected=1.0)


@engine.promise("all workers work, and each on one task", orders=0)
def one_each(answer):
    for workers, seconds in ((1, 6), (2, 3), (4, 2), (9, 1)):
        began, cluster = now(), answer(workers)
        futures = [cluster.submit(_slow, n) for n in range(6)]
        told = [future.result() for future in futures]
        expect("the results", happened=told, expected=[*range(6)])
        expect(
            f"the seconds of six tasks on {workers} worker(s)",
            happened=now() - began,
            expected=float(seconds),
        )


@engine.promise("a future can be an argument, of several tasks")
def arguments(answer):
    cluster = answer(2)
    one, two = cluster.submit(_slow, 1), cluster.submit(_slow, 2)
    three, five = cluster.submit(add, one, two), cluster.submit(add, two, 3)
    eight = cluster.submit(add, three, five)
    told = [future.result() for future in (eight, one, eight)]
    expect(
        "the results of a sum, of a part of it, and of the sum again",
        happened=told,
        expected=[8, 1, 8],
    )


@engine.promise("a task that lacks an argument keeps no worker busy")
def waits_outside(answer):
    cluster, began = answer(1), now()
    slow = cluster.submit(_slow, 1)
    total = cluster.submit(add, slow, 1)
    other = cluster.submit(_slow, 5)
    ends = []

    def wait_for(future):
        ends.append((future.result(), now() - began))

    waiting = [spawn(wait_for, future) for future in (total, other)]
    for each in waiting:
        each.join()
    expect(
        "when one worker is done with two tasks of a second, and with a sum "
        "that needs the first",
        happened=max(at for _, at in ends),
        expected=2.0,
    )
