"""A page whose worker has started, for the tests of what runs in it."""

import pytest
from page import LivePage, folder_of


@pytest.fixture(scope="session")
def base(address, site):
    """Where the worker is served."""
    assert [*site.glob("_static/live-*")], "no Python here: is npm there?"
    return address + folder_of(site)[1]


@pytest.fixture(scope="module")
def tab(browser, address):
    tab = browser.new_page()
    tab.goto(address)
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def started(tab, base):
    """An interpreter for all tests of a module: a new one takes seconds."""
    return LivePage(tab, base)


@pytest.fixture
def page(started):
    """Python in the page, ready for a cell."""
    if not started.alive:
        started.start()
    return started
