"""A page whose worker has started, for the tests of what runs in it."""

import pytest
from page import LivePage


@pytest.fixture(scope="session")
def base(address, site):
    """Where the worker is served."""
    assert (site / "_live").is_dir(), "the site has no Python: is npm there?"
    return address + "_live/"


@pytest.fixture
def tab(browser, address):
    tab = browser.new_page()
    tab.goto(address)
    yield tab
    tab.close()


@pytest.fixture
def page(tab, base):
    """A fresh interpreter, ready for its first cell."""
    page = LivePage(tab, base)
    page.start()
    return page
