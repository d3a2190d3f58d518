"""Search engines, cards and citations: what site and clone tell them."""

import json
import re
import runpy
import struct
import sys
import tomllib
import xml.etree.ElementTree
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_site import CHAPTERS, ROOT

EXT = ROOT / "docs" / "_ext"


@pytest.fixture(scope="module")
def found():
    sys.path.insert(0, str(EXT))
    yield runpy.run_path(str(EXT / "found.py"))
    sys.path.remove(str(EXT))


@pytest.mark.parametrize(
    ("environment", "repository", "site"),
    [
        ({}, "", ""),
        ({}, "https://example.org/a/b", ""),
        ({}, "https://github.com/ann/book", "https://ann.github.io/book/"),
        ({}, "git@github.com:ann/book.git", "https://ann.github.io/book/"),
        (
            {"NEARFAR_SITE": "https://b.org"},
            "https://github.com/a/b",
            "https://b.org/",
        ),
    ],
)
def test_the_address_of_the_site_is_set_or_that_of_github_pages(
    environment, repository, site
):
    told = runpy.run_path(str(EXT / "repository.py"))
    assert told["site_of"](environment, repository) == site


def test_every_page_but_search_and_404_describes_itself(pages):
    for name, page in pages.items():
        told = page.css_first("meta[name=description]")
        if name in ("search.html", "404.html"):
            assert told is None, name
        else:
            assert 20 < len(told.attrs["content"]) <= 200, name
            assert page.css_first("meta[property='og:title']").attrs["content"]


def test_the_sitemap_has_the_whole_address_of_each_page(found):
    app = SimpleNamespace(
        config=SimpleNamespace(html_baseurl="https://b.org/"),
        env=SimpleNamespace(found_docs={"docs/index", "chapters/x"}),
        builder=SimpleNamespace(
            get_target_uri=lambda page: {"docs/index": "index.html"}.get(
                page, f"{page}.html"
            )
        ),
    )
    root = xml.etree.ElementTree.fromstring(found["sitemap"](app))
    assert [each.text for each in root.iter() if each.tag.endswith("loc")] == [
        "https://b.org/chapters/x.html",
        "https://b.org/index.html",
    ]


def test_llms_txt_leads_to_every_chapter_without_its_solutions(site):
    told = (site / "llms.txt").read_text(encoding="utf-8")
    names = re.findall(r"\(.*llms/(.+\.md)\)", told)
    assert names == [Path(name).stem + ".md" for name in CHAPTERS]
    for name in names:
        text = (site / "llms" / name).read_text(encoding="utf-8")
        assert text.startswith("# ")
        assert "```python" in text
        assert "<summary>Solution</summary>" not in text


def test_the_card_has_the_size_that_other_sites_show():
    head = (ROOT / "docs" / "_static" / "card.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (1200, 630)


def test_the_page_for_a_wrong_address_leads_home(pages):
    page = pages["404.html"]
    assert page.css_first("base").attrs["href"].startswith("/")
    links = [a.attrs["href"] for a in page.css("article a")]
    assert links == ["index.html", "search.html"]


def test_the_citation_names_this_version_and_both_licences():
    told = (ROOT / "CITATION.cff").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"\nversion: {project['version']}\n" in told
    assert "  - MIT\n  - CC-BY-4.0\n" in told


def test_the_search_tells_no_output_and_no_solution(site):
    text = (site / "_static" / "sections.js").read_text(encoding="utf-8")
    sections = json.loads(text.removeprefix("const SECTIONS = ")[:-2])
    by_page = {address.partition("#")[0] for address, _, _ in sections}
    assert set(CHAPTERS) <= by_page
    for _, title, words in sections:
        assert title
        assert "def solution" not in words


def test_the_search_shows_the_words_around_a_match_from_a_disk(browser, site):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto((site / "search.html").as_uri() + "?q=lost update")
    marks = tab.locator("#search-results mark")
    marks.first.wait_for()
    told = {mark.lower() for mark in marks.all_text_contents()}
    assert told == {"lost", "update"}
    tab.locator("#search-count").get_by_text("section").wait_for()
    tab.locator("article input, .bd-search input").last.fill("zebra quux")
    tab.get_by_text("No section has all these words.").wait_for()
    context.close()
