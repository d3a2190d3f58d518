"""The order of the tests of the book."""


def pytest_collection_modifyitems(items):
    """The browser takes longest: with two at work, it must begin first."""
    items.sort(key=lambda item: item.path.name != "test_site.py")
