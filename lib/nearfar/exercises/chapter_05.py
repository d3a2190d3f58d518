"""The exercises of chapter 05: primes against the clock.

`chapter_05_coordinator` holds those about a coordinator of your own.
"""

from __future__ import annotations

from .. import VirtualClock, run, sleep, spawn
from .promises import Exercise, Prediction, expect, now


def four_workers():
    """Return the seconds that four workers need for twelve chunks."""
    clock = VirtualClock()
    chunks = iter([1] * 11 + [5])  # seconds, in this order

    def worker():
        for seconds in chunks:
            sleep(seconds)

    for _ in range(4):
        spawn(worker)
    run(clock=clock)
    return clock.now()


Prediction(
    "5.1",
    "the speed-up of four workers",
    truth=lambda: 16 / four_workers(),
    holds=lambda said, true: abs(said - true) < 0.02,
    because="one worker needs 16 seconds, four need 7: a worker takes the long "
    "chunk after two seconds, and computes for five more",
    beliefs=[
        (
            lambda said: abs(said - 4) < 0.06,
            "four workers are four times as fast only if all four are busy to "
            "the end. Which of them are busy during the long chunk?",
        ),
        (
            lambda said: abs(said - 3.2) < 0.06,
            "3.2 is right if a worker takes the long chunk first; here it is "
            "the last one",
        ),
        (
            lambda said: said == 7,
            "the workers need 7 seconds; the speed-up is 16 divided by 7",
        ),
    ],
    hint="Draw a line for each worker and fill in the chunks in their order: "
    "the next chunk goes to the worker that is free first.",
)


# --- A fair race: contenders and a machine that disturb the clock -------------


def _contender(seconds, *, start_s=0.0, hiccup_at=0, busier=0.0, result=42):
    """Return a program that takes `seconds`, and what disturbs its time.

    Its first call also takes `start_s`; call number `hiccup_at` takes 50 s
    more. `busier` is by how much a second of use slows the machine down.
    """
    calls = []

    def program():
        calls.append(now())
        extra = start_s if len(calls) == 1 else 0.0
        extra += 50.0 if len(calls) == hiccup_at else 0.0
        sleep(seconds * (1 + busier * now()) + extra)
        return result

    return program


fair = Exercise(
    "5.5",
    "a fair race",
    hint="One round to warm up, then several rounds with every contender in "
    "turn. Divide the baseline's time by the contender's, round by round, and "
    "take the median.",
)


def _expect_ratio(answer, what, *contenders, expected=2.0):
    found = answer(dict(zip("ab", contenders, strict=True)), 42, now)
    expect(
        "the names in the answer", happened=sorted(found), expected=["a", "b"]
    )
    expect(
        f"the speed-up of b, which takes half as long as a, {what}",
        happened=round(found["b"], 2),
        expected=f"about {expected}",
        holds=abs(found["b"] - expected) < 0.2,
    )


@fair.promise("the start of a contender is in no round", orders=0)
def start_apart(answer):
    slow_start = _contender(0.5, start_s=9)
    when = "when the start of b takes 9 s"
    _expect_ratio(answer, when, _contender(1), slow_start)


@fair.promise("a machine that gets busier changes no ratio", orders=0)
def in_turns(answer):
    _expect_ratio(
        answer,
        "on a machine that slows down with every second",
        _contender(1, busier=0.05),
        _contender(0.5, busier=0.05),
    )


@fair.promise("one disturbed round changes no verdict", orders=0)
def median_counts(answer):
    disturbed = _contender(0.5, hiccup_at=3)
    when = "when one round was disturbed"
    _expect_ratio(answer, when, _contender(1), disturbed)


@fair.promise("a wrong result has no speed-up", orders=0)
def wrong_result(answer):
    contenders = {"a": _contender(1), "b": _contender(0.01, result=41)}
    found = answer(contenders, 42, now)
    expect(
        "the names in the answer, when b returns 41 instead of 42",
        happened=sorted(found),
        expected=["a"],
    )
