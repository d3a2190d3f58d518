"""The language: every actor has a name, and sentences are short.

`language.py` beside this file finds the faults. What it still finds is
counted here by chapter, page and package, and a count may only fall.
"""

from collections import Counter, defaultdict
from pathlib import Path

import language
import pytest

KINDS = "filler", "long", "aside"
# Faults of each kind that are meant, or not yet mended: lists of what to read
# first, alt texts, sayings. Lower a line when you mend one.
ALLOWED = """
docs/contributing.md 0 1 0
docs/diagrams.md 0 0 1
docs/protocol.md 0 7 4
docs/reference/near.md 0 0 2
docs/speed.md 0 2 0
lib/nearfar/bank 5 11 1
lib/nearfar/exercises 1 0 0
lib/nearfar/experiments 4 1 0
lib/nearfar/far 0 1 2
lib/nearfar/near 2 1 0
lib/nearfar/programs 0 0 1
lib/nearfar/stackless.py 1 2 0
lib/nearfar/trace 0 0 1
"""


def allowed():
    for line in ALLOWED.split("\n"):
        if line:
            name, *counts = line.split()
            yield name, dict(zip(KINDS, map(int, counts), strict=True))


@pytest.fixture(scope="module")
def found():
    """All faults: {group: {kind: ["FILE, PLACE: sentence"]}}."""
    faults = defaultdict(lambda: defaultdict(list))
    for path in language.files():
        for place, kind, sentence in language.faults_in(language.ROOT / path):
            told = f"{path}, {place}: {sentence[:200]}"
            faults[language.group(path)][kind].append(told)
    return faults


def test_the_counts_of_faults_only_fall(found):
    limits, problems = dict(allowed()), []
    for group, kinds in found.items():
        for kind, told in kinds.items():
            limit = limits.get(group, {}).get(kind, 0)
            if len(told) > limit:
                problems += [
                    f"the count of {group} may only fall: it is"
                    f" {len(told)}, allowed {limit} ({kind}).",
                    f"  To do: {language.ADVICE[kind]}.",
                    *(f"    {each}" for each in told),
                ]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_the_table_lists_groups_that_exist():
    groups = {language.group(path) for path in language.files()}
    assert {name for name, _ in allowed()} <= groups


FAULTY = [
    ("Whoever comes second waits for somebody.", {"filler": 2}),
    ("It goes on for ever after a time-out.", {"filler": 2}),
    ("A bank may not lose money.", {"filler": 1}),
    ("- The one who asks\n- He who waits", {"filler": 2}),
    ("It " + "really " * 29 + "works.", {"long": 1}),
    (
        "`a = b + c` " * 0 + "It is `a b c`, " + "so " * 27 + "long.",
        {"long": 1},
    ),
    ("A bank (which is, as we know, a very careful house) pays.", {"aside": 1}),
]
GOOD = [
    "A bank (which is careful) must not lose money.",
    "It " + "really " * 28 + "works.",
    "It works. " * 31,
    "It works:\n\n" + "- It works, and it works well\n" * 8,
    "| somebody | nobody |",
    "```\nsomebody = whoever\n```",
    "`nobody` waits in [the bank](somebody.ipynb)",
    "Read " + "`a`, " * 31 + "and `b`.",
    "`a b c d` " + "goes " * 28 + "on.",
]


@pytest.mark.parametrize(("text", "kinds"), FAULTY)
def test_a_faulty_sentence_is_found(text, kinds):
    assert Counter(kind for kind, _ in language.faults(text)) == kinds


@pytest.mark.parametrize("text", GOOD)
def test_a_good_sentence_passes(text):
    assert list(language.faults(text)) == []


CODE = '''
"""Whoever reads this."""

def bank():
    """Tell nobody."""
    # It is here for
    # ever.
    x = 1  # for
    y = 2  # ever
    raise Refused(f"somebody took {x + y}")
'''


def test_texts_of_code_are_docstrings_comments_and_messages(tmp_path):
    file = tmp_path / "bank.py"
    file.write_text(CODE)
    told = [(place, kind) for place, kind, _ in language.faults_in(file)]
    assert sorted(told) == [
        ("line 10", "filler"),
        ("line 2", "filler"),
        ("line 5", "filler"),
        ("line 6", "filler"),
    ]


def test_a_page_is_read_by_line_and_with_what_its_images_say(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# Good\n\n```{image} a.svg\n:alt: Nobody\n```\n\nNobody.\n"
    )
    places = [place for place, _, _ in language.faults_in(page)]
    assert places == ["line 3", "line 7"]


def test_a_package_is_counted_as_one():
    tcp = Path("lib/nearfar/far/tcp.py")
    assert language.group(tcp) == "lib/nearfar/far"
    alone = Path("lib/nearfar/stackless.py")
    assert language.group(alone) == "lib/nearfar/stackless.py"
