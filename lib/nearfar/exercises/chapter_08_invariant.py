"""The exercise of chapter 08 in which you write an invariant."""

from __future__ import annotations

from ..bank import CASH, HELD, Drawer, Order
from ..checking import ROUGH, hunt, replay
from ..experiments.bank_holiday import holiday
from ..simulation import Fault
from .chapter_08 import prompt_day
from .promises import Exercise, expect

yours = Exercise(
    "8.2",
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
