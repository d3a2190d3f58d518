"""The exercises of chapter 08: the simulated holiday."""

from __future__ import annotations

from collections import Counter

from ..bank import ATM, CASH, HELD, Confirm, Deposit, Drawer, Order
from ..checking import ROUGH, hunt, replay
from ..experiments.bank_holiday import INVARIANTS, holiday
from ..simulation import Fault, Faults, Network
from .promises import Exercise, Prediction, expect

WORLDS = 40
PAYS = 38  # a seed whose first customer at atm-1 wants cash


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


def market_day(network, atms=3, visits=3, atm=MarketATM):
    """A holiday with the machines of the market square."""
    return holiday(network, atms, visits, atm=atm)


def worlds_that_break():
    """In how many of 40 bad worlds the market machines break a promise."""
    return sum(_breaks(seed) for seed in range(WORLDS))


def _breaks(seed):
    report = hunt(market_day, [seed], ROUGH, INVARIANTS, shrink=False)
    return report.found is not None


Prediction(
    "8.1",
    "how many worlds break it",
    truth=worlds_that_break,
    holds=lambda guess, truth: truth / 2 <= guess <= truth * 2,
    because="a bug that needs one fault at the right moment shows in some "
    "worlds and not in most: one test run would have passed",
    beliefs=[
        (0, "there is a bug in it, and these are forty bad days"),
        (
            lambda guess: guess >= WORLDS / 2,
            "most worlds are kind: the fault has to strike between the "
            "debit and the notes, and that is a short while",
        ),
        (
            lambda guess: 0 < guess < WORLDS,
            "that is more than a factor of two from what happens",
        ),
    ],
    hint="Write a `market_day` like `quick_day`. For one seed, "
    "`hunt(market_day, [seed], ROUGH, INVARIANTS, shrink=False, atms=3, "
    "visits=3).found` is None, or what broke: count the seeds.",
)


market = Exercise(
    "8.2",
    "the machine on the market square",
    hint="What does the bank hold after it said yes, when no note came out? "
    "`Reverse`, from `nearfar.bank`, takes that back. And what does the bank "
    "say when it never heard of it? (`Refused` is in `nearfar.bank`.)",
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


@market.promise("it survives that the bank never heard of it", inside=False)
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


storm = Exercise(
    "8.3",
    "a thunderstorm",
    hint='`Fault("crash", name, seconds, at=...)` crashes one host at a time '
    "of your choice. `enumerate(hosts)` counts them.",
)
STREETS = [
    (["bank", "atm-1", "atm-2", "atm-3"], 10.0, 5.0),
    (["bank", "atm-7", "atm-2"], 3.5, 2.0),
]


def _counted(names):
    return dict(sorted(Counter(names).items()))


def _struck(answer, street):
    faults = answer(*street)
    good = isinstance(faults, list) and all(
        isinstance(fault, Fault) and fault.at is not None for fault in faults
    )
    expect(
        "what comes out of it",
        happened=faults,
        expected="a list of faults, each with a time, `at=`",
        holds=good,
    )
    return faults


@storm.promise("every machine is struck once, the bank is not", inside=False)
def each_once(answer):
    for street in STREETS:
        expect(
            "how often each host crashes",
            happened=_counted(f.where for f in _struck(answer, street)),
            expected=_counted(street[0][1:]),
        )


@storm.promise("they go dark one second after the other", inside=False)
def one_after_another(answer):
    for street in STREETS:
        names, at, seconds = street
        faults = _struck(answer, street)
        expect(
            "when each machine crashes",
            happened={fault.where: fault.at for fault in faults},
            expected={name: at + n for n, name in enumerate(names[1:])},
        )
        expect(
            "for how many seconds",
            happened={fault.seconds for fault in faults},
            expected={seconds},
        )


@storm.promise("the machines come back, and keep all promises", inside=False)
def survived(answer):
    faults = answer(*STREETS[0])
    network = Network(faults=Faults(planned=tuple(faults)))
    with network.resources:
        holiday(network)
        network.run()
    expect(
        "how many machines crashed",
        happened=sum(host.crashes for host in network.hosts.values()),
        expected=3,
    )
    replay(holiday, 0, faults, INVARIANTS)


yours = Exercise(
    "8.4",
    "an invariant of your own",
    hint="What customers have, and what is held, is what they had in the "
    "morning plus the notes that went into the drawers (or minus those that "
    "came out).",
)
HONEST = [  # (faults, machines)
    ((), 2),
    ((Fault("crash", "atm-1>bank#3", 5),), 2),
    ((Fault("late", "bank>atm-2#2", 9),), 3),
]


def _expect_to_say(answer, expected, change=None, faults=(), atms=2, seed=1):
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
        f"what it says of a day with {atms} machines and {len(faults)} faults",
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
        _expect_to_say(answer, True, faults=faults, atms=atms, seed=seed)


@yours.promise("it is true while the bank holds a withdrawal", inside=False)
def while_held(answer):
    order = Order("held", "withdraw", "customer-1", HELD, 500)
    _expect_to_say(answer, True, lambda day: _book(day, order))


@yours.promise("it is false when a note falls behind the drawer", inside=False)
def behind_the_drawer(answer):
    def lose(day):
        Drawer(day.machines[0].disk).move("behind", -500)

    _expect_to_say(answer, False, lose)


@yours.promise("it is false when the bank writes money", inside=False)
def writes_money(answer):
    order = Order("written", "deposit", CASH, "customer-1", 500)
    _expect_to_say(answer, False, lambda day: _book(day, order))


@yours.promise("it is false when the bank takes money", inside=False)
def takes_money(answer):
    orders = [
        Order("taken", "withdraw", "customer-1", HELD, 500),
        Order("taken", "confirm"),
    ]
    _expect_to_say(answer, False, lambda day: _book(day, *orders))
