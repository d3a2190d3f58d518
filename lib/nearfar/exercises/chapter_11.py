"""The exercises of chapter 11: engines.

`chapter_11_engine` holds the one about an engine, `chapter_11_lineage` the
one about lost results, `chapter_11_payment` the one about a task that runs
twice.
"""

from __future__ import annotations

from .promises import Exercise, Prediction, doing, expect

NEEDS = {
    **{"a": (), "b": (), "c": (), "d": ()},
    **{"ab": ("a", "b"), "cd": ("c", "d"), "total": ("ab", "cd")},
}
ON_A, ON_B = {"a", "b", "ab"}, {"c", "d", "cd"}


def runs_in_all():
    """Return how many tasks run when worker A dies before the total."""
    runs, done = [*ON_A, *ON_B], set(ON_B)

    def compute(task):
        for needed in NEEDS[task]:
            if needed not in done:
                compute(needed)
        runs.append(task)
        done.add(task)

    compute("total")
    return len(runs)


Prediction(
    "11.2",
    "what runs again",
    truth=runs_in_all,
    because="six runs before the death, then a, b and ab again, then total",
    beliefs=[
        (7, "7 runs are enough if no worker dies; with A, its results die"),
        (8, "ab runs again, but from what? Its arguments were on A, too"),
        (9, "count once more: a, b, ab, c, d, cd, then A dies"),
        (13, "cd is safe on B: no task of B runs again"),
        (6, "6 tasks ran before A died; count those after it, too"),
        (3, "3 runs are the repeated ones; count all runs"),
        (4, "4 tasks run after the death; count those before it, too"),
    ],
    hint="Six tasks ran before the death. What was on A? To compute that "
    "again, which arguments are missing?",
)


fitting = Exercise(
    "11.5",
    "a chunk that fits the engine",
    hint="Nine times the overhead, in numbers; rounded up. Then limit it, so "
    "that every worker still gets four full chunks.",
    begun=True,
)


@fitting.promise(
    "nine tenths of the time are work, with the fewest numbers", orders=0
)
def work_share(answer):
    for number_s, overhead_s in [
        (0.0011, 0.1),
        (0.013, 0.1),
        (0.004, 0.0031),
        (0.25, 0.5),
    ]:
        chunk = _chunk(answer, 10**9, number_s, overhead_s, 2)
        work = _shares(chunk, number_s, overhead_s)
        less = _shares(chunk - 1, number_s, overhead_s)
        expect(
            f"share of work for numbers of {number_s} s, an overhead of "
            f"{overhead_s} s, and chunks of {chunk} numbers",
            happened=round(work, 3),
            expected="0.9 or more, and less than that with one number fewer",
            holds=work >= 0.9 - 1e-9 > less,
        )


def _chunk(answer, *arguments):
    call = f"fitting_chunk{arguments}"
    with doing(call):
        chunk = answer(*arguments)
    whole = isinstance(chunk, int)
    expect(call, happened=chunk, expected="a whole number", holds=whole)
    return chunk


def _shares(chunk, number_s, overhead_s):
    work = chunk * number_s
    return work / (work + overhead_s)


@fitting.promise("but each worker gets four full chunks or more", orders=0)
def four_each(answer):
    for stop, workers in [(1_000, 2), (10_000, 10), (100, 3)]:
        chunk = _chunk(answer, stop, 0.001, 5.0, workers)
        expect(
            f"numbers in a chunk, for {4 * workers} full chunks or more of "
            f"{stop} numbers, when the overhead is huge",
            happened=chunk,
            expected=stop // (4 * workers),
        )


@fitting.promise("and no chunk is empty", orders=0)
def not_empty(answer):
    expect(
        "the chunk when a number takes 1 s and the overhead is nothing",
        happened=_chunk(answer, 10**6, 1.0, 0.0, 2),
        expected=1,
    )
    expect(
        "the chunk when there are 5 numbers for 2 workers",
        happened=_chunk(answer, 5, 1.0, 5.0, 2),
        expected=1,
    )
