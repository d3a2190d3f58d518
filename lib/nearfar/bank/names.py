"""Names: which texts may name an account.

The one idea: a name must not hide a second one. So a name is kept in Unicode's
form NFC, and its rule leaves no room for what can't be seen.

The rule: letters of one script (Han, Hiragana and Katakana count as one) and
the digits 0 to 9, beginning with a letter or digit; between them single
spaces, dots, hyphens, apostrophes or underscores, or a dot and a space. No
compatibility letters.

Left out: letters that look alike within a script, as l and I do, and names
whose letters all have a double in another script, as in Latin and Cyrillic.
"""

from __future__ import annotations

import re
import unicodedata

from .accounts import LONGEST_NAME, Refused

__all__ = ["check_name", "normal"]

SHAPE = re.compile(r"[^ .'_-]+(?:(?:\. |[ .'_-])[^ .'_-]+)*")
JAPANESE = {"CJK": "HAN", "HIRAGANA": "HAN", "KATAKANA": "HAN"}
UNSEEN = ("FILLER", "JOINER", "INHERENT")  # words in Unicode's own names
RULE = (
    f"a name has 1 to {LONGEST_NAME} letters of one script, or digits 0 to 9, "
    "with single spaces or . ' _ - between them"
)


def normal(name: str) -> str:
    """Return a name as the ledger keeps it."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


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
