"""The exercises of chapter 10: many banks."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from itertools import count
from random import Random

from ..experiments.two_phase import CRASHES, crash_at
from ..near import sleep
from .promises import Exercise, Prediction, doing, expect

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


saga = Exercise(
    "10.2",
    "the way back of a saga",
    hint="Keep a list of the steps that must be undone. A step belongs on it "
    "before you ask for it, and comes off only if it was refused. Undo the "
    "last one first, and repeat an undo until it is answered.",
)
ATTEMPTS = 3


class _Step:
    """A step that can be refused, or time out with or without an effect."""

    def __init__(self, name, told, log, luck):
        self.name, self.log, self.luck = name, log, luck
        self.told = told  # "yes", "no", or "silent": no answer ever comes
        self.effect = self.undone = False
        self.asked = 0

    def do(self):
        self.asked += 1
        expect(
            f"how often {self.name} is asked to do its step",
            happened=self.asked,
            expected=f"at most {ATTEMPTS} times",
            holds=self.asked <= ATTEMPTS,
        )
        if self.told == "no":
            return False
        arrives = self.luck.random() < 0.5 or self.told == "yes"
        self.effect = self.effect or (arrives and not self.undone)
        if self.told == "silent" or self.luck.random() < 0.2:
            sleep(5)
            raise TimeoutError("no answer")
        self.log.append(f"{self.name} done")
        return True

    def undo(self):
        expect(
            f"what is asked of {self.name}, which refused its step",
            happened="undo",
            expected="nothing: a step that was refused has no effect",
            holds=self.told != "no",
        )
        if self.luck.random() < 0.4:
            sleep(5)
            raise TimeoutError("no answer")
        self.effect, self.undone = False, True
        self.log.append(f"{self.name} undone")


class _Calm:
    """Luck with which no step times out."""

    def random(self):
        return 0.9


def _played(answer, told, seed=None):
    """What came out of a saga, its steps, and its log."""
    luck, log = _Calm() if seed is None else Random(seed), []
    steps = [
        _Step(name, say, log, luck)
        for name, say in zip(("fly", "sleep", "drive"), told, strict=False)
    ]
    with doing(f"a saga whose steps say {', '.join(told)}"):
        out = answer([(step.do, step.undo) for step in steps])
    return out, steps, log


@saga.promise("if every step says yes, all of them stay done", orders=0)
def all_done(answer):
    out, steps, log = _played(answer, ["yes"] * 3)
    expect("what it returns", happened=out, expected=True)
    expect(
        "the effects", happened=[s.effect for s in steps], expected=[True] * 3
    )
    expect(
        "what happened, in order",
        happened=log,
        expected=["fly done", "sleep done", "drive done"],
    )


@saga.promise("if a step is refused, those before it are undone", orders=0)
def undone(answer):
    out, steps, log = _played(answer, ["yes", "yes", "no"])
    expect("what it returns", happened=out, expected=False)
    expect(
        "the effects that are left",
        happened=[step.name for step in steps if step.effect],
        expected=[],
    )
    expect(
        "what happened, in order",
        happened=log,
        expected=["fly done", "sleep done", "sleep undone", "fly undone"],
    )


@saga.promise("a timeout is not a refusal", orders=0)
def silent(answer):
    for seed in range(40):
        out, steps, _ = _played(answer, ["yes", "silent", "yes"], seed)
        expect("what it returns", happened=out, expected=False)
        expect(
            "the effects that are left, when `sleep` never answers "
            f"(with seed {seed})",
            happened=[step.name for step in steps if step.effect],
            expected=[],
        )


@saga.promise("with any luck, it is all or nothing", orders=0)
def all_or_nothing(answer):
    for seed in range(100):
        luck = Random(f"{seed}/said")
        said = [luck.choice(["yes", "yes", "no"]) for _ in range(3)]
        out, steps, _ = _played(answer, said, seed)
        effects = [step.effect for step in steps]
        expect(
            f"the effects of steps that say {', '.join(said)}, when it "
            f"returns {out} (with seed {seed})",
            happened=effects,
            expected=[bool(out)] * 3,
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
    "10.3",
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


part = Exercise(
    "10.4",
    "a participant that survives a restart",
    hint="Everything that a vote promises must be saved before `prepare` "
    "returns. To answer a repeated request as before, keep what was decided "
    "under the transaction's id. One `save` holds all of it.",
)


class _Died(BaseException):
    """The participant's power is off."""


