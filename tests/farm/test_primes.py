"""Primes: the test, the chunks, and the count by any map."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nearfar.farm import chunks, count_between, count_primes, is_prime


def test_is_prime_agrees_with_a_sieve():
    stop = 10_000
    sieve = [False, False] + [True] * (stop - 2)
    for number in range(2, stop):
        if sieve[number]:
            for multiple in range(2 * number, stop, number):
                sieve[multiple] = False
    assert [is_prime(number) for number in range(stop)] == sieve


@pytest.mark.parametrize("number", [-7, 0, 1, 4, 9, 25, 49, 7_919**2])
def test_what_is_no_prime(number):
    assert not is_prime(number)


@pytest.mark.parametrize("size", [1, 7, 100, 1_000])
def test_chunks_cover_everything_once(size):
    numbers = [
        n for start, stop in chunks(100, size) for n in range(start, stop)
    ]
    assert numbers == list(range(100))


def test_a_chunk_of_nothing_is_refused():
    with pytest.raises(ValueError, match="1 or more"):
        list(chunks(10, 0))


def test_the_count_does_not_depend_on_chunk_or_map():
    assert count_primes(10_000) == 1_229
    assert count_primes(10_000, chunk=77) == 1_229
    with ThreadPoolExecutor(2) as pool:
        assert count_primes(10_000, map=pool.map) == 1_229
    assert count_between((90, 98)) == 1
    assert count_primes(2) == count_primes(-5) == 0
