"""The exercises of chapter 06: lost messages.

`chapter_06_retry` holds those about a machine that asks again,
`chapter_06_overload` the one about a bank with too many customers.
"""

from __future__ import annotations

from ..experiments.delivery import Booked, PayIn, visit
from ..simulation import Fault
from .promises import Exercise, Prediction, expect


def after_a_lost_reply():
    """What the bank has booked for one payment of 100, asked at least once."""
    lost = Fault("lost", "bank>atm#1")
    return visit("at least once", lost).booked_cents // 100


Prediction(
    "6.1",
    "one lost reply",
    truth=after_a_lost_reply,
    because="the first request arrived and was booked; to the bank, the "
    "second one is a payment like any other, so it is booked as well",
    beliefs=[
        (
            100,
            "the machine means the same payment, but nothing in the message "
            "says so: the bank sees two requests",
        ),
        (0, "the reply is lost, not the request: it had arrived before"),
        (20_000, "right, in cents; the question is in whole units"),
        (
            10_000,
            "that is one payment, in cents: the bank sees two requests, and "
            "the question is in whole units",
        ),
        (
            lambda answer: answer > 200,
            "the second reply arrives, so there is no third request",
        ),
    ],
    hint="Follow the two requests, one after the other. What does the bank "
    "know when the second one arrives?",
)


table = Exercise(
    "6.2",
    "an answer table that forgets",
    hint="How often can a machine ask for the same payment? What is in the "
    "table after the second time?",
)


def _asked(answer, *requests):
    """(What was booked for each request, the replies)."""
    answers, booked, balance = {}, [], 0

    def book(cents):
        nonlocal balance
        booked.append(cents)
        balance += cents
        return balance

    return booked, [answer(request, answers, book) for request in requests]


@table.promise(
    "two payments are booked, although the amounts are the same", orders=0
)
def two_payments(answer):
    booked, replies = _asked(answer, PayIn("a", 50), PayIn("b", 50))
    expect("what was booked", happened=booked, expected=[50, 50])
    expect("the replies", happened=replies, expected=[Booked(50), Booked(100)])


@table.promise("what is asked for four times is booked once", orders=0)
def four_times(answer):
    again = [PayIn("a", 50)] * 4
    booked, replies = _asked(answer, *again)
    expect("what was booked", happened=booked, expected=[50])
    expect("the replies", happened=replies, expected=[Booked(50)] * 4)


@table.promise(
    "the first payment is still known after a hundred others", orders=0
)
def a_hundred_later(answer):
    others = [PayIn(f"other {number}", 1) for number in range(100)]
    booked, replies = _asked(answer, PayIn("a", 50), *others, PayIn("a", 50))
    expect("how many were booked", happened=len(booked), expected=101)
    expect("the last reply", happened=replies[-1], expected=Booked(50))
