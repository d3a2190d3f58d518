"""Histories: the checker against hand-made ones, and against brute force."""

import math
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfar import schedule, spawn
from nearfar.checking import (
    REFUSED,
    Accounts,
    Call,
    Fifo,
    History,
    Registers,
    explore,
    linearizable,
)
from nearfar.checking.histories import UNKNOWN


def call(client, began, ended, name, *args, answer=None):
    return Call(client, name, args, answer, began, ended)


def write(client, began, ended, value):
    return call(client, began, ended, "write", "x", value)


def read(client, began, ended, value):
    return call(client, began, ended, "read", "x", answer=value)


NEVER = math.inf
RIGHT = {
    "one after another": [write("a", 1, 2, 7), read("b", 3, 4, 7)],
    "read during the write, new": [write("a", 1, 4, 7), read("b", 2, 3, 7)],
    "read during the write, old": [write("a", 1, 4, 7), read("b", 2, 3, None)],
    "old, then new": [
        write("a", 1, 8, 7),
        read("b", 2, 3, None),
        read("b", 4, 5, 7),
    ],
    "two writes at once, in the other order": [
        write("a", 1, 4, 1),
        write("b", 2, 3, 2),
        read("c", 5, 6, 1),
    ],
    "a write without an answer has happened": [
        Call("a", "write", ("x", 7), UNKNOWN, 1, NEVER),
        read("b", 2, 3, None),
        read("b", 4, 5, 7),
    ],
    "a write without an answer has not happened": [
        Call("a", "write", ("x", 7), UNKNOWN, 1, NEVER),
        read("b", 2, 3, None),
    ],
}
WRONG = {
    "a stale read": [write("a", 1, 2, 7), read("b", 3, 4, None)],
    "new, then old": [
        write("a", 1, 8, 7),
        read("b", 2, 3, 7),
        read("c", 4, 5, None),
    ],
    "what nobody wrote": [write("a", 1, 2, 7), read("b", 3, 4, 8)],
    "an open write that came and went": [
        Call("a", "write", ("x", 7), UNKNOWN, 1, NEVER),
        read("b", 2, 3, 7),
        read("b", 4, 5, None),
    ],
}


@pytest.mark.parametrize("calls", RIGHT.values(), ids=RIGHT)
def test_histories_that_are_right(calls):
    found = linearizable(calls, Registers())
    assert found.answer is True
    assert str(found) == f"linearizable: {len(calls)} calls have an order"


@pytest.mark.parametrize("calls", WRONG.values(), ids=WRONG)
def test_histories_that_are_wrong(calls):
    found = linearizable(calls, Registers())
    assert found.answer is False
    assert found.culprit == calls[-1]


def test_the_culprit_is_named_and_what_has_no_part_in_it_is_left_out():
    calls = [write("a", n, n + 0.5, n) for n in range(1, 40)]
    calls += [read("b", 40, 43, 39), read("c", 44, 45, 12)]
    calls += [read("b", 46, 47, 39)]
    found = linearizable(calls, Registers())
    assert found.culprit == calls[-2]
    assert found.culprit in found.part
    assert len(found.part) <= 2
    assert "c: read('x') -> 12  <- here it breaks" in str(found)


def test_without_any_answer_of_the_part_the_rest_can_be_explained():
    calls = WRONG["new, then old"]
    part = linearizable(calls, Registers()).part
    assert set(part) == set(calls) - {calls[0]}
    for one in part:
        freed = [
            Call(c.client, c.name, c.args, UNKNOWN, c.began) if c == one else c
            for c in calls
        ]
        assert linearizable(freed, Registers())


def test_keys_are_independent():
    calls = [
        call("a", 1, 2, "write", "x", 1),
        call("b", 3, 4, "read", "y", answer=None),
        call("c", 5, 6, "read", "x", answer=None),
    ]
    found = linearizable(calls, Registers())
    assert found.culprit == calls[2]
    assert calls[1] not in found.part


def test_a_queue_is_first_in_first_out():
    puts = [call("a", 1, 2, "put", 1), call("a", 3, 4, "put", 2)]
    takes = [call("b", 5, 6, "take", answer=n) for n in (1, 2)]
    assert linearizable([*puts, takes[0]], Fifo())
    assert not linearizable([*puts, takes[1]], Fifo())


def test_accounts_refuse_what_is_not_there():
    model = Accounts({"grant": 100, "eve": 0}, transfers=True)
    both = [
        call("a", 1, 4, "transfer", "grant", "eve", 70, answer=30),
        call("b", 2, 3, "transfer", "grant", "eve", 70, answer=REFUSED),
        call("c", 5, 6, "balance", "eve", answer=70),
    ]
    assert linearizable(both, model)
    assert not linearizable([both[0], both[0]], model)


def test_what_is_too_large_is_not_decided():
    calls = [write(f"c{n}", n, 1_000 + n, n) for n in range(40)]
    calls.append(read("r", 2_000, 2_001, "never written"))
    found = linearizable(calls, Registers(), limit=1_000)
    assert found.answer is None
    assert not found
    assert "too large to decide: 1,000 states of 41 calls" in str(found)


