"""The exercises of chapter 00: a dinner."""

from __future__ import annotations

from .. import Channel, VirtualClock, run, sleep, spawn
from .promises import Exercise, Prediction, expect, now


def four_guests():
    """Return the names of the guests in the order in which they eat."""
    eaten = []

    def guest(name, minutes):
        sleep(minutes)
        eaten.append(name)

    for name, minutes in [("ann", 20), ("bob", 5), ("cy", 20), ("dee", 10)]:
        spawn(guest, name, minutes)
    run(clock=VirtualClock())
    return eaten


Prediction(
    "0.1",
    "who eats when",
    truth=four_guests,
    because="all four wait at the same time, and whoever waits least is first; "
    "ann and cy are due in the same minute, and ann went to sleep before cy",
    beliefs=[
        (
            ["ann", "bob", "cy", "dee"],
            "that would be one after another, as in a list of steps; here all "
            "four wait at the same time",
        ),
        (
            ["bob", "dee", "cy", "ann"],
            "nearly: who is due in the same minute goes on in the order in "
            "which they went to sleep, first in, first out",
        ),
        (
            ["bob", "ann", "dee", "cy"],
            "the guests do not take turns at waiting; look at who waits least",
        ),
    ],
    hint="Write down for each guest the minute in which the wait is over. "
    "Nobody has to wait for anybody else.",
)


guest = Exercise(
    "0.2",
    "a guest with a cake",
    hint="A second channel for dessert keeps the cake from being served before "
    "the tacos: who receives from it decides when it is time.",
)


def _evening(dinner, guest_after):
    said, start = [], now()
    dinner(lambda words: said.append((int(now() - start), words)), guest_after)
    sleep(1000)
    return said


@guest.promise("the children still eat tacos after 25 minutes")
def tacos(dinner):
    for guest_after in (10, 40):
        expect(
            f"what is said first, with a guest after {guest_after} minutes",
            happened=_evening(dinner, guest_after)[:1],
            expected=[(25, "the children eat tacos")],
        )


@guest.promise("a guest who comes after dinner brings the cake at once")
def late_guest(dinner):
    expect(
        "what is said after the tacos, with a guest after 40 minutes",
        happened=_evening(dinner, 40)[1:],
        expected=[(40, "the children eat cake")],
    )


@guest.promise("the cake of a guest who is early waits for the tacos")
def early_guest(dinner):
    expect(
        "what is said after the tacos, with a guest after 10 minutes",
        happened=_evening(dinner, 10)[1:],
        expected=[(25, "the children eat cake")],
    )


first_check = Exercise(
    "0.3",
    "your first check",
    hint="Look for the minute of each of the two lines first; what if one of "
    "them is not in the log? Then compare minutes, and places in the list.",
)


def _kitchen(beans, eat):
    """The log of an evening: when dinner is ready, and when they eat."""
    log, start = [], now()

    def say(words):
        log.append((int(now() - start), words))

    def cook():
        say("the beans go on")
        sleep(beans)
        say("dinner is on the table")
        table.send("tacos")

    def children():
        eat(table, say)

    table = Channel("table")
    spawn(cook)
    spawn(children)
    sleep(500)
    return log


def _patient(table, say):
    table.receive()
    say("the children eat")


def _hasty(table, say):
    sleep(5)
    say("the children eat")
    table.receive()


def _picky(table, say):
    table.receive()


@first_check.promise("it finds nothing wrong with a good evening", orders=0)
def good(check):
    for beans in (25, 59):
        log = _kitchen(beans, _patient)
        expect(f"your check of {log}", happened=check(log), expected=True)


@first_check.promise("it sees when they eat before dinner is ready", orders=0)
def before(check):
    log = _kitchen(25, _hasty)
    expect(f"your check of {log}", happened=check(log), expected=False)


@first_check.promise("it sees when dinner comes after an hour", orders=0)
def after(check):
    log = _kitchen(80, _patient)
    expect(f"your check of {log}", happened=check(log), expected=False)


@first_check.promise("it sees when nobody eats at all", orders=0)
def nobody(check):
    log = _kitchen(25, _picky)
    expect(f"your check of {log}", happened=check(log), expected=False)
