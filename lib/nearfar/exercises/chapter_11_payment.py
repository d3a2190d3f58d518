"""The exercise of chapter 11 about a task that an engine runs twice: 11.4.

The one idea: a worker dies after any call of a store that all workers share,
and the engine runs the task again. So a payment must leave the same state
when it runs once more.
"""

from __future__ import annotations

from .. import schedule, spawn
from .promises import Exercise, expect


class _Killed(BaseException):
    """The worker is gone, in the middle of a task."""


class Store:
    """Accounts that all workers share; a call is done wholly or not at all.

    The worker dies right after call number `dies_after`.
    """

    def __init__(self):
        self.added, self.entries = {}, {}
        self.calls = self.dies_after = 0

    def add(self, account, cents):
        """Add to what an account holds."""
        self.added[account] = self.added.get(account, 0) + cents
        self._called()

    def put(self, account, name, cents):
        """Write an entry of an account, over one of the same name."""
        self.entries[account, name] = cents
        self._called()

    def names(self, account):
        """Return the names of an account's entries."""
        found = [name for owner, name in self.entries if owner == account]
        self._called()
        return found

    def balance(self, account):
        """Return what was added to an account, plus its entries."""
        entries = self.entries.items()
        written = sum(
            cents for (owner, _), cents in entries if owner == account
        )
        return self.added.get(account, 0) + written

    def _called(self):
        self.calls += 1
        schedule()  # another copy of the task may run
        if self.calls == self.dies_after:
            raise _Killed


def _expect_balances(store, when, **expected):
    for account, cents in expected.items():
        expect(
            f"the balance of {account}, {when}",
            happened=store.balance(account),
            expected=cents,
        )


twice = Exercise(
    "11.4",
    "a payment that may run twice",
    hint="To look first and act later takes two calls, and the worker may die "
    "between them. Which single call leaves the same state when it runs "
    "again?",
    begun=True,
)


@twice.promise("when no worker dies, every payment counts", orders=0)
def all_count(answer):
    store = Store()
    answer(store, "p1", "eve", 1_000)
    answer(store, "p2", "eve", 250)
    answer(store, "p3", "grant", 40)
    when = "after payments of 1000 and 250 to eve, and 40 to grant"
    _expect_balances(store, when, eve=1_250, grant=40)


@twice.promise("its worker dies after any call: it counts once", orders=0)
def dies_anywhere(answer):
    calls = _calls(answer)
    for dies_after in range(1, calls + 1):
        store = Store()
        store.dies_after = dies_after
        try:
            answer(store, "p1", "eve", 1_000)
        except _Killed:
            answer(store, "p1", "eve", 1_000)
        when = (
            f"when the worker died after call {dies_after} of {calls} and the "
            "engine ran the task again"
        )
        _expect_balances(store, when, eve=1_000)


def _calls(answer):
    store = Store()
    answer(store, "p1", "eve", 1_000)
    return store.calls


@twice.promise("two copies run at the same time: it counts once", orders=100)
def two_copies(answer):
    store = Store()
    copies = [spawn(answer, store, "p1", "eve", 1_000) for _ in range(2)]
    for copy in copies:
        copy.join()
    _expect_balances(store, "after two copies of the task", eve=1_000)
