"""The docs: their examples run, and their pictures come from them."""

import re
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


COUNT = re.compile(r"([\d,]+) lines")


@pytest.fixture(scope="module")
def house():
    return runpy.run_path(str(DOCS / "house.py"))


def test_the_drawing_of_the_packages_is_of_today(house):
    """A number of lines may be older, by a tenth and some."""
    stored = (DOCS / "_static" / "house.svg").read_text()
    figure = house["draw"]()
    same = COUNT.sub("lines", stored) == COUNT.sub("lines", figure.svg) + "\n"
    assert same, "an import has changed: make chapters"
    for old, new in zip(counts(stored), counts(figure.svg), strict=True):
        assert abs(old - new) <= 100 + new / 10, "it has grown: make chapters"
    page = (DOCS / "contributing.md").read_text()
    assert "_static/house.svg" in page
    assert figure.alt in page, f"as alt text: {figure.alt}"


def counts(svg):
    return [int(told.replace(",", "")) for told in COUNT.findall(svg)]


def test_every_arrow_between_packages_points_down(house):
    imports, _ = house["read_house"]()
    floors = house["floors_of"](imports)
    for name, others in imports.items():
        for other in others:
            assert floors[name] > floors[other], f"{name} imports {other}"


def test_an_arrow_that_follows_from_others_is_not_drawn(house):
    imports = {"bank": {"far", "near"}, "far": {"near"}, "near": set()}
    assert house["needed"](imports) == {
        "bank": {"far"},
        "far": {"near"},
        "near": set(),
    }


def test_the_page_on_speed_says_what_was_measured():
    report = runpy.run_path(str(MEASUREMENTS / "report.py"))["report"]
    told = recorded("tasklets"), recorded("messages")
    assert (DOCS / "speed.md").read_text() == report(*told), "make measure"


def test_the_page_on_farms_says_what_was_measured():
    report = runpy.run_path(str(MEASUREMENTS / "farm_report.py"))["report"]
    page = (DOCS / "farm_speed.md").read_text()
    assert page == report(recorded("primes")), "make measure"


@pytest.mark.parametrize(
    ("environment", "remote", "address"),
    [
        ({}, "", ""),
        ({}, "/home/eve/book.git", ""),
        ({}, "git@github.com:eve/book.git", "git@github.com:eve/book.git"),
        ({}, "https://eve:secret@git.org/b.git", "https://git.org/b.git"),
        (
            {
                "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_REPOSITORY": "eve/book",
            },
            "",
            "https://github.com/eve/book",
        ),
        ({"NEARFAR_REPOSITORY": "https://a.org/b"}, "x", "https://a.org/b"),
    ],
)
def test_the_address_to_clone_is_public_and_holds_no_password(
    environment, remote, address
):
    repository = runpy.run_path(str(DOCS / "_ext" / "repository.py"))
    assert repository["address_of"](environment, remote) == address
    told = repository["how_to_begin"](address)
    assert ("git clone" in told) == bool(address)
    assert "$ python -m nearfar lab" in told
