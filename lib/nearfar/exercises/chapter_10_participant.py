"""The exercise of chapter 10 about a bank that has promised to commit."""

from __future__ import annotations

from copy import deepcopy
from itertools import count

from .promises import Exercise, doing, expect

part = Exercise(
    "10.6",
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
