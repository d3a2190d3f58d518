"""Names: two that look the same are the same, or the second is refused."""

import unicodedata

import pytest

from nearfar.bank import (
    CASH,
    Accepted,
    Balance,
    Bank,
    Deposit,
    Ledger,
    Order,
    Refused,
    SignIn,
    Transfer,
    Withdraw,
    seal_pin,
)
from nearfar.bank.names import check_name, normal

GOOD = [
    *("eve", "Eve", "7", "c12", "O'Brien", "anna-maria", "J. R. Hartley"),
    *("a_b", "Zoë", "Łukasz", "Ёжик", "Ева", "Νίκος", "李小龍", "さくら"),
    *("山田 カナ", "김철수", "अनीता", "x" * 59),
]
BAD = [
    *("", " ", "eve ", " eve", "e  ve", "eve\t", "eve\n", "e\u00a0ve"),
    *("\u0435ve", "e\u0432e", "ev\u03b5"),  # Cyrillic and Greek among Latin
    *("\u3164", "\u115f", "\u1160", "\uffa0", "eve\u3164"),  # fillers
    *("eve\u200b", "e\u200dve", "eve\u2060", "\ufeffeve", "e\u00adve"),
    *("\u202eeve", "eve\ufe0f", "e\u034fve", "\u17b4", "\u1780\u17b4"),
    *(
        "\uff45\uff56\uff45",
        "\ufb01ona",
        "x²",
        "①",
        "\U0001d41e\U0001d42f\U0001d41e",
        "e\u0336ve",
        "\u0301eve",
    ),
    *("@eve", "eve!", "-eve", "eve-", "'", ".", "٣", "e/ve", "x" * 60),
    *("\ud800", "🐙", "\u02b9eve", None, 7, b"eve"),
]


@pytest.mark.parametrize("name", GOOD)
def test_a_name_by_the_rule_is_opened(name):
    with Ledger() as ledger:
        ledger.open_account(name, 100)
        assert ledger.names() == [name]


@pytest.mark.parametrize("name", BAD, ids=ascii)
def test_a_name_against_the_rule_is_refused_and_the_rule_is_told(name):
    with (
        Ledger() as ledger,
        pytest.raises(Refused, match="letters of one script"),
    ):
        ledger.open_account(name, 100)


def test_no_letter_that_is_not_seen_is_a_name():
    """Of all letters of Unicode: none that is ignored when it is drawn."""
    ignored = [*range(0x115F, 0x1161), *range(0x17B4, 0x17B6), 0x3164, 0xFFA0]
    ignored += [0x34F, 0x61C, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]
    ignored += [*range(0x200B, 0x2010), *range(0xE0100, 0xE01F0), 0x16FE4]
    for letter in ignored:
        for name in (chr(letter), f"a{chr(letter)}"):
            with pytest.raises(Refused):
                check_name(name)


def test_the_two_forms_of_a_name_are_one_account():
    composed = unicodedata.normalize("NFC", "Zoë")
    taken_apart = unicodedata.normalize("NFD", "Zoë")
    with Ledger() as ledger:
        ledger.open_account(taken_apart, 100, seal_pin("1234", cost=2))
        ledger.open_account("eve")
        assert ledger.names() == [composed, "eve"]
        with pytest.raises(Refused, match="already"):
            ledger.open_account(composed)
        ledger.apply(Order("1", "deposit", CASH, taken_apart, 1))
        assert ledger.apply(Order("1", "deposit", CASH, composed, 1)) == 101
        ledger.change(taken_apart, wrong=1)
        assert ledger.account(taken_apart) == ledger.account(composed)
        assert len(ledger.statement(taken_apart)) == 2
        bank = Bank(ledger)
        for signed_in, said in (
            (taken_apart, composed),
            (composed, taken_apart),
        ):
            assert isinstance(bank.decide(SignIn(said, "1234")), Accepted)
            assert isinstance(bank.decide(Balance(said), signed_in), Accepted)
            for id, request in (
                ("w", Withdraw),
                ("d", Deposit),
            ):
                asked = request(f"{id}{said}", said, 1)
                assert isinstance(bank.decide(asked, signed_in), Accepted)
            moved = Transfer(f"t{said}", said, "eve", 1)
            assert isinstance(bank.decide(moved, signed_in), Accepted)
        assert ledger.audit().problems == ()


# --- Names that look the same ------------------------------------------------

# A name, and one in other letters, all of one script.
TWINS = """
    ace=асе ACE=АСЕ Pope=Роре yoyo=уоуо yoyo=γογο TOM=ТОМ TOM=ΤΟΜ ТОМ=ΤΟΜ
    ovo=ονο äc=а\u0308с oï=ої ПОРТ=ΠΟΡΤ Hope-Pax=Норе-Рах exe_7=ехе_7 eve=еѵе
    Bill=BiII Bill=Bi11 BOB=B0B BOB=ВОВ Ţepeş=Țepeș Kırık=Kirik ЗАЗА=3A3A ǎc=ăc
"""  # noqa: RUF001
PAIRS = [pair.split("=") for pair in TWINS.split()]


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_name_that_looks_like_another_is_refused(one, other, turned):
    first, second = (other, one) if turned else (one, other)
    with Ledger() as ledger:
        ledger.open_account(first, 100)
        with pytest.raises(Refused, match="looks like the account") as told:
            ledger.open_account(second)
        assert repr(normal(first)) in str(told.value)
        assert ledger.names() == [normal(first)]
        assert ledger.audit().problems == ()


def test_a_name_is_compared_with_those_of_earlier_days(tmp_path):
    path, (ace, its_twin) = tmp_path / "books", PAIRS[0]
    for name in ("eve", ace):
        with Ledger(path) as ledger:
            ledger.open_account(name)
            ledger.commit()
    with Ledger(path) as ledger, pytest.raises(Refused, match="looks like"):
        ledger.open_account(its_twin)


def test_all_good_names_are_different_customers():
    with Ledger() as ledger:
        for name in [*GOOD, "eva", "evé", "EVE", "ena"]:
            ledger.open_account(name)
