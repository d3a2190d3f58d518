"""The ledger: what is on the disk, whatever happens, and only that.

The power is cut after each of its writes, for which the writes of the real
SQLite are recorded (with APSW, which lets a test stand between it and the
files).
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing, suppress
from itertools import pairwise
from unittest.mock import patch

import apsw
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nearfar.bank import (
    CASH,
    HELD,
    Ledger,
    LedgerError,
    Line,
    Order,
    Posting,
    Refused,
)
from nearfar.bank.file import LedgerFile


def deposit(id, name, cents):
    return Order(id, "deposit", CASH, name, cents)


def withdraw(id, name, cents):
    return Order(id, "withdraw", name, HELD, cents)


def transfer(id, payer, payee, cents):
    return Order(id, "transfer", payer, payee, cents)


@pytest.fixture
def ledger():
    with Ledger() as ledger:
        ledger.open_account("eve", 5_000)
        ledger.open_account("grant", 10_000)
        yield ledger


def cents(ledger, *names):
    return [ledger.account(name).cents for name in names]


def test_money_moves_and_the_books_add_up(ledger):
    assert ledger.apply(deposit("1", "eve", 250)) == 5_250
    assert ledger.apply(transfer("2", "eve", "grant", 1_000)) == 4_250
    assert ledger.apply(withdraw("3", "grant", 500)) == 10_500
    assert cents(ledger, "eve", "grant", HELD) == [4_250, 10_500, 500]
    assert ledger.apply(Order("3", "confirm")) == 10_500
    assert cents(ledger, "eve", "grant", HELD) == [4_250, 10_500, 0]
    assert sum(cents(ledger, "eve", "grant", HELD, CASH)) == 0
    assert ledger.audit().problems == ()


def test_a_reversed_withdrawal_is_given_back(ledger):
    ledger.apply(withdraw("1", "eve", 500))
    assert ledger.audit().open_withdrawals == ("1",)
    assert ledger.apply(Order("1", "reverse")) == 5_000
    assert ledger.audit().held_cents == 0
    with pytest.raises(Refused, match="taken back"):
        ledger.apply(Order("1", "confirm"))
    with pytest.raises(Refused, match="taken back"):
        ledger.apply(withdraw("1", "eve", 500))


@pytest.mark.parametrize("verb", ["deposit", "withdraw", "transfer"])
def test_an_order_is_carried_out_once_and_its_answer_is_kept(ledger, verb):
    order = {
        "deposit": deposit("1", "eve", 100),
        "withdraw": withdraw("1", "eve", 100),
        "transfer": transfer("1", "eve", "grant", 100),
    }[verb]
    first = ledger.apply(order)
    ledger.apply(deposit("2", "eve", 1))
    again = ledger.apply(order)
    assert (again, ledger.audit().movements) == (first, 4)


def test_a_refusal_is_kept_too(ledger):
    order = withdraw("1", "eve", 6_000)
    with pytest.raises(Refused, match=r"eve has 50\.00"):
        ledger.apply(order)
    ledger.apply(deposit("2", "eve", 10_000))
    with pytest.raises(Refused, match=r"eve has 50\.00"):
        ledger.apply(order)


def test_an_id_is_not_lent_to_another_order(ledger):
    ledger.apply(deposit("1", "eve", 100))
    with pytest.raises(Refused, match="used for another"):
        ledger.apply(deposit("1", "eve", 200))


def test_a_reversal_that_comes_first_keeps_the_withdrawal_out(ledger):
    with pytest.raises(Refused, match="nothing was withdrawn"):
        ledger.apply(Order("1", "reverse"))
    with pytest.raises(Refused, match="before it came"):
        ledger.apply(withdraw("1", "eve", 100))
    assert cents(ledger, "eve") == [5_000]


def test_a_confirmation_that_comes_first_keeps_the_withdrawal_out(ledger):
    with pytest.raises(Refused, match="nothing was withdrawn"):
        ledger.apply(Order("1", "confirm"))
    with pytest.raises(Refused, match="confirmation came before"):
        ledger.apply(withdraw("1", "eve", 100))
    with pytest.raises(Refused, match="nothing was withdrawn"):
        ledger.apply(Order("1", "confirm"))
    assert cents(ledger, "eve", HELD) == [5_000, 0]


@pytest.mark.parametrize(
    "first",
    [
        deposit("1", "eve", 100),
        withdraw("1", "eve", 100),
        transfer("1", "eve", "grant", 100),
        withdraw("1", "eve", 10**6),  # refused
        Order("1", "reverse"),
        Order("1", "confirm"),
    ],
)
@pytest.mark.parametrize(
    "second",
    [
        deposit("1", "eve", 100),
        deposit("1", "grant", 100),
        withdraw("1", "eve", 100),
        transfer("1", "eve", "grant", 100),
        transfer("1", "grant", "eve", 100),
    ],
)
def test_an_id_serves_one_order_whatever_its_verb(ledger, first, second):
    if first == second:
        return
    with suppress(Refused):
        ledger.apply(first)
    before = cents(ledger, "eve", "grant")
    for _ in range(2):
        with pytest.raises(Refused):
            ledger.apply(second)
    assert cents(ledger, "eve", "grant") == before
    assert ledger.audit().problems == ()


def test_what_was_refused_for_good_is_not_accepted_later(ledger):
    order = withdraw("1", "eve", 100)
    assert ledger.refuse(order, "sign in first")
    with pytest.raises(Refused, match="sign in first"):
        ledger.apply(order)
    assert ledger.refuse(order, "sign in first")
    ledger.apply(withdraw("2", "eve", 100))
    assert not ledger.refuse(withdraw("2", "eve", 100), "it is done")
    assert ledger.audit().problems == ()


def test_the_ids_of_openings_are_the_banks_own(ledger):
    """Or a stranger's deposit could keep an account from being opened."""
    for order in (
        deposit("open ann", "eve", 1),
        withdraw("open ann", "eve", 1),
        Order("open ann", "reverse"),
        Order("ann", "open", CASH, "ann", 1),
    ):
        with pytest.raises(Refused, match="the bank's own"):
            ledger.apply(order)
    ledger.open_account("ann", 5)
    assert cents(ledger, "ann") == [5]


