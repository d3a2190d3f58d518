"""The exercise of chapter 08 in which you shrink a failure."""

from __future__ import annotations

from itertools import count

from .promises import Exercise, expect

shrinker = Exercise(
    "8.3",
    "shrink a failure",
    hint="Leave out one fault; if the world still breaks, go on without it. "
    "When you have left one out, those that you kept before may be worth "
    "another look.",
)
NINE = list("abcdefghi")
MOST_RUNS = 300


def _shrunk(answer, faults, breaks):
    """What comes out, and what is wrong with it."""
    runs = count(1)

    def counted(some):
        expect(
            "how many worlds it runs",
            happened=(run := next(runs)),
            expected=f"at most {MOST_RUNS}",
            holds=run <= MOST_RUNS,
        )
        return breaks(list(some))

    given = list(faults)
    left = answer(given, counted)
    expect(f"the list of {len(faults)} faults", happened=given, expected=faults)
    expect(
        f"what is left of {''.join(faults)}",
        happened=left,
        expected="a list of faults that still breaks the world",
        holds=isinstance(left, list) and breaks(left),
    )
    return left


@shrinker.promise("one fault of nine is enough, and found", orders=0)
def one_of_nine(answer):
    for culprit in NINE:
        left = _shrunk(answer, NINE, lambda some: culprit in some)  # noqa: B023
        expect("what is left", happened=left, expected=[culprit])


@shrinker.promise("two that only break it together both stay", orders=0)
def two_of_nine(answer):
    for pair_of in ("bh", "ab", "hi"):
        left = _shrunk(answer, NINE, lambda some: set(pair_of) <= set(some))  # noqa: B023
        expect("what is left", happened=left, expected=list(pair_of))


@shrinker.promise("forty faults do not take too many worlds", orders=0)
def forty(answer):
    many = [f"{number}" for number in range(40)]
    left = _shrunk(answer, many, lambda some: {"7", "23"} <= set(some))
    expect("what is left", happened=left, expected=["7", "23"])


@shrinker.promise("no single fault of the rest can be left out", orders=0)
def none_to_spare(answer):
    def breaks(some):  # c hides x, unless a undoes it
        return "x" in some and ("a" in some or "c" not in some)

    left = _shrunk(answer, ["a", "c", "x"], breaks)
    spare = [one for one in left if breaks([f for f in left if f != one])]
    expect(
        f"what can be left out of {left}, one at a time",
        happened=spare,
        expected=[],
    )
