"""Truth: whether a machine told its customer what is so.

The one idea: of "done", "refused" and "unknown", each promises something. Done:
it happened, once, and the balance is the bank's. Refused: it did not happen,
and there is a reason. Unknown: a line broke, and the money is where the
machine says. `untrue` holds a wish against that.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..bank import (
    Accepted,
    Declined,
    Deposit,
    Printed,
    Transfer,
    Withdraw,
)
from .bank_customers import AMOUNT, Wish, read, typed
from .bank_model import Model

__all__ = ["untrue"]

ORDERS = {"withdraw": Withdraw, "deposit": Deposit, "transfer": Transfer}


def untrue(wish: Wish, old: set[str], model: Model) -> Iterator[str]:
    """Say what a machine told a customer that is not so.

    `old` are the ids of earlier visits; `model` is as it is in the end.
    """
    if not wish.said:
        return
    amounts = [read(text) for text in AMOUNT.findall(wish.said)]
    if wish.told == "refused":
        if not _may_refuse(wish):
            yield "refused without a reason"
    elif wish.told == "unknown":
        if not (None in wish.passed or wish.jams or _declined(wish)):
            yield "unknown without a reason"
    elif wish.verb in ("sign in", "balance"):
        cents = [x.cents for x in wish.passed if isinstance(x, Accepted)]
        if not cents or amounts[-1:] != cents[-1:]:
            yield "another balance than the bank's"
        if wish.verb == "sign in" and wish.account not in wish.said:
            yield "another customer"
    elif wish.verb == "statement":
        printed = [x.lines for x in wish.passed if isinstance(x, Printed)]
        lines = printed[-1] if printed else []
        shown = [row.split() for row in wish.said.splitlines()[1:]]
        if shown != [_words(line) for line in lines]:
            yield "another statement than the bank's"
    if wish.verb in ORDERS:
        yield from _untrue_order(wish, amounts, old, model)


def _untrue_order(wish, amounts, old, model):
    kind = ORDERS[wish.verb]
    asked = [x for x in wish.passed if isinstance(x, kind)]
    ids = {x.id for x in asked} - old
    if len(ids) > 1:
        yield f"asked under {len(ids)} ids"
    for request in asked:
        if request.id in ids and request != _meant(wish, request.id):
            yield f"asked for {request}"
    done = {model.told(id, wish.verb) for id in ids} - {None}
    back = any(model.told(id, "reverse") is not None for id in ids)
    happened = bool(done) and not back
    if wish.told == "done" and wish.cents == 0:
        if asked or not wish.said.startswith("an amount"):
            yield "took nonsense for an amount"
    elif wish.told == "done":
        due = [wish.cents] * (wish.verb == "withdraw")
        if wish.verb == "deposit" and wish.passed[-1:] == [Accepted()]:
            done = set()  # the bank told no balance: it knew no customer
        if not happened or amounts != [*due, *done]:
            yield "done, but not as it says"
        if wish.verb == "withdraw" and wish.cents > wish.drawer_cents:
            yield "paid out more than there was"
    if wish.told == "refused" and happened:
        yield "refused, and it happened"
    if wish.told == "unknown" and wish.verb == "withdraw" and happened:
        yield "unknown, and not given back"
    asked_again = all("deposit" in model.past.get(id, ()) for id in ids)
    if wish.told == "unknown" and wish.verb == "deposit" and not asked_again:
        yield "unknown, and never asked again"


def _declined(wish):
    return any(isinstance(x, Declined) for x in wish.passed)


def _may_refuse(wish):
    short = wish.verb == "withdraw" and wish.cents > wish.drawer_cents
    nothing = wish.verb in ORDERS and wish.cents == 0
    return (
        _declined(wish)
        or None in wish.passed
        or wish.jams
        or (short or nothing)
    )


def _meant(wish, id):
    """The request that says what the customer typed."""
    if wish.verb == "transfer":
        return Transfer(id, wish.account, wish.payee, wish.cents)
    return ORDERS[wish.verb](id, wish.account, wish.cents)


def _words(line):
    """The words of a row of a statement."""
    other = [] if line.other.startswith("@") else [line.other[:11]]
    return [line.verb, *other, typed(line.cents), typed(line.balance)]
