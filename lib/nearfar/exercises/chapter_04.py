"""The exercises of chapter 04 about money: a movement, and refusals.

`chapter_04_smallest`, `_locks`, `_server`, `_audit`, `_clock` hold the others.
"""

from __future__ import annotations

from .. import schedule, sleep, spawn
from ..bank import CASH, Accepted, Balance, Declined, Deposit, Withdraw
from .promises import Exercise, expect

moving = Exercise(
    "4.2",
    "move money",
    hint="print_slip() lets others run. What must stand in the book by then, "
    "and what must you have read from it?",
)


def _opened(**accounts):
    """Return the postings that open accounts, each with cash."""
    book = []
    for name, cents in accounts.items():
        book += [(CASH, -cents), (name, cents)]
    return book


def _sums_to_zero(book, when):
    expect(
        f"the sum of all postings {when}: {book}",
        happened=sum(cents for _, cents in book),
        expected=0,
    )


def _day(move, book, *orders):
    """Carry out the orders at once; return what each returned, and slips."""
    slips = []

    def print_slip(account, cents):
        _sums_to_zero(book, "while a slip is printed")
        slips.append((account, cents))
        schedule()

    def customer(order):
        _sums_to_zero(book, "before a movement")
        told = move(book, *order, print_slip)
        expect(
            "what move returns",
            happened=told,
            expected="True if the money moved, False if there is not enough",
            holds=told in (True, False),
        )
        return told

    tasklets = [
        spawn(customer, order, name=f"{order[0]} to {order[1]}")
        for order in orders
    ]
    moved = [tasklet.result() for tasklet in tasklets]
    sleep(1)  # an answer may print slips in tasklets of its own
    return moved, slips


def _true_slips(book, opened):
    """Return the slips of all movements after the postings that opened."""
    slips = []
    for at in range(opened, len(book), 2):
        for account, _ in book[at : at + 2]:
            so_far = book[: at + 2]
            cents = sum(cents for name, cents in so_far if name == account)
            slips.append((account, cents))
    return slips


@moving.promise("a movement is two postings and two slips")
def two_and_two(move):
    book = _opened(grant=100, eve=50)
    moved, slips = _day(move, book, ("grant", "eve", 30))
    expect("what move returns", happened=moved, expected=[True])
    expect(
        "the postings of 30 from grant to eve",
        happened=sorted(book[4:]),
        expected=[("eve", 30), ("grant", -30)],
    )
    expect(
        "the slips, when grant had 100 and eve had 50",
        happened=sorted(slips),
        expected=[("eve", 80), ("grant", 70)],
    )


@moving.promise("a slip says the balance right after its movement")
def slips_are_true(move):
    book = _opened(grant=100, eve=50, ann=50)
    _, slips = _day(move, book, ("grant", "eve", 10), ("ann", "eve", 20))
    expect(
        f"the slips of the movements {book[6:]}, after grant opened with 100, "
        "eve and ann with 50 each",
        happened=sorted(slips),
        expected=sorted(_true_slips(book, opened=6)),
    )


@moving.promise("a customer never owes the bank, and cash may")
def no_debt(move):
    book = []
    moved, _ = _day(move, book, (CASH, "grant", 100))
    expect("what 100 from @cash returns", happened=moved, expected=[True])
    moved, slips = _day(move, book, *[("grant", "eve", 70)] * 2)
    expect(
        "what 70 from grant, asked for twice, returns, when grant had 100",
        happened=sorted(moved),
        expected=[False, True],
    )
    expect("its slips", happened=len(slips), expected=2)
    moved, _ = _day(move, book, ("grant", "eve", 30))
    expect("what grant's last 30 return", happened=moved, expected=[True])


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
