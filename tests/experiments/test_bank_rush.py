"""The real bank on days on which everything is tried, against a model."""

import re
from pathlib import Path
from random import Random

import mutants
import nbformat
import planted
import pytest
from days import hunt_known_days, hunt_new_days, hunt_planted

from nearfar import VirtualClock, run, spawn
from nearfar.__main__ import main
from nearfar.bank import (
    Accepted,
    Bank,
    Confirm,
    Declined,
    Deposit,
    Ledger,
    Reverse,
    SignIn,
    Withdraw,
    seal_pin,
)
from nearfar.checking import replay
from nearfar.experiments.bank_customers import Wish, read, typed
from nearfar.experiments.bank_hosts import BankDisk, HostDisk, durable_ledger
from nearfar.experiments.bank_model import DONE, Model
from nearfar.experiments.bank_rush import (
    INVARIANTS,
    RARE,
    customers_heard_the_truth,
    rush,
)
from nearfar.experiments.bank_strangers import Stranger
from nearfar.experiments.bank_truth import untrue
from nearfar.experiments.bank_witness import Witness
from nearfar.far import Malformed
from nearfar.simulation import Fault, Network


def test_the_bank_keeps_its_promises_on_the_same_days_as_ever():
    hunt_known_days(rush, INVARIANTS, RARE)


def test_the_bank_keeps_its_promises_on_days_that_no_test_has_seen():
    hunt_new_days(rush, INVARIANTS)


def test_a_day_is_the_same_day_again():
    fault = Fault("crash", "atm-1>bank#1", 30)
    days = [replay(rush, 5, [fault], INVARIANTS, atms=2) for _ in range(2)]
    assert days[0].network.happened == [fault]
    assert days[0].wishes == days[1].wishes
    assert days[0].network.clock.now() == days[1].network.clock.now()


@pytest.mark.parametrize("name", planted.BUGS)
def test_a_planted_bug_is_found(name):
    with planted.planted(name) as found_at:
        hunt_planted(name, found_at, rush, INVARIANTS, shrink=False)


def test_there_are_more_than_thirty_planted_bugs_all_over_the_bank():
    assert len(planted.BUGS) > 30
    assert len({module for _, module, _, _ in planted.BUGS.values()}) > 7


def test_chapter_08_says_how_many_worlds_the_planted_bugs_take():
    chapter = Path(__file__).parents[2] / "chapters" / "08_simulation.ipynb"
    cells = nbformat.read(chapter, as_version=4).cells
    text = " ".join(" ".join(cell.source for cell in cells).split())
    *most, slowest = sorted(at + 1 for at, *_ in mutants.MUTANTS.values())
    assert f"in world {', '.join(map(str, most))} and {slowest}." in text
    slowest = max(found_at for found_at, *_ in planted.BUGS.values()) + 1
    assert f"the slowest takes {slowest} worlds" in text


def test_a_planted_bug_goes_with_the_test():
    with planted.planted("reads amounts as floating point"):
        assert planted.accounts.parse_money("0.29") == 28
    assert planted.accounts.parse_money("0.29") == 29


# --- The model ---------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_the_model_and_the_bank_agree_on_every_request(seed):
    """No network, no disk: 300 requests of strangers, one after the other."""
    pins = {"eve": "1111", "grant": "2222", "frozen": "3333"}
    model, sent = Model(), {}
    with Ledger() as ledger:
        for name, pin in pins.items():
            ledger.open_account(name, 10_000, seal_pin(pin, cost=2))
            model.open(name, 10_000, pin)
        ledger.change("frozen", frozen=1)
        model.frozen.add("frozen")
        bank, customer = Bank(ledger), ""
        stranger = Stranger(Random(seed), pins, sent)
        for _ in range(300):
            request = stranger.next()
            if model.asked_by_another(request, customer):
                with pytest.raises(Malformed):
                    bank.decide(request, customer)
                continue
            reply = bank.decide(request, customer)
            due = model.answer(request, customer)
            assert isinstance(reply, Declined) == (due is None), request
            if isinstance(reply, Accepted):
                told = DONE if reply.cents is None else reply.cents
                assert told == due, request
            if isinstance(request, SignIn):
                customer = "" if due is None else request.account
        assert {*ledger.open_withdrawals()} == model.held()


def test_a_model_goes_back_to_its_copy():
    model = Model()
    model.open("eve", 1_000, "1111")
    before = model.copy()
    assert model.answer(Withdraw("a", "eve", 300), "eve") == 700
    assert model.answer(Deposit("b", "eve", 1), "eve") == 701
    assert model.answer(SignIn("eve", "0000"), "") is None
    assert (before.cents["eve"], before.wrong["eve"], before.past) == (
        1_000,
        0,
        {},
    )
    assert model.held() == {"a"}
    assert model.answer(Confirm("a"), "") == DONE
    assert model.answer(Reverse("a"), "") is None
    assert model.held() == set()
    assert len(before.lines["eve"]) == 1
    assert len(model.lines["eve"]) == 3


# --- What a machine says -----------------------------------------------------


