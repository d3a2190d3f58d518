"""Every page is light: a phone on a slow line opens it in a few seconds."""

import pytest
from weight import loaded_by, pages_of

MOST = 300_000  # bytes, gzipped: a page and all that it loads
MEND = (
    "`python tests/book/weight.py _build/html` lists what a page loads. Load "
    "on use what a page needs only then, make a picture smaller, or drop what "
    "the theme brings and no page uses (docs/_templates)."
)
KINDS = (
    "index.html",
    "search.html",
    "chapters/04_bank.html",
    "docs/glossary.html",
    "docs/reference/near.html",
)


def test_every_page_with_all_that_it_loads_is_light(site):
    heavy = {}
    for page in pages_of(site.resolve()):
        weight = sum(loaded_by(page).values())
        if weight > MOST:
            heavy[str(page.relative_to(site.resolve()))] = weight
    assert not heavy, f"over {MOST} bytes: {heavy}. {MEND}"


@pytest.mark.parametrize("name", KINDS)
def test_a_page_loads_only_what_it_names(browser, site, address, name):
    """A font or a script that another file asks for would be missed above."""
    asked = []
    context = browser.new_context()
    tab = context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(address + name, wait_until="networkidle")
    context.close()
    site = site.resolve()
    named = {
        address + file.relative_to(site).as_posix()
        for file in loaded_by(site / name)
    }
    came = {url.partition("?")[0] for url in asked if url.startswith("http")}
    extra = {url for url in came - named if not url.endswith("/basic.css")}
    assert not extra, MEND
    assert len(came) > 5
