"""The order of the tests of the book, and the pages that they read."""

import pytest
from selectolax.lexbor import LexborHTMLParser

LONGEST = "test_every_page.py", "test_live_chapters.py"


def pytest_collection_modifyitems(items):
    """The browser takes longest: with two at work, it must begin first."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def names(site):
    """The names of all pages, as in `chapters/01_tasklets.html`."""
    return [
        path.relative_to(site).as_posix()
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    ]


@pytest.fixture(scope="session")
def pages(site, names):
    """The parsed pages by name, outside Python's heap: no collection slows."""
    return {
        name: LexborHTMLParser((site / name).read_text(encoding="utf-8"))
        for name in names
    }