# --- Against brute force -----------------------------------------------------


def brute_force(calls, model):
    """Try every order of every choice of the open calls."""
    closed = [c for c in calls if c.ended < math.inf]
    opened = [c for c in calls if c.ended == math.inf]
    for mask in range(1 << len(opened)):
        some = [c for n, c in enumerate(opened) if mask >> n & 1]
        for order in permutations([*closed, *some]):
            if explains(order, model):
                return True
    return False


def explains(order, model):
    latest, state = 0, model.start(None)
    for each in order:
        latest = max(latest, each.began)
        if each.ended < latest:
            return False
        state, answer = model.step(state, each.name, each.args)
        if each.ended < math.inf and answer != each.answer:
            return False
    return True


def random_history(chance, kind):
    """At most six calls of three clients, with answers that may be wrong."""
    events, calls = [], []
    for client in "abc":
        moments = sorted(chance.sample(range(100), 2 * chance.randint(1, 2)))
        events += [
            (began, ended, client)
            for began, ended in zip(moments[::2], moments[1::2], strict=True)
        ]
    for number, (began, ended, client) in enumerate(sorted(events)):
        name, args, answer = kind(chance)
        began, ended = began + number / 100, ended + number / 100
        if chance.random() < 0.15:
            ended, answer = math.inf, UNKNOWN
        calls.append(Call(client, name, args, answer, began, ended))
    return calls


def of_register(chance):
    if chance.random() < 0.5:
        return "write", ("x", chance.randint(1, 2)), None
    return "read", ("x",), chance.choice([None, 1, 2])


def of_queue(chance):
    if chance.random() < 0.5:
        return "put", (chance.randint(1, 2),), None
    return "take", (), chance.choice([None, 1, 2])


def of_accounts(chance):
    if chance.random() < 0.5:
        return "deposit", ("g", 10), chance.choice([10, 20, 30])
    return "withdraw", ("g", 10), chance.choice([0, 10, REFUSED])


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (Registers(), of_register),
        (Fifo(), of_queue),
        (Accounts({"g": 0}, transfers=True), of_accounts),
    ],
    ids=["registers", "queue", "accounts"],
)
def test_the_checker_agrees_with_brute_force(model, kind):
    answers = {True: 0, False: 0}
    for seed in range(1_000):
        calls = random_history(Random(seed), kind)
        expected = brute_force(calls, model)
        found = linearizable(calls, model)
        assert found.answer is expected, (seed, [*map(str, calls)])
        answers[expected] += 1
        if found:
            closed = [c for c in calls if c.ended < math.inf]
            assert explains(found.order, model)
            assert set(closed) <= set(found.order)
        else:
            assert found.culprit in found.part
    assert min(answers.values()) > 100


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_history_of_something_right_is_linearizable(chance):
    """Calls that take effect at one moment within their time."""
    moments, calls = sorted(chance.sample(range(1_000), 60)), []
    model, state = Accounts({"g": 50}), (("g", 50),)
    for moment in moments:
        name, args, _ = of_accounts(chance)
        state, answer = model.step(state, name, args)
        began = moment - chance.randint(0, 20) - chance.random()
        ended = moment + chance.randint(0, 20) + chance.random()
        calls.append(Call("c", name, args, answer, began, ended))
    assert linearizable(calls, model)


# --- Recorded ----------------------------------------------------------------


def bank_day(deposit, found):
    """Three customers pay in at once; the histories' answers are collected."""
    history, accounts = History(), {"grant": 0}

    def customer(name):
        history.call(
            name, "deposit", "grant", 10, by=lambda *a: deposit(accounts, *a)
        )

    for name in ("ann", "bob", "cy"):
        spawn(customer, name)
    spawn(lambda: found.append(linearizable(history, Accounts({"grant": 0}))))
    return history


def careless(accounts, account, cents):
    balance = accounts[account]
    schedule()
    accounts[account] = balance + cents
    return accounts[account]


def careful(accounts, account, cents):
    accounts[account] += cents
    balance = accounts[account]
    schedule()
    return balance


def right(history):
    """the answers can be explained one after another"""
    return bool(linearizable(history, Accounts({"grant": 0})))


def test_a_careful_bank_is_linearizable_in_every_order():
    explored = explore(lambda: bank_day(careful, []), holds=right)
    assert explored.failure is None
    assert explored.orders > 90


def test_a_lost_update_is_not_linearizable():
    failure = explore(lambda: bank_day(careless, []), holds=right).failure
    assert failure is not None


def test_a_call_that_raises_stays_open():
    history = History()

    def fails():
        raise TimeoutError

    with pytest.raises(TimeoutError):
        history.call("a", "write", by=fails)
    (only,) = history.calls
    assert only.ended == math.inf
    assert str(only) == "a: write() -> ?"
