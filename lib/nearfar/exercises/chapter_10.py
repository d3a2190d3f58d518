"""The exercises of chapter 10: many banks.

`chapter_10_transfer`, `chapter_10_teller`, `chapter_10_participant` and
`chapter_10_saga` hold one exercise each.
"""

from __future__ import annotations

from collections import Counter

from ..experiments.two_phase import CRASHES, crash_at
from .promises import Exercise, Prediction, expect

shards = Exercise(
    "10.1",
    "a shard map that moves little",
    hint="Let the banks bid for each account: a bid is a hash of the "
    "account and the bank together, from `hashlib`. The highest bid wins, so a "
    "new bank wins only the accounts for which it bids most.",
)
ACCOUNTS = range(1, 3_001)
BANKS = ["north", "south", "east", "west"]


def _homes(answer, banks):
    homes = {number: answer(number, banks) for number in ACCOUNTS}
    strange = {home for home in homes.values() if home not in banks}
    expect(
        "homes that are none of the banks",
        happened=strange,
        expected=set(),
    )
    return homes


@shards.promise("each account has one home, in any order", orders=0)
def one_home(answer):
    homes = _homes(answer, BANKS)
    again = _homes(answer, BANKS[::-1])
    moved = sum(homes[number] != again[number] for number in ACCOUNTS)
    expect(
        "how many accounts move when the same banks are listed backwards",
        happened=moved,
        expected=0,
    )


@shards.promise("the accounts are spread evenly", orders=0)
def even(answer):
    for banks in (BANKS, BANKS[:3], [*BANKS, "harbour"]):
        shares = Counter(_homes(answer, banks).values())
        mean = len(ACCOUNTS) / len(banks)
        expect(
            f"how many accounts each of {len(banks)} banks has",
            happened=dict(sorted(shares.items())),
            expected=f"about {mean:.0f} each",
            holds=len(shares) == len(banks)
            and all(0.75 * mean < n < 1.25 * mean for n in shares.values()),
        )


@shards.promise("a new bank takes only what it needs", orders=0)
def adding(answer):
    before, after = _homes(answer, BANKS), _homes(answer, [*BANKS, "harbour"])
    moved = {n: after[n] for n in ACCOUNTS if before[n] != after[n]}
    expect(
        "where the accounts that move go, when harbour is added",
        happened=set(moved.values()),
        expected={"harbour"},
    )


@shards.promise("a bank that closes moves only its own accounts", orders=0)
def removing(answer):
    before, after = _homes(answer, BANKS), _homes(answer, BANKS[1:])
    moved = {before[n] for n in ACCOUNTS if before[n] != after[n]}
    expect(
        "whose accounts move, when north closes",
        happened=moved,
        expected={"north"},
    )


WRITES = 200  # that a bank's disk does in a second


def transfers_a_second(banks):
    """What so many banks do together, if payees are strangers."""
    across = (banks - 1) / banks
    return banks * WRITES / (1 + 2 * across)


Prediction(
    "10.3",
    "what two banks do, and sixty-four",
    truth=lambda: {n: transfers_a_second(n) for n in (2, 64)},
    holds=lambda said, true: (
        said.keys() == true.keys()
        and all(abs(said[n] / true[n] - 1) < 0.03 for n in true)
    ),
    because="a transfer that crosses takes three writes. With two banks half "
    "of them cross: two writes on average, so two disks do the work of one. "
    "With 64 banks nearly all cross",
    beliefs=[
        (
            lambda said: said.get(2) == 2 * WRITES,
            "with two banks, half of the transfers cross. How many writes "
            "does each of those take?",
        ),
        (
            lambda said: 130 < said.get(2, 0) < 140,
            "half of the payees are at the payer's bank. Those transfers take "
            "one write",
        ),
        (
            lambda said: said.get(2) == WRITES,
            "you are right about two banks. Of 64 banks, 63 are not the "
            "payer's: how many writes does the average transfer take?",
        ),
    ],
    hint="Each disk does 200 writes a second. How many writes does the average "
    "transfer take, if half of them take one and half take three?",
)


TELLER_DIES = {
    "A": ("saga", "teller, before it asks", "take"),
    "B": ("saga", "teller, as it is answered", "put"),
    "C": ("two-phase commit", "teller, as it is answered", "prepare payer"),
    "D": ("two-phase commit", "teller, as it is answered", "decide payer"),
    "E": ("two-phase commit", "teller, as it is answered", "decide payee"),
}


def locked_while_away():
    """The letters of the deaths that lock an account."""
    return [
        letter
        for letter, (protocol, who, step) in TELLER_DIES.items()
        if crash_at(protocol, CRASHES[protocol][who, step]).meanwhile
        == "locked"
    ]


Prediction(
    "10.5",
    "which death locks an account",
    truth=locked_while_away,
    any_order=True,
    because="a bank that has voted yes must wait for the decision, and only "
    "the teller knows it. At D the payer's bank has heard it, and the payee's "
    "bank has not. A saga locks nothing",
    beliefs=[
        (
            lambda answer: "B" in answer,
            "at B the money is in transit, but no account is locked: a saga "
            "finishes each step at once",
        ),
        (
            lambda answer: "A" in answer,
            "at A no bank has heard of the transfer",
        ),
        (
            lambda answer: "E" in answer,
            "at E both banks have heard the decision",
        ),
        (
            lambda answer: "D" not in answer,
            "look at the payee's bank, which has promised, too: has it heard "
            "the decision?",
        ),
    ],
    hint="For each death: which banks have promised something, and which of "
    "them have heard the decision?",
)
