"""The exercises of chapter 08: the simulated holiday."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from random import Random

from ..bank import (
    ATM,
    CASH,
    HELD,
    Begun,
    Confirm,
    Declined,
    Deposit,
    Drawer,
    Order,
    PaperDisk,
    Refused,
    Reply,
    Request,
    Withdraw,
)
from ..checking import ROUGH, hunt, replay
from ..experiments.bank_holiday import INVARIANTS, holiday
from ..far import pair
from ..near import spawn
from ..simulation import Fault
from .promises import Exercise, Prediction, expect

WORLDS = 40
PAYS = 38  # a seed whose first customer at atm-1 wants cash
ONE_VISIT = {"atms": 1, "visits": 1}


class QuickATM(ATM):
    """The machine of the chapter: it keeps its journal in memory."""

    def _begin(self, verb, account, cents):
        begun = Begun(self._new_id(), verb, account, cents)
        self._note(begun)
        return begun


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
    "8.3",
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


market = Exercise(
    "8.4",
    "the machine on the market square",
    hint="What does the bank hold after it said yes, if no note came out? "
    "`Reverse`, from `nearfar.bank`, takes that back. The bank may never have "
    "heard of that withdrawal, and then it refuses. But a deposit that it "
    "refuses is another matter: where are the notes?",
)


@market.promise("on a good day it pays out and settles", inside=False)
def good_day(answer):
    day = _lived(answer, 1, ())
    expect(
        "what the bank still holds",
        happened=day.audit().held_cents,
        expected=0,
    )


@market.promise("it tells the bank of what it did not pay out", inside=False)
def not_paid(answer):
    _lived(answer, PAYS, [Fault("crash", "bank>atm-1#2", 5)])


@market.promise("it accepts a bank that never heard of it", inside=False)
def never_heard(answer):
    _lived(answer, PAYS, [Fault("crash_sending", "atm-1>bank#2", 5)])


@market.promise(f"it keeps all promises on {WORLDS} bad days", inside=False)
def bad_days(answer):
    report = hunt(
        lambda network: market_day(network, atm=answer),
        range(WORLDS),
        ROUGH,
        INVARIANTS,
        shrink=False,
    )
    if report.found:
        expect(
            f"the day with seed {report.found.seed}",
            happened=f"{report.found.error}",
            expected="a day on which all invariants hold",
            holds=False,
        )


@market.promise("it does not forget notes that the bank refuses", orders=0)
def refused_deposit(answer):
    def call():
        here, there = pair(Request | Reply)
        spawn(_decline, there, daemon=True)
        return here

    disk, ids = PaperDisk(), count()
    machine = answer(call, disk, Random(next(ids)))
    begun = machine._begin("deposit", "customer-1", 500)
    machine.drawer.move(begun.id, 500)
    with suppress(Refused):  # to raise it is an answer, too
        machine.settle()
    expect(
        "what a machine still has to settle, with 5.00 in its drawer, after "
        "the bank has refused that deposit",
        happened=len(answer(call, disk, Random(next(ids))).unsettled),
        expected="1 deposit: the notes are in the machine and on no account, "
        "so `except Refused` must not end it",
        holds=len(answer(call, disk, Random(next(ids))).unsettled) == 1,
    )


def _decline(connection):
    for _ in connection:
        connection.send(Declined("the account is closed"))


def _lived(atm, seed, faults):
    """A day with one such machine, or the complaint about it."""
    days = []

    def one_day(network):
        days.append(market_day(network, atms=1, visits=4, atm=atm))
        return days[0]

    def whole(day):
        for invariant in INVARIANTS:
            try:
                invariant(day)
            except AssertionError as error:
                struck = ", ".join(map(repr, faults)) or "no fault"
                expect(
                    f"a day with {struck}",
                    happened=str(error),
                    expected=invariant.__doc__,
                    holds=False,
                )

    audits = []
    replay(
        one_day, seed, faults, [whole, lambda day: audits.append(day.audit())]
    )
    days[0].audit = lambda: audits[0]
    return days[0]


yours = Exercise(
    "8.1",
    "an invariant of your own",
    hint="What customers have, plus what is held, is what they had in the "
    "morning, plus the notes that went into the drawers, minus those that came "
    "out.",
)
HONEST = [  # (faults, machines)
    ((), 2),
    ((Fault("crash", "atm-1>bank#3", 5),), 2),
    ((Fault("late", "bank>atm-2#2", 9),), 3),
]


def _expect_to_say(
    answer, expected, case, change=None, faults=(), atms=2, seed=1
):
    said = []

    def ask(day):
        if change is not None:
            change(day)
        try:
            said.append(answer(day))
        except AssertionError:
            said.append(False)

    replay(holiday, seed, faults, [ask], atms=atms, visits=3)
    expect(
        f"what it says of {case}",
        happened=said[0],
        expected=expected,
        holds=said[0] is expected,
    )


def _book(day, *orders):
    with day._books() as ledger:
        for order in orders:
            ledger.apply(order)
        ledger.commit()


@yours.promise("it is true on honest days", inside=False)
def honest(answer):
    for seed, (faults, atms) in enumerate(HONEST):
        case = f"a day with {atms} machines and {len(faults)} faults"
        _expect_to_say(answer, True, case, faults=faults, atms=atms, seed=seed)


@yours.promise("it is true while the bank holds a withdrawal", inside=False)
def while_held(answer):
    order = Order("held", "withdraw", "customer-1", HELD, 500)
    held = "a day on which the bank holds 500 cents of customer-1"
    _expect_to_say(answer, True, held, lambda day: _book(day, order))


@yours.promise("it is false when a note falls behind the drawer", inside=False)
def behind_the_drawer(answer):
    def lose(day):
        Drawer(day.machines[0].disk).move("behind", -500)

    lost = "a day on which 500 cents fell behind a drawer"
    _expect_to_say(answer, False, lost, lose)


@yours.promise("it is false when the bank makes money", inside=False)
def makes_money(answer):
    order = Order("written", "deposit", CASH, "customer-1", 500)
    made = "a day on which only customer-1 gained 500 cents"
    _expect_to_say(answer, False, made, lambda day: _book(day, order))


@yours.promise("it is false when the bank takes money", inside=False)
def takes_money(answer):
    orders = [
        Order("taken", "withdraw", "customer-1", HELD, 500),
        Order("taken", "confirm"),
    ]
    taken = "a day on which only customer-1 lost 500 cents"
    _expect_to_say(answer, False, taken, lambda day: _book(day, *orders))


@yours.promise("a hunt with it finds the bug of PromptATM", inside=False)
def finds_a_bug(answer):
    def no_money_is_made_or_lost(day):
        assert answer(day), "not so"

    report = hunt(
        prompt_day,
        range(60),
        ROUGH,
        [no_money_is_made_or_lost],
        shrink=False,
        atms=2,
    )
    expect(
        "what a hunt in 60 worlds finds",
        happened=f"{report.found}"[:60],
        expected="a day on which it is false",
        holds=bool(report.found),
    )


moment = Exercise(
    "8.5",
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


shrinker = Exercise(
    "8.2",
    "shrink a failure",
    hint="Leave out one fault; if the world still breaks, go on without it. "
    "When you have left one out, those that you kept before may be worth "
    "another look.",
)
NINE = list("abcdefghi")
MOST_RUNS = 300


def _shrunk(answer, faults, breaks):
    """What comes out, and what is wrong with it."""
    runs = count(1)

    def counted(some):
        expect(
            "how many worlds it runs",
            happened=(run := next(runs)),
            expected=f"at most {MOST_RUNS}",
            holds=run <= MOST_RUNS,
        )
        return breaks(list(some))

    given = list(faults)
    left = answer(given, counted)
    expect(f"the list of {len(faults)} faults", happened=given, expected=faults)
    expect(
        f"what is left of {''.join(faults)}",
        happened=left,
        expected="a list of faults that still breaks the world",
        holds=isinstance(left, list) and breaks(left),
    )
    return left


@shrinker.promise("one fault of nine is enough, and found", orders=0)
def one_of_nine(answer):
    for culprit in NINE:
        left = _shrunk(answer, NINE, lambda some: culprit in some)  # noqa: B023
        expect("what is left", happened=left, expected=[culprit])


@shrinker.promise("two that only break it together both stay", orders=0)
def two_of_nine(answer):
    for pair_of in ("bh", "ab", "hi"):
        left = _shrunk(answer, NINE, lambda some: set(pair_of) <= set(some))  # noqa: B023
        expect("what is left", happened=left, expected=list(pair_of))


@shrinker.promise("forty faults do not take too many worlds", orders=0)
def forty(answer):
    many = [f"{number}" for number in range(40)]
    left = _shrunk(answer, many, lambda some: {"7", "23"} <= set(some))
    expect("what is left", happened=left, expected=["7", "23"])


@shrinker.promise("no single fault of the rest can be left out", orders=0)
def none_to_spare(answer):
    def breaks(some):  # c hides x, unless a undoes it
        return "x" in some and ("a" in some or "c" not in some)

    left = _shrunk(answer, ["a", "c", "x"], breaks)
    spare = [one for one in left if breaks([f for f in left if f != one])]
    expect(
        f"what can be left out of {left}, one at a time",
        happened=spare,
        expected=[],
    )
