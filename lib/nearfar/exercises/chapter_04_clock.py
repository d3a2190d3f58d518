"""The exercise of chapter 04 about the order of events without a watch."""

from __future__ import annotations

from .promises import Exercise, doing, expect

counting = Exercise(
    "4.7",
    "a logical clock",
    hint="An event needs the stamp of the event before it in its lane, and a "
    "receive also needs the stamp of its send. A function that calls itself "
    "can ask for both.",
)

SEND, RECEIVE, OTHER = "send", "receive", "print"


def _stamped(stamps, lanes, expected):
    with doing(f"stamping {lanes}"):
        happened = stamps({name: list(lane) for name, lane in lanes.items()})
    expect(
        f"the stamps of {lanes}",
        happened=happened,
        expected=expected,
    )


@counting.promise("the events of one process count up", inside=False)
def one_lane(stamps):
    lanes = {"atm": [(OTHER, "card?"), (OTHER, "PIN?"), (OTHER, "bye")]}
    _stamped(stamps, lanes, {"atm": [1, 2, 3]})


@counting.promise("a receive is later than its send", inside=False)
def there_and_back(stamps):
    lanes = {
        "atm": [(SEND, "ask"), (RECEIVE, "reply")],
        "bank": [(RECEIVE, "ask"), (SEND, "reply")],
    }
    _stamped(stamps, lanes, {"atm": [1, 4], "bank": [2, 3]})


@counting.promise("the order of the lanes is no order", inside=False)
def receiver_first(stamps):
    lanes = {
        "bank": [(RECEIVE, "ask"), (OTHER, "log")],
        "atm": [(OTHER, "card?"), (SEND, "ask")],
    }
    _stamped(stamps, lanes, {"bank": [3, 4], "atm": [1, 2]})


@counting.promise("a receive is later than both its causes", inside=False)
def busy_receiver(stamps):
    lanes = {
        "atm": [(SEND, "ask")],
        "bank": [(OTHER, "open"), (OTHER, "log"), (RECEIVE, "ask")],
    }
    _stamped(stamps, lanes, {"atm": [1], "bank": [1, 2, 3]})
    lanes = {
        "bank": [(OTHER, "open"), (RECEIVE, "ask")],
        "atm": [(OTHER, "card?"), (OTHER, "PIN?"), (SEND, "ask")],
    }
    _stamped(stamps, lanes, {"bank": [1, 4], "atm": [1, 2, 3]})


@counting.promise("a cause may be three processes away", inside=False)
def round_trip(stamps):
    lanes = {
        "south": [(RECEIVE, "two"), (SEND, "three")],
        "bank": [(RECEIVE, "one"), (SEND, "two"), (OTHER, "log")],
        "north": [(SEND, "one"), (OTHER, "bye"), (RECEIVE, "three")],
    }
    expected = {"south": [4, 5], "bank": [2, 3, 4], "north": [1, 2, 6]}
    _stamped(stamps, lanes, expected)
