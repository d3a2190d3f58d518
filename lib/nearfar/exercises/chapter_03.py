"""The exercises of chapter 03: messages.

`chapter_03_frames` holds those about a parser, `chapter_03_deadline` the one
about a time limit.
"""

from __future__ import annotations

from .. import run, spawn
from ..experiments import wire2006
from ..far import Message, pair
from .promises import Prediction

LENGTHS = [7, 20, 21, 39, 40, 41, 60, 64]


class Silence(Exception):
    """The wire is empty: a real `recv` would block forever."""


class OneWord:
    """A wire that holds one message of `length` bytes, its end included."""

    def __init__(self, length):
        self.left = b"x" * (length - 2) + wire2006.END

    def recv(self, most):
        if not self.left:
            raise Silence
        data, self.left = self.left[:most], self.left[most:]
        return data


def lengths_that_hang():
    """Return those of LENGTHS at which `receive` of 2006 never returns."""
    hang = []
    for length in LENGTHS:
        try:
            wire2006.receive(OneWord(length), 20)
        except Silence:
            hang.append(length)
    return hang


Prediction(
    "3.1",
    "which lengths hang",
    truth=lengths_that_hang,
    because="the first recv takes what is there, up to 20 bytes; each later "
    "one waits for 20 more. So a message longer than 20 bytes must be a "
    "multiple of 20",
    beliefs=[
        (
            [20, 40, 60],
            "it is the other way round: at these lengths the last recv gets "
            "exactly what it asks for",
        ),
        (
            [],
            "what about 21? The second recv finds one byte, and insists on 20",
        ),
        (
            lambda answer: 20 in answer,
            "the first recv takes all 20, and the end is among them",
        ),
        (
            lambda answer: 40 in answer or 60 in answer,
            "40 is 20 and then 20 more: the second recv gets all it asks for, "
            "and the message ends where that read ends",
        ),
        (
            lambda answer: 7 in answer,
            "the first recv does not insist: it takes the 7 bytes that are "
            "there, and they end as they should",
        ),
    ],
    hint="Write down what each recv asks for, and what is left for it: for 7, "
    "for 21 and for 40.",
    any_order=True,
)


# --- What send promises ------------------------------------------------------


class Note(Message):
    number: int


def two_notes():
    """Return what happens at both ends of a connection, in order."""
    here, there = pair(Note)
    happened = []

    def sender():
        for number in (1, 2):
            here.send(Note(number))
            happened.append(f"sent {number}")

    def receiver():
        for _ in range(2):
            happened.append(f"got {there.receive().number}")

    spawn(sender)
    spawn(receiver)
    run()
    return happened


Prediction(
    "3.5",
    "what send waits for",
    truth=two_notes,
    because="over a connection `send` returns when the message is on its way, "
    "so the sender is done before the receiver has had a turn",
    beliefs=[
        (
            ["got 1", "sent 1", "got 2", "sent 2"],
            "that is a reply, not a send: here no word comes back to the "
            "sender",
        ),
        (
            ["sent 1", "got 1", "sent 2", "got 2"],
            "between its two sends the sender waits for nothing: does it "
            "give up its turn?",
        ),
        (
            lambda answer: answer[:1] == ["got 1"],
            "over a channel `send` waits for the receiver. Over a connection "
            "the sender, which has the first turn, just goes on",
        ),
    ],
    hint="The sender has the first turn. Is there anything in its loop that it "
    "has to wait for?",
)
