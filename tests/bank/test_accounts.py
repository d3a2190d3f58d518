"""The rules of money, without any storage."""

import pytest

from nearfar.bank import (
    CASH,
    HELD,
    MOST_CENTS,
    Account,
    Kept,
    Order,
    Refused,
    check_words,
    judge,
    money,
    parse_money,
)

ACCOUNTS = {
    CASH: Account(CASH, -15_000),
    HELD: Account(HELD),
    "eve": Account("eve", 5_000),
    "grant": Account("grant", 10_000),
    "ice": Account("ice", 100, frozen=True),
}


def transfer(payer, payee, cents):
    return Order("1", "transfer", payer, payee, cents)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (transfer("eve", "grant", 5_001), "eve has 50.00, not 50.01"),
        (transfer("eve", "mallory", 1), "no account 'mallory'"),
        (transfer("mallory", "eve", 1), "no account 'mallory'"),
        (transfer("eve", "eve", 1), "the same account"),
        (transfer("ice", "eve", 1), "'ice' is frozen"),
        (transfer("eve", "ice", 1), "'ice' is frozen"),
        (Order("1", "deposit", CASH, "eve", MOST_CENTS), "holds at most"),
        (Order("1", "confirm"), "nothing was withdrawn"),
    ],
)
def test_an_order_against_the_rules_is_refused(order, reason):
    with pytest.raises(Refused, match=reason):
        judge(order, ACCOUNTS)


def test_an_order_within_the_rules_is_not():
    judge(transfer("eve", "grant", 5_000), ACCOUNTS)
    judge(Order("1", "withdraw", "eve", HELD, 5_000), ACCOUNTS)


def kept(verb, refusal=None):
    return Kept(verb, "eve", HELD, 100, refusal, 0)


def test_a_withdrawal_is_paid_out_or_taken_back_and_never_both():
    made = {"withdraw": kept("withdraw")}
    for first, second in (("confirm", "reverse"), ("reverse", "confirm")):
        judge(Order("1", first), ACCOUNTS, made)
        with pytest.raises(Refused):
            judge(Order("1", second), ACCOUNTS, made | {first: kept(first)})


def test_what_was_refused_is_not_settled():
    made = {"withdraw": kept("withdraw", "eve has 0.00")}
    with pytest.raises(Refused, match="nothing was withdrawn"):
        judge(Order("1", "confirm"), ACCOUNTS, made)


def test_a_withdrawal_that_comes_after_its_reversal_is_refused():
    late = Order("1", "withdraw", "eve", HELD, 100)
    with pytest.raises(Refused, match="taken back before it came"):
        judge(late, ACCOUNTS, {"reverse": kept("reverse", "nothing there")})


@pytest.mark.parametrize("cents", [0, -1, 1.5, True, "1", None, MOST_CENTS + 1])
def test_an_amount_is_a_positive_whole_number_of_cents(cents):
    with pytest.raises(Refused, match="whole cents"):
        check_words(transfer("eve", "grant", cents))


@pytest.mark.parametrize("word", ["", "x" * 65, "a\nb", "\0", None, 7, b"eve"])
def test_a_name_is_a_short_printable_text(word):
    with pytest.raises(Refused):
        check_words(transfer("eve", word, 1))
    with pytest.raises(Refused):
        check_words(Order(word, "transfer", "eve", "grant", 1))


@pytest.mark.parametrize("name", [CASH, HELD, "@eve"])
def test_no_customer_pays_from_or_into_the_banks_own_accounts(name):
    for order in (transfer(name, "eve", 1), transfer("eve", name, 1)):
        with pytest.raises(Refused, match="no customer's account"):
            check_words(order)


@pytest.mark.parametrize(
    ("text", "cents"), [("20", 2_000), ("12.50", 1_250), (" 0.01 ", 1)]
)
def test_money_is_read_and_written(text, cents):
    assert parse_money(text) == cents
    assert parse_money(money(cents)) == cents


@pytest.mark.parametrize("text", ["", "-5", "1.5", "1e3", "ten", "٣", "1" * 13])
def test_what_is_no_amount_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="an amount is like 20"):
        parse_money(text)
