"""The exercises of chapter 04 about money: a transfer, and refusals.

`chapter_04_smallest`, `_locks`, `_server`, `_audit`, `_clock` hold the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .. import schedule, sleep, spawn
from ..bank import Accepted, Balance, Declined, Deposit, Withdraw
from ..checking import REFUSED, Accounts, History, linearizable
from ..experiments.watched_accounts import WatchedAccounts
from .promises import Exercise, Mismatch, expect

moving = Exercise(
    "4.2",
    "a transfer that loses nothing",
    hint="print_slip() lets others run. A balance that was read before it may "
    "be old after it, and others see what is half done. Where can it stand?",
    begun=True,
)


@contextmanager
def pictured(accounts: WatchedAccounts, number: str) -> Iterator[None]:
    """Add a picture of the balances to what goes wrong."""
    try:
        yield
    except Mismatch as error:
        error.figure = accounts.draw(f"Exercise {number}: a run that fails")
        raise


def _day(transfer, orders, accounts):
    """Carry out the orders; check slips and totals; return what each moved."""
    total, slips = sum(accounts.values()), []

    def print_slip():
        with pictured(accounts, "4.2"):
            expect(
                f"all accounts together while a slip is printed: {accounts}",
                happened=sum(accounts.values()),
                expected=total,
            )
        slips.append("slip")
        schedule()

    def customer(payer, payee, cents):
        told = transfer(accounts, payer, payee, cents, print_slip)
        expect(
            "what transfer returns",
            happened=told,
            expected="True if the money moved, False if there is not enough",
            holds=told in (True, False),
        )
        return cents if told else 0

    tasklets = [
        spawn(customer, *order, name=f"{order[0]} to {order[1]}")
        for order in orders
    ]
    moved = [tasklet.result() for tasklet in tasklets]
    sleep(1)  # an answer may print slips in a tasklet of its own
    expect(
        f"slips printed, when {moved} moved",
        happened=len(slips),
        expected=sum(cents > 0 for cents in moved),
    )
    return moved


@moving.promise("two transfers at once both arrive")
def both_arrive(transfer):
    accounts = WatchedAccounts({"grant": 100, "eve": 100, "ann": 100})
    with pictured(accounts, "4.2"):
        _day(transfer, [("grant", "eve", 10), ("grant", "ann", 20)], accounts)
        expect(
            "grant, eve and ann, who had 100 each, after 10 went from grant to "
            "eve and 20 from grant to ann",
            happened=dict(accounts),
            expected={"grant": 70, "eve": 110, "ann": 120},
        )


@moving.promise("money that goes round stays the same")
def stays_the_same(transfer):
    accounts = WatchedAccounts({"grant": 50, "eve": 50, "ann": 50})
    circle = [("grant", "eve", 30), ("eve", "ann", 30), ("ann", "grant", 30)]
    with pictured(accounts, "4.2"):
        _day(transfer, circle, accounts)
        expect(
            "all balances after 30 went once round",
            happened=dict(accounts),
            expected={"grant": 50, "eve": 50, "ann": 50},
        )


@moving.promise("a customer can pay the last cent")
def to_the_last_cent(transfer):
    accounts = WatchedAccounts({"grant": 100, "eve": 0})
    told = _day(transfer, [("grant", "eve", 100)], accounts)
    expect(
        "what moved when 100 was asked for, and there was 100",
        happened=told,
        expected=[100],
    )


@moving.promise("no account goes below zero, and nothing is half moved")
def no_debt(transfer):
    accounts = WatchedAccounts({"grant": 100, "eve": 0})
    with pictured(accounts, "4.2"):
        told = _day(transfer, [("grant", "eve", 70)] * 2, accounts)
        expect(
            "what moved when 70 was asked for twice, and there was 100",
            happened=sorted(told),
            expected=[0, 70],
        )
        expect(
            "the accounts afterwards",
            happened=dict(accounts),
            expected={"grant": 30, "eve": 70},
        )


class _Transfers(Accounts):
    """Accounts whose transfers answer True or False."""

    def step(self, state, name, args):
        state, answer = super().step(state, name, args)
        return state, answer != REFUSED if name == "transfer" else answer


@moving.promise("its answers fit one order of the transfers")
def answers_fit(transfer):
    accounts, history = {"grant": 100, "eve": 0}, History()

    def told(payer, payee, cents):
        return bool(transfer(accounts, payer, payee, cents, schedule))

    orders = [("grant", "eve", 70), ("grant", "eve", 70), ("eve", "grant", 70)]
    tasklets = [
        spawn(history.call, f"order {n}", "transfer", *order, by=told)
        for n, order in enumerate(orders, 1)
    ]
    for tasklet in tasklets:
        tasklet.join()
    for name in ("grant", "eve"):
        history.call("afterwards", "balance", name, by=accounts.get)
    found = linearizable(history, _Transfers({"grant": 100, "eve": 0}, True))
    expect(
        f"the answers, when grant has 100: {found}",
        happened="they fit no order",
        expected="one order of the three transfers explains them",
        holds=found.answer is not False,
    )


# --- Refusals ----------------------------------------------------------------

refusing = Exercise(
    "4.4",
    "a bank that says no",
    hint="Three questions before anything is written: is there such an "
    "account, is the amount above zero, is there enough?",
    begun=True,
)


def _bank():
    return {"grant": 100, "eve": 50}


def _answers(decide, *requests):
    accounts = _bank()
    return accounts, [decide(accounts, request) for request in requests]


@refusing.promise("what is right is done, and the reply says the new balance")
def right_is_done(decide):
    accounts, replies = _answers(
        decide,
        Deposit("1", "eve", 25),
        Withdraw("2", "eve", 75),
        Balance("grant"),
    )
    expect(
        "the replies to: deposit 25 to eve (who has 50), withdraw 75, "
        "balance of grant",
        happened=replies,
        expected=[Accepted(75), Accepted(0), Accepted(100)],
    )
    expect("eve", happened=accounts["eve"], expected=0)


def _refuses(decide, what, request):
    accounts, (reply,) = _answers(decide, request)
    expect(
        f"the reply to {what}",
        happened=reply,
        expected="Declined, with a reason in words",
        holds=isinstance(reply, Declined) and bool(reply.reason),
    )
    expect(f"the accounts after {what}", happened=accounts, expected=_bank())


@refusing.promise("money that comes in is welcome, however much")
def much_is_welcome(decide):
    _, replies = _answers(decide, Deposit("1", "eve", 1_000))
    expect(
        "the reply to a deposit of 1000 for eve, who has 50",
        happened=replies,
        expected=[Accepted(1_050)],
    )


@refusing.promise("no customer takes more than there is")
def no_overdraft(decide):
    _refuses(decide, "a withdrawal of 51 by eve", Withdraw("1", "eve", 51))


@refusing.promise("Eve does not pay in minus 100, nor take out minus 100")
def no_minus(decide):
    for cents in (-100, 0):
        for kind, word in ((Deposit, "deposit"), (Withdraw, "withdrawal")):
            _refuses(decide, f"a {word} of {cents}", kind("1", "eve", cents))


@refusing.promise("a typing error opens no account")
def no_typing_error(decide):
    for request in (
        Deposit("1", "Eve", 10),
        Withdraw("1", "Eve", 10),
        Balance("Eve"),
    ):
        what = f"a {type(request).__name__.lower()} for 'Eve'"
        _refuses(decide, what, request)
