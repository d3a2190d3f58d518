"""Engines: every map counts the same."""

import subprocess
import sys

import pytest

from nearfar.engines import ENGINES
from nearfar.primes import count_between, count_primes

# Dask's own, in its own loop and its own processes: none of our business.
quiet = pytest.mark.filterwarnings("ignore")


@quiet
@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_counts_the_same(name):
    with ENGINES[name](2) as map:
        assert count_primes(20_000, map=map, chunk=1_500) == 2_262
        assert sum(map(count_between, [])) == 0


@quiet
def test_dask_asked_twice_works_twice_and_nobody_outside_is_asked():
    """A machine without a network can do it, as its only address is its own."""
    if not can_be_alone():
        pytest.skip("needs the right to make a network namespace")
    code = (
        "from nearfar.engines import dask\n"
        "from nearfar.primes import count_primes\n"
        "with dask(2) as map:\n"
        "    print(*[count_primes(9_999, map=map) for _ in range(2)])\n"
    )
    alone = 'ip link set lo up && exec "$0" -W error -c "$1"'
    told = subprocess.run(
        ["unshare", "--net", "sh", "-c", alone, sys.executable, code],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.stdout == "1229 1229\n", told.stderr


def can_be_alone():
    try:
        done = subprocess.run(
            ["unshare", "--net", "ip", "link", "set", "lo", "up"],
            capture_output=True,
        )
    except OSError:
        return False
    return done.returncode == 0
