"""Power cuts: a machine that dies at each step pays what it debits."""

import pytest

from nearfar.bank import ATM, Begun
from nearfar.experiments.power_cuts import MortalDisk, PowerCut, die, new_bank


def test_wherever_a_machine_dies_it_pays_what_is_debited():
    deaths = [die(steps) for steps in range(7)]
    assert deaths[6] is None
    assert [(d.verb, d.file) for d in deaths[:6]] == [
        ("append", "journal"),
        ("sync", "journal"),
        ("append", "drawer"),
        ("sync", "drawer"),
        ("append", "journal"),
        ("sync", "journal"),
    ]
    seen = set().union(*(death.seen for death in deaths[:6]))
    assert seen == {(0, 0), (1_000, 1_000)}


def test_a_machine_without_a_journal_debits_what_it_does_not_pay(monkeypatch):
    def begin(self, verb, account, cents):
        begun = Begun(self._new_id(), verb, account, cents)
        self._note(begun)  # in memory only
        return begun

    monkeypatch.setattr(ATM, "_begin", begin)
    assert (0, 1_000) in die(0).seen


def test_a_disk_without_power_keeps_half_of_the_step():
    disk = MortalDisk()
    disk.power = 1
    disk.append("notes", b"ab")
    with pytest.raises(PowerCut):
        disk.append("notes", b"cd")
    found = {crash.disk.read("notes") for crash in disk.crashes()}
    assert {b"", b"ab", b"abc"} <= found
    assert disk.read("notes") == b"ab"


def test_a_new_bank_answers_its_callers():
    bank, call = new_bank()
    assert bank.ledger.account("eve").cents == 5_000
    assert call() is not call()