class _State:
    """A disk with one state, which `save` replaces wholly or not at all."""

    def __init__(self, cents):
        self._kept = {"cents": dict(cents)}
        self.saves_left = None  # None: the power stays on

    def load(self):
        return deepcopy(self._kept)

    def save(self, state):
        if self.saves_left == 0:
            raise _Died
        if self.saves_left is not None:
            self.saves_left -= 1
        self._kept = deepcopy(state)


def _bank(answer, cents=100):
    disk = _State({"eve": cents, "grant": cents})
    return disk, answer(disk)


def _cents(disk):
    return disk.load()["cents"]


@part.promise("what is committed moves, what is aborted does not", orders=0)
def moves(answer):
    for commit, cents in ((True, 70), (False, 100)):
        disk, bank = _bank(answer)
        expect(
            "the vote", happened=bank.prepare("t1", "eve", -30), expected=True
        )
        expect("eve, when prepared", happened=_cents(disk)["eve"], expected=100)
        bank.decide("t1", commit)
        expect(
            f"eve, after decide('t1', {commit})",
            happened=_cents(disk)["eve"],
            expected=cents,
        )


@part.promise("it promises only what it can keep", orders=0)
def can_keep(answer):
    _, bank = _bank(answer)
    expect(
        "the vote on 101 of eve's 100",
        happened=bank.prepare("t1", "eve", -101),
        expected=False,
    )
    bank.prepare("t2", "eve", -60)
    for id, account, vote in (("t3", "eve", False), ("t4", "grant", True)):
        expect(
            f"the vote on 60 of {account}'s 100, when 60 of eve's are promised",
            happened=bank.prepare(id, account, -60),
            expected=vote,
        )


@part.promise("after a restart it keeps its promise", orders=0)
def restart(answer):
    for commit, cents in ((True, 70), (False, 100)):
        disk, bank = _bank(answer)
        bank.prepare("t1", "eve", -30)
        with doing("decide('t1') after a restart"):
            answer(disk).decide("t1", commit)
        expect(
            f"eve, when it restarts before decide('t1', {commit})",
            happened=_cents(disk)["eve"],
            expected=cents,
        )
    disk, bank = _bank(answer)
    bank.prepare("t1", "eve", -60)
    expect(
        "the vote on 60 more of eve's, after a restart",
        happened=answer(disk).prepare("t2", "eve", -60),
        expected=False,
    )


@part.promise("a repeated request changes nothing", orders=0)
def repeated(answer):
    disk, _ = _bank(answer)
    for _ in range(2):
        vote = answer(disk).prepare("t1", "eve", -30)
        expect("the vote, each time", happened=vote, expected=True)
    for _ in range(3):
        answer(disk).decide("t1", True)
    expect(
        "eve, after three commits", happened=_cents(disk)["eve"], expected=70
    )


@part.promise("an abort can come before its prepare", orders=0)
def early_abort(answer):
    disk, bank = _bank(answer)
    with doing("decide('t1', False), when it never heard of t1"):
        bank.decide("t1", False)
    expect(
        "the vote on t1, after its abort",
        happened=answer(disk).prepare("t1", "eve", -30),
        expected=False,
    )


@part.promise("it can die at each save", orders=0)
def die_anywhere(answer):
    for saves in count():
        disk, bank = _bank(answer)
        disk.saves_left = saves
        try:
            if bank.prepare("t1", "eve", -30):
                bank.decide("t1", True)
            return
        except _Died:
            disk.saves_left = None
        again = answer(disk)
        if again.prepare("t1", "eve", -30):
            again.decide("t1", True)
        expect(
            f"eve, when it dies at save {saves + 1}, restarts, and is asked "
            "to prepare and to commit again",
            happened=_cents(disk)["eve"],
            expected=70,
        )