def test_a_frozen_account_is_thawed_again(ledger):
    ledger.apply(withdraw("1", "eve", 100))
    ledger.change("eve", frozen=True)
    with pytest.raises(Refused, match="frozen"):
        ledger.apply(deposit("2", "eve", 1))
    assert ledger.apply(Order("1", "reverse")) == 5_000  # what is due is due
    ledger.change("eve", frozen=False)
    assert ledger.apply(deposit("3", "eve", 1)) == 5_001


def test_a_balance_is_changed_by_orders_only(ledger):
    with pytest.raises(ValueError, match="use an order"):
        ledger.change("eve", cents=10**9)


def test_the_postings_are_all_that_ever_moved_in_the_order_of_booking(ledger):
    ledger.apply(withdraw("2", "eve", 500))
    with pytest.raises(Refused):
        ledger.apply(transfer("3", "eve", "grant", 10**6))
    ledger.apply(Order("2", "confirm"))
    assert ledger.postings() == [
        Posting("open eve", "open", CASH, -5_000),
        Posting("open eve", "open", "eve", 5_000),
        Posting("open grant", "open", CASH, -10_000),
        Posting("open grant", "open", "grant", 10_000),
        Posting("2", "withdraw", "eve", -500),
        Posting("2", "withdraw", HELD, 500),
        Posting("2", "confirm", HELD, -500),
        Posting("2", "confirm", CASH, 500),
    ]


def test_a_statement_tells_the_last_movements_and_what_they_left(ledger):
    ledger.apply(deposit("1", "eve", 100))
    ledger.apply(transfer("2", "eve", "grant", 300))
    assert ledger.statement("eve", last=2) == [
        Line("transfer", "grant", -300, 4_800),
        Line("deposit", CASH, 100, 5_100),
    ]
    assert len(ledger.statement("eve", last=-5)) == 0
    with pytest.raises(Refused, match="no account"):
        ledger.statement("mallory")


def test_it_knows_its_customers_by_name(ledger):
    ledger.open_account("ann")
    assert ledger.names() == ["ann", "eve", "grant"]


def test_an_account_is_opened_once(ledger):
    for name in ("eve", "@cash", "", "a\nb"):
        with pytest.raises(Refused):
            ledger.open_account(name)


# --- The file ----------------------------------------------------------------


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "bank.db"
    with Ledger(path) as ledger:
        ledger.open_account("eve", 5_000)
        ledger.commit()
    return path


def test_what_was_committed_is_there_when_it_is_opened_again(path):
    with Ledger(path) as ledger:
        ledger.apply(deposit("1", "eve", 1))
        assert ledger.pending
        ledger.commit()
        assert not ledger.pending
    with Ledger(path) as ledger:
        assert cents(ledger, "eve") == [5_001]
        assert ledger.apply(deposit("1", "eve", 1)) == 5_001  # kept, too


