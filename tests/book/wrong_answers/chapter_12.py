"""Wrong answers to the exercises of chapter 12."""

WRONG = {
    "12.1": [
        ('winner = "the farm"', "The sieve is more than that ahead"),
        ("winner = 100", "expected: a text in quotes"),
    ],
    "12.2": [
        (
            # a sieve of everything below
            """
def count_chunk(bounds):
    start, stop = bounds
    marks = bytearray([1]) * stop
    marks[:2] = bytes(min(2, stop))
    n = 2
    while n * n < stop:
        if marks[n]:
            marks[n * n :: n] = bytes(len(range(n * n, stop, n)))
        n += 1
    return sum(marks[start:])
""",
            "bytes needed for 2,000 numbers",
        ),
        (
            # crosses out the primes themselves
            """
from math import isqrt

from nearfar.farm import is_prime


def count_chunk(bounds):
    start, stop = max(bounds[0], 2), bounds[1]
    marks = bytearray([1]) * max(0, stop - start)
    for prime in filter(is_prime, range(isqrt(max(stop - 1, 0)) + 1)):
        for multiple in range(-start % prime, len(marks), prime):
            marks[multiple] = 0
    return sum(marks)
""",
            "the primes in (0, 100)",
        ),
    ],
    "12.3": [
        (
            # the fastest, not the first that wins
            """
def cost(single_s, times):
    best = min(times, key=times.get, default=None)
    return best if best and times[best] < single_s else None
""",
            "expected: 8",
        ),
        (
            # a tie is no win
            """
def cost(single_s, times):
    enough = [w for w, seconds in times.items() if seconds <= single_s]
    return min(enough, default=None)
""",
            "expected: None",
        ),
        (
            # in the order in which they come
            """
def cost(single_s, times):
    for workers, seconds in times.items():
        if seconds < single_s:
            return workers
    return None
""",
            "happened: 16",
        ),
    ],
}
