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
            ["cy", "ann", "dee", "bob"],
            "that is from the longest wait to the shortest",
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
    begun=True,
)


TACOS, CAKE = "the children eat tacos", "the children eat cake"


def _evening(dinner, guest_after):
    said = []
    dinner(lambda words: said.append((int(now()), words)), guest_after)
    sleep(1000)
    return said


@guest.promise("a guest who comes after dinner brings the cake at once")
def late_guest(dinner):
    expect(
        "what is said when the guest comes after 40 minutes",
        happened=_evening(dinner, 40),
        expected=[
            (25, "the children eat tacos"),
            (40, "the children eat cake"),
        ],
    )


@guest.promise("the cake of a guest who is early waits for the tacos")
def early_guest(dinner):
    expect(
        "what is said when the guest comes after 10 minutes",
        happened=_evening(dinner, 10),
        expected=[
            (25, "the children eat tacos"),
            (25, "the children eat cake"),
        ],
    )


first_check = Exercise(
    "0.3",
    "your first check",
    hint="Look for the two lines first; what if one of them is not in the log? "
    "Then ask which of the two stands first, and in which minute they ate.",
)


def _kitchen(*tasklets):
    """The log of an evening with these tasklets."""
    log, table, start = [], Channel("table"), now()

    def say(words):
        log.append((int(now() - start), words))

    for tasklet in tasklets:
        spawn(tasklet, say, table)
    sleep(500)
    return log


def _cook(minutes):
    def cook(say, table):
        say("the beans go on")
        sleep(minutes)
        say("dinner is on the table")
        table.send("tacos")

    return cook


def _children(say, table):
    table.receive()
    say("the children eat")


def _driver(say, table):
    say("he leaves work, into the traffic")
    sleep(90)
    say("he is home")


def _hasty(minutes):
    def hasty_children(say, table):
        sleep(minutes)
        say("the children eat")
        table.receive()

    return hasty_children


def _biscuits(say, table):
    say("the children eat")


def _picky(say, table):
    table.receive()


def _says(check, expected, *tasklets):
    log = _kitchen(*tasklets)
    expect(f"your check of {log}", happened=check(log), expected=expected)


@first_check.promise("it finds nothing wrong with a good evening", orders=0)
def good(check):
    _says(check, True, _cook(25), _children)


@first_check.promise("it does not mind when he comes home late", orders=0)
def driver(check):
    _says(check, True, _driver, _cook(25), _children)


@first_check.promise("60 minutes are in time, and 61 are not", orders=0)
def in_time(check):
    _says(check, True, _cook(60), _children)
    _says(check, False, _cook(61), _children)


@first_check.promise("it sees when they eat before dinner is ready", orders=0)
def before(check):
    _says(check, False, _cook(25), _hasty(5))


@first_check.promise("also when it is in the same minute", orders=0)
def same_minute(check):
    _says(check, False, _hasty(25), _cook(25))


@first_check.promise("it sees when there is no dinner at all", orders=0)
def no_dinner(check):
    _says(check, False, _biscuits)


@first_check.promise("it sees when nobody eats", orders=0)
def nobody(check):
    _says(check, False, _cook(25), _picky)