def test_closing_does_not_commit(path):
    with Ledger(path) as ledger:
        ledger.apply(deposit("1", "eve", 1))
    with Ledger(path) as ledger:
        assert cents(ledger, "eve") == [5_000]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: p.write_bytes(b"taco night" * 999), "no ledger at all"),
        (lambda p: p.unlink(), "cannot be opened"),
        (lambda p: sql(p, "PRAGMA user_version = 7"), "of version 7"),
        (lambda p: sql(p, "PRAGMA application_id = 7"), "another program's"),
        (lambda p: p.rename(p.parent / "x") or p.mkdir(), "cannot be opened"),
    ],
)
def test_a_file_that_is_no_ledger_gets_a_clear_error(path, spoil, says):
    spoil(path)
    with pytest.raises(LedgerError, match=says):
        Ledger(path, create=False)


def sql(path, statement):
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement)
        db.commit()


def test_a_damaged_file_is_found_out(path):
    with Ledger(path) as ledger:
        for number in range(500):
            ledger.apply(deposit(f"{number}", "eve", 1))
        ledger.commit()
    data = bytearray(path.read_bytes())
    for page in range(4_096, len(data), 4_096):
        data[page : page + 64] = b"\xff" * 64
    path.write_bytes(data)
    with pytest.raises(LedgerError, match="is damaged"):
        Ledger(path).audit()


def in_a_child(program, *arguments):
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


def test_a_read_only_file_gets_a_clear_error(path):
    path.chmod(0o444)
    path.parent.chmod(0o555)
    if os.getuid() == 0:  # who may write to anything
        for folder in path.parents:
            if folder.owner() == "root" and folder.stat().st_mode & 0o5 != 5:
                folder.chmod(folder.stat().st_mode | 0o5)
    told = in_a_child(
        """
        import os, sys
        import urllib.parse  # what a Path needs, while it may be read
        from nearfar.bank import Ledger, LedgerError
        if os.getuid() == 0:
            os.setuid(65534)
        try:
            Ledger(sys.argv[1])
        except LedgerError as error:
            print(error)
        """,
        path,
    )
    path.parent.chmod(0o755)
    assert "is read-only" in told or "cannot be opened" in told


def test_a_full_disk_stops_the_ledger_and_leaves_nothing_half_done(path):
    told = in_a_child(
        """
        import resource, sys
        from nearfar.bank import CASH, Order
        from nearfar.bank import Ledger, LedgerError
        ledger, done = Ledger(sys.argv[1]), 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        try:
            while True:
                for cents in (1, 2):
                    order = (f"{done}.{cents}", "deposit", CASH, "eve", cents)
                    ledger.apply(Order(*order))
                ledger.commit()
                done += 1
        except LedgerError as error:
            print(done, error)
        try:
            ledger.account("eve")
        except LedgerError as error:
            print(error)
        """,
        path,
    )
    first, second = told.splitlines()
    done = int(first.split()[0])
    assert done > 3
    assert "look whether the disk is full" in first
    assert "is closed; open it anew" in second
    with Ledger(path) as ledger:
        assert ledger.audit().problems == ()
        assert cents(ledger, "eve") in ([5_000 + 3 * done], [5_003 + 3 * done])


def test_a_database_that_may_not_grow_says_that_it_is_full(path):
    with Ledger(path) as ledger:
        ledger._file.do("PRAGMA max_page_count = 12")

        def fill():
            for number in range(1_000):
                ledger.apply(deposit(f"{number}", "eve", 1))

        with pytest.raises(LedgerError, match="the disk is full"):
            fill()


# --- A power cut after each write --------------------------------------------


class Recorder(apsw.VFS):
    """Stands between SQLite and its files, and writes down what it does."""

    def __init__(self):
        self.steps = []
        super().__init__("recorder", base="")

    def xOpen(self, name, flags):
        return RecordedFile(self.steps, name, flags)

    def xDelete(self, name, sync_folder):
        super().xDelete(name, sync_folder)
        self.steps.append(("delete", name, 0, b""))


