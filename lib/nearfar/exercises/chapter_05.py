"""The exercises of chapter 05: primes against the clock."""

from __future__ import annotations

from .. import VirtualClock, run, sleep, spawn
from ..far import Broken
from ..farm import is_prime
from .promises import Exercise, Prediction, expect, now


def four_workers():
    """Seconds that four workers need for eleven short chunks and a long one."""
    clock = VirtualClock()
    pieces = iter([1] * 11 + [5])  # seconds, in this order

    def worker():
        for seconds in pieces:
            sleep(seconds)

    for _ in range(4):
        spawn(worker)
    run(clock=clock)
    return clock.now()


Prediction(
    "5.1",
    "the speed-up of four",
    truth=lambda: 16 / four_workers(),
    holds=lambda said, true: abs(said - true) < 0.02,
    because="one worker needs 16 seconds, four need 7: when the long chunk is "
    "taken, two seconds are over, and it takes five more",
    beliefs=[
        (
            lambda said: abs(said - 4) < 0.06,
            "four workers are four times as fast only if all are busy to the "
            "end. Who is busy when the long chunk is under way?",
        ),
        (
            lambda said: abs(said - 3.2) < 0.06,
            "that would be so if the long chunk were taken first; it is last "
            "in the row",
        ),
        (
            lambda said: said == 7,
            "7 are the seconds; the speed-up is 16 divided by them",
        ),
    ],
    hint="Draw four lines, one for each worker, and fill in the chunks from "
    "left to right: the next chunk goes to whoever is free first.",
)


four = Exercise(
    "5.2",
    "is 4 prime?",
    hint="Ask of 4: which divisors are tried? And if n = a * b, how large is "
    "the smaller of the two, at most?",
)


@four.promise("0, 1, 4 and minus 7 are no primes, and 2 and 3 are", orders=0)
def small(answer):
    for number, prime in [
        *((4, False), (1, False), (0, False), (-7, False)),
        *((2, True), (3, True), (9, False), (25, False)),
    ]:
        expect(
            f"is_prime({number})",
            happened=bool(answer(number)),
            expected=prime,
        )


@four.promise("every number below 2,000 is told right", orders=0)
def below(answer):
    wrong = [n for n in range(2_000) if bool(answer(n)) != is_prime(n)]
    expect("numbers told wrong", happened=wrong, expected=[])


class _Counted(int):
    """A number that counts how often it is divided."""

    tries = 0

    def _count(self, operation, other):
        type(self).tries += 1
        return operation(int(self), other)

    def __mod__(self, other):
        return self._count(int.__mod__, other)

    def __floordiv__(self, other):
        return self._count(int.__floordiv__, other)

    def __divmod__(self, other):
        return self._count(divmod, other)


@four.promise("no divisor beyond the square root is tried", orders=0)
def root(answer):
    _Counted.tries = 0
    answer(_Counted(10_007))
    expect(
        "divisors tried for the prime 10007, whose root is 100.03",
        happened=_Counted.tries,
        expected="100 or fewer",
        holds=_Counted.tries <= 100,
    )
    expect(  # however it divides: up to the root, this takes no time
        "is_prime(10000000019)",
        happened=bool(answer(10**10 + 19)),
        expected=True,
    )


# --- Nodes: functions that take a piece, and their time ----------------------


def _node(seconds, asked=None, dies_at=None):
    """A node that needs so long for a piece, and may die at one."""
    asked = [] if asked is None else asked

    def node(piece):
        asked.append(piece)
        if dies_at is not None and len(asked) >= dies_at:
            raise Broken("the node is gone")
        sleep(seconds)
        return piece * piece

    return node


dynamic = Exercise(
    "5.3",
    "whoever is free takes the next",
    hint="All workers can share one iterator. next(pieces) gives each piece "
    "to one of them only.",
)


@dynamic.promise("every piece is done, and once")
def all_done(answer):
    found = answer(list(range(7)), [_node(1), _node(2)])
    expect(
        "the results of 7 pieces, sorted",
        happened=sorted(found),
        expected=[n * n for n in range(7)],
    )


@dynamic.promise("a slow node does not hold up the others")
def not_held_up(answer):
    began, asked = now(), []
    answer(list(range(18)), [_node(1), _node(1), _node(4, asked)])
    expect(
        "seconds for 18 pieces on nodes that need 1, 1 and 4 s for one "
        f"(the slow one did {len(asked)} of them)",
        happened=now() - began,
        expected="8 or fewer, with all three of them at work",
        holds=now() - began <= 8,
    )


survive = Exercise(
    "5.4",
    "the piece of a dead node",
    hint="When a node dies, who is left to take its piece? Those who found "
    "nothing to do a moment ago may be needed again.",
)


@survive.promise("nodes work at the same time")
def at_once(answer):
    began = now()
    answer([1, 2, 3, 4], [_node(1), _node(1)])
    expect(
        "seconds for four pieces on two nodes that need one each",
        happened=now() - began,
        expected="about 2",
        holds=now() - began < 3,
    )


@survive.promise("nobody dies: every piece is done, and once")
def nobody_dies(answer):
    found = answer([1, 2, 3], [_node(1), _node(1)])
    expect("the results, sorted", happened=sorted(found), expected=[1, 4, 9])


@survive.promise("a node dies: its piece is done by another, and once")
def one_dies(answer):
    asked = []
    found = answer(list(range(8)), [_node(1), _node(1, asked, dies_at=2)])
    expect(
        "the results, sorted, when a node died over its second piece",
        happened=sorted(found),
        expected=[n * n for n in range(8)],
    )
    expect("pieces given to the dead one", happened=len(asked), expected=2)


@survive.promise("a node dies over the last piece, when all others are done")
def last_dies(answer):
    def dies_late(piece):
        sleep(10)
        raise Broken("the node is gone")

    found = answer([1, 2, 3], [_node(1), dies_late])
    expect("the results, sorted", happened=sorted(found), expected=[1, 4, 9])


@survive.promise("all nodes die: a RuntimeError, and no wait for ever")
def all_die(answer):
    try:
        found = answer([1, 2], [_node(1, dies_at=1), _node(1, dies_at=1)])
    except RuntimeError as error:
        if type(error) is RuntimeError:
            return
        raise
    expect("what came back", happened=found, expected="a RuntimeError")
