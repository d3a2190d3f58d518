"""The exercise of chapter 04 about a wait in the middle of an update."""

from __future__ import annotations

from contextlib import suppress

from .. import sleep, spawn
from ..experiments.mutex import Mutex
from ..experiments.watched_accounts import WatchedAccounts
from .promises import Exercise, Mismatch, expect, now

locking = Exercise(
    "4.5",
    "a transfer that waits in the middle",
    hint="Take both locks before you read. Two transfers that take the same "
    "two locks must take them in the same order: sort the names.",
    begun=True,
)


class HeadOffice:
    """Accounts with locks, and an office that takes a second to decide."""

    def __init__(self, **accounts):
        self.accounts = WatchedAccounts(accounts)
        self.locks = {name: Mutex(f"lock of {name}") for name in accounts}
        self.asked = 0
        self.answer = True

    def order(self, transfer, payer, payee, cents):
        """Start a transfer in a tasklet; return it."""

        def approve(has, gets, cents):
            self.asked += 1
            told = {payer: has, payee: gets}
            self._compare("was told", told, payer, payee)
            sleep(1)
            self._compare("decided on", told, payer, payee)
            return self.answer

        return spawn(
            *(transfer, self.accounts, self.locks),
            *(payer, payee, cents, approve),
            name=f"{payer} to {payee}",
        )

    def _compare(self, verb, told, payer, payee):
        there = {n: c for n, c in self.accounts.items() if n in told}
        try:
            expect(
                f"the balances that head office {verb}, {payer} to {payee}",
                happened=told,
                expected=there,
            )
        except Mismatch as error:
            title = "Exercise 4.5: a run that fails"
            error.figure = self.accounts.draw(title)
            raise


def results(*tasklets):
    """Wait for transfers; return what each returned."""
    return [tasklet.result() for tasklet in tasklets]


@locking.promise("it moves what head office approves, and nothing else")
def as_approved(transfer):
    for says, after in [
        (True, {"grant": 70, "eve": 80}),
        (False, {"grant": 100, "eve": 50}),
    ]:
        office = HeadOffice(grant=100, eve=50)
        office.answer = says
        expect(
            f"what transfer returns when head office says {says}",
            happened=results(office.order(transfer, "grant", "eve", 30)),
            expected=[says],
        )
        expect(
            "the accounts afterwards",
            happened=dict(office.accounts),
            expected=after,
        )


@locking.promise("what head office decided on stays true until it is done")
def holds_still(transfer):
    office = HeadOffice(grant=100, eve=50, ann=50)
    orders = [("grant", "eve", 60), ("grant", "ann", 60), ("ann", "eve", 10)]
    moved = results(*(office.order(transfer, *o) for o in orders))
    expect(
        "how many of two transfers of 60 moved, when grant had 100",
        happened=sum(moved[:2]),
        expected=1,
    )
    expect(
        "all accounts together",
        happened=sum(office.accounts.values()),
        expected=200,
    )
    expect(
        "questions to head office, for three orders, of which one has too "
        "little money",
        happened=office.asked,
        expected="one for each order at most",
        holds=office.asked <= 3,
    )


@locking.promise("eve pays ann while ann pays eve: all end")
def no_deadlock(transfer):
    office = HeadOffice(grant=100, eve=100, ann=100)
    orders = [("grant", "eve", 10), ("eve", "ann", 10), ("ann", "eve", 30)]
    expect(
        "what three transfers return",
        happened=results(*(office.order(transfer, *o) for o in orders)),
        expected=[True, True, True],
    )
    expect(
        "the accounts afterwards",
        happened=dict(office.accounts),
        expected={"grant": 90, "eve": 130, "ann": 80},
    )


@locking.promise("an account that pays itself gets False, and no deadlock")
def to_itself(transfer):
    office = HeadOffice(grant=100)
    expect(
        "what transfer returns, from grant to grant",
        happened=results(office.order(transfer, "grant", "grant", 10)),
        expected=[False],
    )


@locking.promise("transfers between other accounts need not wait", orders=0)
def side_by_side(transfer):
    office = HeadOffice(grant=100, eve=0, ann=100, bob=0)
    one = office.order(transfer, "grant", "eve", 10)
    two = office.order(transfer, "ann", "bob", 10)
    results(one, two)
    expect(
        "seconds until grant has paid eve and ann has paid bob, where head "
        "office takes 1 s for each",
        happened=now(),
        expected=1,
    )


@locking.promise("an error of head office leaves no lock behind", orders=0)
def after_an_error(transfer):
    office = HeadOffice(grant=100, eve=0)

    def broken(has, gets, cents):
        raise ConnectionError("the line to head office is down")

    with suppress(ConnectionError):
        transfer(office.accounts, office.locks, "grant", "eve", 10, broken)
    expect(
        "locks that are free after approve() raised an error",
        happened=[name for name, lock in office.locks.items() if lock.free],
        expected=["grant", "eve"],
    )