class RecordedFile(apsw.VFSFile):
    def __init__(self, steps, name, flags):
        self.steps = steps
        self.name = name if isinstance(name, str) else name.filename()
        super().__init__("", name, flags)

    def xWrite(self, data, offset):
        super().xWrite(data, offset)
        self.steps.append(("write", self.name, offset, bytes(data)))

    def xTruncate(self, size):
        super().xTruncate(size)
        self.steps.append(("truncate", self.name, size, b""))

    def xSync(self, flags):
        super().xSync(flags)
        self.steps.append(("sync", self.name, 0, b""))


class RecordedLedgerFile(LedgerFile):
    """The ledger's file, upon the recorder."""

    @staticmethod
    def connect(path, create):
        connection = apsw.Connection(str(path), vfs="recorder")
        connection.execute("PRAGMA page_size = 512")  # more writes, smaller
        connection.execute("PRAGMA wal_autocheckpoint = 40")
        return connection


ORDERS = [
    order
    for n in range(8)
    for order in (
        deposit(f"d{n}", "eve", 10 + n),
        withdraw(f"w{n}", "grant", 5 + n),
        transfer(f"t{n}", "grant", "eve", 20),
        Order(f"w{n}", "confirm" if n % 2 else "reverse"),
    )
]


GROUPS = (0, 1, 3, 6, 10, 11, 13, 16, 20, 21, 23, 26, 30, 31, 32)  # done


def a_day(path, acknowledge, **how):
    """A day at the bank in groups of 1, 2, 3, 4, 1 ... orders."""
    with patch("nearfar.bank.ledger.LedgerFile", RecordedLedgerFile):
        ledger = Ledger(path, **how)
    with ledger:
        ledger.open_account("eve", 5_000)
        ledger.open_account("grant", 10_000)
        ledger.commit()
        acknowledge(0)
        for start, stop in pairwise(GROUPS):
            for order in ORDERS[start:stop]:
                ledger.apply(order)
            ledger.commit()
            acknowledge(stop)


def replayed(files, step):
    kind, name, offset, data = step
    if kind == "write":
        content = files.setdefault(name, bytearray())
        content.extend(b"\0" * (offset - len(content)))
        content[offset : offset + len(data)] = data
    elif kind == "truncate":
        del files.setdefault(name, bytearray())[offset:]
    elif kind == "delete":
        files.pop(name, None)


