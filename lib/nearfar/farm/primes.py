"""Primes: work that is easy to cut in pieces and easy to check.

The one idea: the count of primes below a number is the sum of the counts in its
pieces. So `count_primes` takes the `map` that does the pieces: Python's own, a
pool's, or a farm's over many machines. Nothing else changes.

Three ways to find primes, from slow to fast: `is_prime_2006` (wrong, and
kept for that), `is_prime`, and the sieve of Eratosthenes, which is 2,200
years old and beats both. Each has its function that counts one chunk.

Read `protocol` next. Left out: wheels, and tests for large numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import isqrt

__all__ = [
    "is_prime_2006",
    "is_prime",
    "sieve",
    "chunks",
    "count_2006",
    "count_between",
    "count_sieved",
    "count_primes",
]

CHUNK = 2_000  # numbers


def is_prime_2006(number: int) -> bool:
    """The test of 2006: try every divisor below half of the number.

    It is wrong, and kept for that: chapter 05 asks for which numbers.
    After Grant T. Olson, "Why Stackless?" (2006).
    """
    return all(number % d for d in range(2, number // 2))


def is_prime(number: int) -> bool:
    """Say whether `number` is prime; try divisors up to its root."""
    if number < 4:
        return number > 1
    if number % 2 == 0:
        return False
    return all(number % d for d in range(3, isqrt(number) + 1, 2))


def sieve(start: int, stop: int) -> bytearray:
    """Return a byte for each number from `start` to `stop` - 1: 1 if prime.

    Only this segment is in memory, beside the primes up to the root of
    `stop`, and so a sieve can be cut in chunks, too.
    """
    start = max(start, 2)
    marks = bytearray(b"\1") * max(0, stop - start)
    for prime in _primes_up_to(isqrt(max(stop - 1, 0))):
        first = max(prime * prime, start + -start % prime)
        crossed = range(first - start, len(marks), prime)
        marks[first - start :: prime] = bytes(len(crossed))
    return marks


@lru_cache(maxsize=16)  # a worker gets many chunks with the same root, nearly
def _primes_up_to(last: int) -> list[int]:
    if last < 2:
        return []
    return [n for n, mark in enumerate(sieve(2, last + 1), 2) if mark]


def chunks(stop: int, size: int = CHUNK) -> Iterator[tuple[int, int]]:
    """Cut the numbers 0 .. `stop` - 1 into pairs (first, one past the last).

    Every piece has `size` numbers, but for the last.
    """
    if size < 1:
        raise ValueError(f"a chunk has 1 or more numbers, not {size}")
    for start in range(0, stop, size):
        yield start, min(start + size, stop)


def count_2006(bounds: tuple[int, int]) -> int:
    """Count what the test of 2006 takes for primes in one chunk."""
    start, stop = bounds
    return sum(map(is_prime_2006, range(start, stop)))


def count_between(bounds: tuple[int, int]) -> int:
    """Count the primes in one chunk, number by number."""
    start, stop = bounds
    return sum(map(is_prime, range(start, stop)))


def count_sieved(bounds: tuple[int, int]) -> int:
    """Count the primes in one chunk, by the sieve."""
    start, stop = bounds
    return sieve(start, stop).count(1)


def count_primes(
    stop: int,
    map: Callable = map,
    chunk: int = CHUNK,
    count: Callable = count_between,
) -> int:
    """Count the primes below `stop`.

    `map` is any function like the built-in one: it applies a function to each
    chunk, here or elsewhere, and gives the results in any order. `count` does
    one chunk: `count_2006`, `count_between` or `count_sieved`.
    """
    return sum(map(count, chunks(stop, chunk)))
