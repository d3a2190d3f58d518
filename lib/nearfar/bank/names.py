"""Names: which texts may name an account.

The one idea: a name must not pass for another. So a name is kept in Unicode's
form NFC, its rule leaves no room for what can't be seen, and an account whose
name looks like that of another, by its `skeleton`, is not opened.

The rule: letters of one script (Han, Hiragana and Katakana count as one) and
the digits 0 to 9, beginning with a letter or digit; between them single
spaces, dots, hyphens, apostrophes or underscores, or a dot and a space. No
compatibility letters.

Left out: names that look alike in other scripts than Latin, Greek and
Cyrillic, rare letters (Unicode's list of confusables, UTS 39, has 6,000), two
letters that look like one (rn and m), and small letters like capitals.
"""

from __future__ import annotations

import re
import unicodedata

from .accounts import LONGEST_NAME, Refused

__all__ = ["check_name", "normal", "skeleton"]

SHAPE = re.compile(r"[^ .'_-]+(?:(?:\. |[ .'_-])[^ .'_-]+)*")
JAPANESE = {"CJK": "HAN", "HIRAGANA": "HAN", "KATAKANA": "HAN"}
UNSEEN = ("FILLER", "JOINER", "INHERENT")  # words in Unicode's own names
# Letters, digits and marks that look the same, most of them Latin, Greek and
# Cyrillic; the first of each group stands for all.
ALIKE = """
    AΑА BΒВ CϹС EΕЕ FϜ GԌ HΗН JͿЈ KΚК MΜϺМ NΝ O0ΟО PΡР QԚ SЅ TΤТ VѴ WԜ XΧХ
    YΥУҮ ZΖ aɑαа bЬ cϲс dԁ eеҽ gɡ hһ iıιі jϳј lI1ΙІӀӏ oοσо pρр qԛ rг sѕ uυ
    vνѵ wѡԝ xχх yγуү 3З 6б ßβ ĸκк ɛεє əә ƏӘ ÞϷ þϸ ΓГ ΘӨ ΛЛ ΠП ΦФ ΨѰ θө πп ςϛ
    τт φф ψѱ ʍм ʙв ʜн ɜз \u0306\u030c \u0308\u030b \u0326\u0327
"""  # noqa: RUF001
LOOKS_LIKE = str.maketrans(
    {letter: group[0] for group in ALIKE.split() for letter in group[1:]}
)
RULE = (
    f"a name has 1 to {LONGEST_NAME} letters of one script, or digits 0 to 9, "
    "with single spaces or . ' _ - between them"
)


def normal(name: str) -> str:
    """Return a name as the ledger keeps it."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def skeleton(name: str) -> str:
    """Return what a name looks like: the same for two that look the same."""
    return unicodedata.normalize("NFD", name).translate(LOOKS_LIKE)


def check_name(name: str) -> str:
    """Return a new account's name as the ledger keeps it, or refuse it."""
    if type(name) is not str:
        raise Refused(f"{name!r} is no name: {RULE}")
    name = normal(name)
    scripts = {_script(letter) for letter in name if letter not in " .'_-"}
    if (
        len(name) > LONGEST_NAME
        or not SHAPE.fullmatch(name)
        or len(scripts - {"DIGIT"}) > 1
        or "" in scripts
        or unicodedata.category(name[0])[0] == "M"
    ):
        raise Refused(f"{name!a} is no name: {RULE}")
    return name


def _script(letter):
    """Say whose letter it is; "" if it may not be in a name."""
    if letter in "0123456789":
        return "DIGIT"
    if unicodedata.normalize("NFKC", letter) != letter:
        return ""
    if unicodedata.category(letter)[0] not in "LM":
        return ""
    word, _, rest = unicodedata.name(letter, "").partition(" ")
    if word == "HANGUL" and not rest.startswith("SYLLABLE"):
        return ""
    if word in ("COMBINING", "MODIFIER", "VARIATION", "MONGOLIAN"):
        return ""
    if any(unseen in rest for unseen in UNSEEN):
        return ""
    return JAPANESE.get(word.partition("-")[0], word)
