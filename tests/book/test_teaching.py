"""The page for teachers: what it says of an exercise is true of today's."""

import re
from pathlib import Path

import nbformat
import pytest
from test_exercises import CHAPTERS, HANDED
from wrong_answers import WRONG

PAGE = Path(__file__).parents[2] / "docs" / "teaching.md"
TEXT = PAGE.read_text(encoding="utf-8")
NOTES = TEXT.partition("## Chapter by chapter")[2].partition("## Grading")[0]
NUMBER = re.compile(r"(?<![\d.])(\d{1,2})\.(\d)(?![\d.])")
KNOWN = {handed.number for handed in HANDED}
SECTIONS = {
    int(note[:2]): note for note in NOTES.split("\n### ")[1:]
}  # by the number of the chapter


def rows(text):
    """The rows of tables whose first column is an exercise."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if NUMBER.fullmatch(cells[0]):
            yield cells


def test_every_chapter_has_its_notes():
    assert [*SECTIONS] == [int(path.stem[:2]) for path in CHAPTERS]
    parts = "**Goals.**", "**On the board.**", "```text", "**Ask.**"
    for note in SECTIONS.values():
        for part in (*parts, "**What fails in class.**"):
            assert part in note, f"{note[:20]}: {part}"
        assert len([*rows(note)]) >= 3


@pytest.mark.parametrize("chapter", SECTIONS)
def test_a_wrong_answer_gets_the_verdict_that_the_page_tells(chapter):
    for number, _, verdict, _ in rows(SECTIONS[chapter]):
        assert int(number.split(".")[0]) == chapter
        reasons = [" ".join(reason.split()) for _, reason in WRONG[number]]
        assert any(verdict in reason for reason in reasons), (number, verdict)


PLAN = [
    line.strip("| ").split(" | ")
    for line in TEXT.splitlines()
    if re.match(r"\| \d+ \| \[", line)
]


def test_the_plan_has_twelve_sessions_over_all_chapters():
    assert [int(session[0]) for session in PLAN] == [*range(1, 13)]
    named = re.findall(r"chapters/(\w+)\.ipynb", "".join(p[1] for p in PLAN))
    assert named == [path.stem for path in CHAPTERS]


@pytest.mark.parametrize("session", PLAN, ids=lambda session: session[0])
def test_a_session_ends_at_a_heading_and_has_exercises_of_its_chapters(session):
    _, chapters, in_class, at_home = session
    names = re.findall(r"chapters/(\w+)\.ipynb", chapters)
    text = "\n".join(
        cell.source
        for path in CHAPTERS
        if path.stem in names
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    )
    headings = re.findall(r"^#+ (.+)", text, re.MULTILINE)
    for heading in re.findall(r"\*(.+?)\*", in_class):
        assert heading in headings
    numbers = [".".join(n) for n in NUMBER.findall(f"{in_class} {at_home}")]
    for number in numbers:
        assert number in KNOWN
        assert number.split(".")[0].zfill(2) in [name[:2] for name in names]
