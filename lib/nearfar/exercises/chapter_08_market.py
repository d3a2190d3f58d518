"""The exercise of chapter 08 about a machine that settles in few words."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from random import Random

from ..bank import Declined, PaperDisk, Refused, Reply, Request
from ..checking import ROUGH, hunt, replay
from ..experiments.bank_holiday import INVARIANTS
from ..far import pair
from ..near import spawn
from ..simulation import Fault
from .chapter_08 import PAYS, market_day
from .promises import Exercise, expect

WORLDS = 40

market = Exercise(
    "8.5",
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
