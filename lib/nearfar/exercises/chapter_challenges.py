"""The challenges of all chapters: break a promise in a few moves."""

from __future__ import annotations

from ..experiments.to_break import TARGETS
from .challenges import Challenge

STUCK = "no tasklet waits forever"

Challenge(
    "1.5",
    "starve a tasklet",
    target=TARGETS["starve a tasklet"],
    promise="No tasklet waits while the others take five turns",
    par=3,
    hint="A tasklet that has just given way stands at the end of the queue. "
    "Let it run again, time after time.",
)
Challenge(
    "2.7",
    "deadlock the factory",
    target=TARGETS["deadlock the factory"],
    promise=STUCK,
    par=2,
    hint="Each worker must hold one tool, and wait for the other. So bob must "
    "ask for the press before ann can have it.",
)
Challenge(
    "3.6",
    "hang a reader",
    target=TARGETS["hang a reader"],
    promise=STUCK,
    par=1,
    hint="The reader must look at the wire when half of the message is there.",
)
Challenge(
    "4.8",
    "lose an update",
    target=TARGETS["lose an update"],
    promise="Grant has both payments in the end",
    par=2,
    hint="Both machines must read the balance before one of them writes. How "
    "many turns does the southern customer need to reach the machine?",
)
Challenge(
    "6.6",
    "pay twice",
    target=TARGETS["pay twice"],
    promise="The bank books the payment at most once",
    par=1,
    hint="The bank must book, and the machine must not hear of it.",
)
Challenge(
    "7.6",
    "find the write whose crash hurts",
    target=TARGETS["find the write whose crash hurts"],
    promise="The bank finds on its disk what it has told Eve",
    par=1,
    hint="After which step does the good name lead to bytes that were not "
    "synced?",
)
Challenge(
    "8.7",
    "break QuickATM",
    target=TARGETS["break QuickATM"],
    promise="Every machine has told the bank everything, and nothing is held",
    par=1,
    hint="Cut the machine's power while the bank holds the money. A machine "
    "that remembered would settle when it starts again.",
)
Challenge(
    "9.6",
    "elect two leaders of one term",
    target=TARGETS["elect two leaders of one term"],
    promise="A term has at most one leader",
    par=2,
    hint="Two replicas must stand in the same term, so one of them must not "
    "hear of the other. The third one has to vote for both.",
)
