"""The exercise of chapter 08 in which you write a network, and its solution.

The chapter runs on `SmallNetwork` until yours takes its place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random

from ..near import Channel, sleep, spawn
from .promises import Exercise, doing, expect, now

small = Exercise(
    "8.1",
    "a network of your own",
    hint="A message that is on its way is a tasklet: it sleeps, then sends to "
    "the inbox. `Random` accepts a text as its seed, so the name of a message "
    "can be part of it.",
)
PAIRS = ("ann", "bob"), ("cy", "dee")
SENDS = [(*pair, f"{pair[0]} {n}") for n in (1, 2, 3) for pair in PAIRS]
MINUTE = 60.0


class SmallNetwork:
    """Carry messages in virtual time; the seed and its name delay each."""

    def __init__(self, seed, faults=()):
        self.seed, self.faults = seed, dict(faults)
        self.sent, self.inboxes = Counter(), defaultdict(Channel)

    def send(self, sender, receiver, message):
        self.sent[sender, receiver] += 1
        name = f"{sender}>{receiver}#{self.sent[sender, receiver]}"
        fault = self.faults.get(name, 0)
        if fault != "lost":
            delay = Random(f"{self.seed}/{name}").uniform(0.01, 0.1) + fault
            inbox = self.inboxes[receiver]
            spawn(self._deliver, delay, inbox, message, daemon=True)

    def _deliver(self, delay, inbox, message):
        sleep(delay)
        inbox.send(message)


def _day(answer, sends=SENDS, seed=1, faults=()):
    """{message: when it arrived}, and the seconds that sending took."""
    arrived, began = {}, now()

    def note(inbox):
        for message in inbox:
            arrived[message] = round(now() - began, 6)

    with doing(f"a network with seed {seed} and faults {dict(faults)}"):
        network = answer(seed, faults)
        for _, receiver in PAIRS:
            spawn(note, network.inboxes[receiver], daemon=True)
        for sender, receiver, message in sends:
            network.send(sender, receiver, message)
        took = now() - began
        sleep(MINUTE)
    return arrived, took


@small.promise("`send` returns at once", orders=0)
def at_once(answer):
    _, took = _day(answer)
    expect("the seconds that six sends take", happened=took, expected=0.0)


@small.promise("a message arrives after 0.01 to 0.1 seconds", orders=0)
def arrives(answer):
    arrived, _ = _day(answer)
    expect(
        "when the messages arrived",
        happened=arrived,
        expected="all six, after 0.01 to 0.1 s",
        holds=len(arrived) == len(SENDS)
        and all(0.01 <= at <= 0.1 for at in arrived.values()),
    )


@small.promise("the same seed is the same day, another is another", orders=0)
def by_seed(answer):
    first, again = _day(answer)[0], _day(answer)[0]
    expect("when the messages arrived", happened=again, expected=first)
    other = _day(answer, seed=2)[0]
    expect(
        "when the messages arrived, with another seed",
        happened=other,
        expected="other times",
        holds=other != first,
    )


@small.promise("a lost message is lost, and a late one is late", orders=0)
def faults_strike(answer):
    calm = _day(answer)[0]
    bad = _day(answer, faults={"ann>bob#1": "lost", "cy>dee#2": 5.0})[0]
    del calm["ann 1"]
    calm["cy 2"] = round(calm["cy 2"] + 5, 6)
    expect(
        "when the messages arrived, with ann>bob#1 lost and cy>dee#2 late by "
        "5 s",
        happened=bad,
        expected=calm,
    )


@small.promise("a message that is sent besides changes no other", orders=0)
def each_alone(answer):
    calm = _day(answer)[0]
    besides = [("ann", "dee", "besides"), *SENDS]
    more = _day(answer, besides)[0]
    more.pop("besides", None)
    expect(
        "when the six messages arrived, with one from ann to dee before them",
        happened=more,
        expected=calm,
    )
