"""Primes: work that is easy to cut in pieces and easy to check.

The one idea: counting the primes below a number is the sum of counting them
in pieces, so `count_primes` takes the `map` that does the pieces: Python's
own, a pool's, or a farm's over many machines. Nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isqrt

__all__ = ["is_prime", "chunks", "count_between", "count_primes"]

CHUNK = 2_000  # numbers


def is_prime(number: int) -> bool:
    """Whether `number` has exactly two divisors. Tries those up to its root."""
    if number < 4:
        return number > 1
    if number % 2 == 0:
        return False
    return all(number % d for d in range(3, isqrt(number) + 1, 2))


def chunks(stop: int, size: int = CHUNK) -> Iterator[tuple[int, int]]:
    """Cut the numbers 0 .. `stop` - 1 into pairs (first, one past the last).

    Every piece has `size` numbers, but for the last.
    """
    if size < 1:
        raise ValueError(f"a chunk has 1 or more numbers, not {size}")
    for start in range(0, stop, size):
        yield start, min(start + size, stop)


def count_between(bounds: tuple[int, int]) -> int:
    """How many primes there are in one chunk."""
    start, stop = bounds
    return sum(map(is_prime, range(start, stop)))


def count_primes(stop: int, map: Callable = map, chunk: int = CHUNK) -> int:
    """How many primes there are below `stop`.

    `map` is any function like the built-in one: it applies a function to each
    chunk, here or elsewhere, and gives the results in any order.
    """
    return sum(map(count_between, chunks(stop, chunk)))
