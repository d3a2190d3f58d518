"""What the tests of a holiday and of a rush share: days, hunted through.

NEARFAR_SEEDS says how many days (300 of them take 10 to 20 s; what is rare
happens within 61). With 2000, the planted bugs are hunted from seed 0, as a
person would who does not know them.
"""

import os
from random import SystemRandom

from nearfar.bank import LedgerError
from nearfar.checking import ROUGH, hunt
from nearfar.simulation import KINDS

SEEDS = int(os.environ.get("NEARFAR_SEEDS", "80"))
FULL = SEEDS >= 2_000


def hunt_days(world, invariants, first, count):
    """Live through so many days; none of them may break an invariant."""
    print(f"seeds {first} to {first + count - 1}")
    seeds = range(first, first + count)
    report = hunt(world, seeds, ROUGH, invariants, atms=3, visits=3)
    print(report)
    assert report.found is None, f"\n{report.found}"
    return report


def hunt_known_days(world, invariants, rare):
    """The same days as ever: all faults strike, all that is rare happens."""
    report = hunt_days(world, invariants, 0, SEEDS)
    never = [kind for kind, count in report.faults.items() if not count]
    assert set(report.faults) == set(KINDS)
    assert not never, f"these faults were never met: {never}"
    missed = [name for name in rare if not report.marks[name]]
    assert not missed, f"never reached: {missed}"
    assert set(report.marks) == set(rare), "a mark that nothing hopes for"


def hunt_new_days(world, invariants):
    """Days that no test has seen before."""
    first = SystemRandom().randrange(10**9)
    hunt_days(world, invariants, first, SEEDS // 2)


def hunt_planted(name, found_at, world, invariants, shrink):
    """Find a planted bug, in the world where it was found before, or anew."""
    first = 0 if FULL else found_at
    seeds = [(first + number) % 2_000 for number in range(2_000)]
    report = hunt(
        world, seeds, ROUGH, invariants, shrink=shrink, atms=3, visits=3
    )
    print(f"{name}, from seed {first}: {report}")
    assert report.found, f"{name}: not found in 2,000 worlds"
    # By what it does to the bank, not because the line is no Python.
    assert isinstance(report.found.error, AssertionError | LedgerError)
