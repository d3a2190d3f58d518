"""Listings of 2006: what the page says of them is true."""

import re
import runpy
import subprocess
import sys

import pytest
from test_site import ROOT

LISTINGS = ROOT / "docs" / "listings_2006"
NAMES = sorted(path.stem for path in LISTINGS.glob("*.py"))
PAGE = (ROOT / "docs" / "stackless.md").read_text(encoding="utf-8")
# Two sleepers of the same time would compare two channels.
BY_HAND = {
    "sleepers": (
        "sleepers.sort()",
        "sleepers.sort(key=lambda sleeper: sleeper[0])",
    )
}
convert, doubts = map(
    runpy.run_path(str(ROOT / "docs" / "convert_2006.py")).get,
    ("convert", "doubts"),
)


def listing(name):
    return (LISTINGS / name).read_text(encoding="utf-8")


def run(program):
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_page_shows_five_programs_then_and_now_and_what_they_print():
    assert len(NAMES) == 5
    shown = re.findall(r"literalinclude\} listings_2006/(.+)\n", PAGE)
    ends = ".txt", ".py", "_prints.txt"
    assert len(shown) == 15
    assert {*shown} == {f"{name}{end}" for name in NAMES for end in ends}


@pytest.mark.parametrize("name", NAMES)
def test_a_listing_is_converted_by_the_rules_and_runs(name):
    old, new = listing(f"{name}.txt"), listing(f"{name}.py")
    with pytest.raises(SyntaxError):
        compile(old, name, "exec")
    made = convert(old)
    told = [*doubts(made)]
    if name in BY_HAND:
        line, changed = BY_HAND[name]
        assert len(told) == 1
        assert line in told[0]
        assert "TypeError" in run(made).stderr
        made = made.replace(line, changed)
    else:
        assert not told
    assert made == new
    done = run(new)
    assert (done.stdout, done.stderr) == (listing(f"{name}_prints.txt"), "")


def test_each_row_of_the_table_is_what_the_rules_do():
    table = PAGE.partition("## What to change")[2].partition("A script")[0]
    rows = re.findall(r"^\| (`+)(.+?)\1 \| (`+)(.+?)\3 \|$", table, re.M)
    assert len(rows) == 13
    for _, old, _, new in rows:
        assert convert(old.strip()) == new + "\n"
        assert convert(new) == new + "\n", "it is changed twice"


def test_what_may_mean_something_else_is_pointed_out():
    table = PAGE.partition("It also names")[2].partition("Statements")[0]
    rows = re.findall(r"^\| `(.+?)`", table, re.MULTILINE)
    assert len(rows) == 4
    for old in rows:
        assert len([*doubts(convert(old))]) == 1, old


def test_what_no_rule_knows_is_named_by_its_line():
    old = 'import sys\nprint >>sys.stderr, "lost"\n'
    (told, *_) = doubts(convert(old))
    assert told.startswith("line 2 is not Python 3: ")
