"""The exercises of chapter 11: engines."""

from __future__ import annotations

from .. import schedule, sleep, spawn
from .promises import Exercise, Prediction, expect, now

NEEDS = {
    **{"a": (), "b": (), "c": (), "d": ()},
    **{"ab": ("a", "b"), "cd": ("c", "d"), "total": ("ab", "cd")},
}
ON_A, ON_B = {"a", "b", "ab"}, {"c", "d", "cd"}


def runs_in_all():
    """Return how many tasks run when worker A dies before the total."""
    runs, done = [*ON_A, *ON_B], set(ON_B)

    def compute(task):
        for needed in NEEDS[task]:
            if needed not in done:
                compute(needed)
        runs.append(task)
        done.add(task)

    compute("total")
    return len(runs)


Prediction(
    "11.1",
    "what runs again",
    truth=runs_in_all,
    because="six runs before the death, then a, b and ab again, then total",
    beliefs=[
        (7, "7 runs are enough if no worker dies; with A, its results die"),
        (8, "ab runs again, but from what? Its arguments were on A, too"),
        (9, "count once more: a, b, ab, c, d, cd, then A dies"),
        (13, "cd is safe on B: no task of B runs again"),
        (4, "4 tasks run after the death; count those before it, too"),
    ],
    hint="Six tasks ran before the death. What was on A? To compute that "
    "again, which arguments are missing?",
)


fitting = Exercise(
    "11.2",
    "a chunk that fits the engine",
    hint="Nine times the overhead, in numbers; rounded up. Then limit it, so "
    "that every worker still gets four chunks.",
)


@fitting.promise(
    "nine tenths of the time are work, with the fewest numbers", orders=0
)
def work_share(answer):
    for number_s, overhead_s in [
        (0.0011, 0.1),
        (0.013, 0.1),
        (0.004, 0.0031),
        (0.25, 0.5),
    ]:
        chunk = answer(10**9, number_s, overhead_s, 2)
        work = _shares(chunk, number_s, overhead_s)
        less = _shares(chunk - 1, number_s, overhead_s)
        expect(
            f"share of work for numbers of {number_s} s, an overhead of "
            f"{overhead_s} s, and chunks of {chunk} numbers",
            happened=round(work, 3),
            expected="0.9 or more, and less than that with one number fewer",
            holds=work >= 0.9 - 1e-9 > less,
        )


def _shares(chunk, number_s, overhead_s):
    work = chunk * number_s
    return work / (work + overhead_s)


@fitting.promise("but each worker gets four chunks or more", orders=0)
def four_each(answer):
    for stop, workers in [(1_000, 2), (10_000, 10), (100, 3)]:
        chunk = answer(stop, 0.001, 5.0, workers)
        expect(
            f"numbers in a chunk, of {stop}, for {workers} workers, when the "
            "overhead is huge",
            happened=chunk,
            expected=stop // (4 * workers),
        )


@fitting.promise("and no chunk is empty", orders=0)
def not_empty(answer):
    expect(
        "the chunk when a number takes 1 s and the overhead is nothing",
        happened=answer(10**6, 1.0, 0.0, 2),
        expected=1,
    )
    expect(
        "the chunk when there are 5 numbers for 2 workers",
        happened=answer(5, 1.0, 5.0, 2),
        expected=1,
    )


def count_money(branch):
    """The cents in one branch of the bank: a list of balances."""
    return sum(branch)


def add(one, other):
    """Two sums as one."""
    return one + other


class Client:
    """An engine in virtual time, in which every task takes a second.

    `submit(function, *arguments)` returns a future at once. Futures may be
    arguments, and the task waits for them. `result()` waits.
    """

    def __init__(self):
        self.tasks = self.waits = 0

    def submit(self, function, *arguments):
        self.tasks += 1
        return _Future(self, spawn(self._work, function, arguments))

    def _work(self, function, arguments):
        ready = [
            argument.task.result()
            if isinstance(argument, _Future)
            else argument
            for argument in arguments
        ]
        sleep(1)
        return function(*ready)


class _Future:
    def __init__(self, client, task):
        self.client, self.task = client, task

    def result(self):
        self.client.waits += 1
        return self.task.result()


futures = Exercise(
    "11.3",
    "the audit as futures",
    hint="Submit an add for each pair of futures, then for each pair of "
    "those, until one is left. Ask only that one for its result.",
)


def _branches(count):
    return [[100 * number, number] for number in range(1, count + 1)]


@futures.promise("the total is right, for one branch, five, or eight")
def total(answer):
    for count in (1, 5, 8):
        branches = _branches(count)
        expect(
            f"the cents in {count} branches",
            happened=answer(Client(), branches),
            expected=sum(map(sum, branches)),
        )


@futures.promise("the answer waits only for the last sum")
def one_wait(answer):
    client = Client()
    answer(client, _branches(8))
    expect("calls of result()", happened=client.waits, expected=1)


@futures.promise("a task for each branch, and one for each pair")
def tasks(answer):
    client = Client()
    answer(client, _branches(8))
    expect(
        "tasks for eight branches",
        happened=client.tasks,
        expected=8 + 4 + 2 + 1,
    )


@futures.promise("eight branches take four seconds: one, and three of pairs")
def in_pairs(answer):
    began = now()
    answer(Client(), _branches(8))
    expect(
        "seconds for eight branches, with workers enough",
        happened=now() - began,
        expected="4 or fewer",
        holds=now() - began <= 4,
    )


# --- A store that all workers share, and workers that die ---------------------


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
