"""The exercise of chapter 10 about the teller of a two-phase commit."""

from __future__ import annotations

import math

from ..experiments.between_banks import OPENING_CENTS, TransferOrder
from ..experiments.two_phase import (
    CRASHES,
    Decide,
    Participant,
    Prepare,
    crash_at,
)
from .promises import Exercise, doing, expect

teller = Exercise(
    "10.4",
    "the teller",
    hint="Look into the journal first. If it holds no decision, ask for all "
    "votes and write the decision down. Tell the banks after that. `all` stops "
    "at the first bank that did not say yes.",
)
ORDER = TransferOrder("t1", 1, 2, 500, far=True)
PROTOCOL = "two-phase commit"


class _Banks:
    """Two banks; `silent` are those that never answer a Prepare."""

    def __init__(self, journal=None, silent=()):
        self.banks = {n: Participant([n]) for n in (1, 2)}
        self.journal = {} if journal is None else journal
        self.silent, self.decided = silent, []

    def ask(self, account, request, attempts=math.inf):
        if isinstance(request, Prepare) and account in self.silent:
            expect(
                "how often a bank that is silent is asked for its vote",
                happened=attempts,
                expected="at most twice",
                holds=attempts <= 2,
            )
            return None
        if isinstance(request, Decide):
            self._expect_journal(request)
            self.decided.append((account, request.commit))
        return self.banks[account].decide(request)

    def _expect_journal(self, request):
        expect(
            "what the journal holds when a bank hears "
            f"Decide(commit={request.commit})",
            happened=self.journal,
            expected={"commit": request.commit},
        )

    def moved(self):
        """By how much each account has changed."""
        cents = (bank.cents[n] for n, bank in self.banks.items())
        return tuple(now - OPENING_CENTS for now in cents)


def _expect_end(answer, banks, committed):
    with doing(f"two_phase(ask, {banks.journal}, {ORDER})"):
        told = answer(banks.ask, banks.journal, ORDER)
    expect(
        "what the banks were told",
        happened=sorted(banks.decided),
        expected=[(1, committed), (2, committed)],
    )
    moved = (-500, 500) if committed else (0, 0)
    if 1 not in banks.silent or not committed:
        expect("what moved", happened=banks.moved(), expected=moved)
    expect("what it returns", happened=told, expected=committed)


@teller.promise("if both banks vote yes, both commit", orders=0)
def both(answer):
    _expect_end(answer, _Banks(), committed=True)


@teller.promise("if one votes no, both abort", orders=0)
def one_no(answer):
    for number, cents in ((2, 7), (1, -7)):
        banks = _Banks()
        promised = Prepare("another", number, cents)  # so its account is locked
        banks.banks[number].decide(promised)
        _expect_end(answer, banks, committed=False)


@teller.promise("a bank that is silent has not voted yes", orders=0)
def silent(answer):
    for number in (1, 2):
        _expect_end(answer, _Banks(silent={number}), committed=False)


@teller.promise("after a restart it does not decide again", orders=0)
def restart(answer):
    banks = _Banks(journal={"commit": True}, silent={1, 2})
    _expect_end(answer, banks, committed=True)
    _expect_end(answer, _Banks(journal={"commit": False}), committed=False)


@teller.promise("it can die at each step, and so can a bank", orders=0)
def dies(answer):
    for (who, step), fault in CRASHES[PROTOCOL].items():
        evening = crash_at(PROTOCOL, fault, answer).evening
        expect(
            f"the evening after a crash: the {who}: {step}",
            happened=evening,
            expected="moved or not moved, at both banks",
            holds=evening in ("moved", "not moved"),
        )
