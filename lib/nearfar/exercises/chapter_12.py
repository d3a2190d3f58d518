"""The exercises of chapter 12: the cost."""

from __future__ import annotations

import time
import tracemalloc

from ..farm import count_between, count_sieved, is_prime
from .promises import Exercise, Prediction, expect

STOP = 300_000


def a_hundred_workers_or_a_sieve():
    """Who counts the primes below 300,000 first?"""

    _, one_worker = _timed(count_between, (0, STOP))
    perfect_farm = one_worker / 100
    one_sieve = min(_timed(count_sieved, (0, STOP))[1] for _ in range(5))
    return "the sieve" if one_sieve < perfect_farm else "the farm"


Prediction(
    "12.1",
    "a hundred workers, or one who knows better",
    truth=a_hundred_workers_or_a_sieve,
    holds=lambda said, true: said.removeprefix("the ") == true[4:],
    because="the sieve does not divide at all; it crosses out, and slices of "
    "bytes are crossed out in C. A hundred perfect workers are not enough",
    beliefs=[
        (
            lambda said: said.removeprefix("the ") == "farm",
            "a hundred workers without any overhead make the trial division a "
            "hundred times as fast. The sieve is more than that ahead",
        ),
    ],
    hint="Time count_between and count_sieved for (0, 300_000), each once, "
    "and divide the first by 100.",
)


segment = Exercise(
    "12.2",
    "a sieve for each worker",
    hint="First the primes up to the root of the end. For each, the first "
    "multiple in the chunk is start + -start % prime, unless prime * prime is "
    "later.",
)


@segment.promise("the count of a chunk is right, wherever it is", inside=False)
def right(answer):
    for bounds in [
        *((0, 100), (0, 3), (2, 4), (90, 98), (7, 7), (49, 50)),
        *((1_000, 1_100), (10_000, 11_000), (10_200, 10_202)),
    ]:
        expect(
            f"the primes in {bounds}",
            happened=answer(bounds),
            expected=sum(map(is_prime, range(*bounds))),
        )


@segment.promise("far out, it takes the memory of its chunk", inside=False)
def lean(answer):
    tracemalloc.start()
    try:
        answer((10_000_000, 10_002_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    expect(
        "bytes needed for 2,000 numbers from ten million on",
        happened=peak,
        expected="less than a million",
        holds=peak < 1_000_000,
    )


@segment.promise("and no division for every number", inside=False)
def quick(answer):
    start = 10**9
    bounds = start, start + 5_000
    _, tenth = _timed(count_between, (start, start + 500))
    for _ in range(3):  # whatever else this machine does
        found, seconds = _timed(answer, bounds)
        if not tenth < seconds < 5 * tenth:
            break
    expect(
        "the primes among 5,000 numbers from a thousand million on",
        happened=found,
        expected=count_sieved(bounds),
    )
    expect(
        "the time for them: cross out, do not divide",
        happened="not a tenth of what trial division needs",
        expected="a tenth of that, or less",
        holds=seconds < tenth,
    )


def _timed(count, bounds):
    """(What was counted, seconds of work), whatever else the machine does."""
    began = time.process_time()
    found = count(bounds)
    return found, time.process_time() - began


beaten = Exercise(
    "12.3",
    "the COST of a program",
    hint="The smallest number of workers whose time is below that of one "
    "thread. If there is none, there is none.",
)


@beaten.promise("the smallest configuration that beats one thread", orders=0)
def smallest(answer):
    for single, times, expected in [
        (10.0, {1: 40.0, 2: 20.0, 4: 11.0, 8: 6.0, 16: 3.5}, 8),
        (10.0, {16: 3.5, 1: 40.0, 8: 6.0, 2: 20.0, 4: 11.0}, 8),
        (10.0, {1: 9.0, 2: 5.0}, 1),
        (10.0, {2: 9.0, 4: 11.0, 8: 9.5}, 2),
    ]:
        expect(
            f"the COST when one thread needs {single} s, and a farm {times}",
            happened=answer(single, times),
            expected=expected,
        )


@beaten.promise("None where no configuration does", orders=0)
def never(answer):
    for times in ({1: 40.0, 2: 30.0, 64: 12.0}, {1: 10.0}, {}):
        expect(
            f"the COST when one thread needs 10.0 s, and a farm {times}",
            happened=answer(10.0, times),
            expected=None,
        )
