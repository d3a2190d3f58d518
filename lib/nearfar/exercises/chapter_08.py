"""The exercises of chapter 08: the simulated holiday.

Here are the machines with bugs, and those about a moment of a crash.
`chapter_08_market`, `chapter_08_invariant` and `chapter_08_shrinker` hold one
exercise each.
"""

from __future__ import annotations

from ..bank import ATM, Confirm, Deposit, Refused, Withdraw
from ..checking import replay
from ..experiments.bank_holiday import INVARIANTS, holiday
from ..experiments.to_break import QuickATM
from ..simulation import Fault
from .promises import Exercise, Prediction, expect

PAYS = 38  # a seed whose first customer at atm-1 wants cash
ONE_VISIT = {"atms": 1, "visits": 1}


class MarketATM(ATM):
    """The machine on the market square: it settles in fewer words."""

    def _settle(self, begun, attempts):
        moved = self.drawer.moved(begun.id)
        if moved and begun.verb == "withdraw":
            self._asked(Confirm(begun.id), attempts)
        elif moved:
            again = Deposit(begun.id, begun.account, begun.cents)
            self._asked(again, attempts)
        self._end(begun)


class PromptATM(ATM):
    """The machine at the station: it confirms first, and pays then."""

    def withdraw(self, cents):
        begun = self._begin("withdraw", self.account, cents)
        try:
            asked = Withdraw(begun.id, begun.account, cents)
            balance = self._asked(asked).cents
            self._asked(Confirm(begun.id))
        except Refused:
            self._end(begun)
            raise
        self.drawer.move(begun.id, -cents)
        self._end(begun)
        return balance


def market_day(network, atms=3, visits=3, atm=MarketATM):
    """A holiday with the machines of the market square."""
    return holiday(network, atms, visits, atm=atm)


def quick_day(network, atms=3, visits=3):
    """A holiday with machines that keep their journals in memory."""
    return holiday(network, atms, visits, atm=QuickATM)


def prompt_day(network, atms=3, visits=3):
    """A holiday with machines that confirm first."""
    return holiday(network, atms, visits, atm=PromptATM)


MOMENTS = {
    "A": Fault("lost", "bank>atm-1#2"),
    "B": Fault("crash", "bank>atm-1#2", 5),
    "C": Fault("crash", "atm-1>bank#2", 5),
    "D": Fault("crash_sending", "atm-1>bank#3", 5),
    "E": Fault("crash", "bank>atm-1#3", 5),
}


def moments_that_break():
    """The letters of the faults that break a day of the quick machine."""
    return [
        letter for letter, fault in MOMENTS.items() if _breaks(quick_day, fault)
    ]


def _breaks(day, fault):
    try:
        replay(day, PAYS, [fault], INVARIANTS, **ONE_VISIT)
    except AssertionError:
        return True
    return False


Prediction(
    "8.4",
    "which fault breaks it",
    truth=moments_that_break,
    any_order=True,
    because="after the yes the bank holds the money, and a machine that dies "
    "before its Confirm arrives must remember that. At A it lives on and asks "
    "again; at C the bank finds everything on its disk; at E all is settled",
    beliefs=[
        (
            lambda answer: "C" in answer,
            "at C the bank crashes, not the machine: the ledger is on its "
            "disk, and the machine asks again",
        ),
        (
            lambda answer: "A" in answer,
            "at A the machine lives on: it asks again under the same id, and "
            "the bank repeats its answer",
        ),
        (
            lambda answer: "E" in answer,
            "at E the Confirm has arrived at the bank: nothing is left to "
            "remember",
        ),
        (
            lambda answer: len(answer) == 1,
            "one more: the money is held from the bank's yes until the "
            "Confirm arrives, and the machine can die early or late in that",
        ),
    ],
    hint="Message 1 is the sign-in, 2 the withdrawal, 3 the confirmation. For "
    "each fault: which host dies, what does the bank hold at that moment, and "
    "what is on the disk of the host that wakes up?",
)


moment = Exercise(
    "8.6",
    "the fault that shows it",
    hint="For a while, the bank believes that the notes are out, and they are "
    "not. Which message has just arrived when that begins, and at which host?",
)


def _one_fault(answer):
    fault = answer()
    expect(
        "what it returns",
        happened=fault,
        expected="one Fault",
        holds=isinstance(fault, Fault),
    )
    return fault


@moment.promise("it strikes on that day", inside=False)
def strikes(answer):
    fault = _one_fault(answer)
    try:
        day = replay(prompt_day, PAYS, [fault], **ONE_VISIT)
    except TimeoutError as error:
        expect(
            f"a day with {fault}",
            happened=str(error),
            expected="a day that ends: each host must come back",
            holds=False,
        )
    expect(
        "the faults that struck",
        happened=list(day.network.happened),
        expected=[fault],
    )


@moment.promise("a machine without the bug survives it", inside=False)
def is_survived(answer):
    fault = _one_fault(answer)
    expect(
        f"whether {fault} breaks a day of an honest machine",
        happened=_breaks(holiday, fault),
        expected=False,
    )


@moment.promise("the machine that confirms first does not", inside=False)
def shows_it(answer):
    fault = _one_fault(answer)
    expect(
        f"whether {fault} breaks its day",
        happened=_breaks(prompt_day, fault),
        expected=True,
    )