def test_amounts_are_written_and_read_without_the_banks_help():
    for cents, text in ((0, "0.00"), (5, "0.05"), (-1_250, "-12.50")):
        assert typed(cents) == text
        assert read(text) == cents


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        (Wish("eve", "balance", said="You have 1.00."), "another balance"),
        (Wish("eve", "sign in", said="Refused: no."), "without a reason"),
        (Wish("eve", "statement", said="Unknown: x."), "without a reason"),
        (
            Wish("eve", "withdraw", "5", said="Take your 5.00. You have 5.00."),
            "done, but not as it says",
        ),
        (
            Wish("eve", "deposit", "5", said="Taken in. You have 5.00."),
            "done, but not as it says",
        ),
        (
            Wish("eve", "withdraw", "5", said="Refused: x", passed=[None]),
            "",
        ),
        (
            Wish(
                "eve",
                "transfer",
                "5",
                "grant",
                "Unknown: x",
                [Deposit("a", "eve", 5), None],
            ),
            "",
        ),
    ],
)
def test_what_a_customer_was_told_is_held_against_what_happened(wish, text):
    model = Model()
    model.open("eve", 1_000, "1111")
    found = list(untrue(wish, set(), model))
    assert text in found[0] if text else not found


def test_a_lie_is_noticed():
    def lies(day):
        done = [wish for wish in day.wishes["atm-1"] if wish.told == "done"]
        done[0].said = done[0].said.replace("You have ", "You have 1")

    with pytest.raises(AssertionError, match="another balance"):
        replay(rush, 1, [], [lies, customers_heard_the_truth], atms=1)


# --- Disks -------------------------------------------------------------------


def after_the_cut(tmp_path, kind):
    """The balances that the next ledger finds, when a commit is cut."""
    network = Network(0)
    witness = Witness(Model())
    host = network.host("bank")
    host.disk = BankDisk(host, tmp_path / "opening")
    host.disk.folder.mkdir()
    found = []

    def program():
        with durable_ledger(kind, witness)(host) as books:
            for number in range(1, 9):
                books.open_account(f"name-{number}", 100)
                books.commit()
            for number in range(10):
                disk = host.disk.survivor(witness, number)
                with Ledger(disk.folder / "books") as left:
                    found.append(len(left.names()))

    task = spawn(program)
    run(until=task, clock=VirtualClock())
    return found


def test_a_power_cut_leaves_what_was_synced(tmp_path):
    assert after_the_cut(tmp_path, Ledger) == [8] * 10


class Careless(Ledger):
    """A ledger that leaves the disk to the system."""

    def __init__(self, path):
        super().__init__(path, durable=False)


def test_a_power_cut_drops_what_was_not_synced(tmp_path):
    found = after_the_cut(tmp_path, Careless)
    assert len(set(found)) > 2
    assert min(found) < 8


def test_a_machines_disk_may_keep_half_of_its_last_step():
    host = Network(0).host("atm-1")
    left = set()
    for number in range(40):
        disk = HostDisk(host, {"log": b"old,"})
        disk.append("log", b"x" * number)
        disk.pending = ("append", "log", b"12345678")
        left.add(disk.torn().files["log"].lstrip(b"old,x"))
    assert b"" in left
    assert any(0 < len(half) < 8 for half in left)


# --- python -m nearfar hunt --------------------------------------------------


def test_the_standing_hunt_says_what_it_met_and_what_it_never_reached(capfd):
    assert main(["hunt", "--seeds", "3"]) == 0
    told = capfd.readouterr()
    assert "seeds 0 to 2: 3 worlds," in told.out
    assert re.search(r"^faults met: \w+ \d+", told.out, re.MULTILINE)
    assert re.search(r"^reached: [^:]+: done \d+", told.out, re.MULTILINE)
    assert re.search(r"^never reached: ", told.out, re.MULTILINE)
    assert "nothing found" in told.out
    assert "25 worlds each" in told.err  # the progress bar


def nobody_is_ever_refused(day):
    """Nobody is ever refused."""
    told = [wish.told for wishes in day.wishes.values() for wish in wishes]
    return "refused" not in told


def test_the_standing_hunt_prints_the_line_that_replays_it(capfd, monkeypatch):
    monkeypatch.setattr(
        "nearfar.experiments.bank_rush.INVARIANTS", [nobody_is_ever_refused]
    )
    assert main(["hunt", "--seeds", "30", "--first", "100"]) == 1
    told = capfd.readouterr()
    assert "not so: Nobody is ever refused" in told.out
    line = re.search(r"replay\(rush, 1\d\d, \[.*\)", told.err)
    with pytest.raises(AssertionError, match="ever refused"):
        eval(line[0])


def rush_is_settled(day):
    raise AssertionError("it is not")


def test_that_line_needs_nothing_that_it_does_not_import(capfd, monkeypatch):
    monkeypatch.setattr(
        "nearfar.experiments.bank_rush.rush_is_settled", rush_is_settled
    )
    monkeypatch.setattr(
        "nearfar.experiments.bank_rush.INVARIANTS", [rush_is_settled]
    )
    assert main(["hunt", "--seeds", "1"]) == 1
    line = re.search(r'python -c "(.*)"', capfd.readouterr().err)
    with pytest.raises(AssertionError, match="it is not"):
        exec(line[1], {})
