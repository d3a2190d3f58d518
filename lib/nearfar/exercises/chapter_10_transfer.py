"""The exercise of chapter 10 about a transfer in three steps."""

from __future__ import annotations

from functools import partial

from ..checking import ROUGH, hunt
from ..experiments.between_banks import (
    OPENING_CENTS,
    Branch,
    Take,
    TransferOrder,
)
from ..experiments.many_banks import TOWN_INVARIANTS, town
from .promises import Exercise, doing, expect

across = Exercise(
    "10.2",
    "a transfer in three steps",
    hint="Three calls of `ask`: take, put, settle. What did the second one "
    "return, and what does the third one have to know of it?",
)
PAYER, PAYEE, NO_MONEY = 1, 2, 50  # the last one accepts none
WORLDS = range(40)  # bad days of a town that runs the reader's transfer


class _Pair:
    """Two banks that answer at once, and a list of what they were asked."""

    def __init__(self):
        self.here, self.there = Branch([PAYER]), Branch([PAYEE, NO_MONEY])
        self.asked = []

    def ask(self, account, request):
        self.asked.append(request)
        bank = self.here if account == PAYER else self.there
        return bank.decide(request)

    def moved(self):
        """What the payer and the payee have more, and what is in transit."""
        payer, payee = self.here.cents[PAYER], self.there.cents[PAYEE]
        held = sum(take.cents for take in self.here.transit.values())
        return payer - OPENING_CENTS, payee - OPENING_CENTS, held


def _order(payee=PAYEE, cents=500):
    return TransferOrder("t1", PAYER, payee, cents, far=True)


def _expect_moved(answer, order, returns, moved, times=1):
    pair = _Pair()
    with doing(f"transfer(ask, {order})"):
        for _ in range(times):
            told = answer(pair.ask, order)
    expect(
        "what the payer and the payee have more, and what is in transit",
        happened=pair.moved(),
        expected=moved,
    )
    expect("what it returns", happened=told, expected=returns)
    return pair


@across.promise("what crosses arrives, and nothing stays behind", orders=0)
def arrives(answer):
    _expect_moved(answer, _order(), True, (-500, 500, 0))


@across.promise("what the payee's bank refuses comes back", orders=0)
def comes_back(answer):
    _expect_moved(answer, _order(payee=NO_MONEY), False, (0, 0, 0))


@across.promise("what the payer does not have is not put", orders=0)
def not_put(answer):
    order = _order(cents=OPENING_CENTS + 1)
    pair = _expect_moved(answer, order, False, (0, 0, 0))
    kinds = [type(request) for request in pair.asked]
    expect(
        "what it asked for",
        happened=[kind.__name__ for kind in kinds],
        expected="one Take",
        holds=kinds == [Take],
    )


@across.promise("to do all of it again moves nothing twice", orders=0)
def again(answer):
    pair = _expect_moved(answer, _order(), True, (-500, 500, 0), times=2)
    expect(
        "the ids of what it asked for, when it ran twice",
        happened={request.id for request in pair.asked},
        expected={"t1"},
    )


@across.promise("40 bad days of a town end well with it", orders=0)
def bad_days(answer):
    there = partial(town, transfer=answer)
    found = hunt(there, WORLDS, ROUGH, TOWN_INVARIANTS, shrink=False).found
    if found:
        expect(
            f"seed {found.seed} of {len(WORLDS)} bad days",
            happened=f"{type(found.error).__name__}: {found.error}",
            expected="all money is there, and nothing is in transit",
            holds=False,
        )
