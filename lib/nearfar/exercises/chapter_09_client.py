"""The exercise of chapter 09 about a client that looks for the leader."""

from __future__ import annotations

from ..bank import Elsewhere
from ..near import sleep
from .promises import Exercise, doing, expect, now

clients = Exercise(
    "9.5",
    "find the leader",
    hint="Keep the address that you ask next. `Elsewhere` with an address sets "
    "it; an error, or an empty address, sets the next one of the list. Pause "
    "before you ask an address again that has just failed you.",
)
NAMES = ["A", "B", "C"]


class Bank:
    """Three replicas: which one leads, and which are dead, by the second."""

    def __init__(self, leads):
        self.leads, self.asked = leads, []

    def call(self, address, request):
        self.asked.append(address)
        sleep(0.01)
        leader, dead = self.leads(now())
        if address in dead or address not in NAMES:
            raise ConnectionError(f"{address} does not answer")
        if address == leader:
            return f"{address} did {request}"
        return Elsewhere(leader)


def _found(answer, leads, who):
    bank = Bank(leads)
    with doing(f'ask("pay", {NAMES}, call)') as what:
        told = answer("pay", list(NAMES), bank.call)
    expect(what, happened=told, expected=f"{who} did pay")
    return bank.asked


@clients.promise("it asks the address that it is sent to", orders=0)
def sent_on(answer):
    asked = _found(answer, lambda at: ("C", ""), "C")
    expect("whom it asked", happened=asked, expected=["A", "C"])


@clients.promise("it tries the next when one is dead", orders=0)
def dead_one(answer):
    _found(answer, lambda at: ("B", "A"), "B")


@clients.promise("it outlives a leader that is still believed in", orders=0)
def election(answer):
    asked = _found(
        answer,
        lambda at: ("B", "B") if at < 2.0 else ("C", "B"),
        "C",
    )
    expect(
        "how many calls it made in two seconds",
        happened=len(asked),
        expected="at most 60: it pauses",
        holds=len(asked) <= 60,
    )


@clients.promise("it waits while no leader is known", orders=0)
def nobody_leads(answer):
    asked = _found(
        answer, lambda at: ("", "A") if at < 3.0 else ("B", "A"), "B"
    )
    expect(
        "how many calls it made in three seconds",
        happened=len(asked),
        expected="at most 90: it pauses",
        holds=len(asked) <= 90,
    )
