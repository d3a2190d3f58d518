"""The docs: their examples run, and their pictures come from them."""

import runpy
from pathlib import Path

import pytest

from nearfar.benchmark import recorded

DOCS = Path(__file__).parents[2] / "docs"
MEASUREMENTS = DOCS / "measurements"
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
def example(request):
    return request.param


def test_every_example_runs_and_its_picture_is_of_today(example):
    figure = runpy.run_path(str(example))["figure"]
    if example.stem == "near_and_far":
        return  # real sockets: the steps in between may differ
    stored = (DOCS / "_static" / f"{example.stem}.svg").read_text()
    assert figure.svg + "\n" == stored, "it has changed: make chapters"


def test_its_page_shows_the_program_and_says_what_there_is_to_see(example):
    shown = f"_static/{example.stem}.svg"
    pages = [page.read_text() for page in DOCS.rglob("*.md")]
    (page,) = (page for page in pages if shown in page)
    if example.stem != "near_and_far":
        assert f"examples/{example.name}" in page
        figure = runpy.run_path(str(example))["figure"]
        assert figure.alt in page, f"as alt text: {figure.alt}"


def test_the_page_on_speed_says_what_was_measured():
    report = runpy.run_path(str(MEASUREMENTS / "report.py"))["report"]
    told = recorded("tasklets"), recorded("messages")
    assert (DOCS / "speed.md").read_text() == report(*told), "make measure"


def test_the_page_on_farms_says_what_was_measured():
    report = runpy.run_path(str(MEASUREMENTS / "farm_report.py"))["report"]
    page = (DOCS / "farm_speed.md").read_text()
    assert page == report(recorded("primes")), "make measure"
