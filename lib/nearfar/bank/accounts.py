"""Accounts: the rules that money keeps, without any storage.

The one idea: money is never made or lost, it moves. An order names a payer, a
payee and an amount; what one loses the other gains. Cash has an account, too:
`@cash` is all the money outside the bank, and `@held` what a machine may pay
out and has not yet reported as paid.

An order has an id, and the rules are told what was asked under that id
before. So an order that is sent twice is carried out once.

Read `judge` first, then `decide`. Neither reads or writes anything, so both
can be tried in a cell; `ledger` calls `check_words` before its queries, and
`decide` after them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

__all__ = ["Order", "Account", "judge", "check_words", "decide", "Decision"]
__all__ += ["Refused", "Kept", "Line", "Posting", "money", "parse_money"]

CASH = "@cash"  # the world outside: minus what the customers have
HELD = "@held"  # authorised; confirmed or reversed later
MOST_CENTS = 10**12  # in a movement and in an account: ten billion
OPENS = "open "  # before an account's name: the id of its opening
LONGEST_WORD = 64  # letters of an id
LONGEST_NAME = LONGEST_WORD - len(OPENS)
SETTLING = ("confirm", "reverse")
ANOTHER = "this id was used for another order"
OURS = {"deposit": CASH, "open": CASH, "withdraw": HELD}  # the other side


class Refused(Exception):
    """No: it did not happen, and will not. The text says why."""


class Order(msgspec.Struct, frozen=True):
    """Move `cents` from `payer` to `payee`, once for each `id`.

    `verb` is deposit (from `@cash`), withdraw (to `@held`), transfer, or open
    (an account). To confirm or reverse a withdrawal, repeat its id; the rest
    is known.
    """

    id: str
    verb: str
    payer: str = ""
    payee: str = ""
    cents: int = 0


class Account(msgspec.Struct, frozen=True):
    """What is known of one account."""

    name: str
    cents: int = 0
    frozen: bool = False  # nothing in, nothing out
    seal: str = ""  # what proves the PIN; the bank's business
    wrong: int = 0  # PINs in a row


class Kept(NamedTuple):
    """An order as it was answered."""

    verb: str
    payer: str
    payee: str
    cents: int
    refusal: str | None
    told: int  # the customer's balance after it


class Line(msgspec.Struct, frozen=True):
    """One line of a statement; `cents` is what it added, `balance` after."""

    verb: str
    other: str
    cents: int
    balance: int


class Posting(NamedTuple):
    """One half of a movement: what it added to an account."""

    id: str
    verb: str
    account: str
    cents: int


class Decision(NamedTuple):
    """What becomes of an order, by the rules."""

    order: Order  # with all its fields
    refusal: str | None
    told: int  # the customer's balance after it
    new: bool  # to be kept, and carried out unless it is refused
    customer: str = ""  # whose balance it is


def judge(
    order: Order,
    accounts: Mapping[str, Account],
    past: Mapping[str, Kept] | None = None,
) -> None:
    """Raise `Refused` unless the order keeps to the rules.

    `accounts` holds its payer and payee, if they exist; `past` what was asked
    under the same id before, by verb.
    """
    past = past or {}
    if order.verb in ("confirm", "reverse"):
        return _judge_settling(order, past)
    if "reverse" in past:
        raise Refused("it was taken back before it came")
    if "confirm" in past:
        raise Refused("its confirmation came before it")
    if order.payer == order.payee:
        raise Refused("payer and payee are the same account")
    for name in (order.payer, order.payee):
        if name not in accounts:
            raise Refused(f"there is no account {name!r}")
        if accounts[name].frozen:
            raise Refused(f"the account {name!r} is frozen")
    has, gets = accounts[order.payer].cents, accounts[order.payee].cents
    if order.payer != CASH and has < order.cents:
        raise Refused(
            f"{order.payer} has {money(has)}, not {money(order.cents)}"
        )
    if order.payee != HELD and gets + order.cents > MOST_CENTS:
        raise Refused(f"an account holds at most {money(MOST_CENTS)}")


def _judge_settling(order, past):
    done = {verb for verb, kept in past.items() if kept.refusal is None}
    if "withdraw" not in done:
        raise Refused("nothing was withdrawn under this id")
    if order.verb == "confirm" and "reverse" in done:
        raise Refused("this withdrawal was taken back")
    if order.verb == "reverse" and "confirm" in done:
        raise Refused("this withdrawal was paid out")


def decide(
    order: Order, accounts: Mapping[str, Account], past: Mapping[str, Kept]
) -> Decision:
    """Say what becomes of an order whose words make sense.

    `accounts` holds those that exist of its payer and payee, and of those in
    `past`, which is as for `judge`.
    """
    order, customer = _complete(order, past)
    if order.verb in past:
        return _decide_again(order, past)._replace(customer=customer)
    if order.verb not in SETTLING and not past.keys() <= {*SETTLING}:
        return Decision(order, ANOTHER, 0, new=False)
    try:
        judge(order, accounts, past)
    except Refused as refusal:
        return Decision(order, str(refusal), 0, new=True)
    gain = (customer == order.payee) - (customer == order.payer)
    told = accounts[customer].cents + gain * order.cents
    return Decision(order, None, told, True, customer)


def _decide_again(order, past):
    """Give the answer that was given before, if the question is the same."""
    kept, refusal = past[order.verb], past[order.verb].refusal
    if order.verb == "withdraw" and refusal is None:
        reverse = past.get("reverse")
        if reverse and reverse.refusal is None:
            refusal = "it was taken back"
    same = (order.payer, order.payee, order.cents) == kept[1:4]
    if order.verb not in SETTLING and not same:
        refusal = ANOTHER
    return Decision(order, refusal, kept.told, new=False)


def _complete(order, past):
    """Return the order with all its fields, and the customer it concerns."""
    if order.verb not in SETTLING:
        incoming = order.verb in ("deposit", "open")
        return order, order.payee if incoming else order.payer
    made = past.get("withdraw")
    if made is None:
        return Order(order.id, order.verb), ""
    payee = CASH if order.verb == "confirm" else made.payer
    return Order(order.id, order.verb, HELD, payee, made.cents), made.payer


def check_words(order: Order) -> None:
    """Refuse what makes no sense in any state of the accounts."""
    for word in (order.id, order.payer, order.payee):
        short = type(word) is str and len(word) <= LONGEST_WORD
        if not short or not word.isprintable():
            raise Refused(
                f"a name or an id has up to {LONGEST_WORD} printable letters"
            )
    if not order.id:
        raise Refused("an order needs an id")
    if order.id.startswith(OPENS) != (order.verb == "open"):
        raise Refused(f"an id that begins with {OPENS!r} is the bank's own")
    if order.verb in SETTLING:
        return
    if order.verb not in (*OURS, "transfer"):
        raise Refused(f"there is no order {order.verb!r}")
    least = 0 if order.verb == "open" else 1
    if type(order.cents) is not int or not least <= order.cents <= MOST_CENTS:
        raise Refused(
            f"an amount is 0.01 to {money(MOST_CENTS)}, in whole cents"
        )
    ours = OURS.get(order.verb)
    for name in (order.payer, order.payee):
        if name != ours and name[:1] in ("", "@"):
            raise Refused(f"{name!r} is no customer's account")


def money(cents: int) -> str:
    """Cents as people write them: `money(-1250)` is `'-12.50'`."""
    return f"{'-' * (cents < 0)}{abs(cents) // 100}.{abs(cents) % 100:02}"


def parse_money(text: str) -> int:
    """`parse_money("12.50")` is 1250. ValueError for what is no amount."""
    match = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]{2}))?", text.strip())
    if not match:
        raise ValueError(f"an amount is like 20 or 12.50, not {text.strip()!r}")
    return int(match[1]) * 100 + int(match[2] or 0)