def all_crashes(steps):
    """(Steps done, files as a power cut may leave them), for every step.

    What was written before the last sync of its file is there. What was
    written since may be there, or not; the last write may be half there.
    """
    files, synced = {}, {}
    for number, step in enumerate([*steps, None]):
        yield number, files
        if any(files[name] != synced.get(name) for name in files):
            yield number, synced  # nothing since the last sync has arrived
        if step is None:
            return
        if step[0] == "write" and len(step[3]) > 1:
            torn = {name: bytearray(data) for name, data in files.items()}
            replayed(torn, (*step[:3], step[3][: len(step[3]) // 2]))
            yield number, torn
        replayed(files, step)
        if step[0] == "sync":
            synced = {**synced, step[1]: bytearray(files.get(step[1], b""))}
        elif step[0] != "write":
            synced = {n: bytearray(d) for n, d in synced.items() if n in files}


def cut_everywhere(tmp_path, **how):
    """(Orders on disk, orders acknowledged) for every possible power cut."""
    recorder, acknowledged = Recorder(), [(0, -2)]
    day, after = tmp_path / "day", tmp_path / "after"
    day.mkdir()
    a_day(
        day / "bank.db",
        lambda done: acknowledged.append((len(recorder.steps), done)),
        **how,
    )
    recorder.unregister()
    opened = acknowledged[1][0]
    assert any(
        kind == "write" and name.endswith(".db")
        for kind, name, _, _ in recorder.steps[opened:]
    ), "the log was put into the file on the way, too"
    expected = balances_after()
    for number, files in all_crashes(recorder.steps):
        promised = [n for s, n in acknowledged if s <= number][-1]
        shutil.rmtree(after, ignore_errors=True)
        after.mkdir()
        for name, data in files.items():
            (after / os.path.basename(name)).write_bytes(data)
        with Ledger(after / "bank.db", durable=False) as ledger:
            found = ledger.audit()
            assert found.problems == (), f"cut after step {number}"
            done = found.movements + found.refused - 2  # two were opened
            if done >= 0:
                assert cents(ledger, "eve", "grant") == expected[done]
        yield done, promised
    print(f"{len(recorder.steps)} file operations, each cut", end=" ")


def test_a_power_cut_after_any_write_loses_nothing_acknowledged(tmp_path):
    states = set()
    for done, promised in cut_everywhere(tmp_path):
        assert done >= promised
        states.add(done)
    assert states == {-2, *GROUPS}, "every commit was seen, and no half of one"


def test_a_ledger_that_does_not_wait_for_the_disk_would_be_found_out(tmp_path):
    with suppress(AssertionError, LedgerError):  # even the file may be spoilt
        lost = [
            promised - done
            for done, promised in cut_everywhere(tmp_path, durable=False)
        ]
        assert max(lost) <= 0, "nothing acknowledged was ever lost"
        pytest.fail("a power cut hurt nobody: the test above proves nothing")


def balances_after():
    """Eve's and Grant's balances after so many of ORDERS."""
    with Ledger() as ledger:
        ledger.open_account("eve", 5_000)
        ledger.open_account("grant", 10_000)
        told = [cents(ledger, "eve", "grant")]
        for order in ORDERS:
            with suppress(Refused):
                ledger.apply(order)
            told.append(cents(ledger, "eve", "grant"))
    return told


# --- Against a model that anybody can check ----------------------------------

NAMES = st.sampled_from(["eve", "grant", "mallory"])
IDS = st.sampled_from("abcdefgh")
CENTS = st.integers(-50, 250)


class Model:
    """A bank in thirty lines: dicts, and nothing that could crash."""

    def __init__(self):
        self.has = {"eve": 100, "grant": 200}
        self.held = {}  # id: (account, cents)
        self.answers = {}  # (id, verb): (order, answer); None is No
        self.orders = {}  # id: verb

    def apply(self, order):
        key = (order.id, order.verb)
        settles = order.verb in ("confirm", "reverse")
        if not settles and self.orders.get(order.id, order.verb) != order.verb:
            return None  # another order came under this id
        if order.cents < 1 and not settles:
            if not any(id == order.id for id, _ in self.answers):
                self.orders[order.id] = order.verb
                self.answers[key] = order, None
            return None
        if key in self.answers:
            asked, answer = self.answers[key]
            taken_back = (order.id, "reverse") in self.answers
            if asked != order or (order.verb == "withdraw" and taken_back):
                return None
            return answer
        answer = self.settle(order) if settles else self.move(order)
        self.answers[key] = order, answer
        if not settles:
            self.orders[order.id] = order.verb
        return answer

    def move(self, order):
        names = {order.payer, order.payee} - {CASH, HELD}
        if names - self.has.keys() or order.payer == order.payee:
            return None
        if {(order.id, v) for v in ("confirm", "reverse")} & set(self.answers):
            return None
        if order.payer != CASH and self.has[order.payer] < order.cents:
            return None
        for name in names:
            sign = 1 if name == order.payee else -1
            self.has[name] += sign * order.cents
        if order.payee == HELD:
            self.held[order.id] = order.payer, order.cents
        return self.has[order.payer if order.payer != CASH else order.payee]

    def settle(self, order):
        if order.id not in self.held:
            return None
        name, cents = self.held.pop(order.id)
        if order.verb == "reverse":
            self.has[name] += cents
        return self.has[name]


class LedgerAgainstModel(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.ledger, self.model = Ledger(), Model()
        for name, cents in self.model.has.items():
            self.ledger.open_account(name, cents)

    def both(self, order):
        try:
            answer = self.ledger.apply(order)
        except Refused:
            answer = None
        assert answer == self.model.apply(order)

    @rule(id=IDS, name=NAMES, cents=CENTS)
    def deposit(self, id, name, cents):
        self.both(deposit(id, name, cents))

    @rule(id=IDS, name=NAMES, cents=CENTS)
    def withdraw(self, id, name, cents):
        self.both(withdraw(id, name, cents))

    @rule(id=IDS, payer=NAMES, payee=NAMES, cents=CENTS)
    def transfer(self, id, payer, payee, cents):
        self.both(transfer(id, payer, payee, cents))

    @rule(id=IDS, verb=st.sampled_from(["confirm", "reverse"]))
    def settle(self, id, verb):
        self.both(Order(id, verb))

    @rule()
    def commit(self):
        self.ledger.commit()

    @invariant()
    def balances_agree(self):
        held = sum(cents for _, cents in self.model.held.values())
        has = [*self.model.has.values(), held]
        assert cents(self.ledger, *self.model.has, HELD) == has

    def teardown(self):
        assert self.ledger.audit().problems == ()
        self.ledger.close()


TestAgainstModel = LedgerAgainstModel.TestCase
TestAgainstModel.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None
)
