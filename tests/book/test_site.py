"""The site: whole, self-contained, and readable by everybody.

It is built once, and most tests read the HTML.
"""

import json
import os
import re
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import unquote, urlsplit

import nbformat

import nearfar

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [
    f"chapters/{notebook.stem}.html"
    for notebook in sorted((ROOT / "chapters").glob("*.ipynb"))
]


def target(page, link):
    """Where a link on `page` leads: the name of a file, and a fragment."""
    parts = urlsplit(link)
    if parts.path:
        start = os.path.dirname(page)
        page = os.path.normpath(os.path.join(start, unquote(parts.path)))
    return page, unquote(parts.fragment)


def is_foreign(link):
    return link.startswith("//") or urlsplit(link).scheme in ("http", "https")


def links_to_chapters(page, part):
    """The chapters to which a part of a page links, each once, in order."""
    links = (
        target(page, link.attrs["href"])[0] for link in part.css("a[href]")
    )
    return [name for name in dict.fromkeys(links) if "chapters/" in name]


def doors():
    """Each package and lone module of the library, with its modules."""
    for door in iter_modules(nearfar.__path__):
        inside = iter_modules(
            [f"{path}/{door.name}" for path in nearfar.__path__]
        )
        if door.name != "__main__":
            yield door.name, [module.name for module in inside]


def test_every_door_has_a_page_with_all_its_modules(pages):
    for door, modules in doors():
        name = f"docs/reference/{door}.html"
        assert name in pages, (
            f"no page for nearfar.{door}: copy docs/reference/bank.md, put"
            f" {door} into it twice, and name it in docs/reference/index.md"
        )
        modules_of = pages[name].css("[id^=module-]")
        shown = {each.id for each in modules_of}
        assert f"module-nearfar.{door}" in shown
        for module in modules:
            if not module.startswith("chapter_"):
                assert f"module-nearfar.{door}.{module}" in shown


def test_every_page_lists_every_chapter_in_order(pages):
    assert CHAPTERS
    for name, page in pages.items():
        sidebar = page.css_first("nav.all-pages")
        assert sidebar, f"{name} has no list of all pages"
        assert links_to_chapters(name, sidebar) == CHAPTERS, name


def test_every_page_lists_the_chapters_by_number_and_folds_the_library(pages):
    numbers = [Path(name).name[:2] for name in CHAPTERS]
    for name, page in pages.items():
        links = page.css("nav.all-pages a[href]")[: len(CHAPTERS)]
        assert [link.text().split()[0] for link in links] == numbers, name
        library = page.css_first("nav.all-pages details")
        is_of_it = name.startswith("docs/reference/")
        assert ("open" in library.attrs) == is_of_it, name
        captions = [each.text() for each in library.css("p.caption")]
        assert captions == ["Near", "Far", "Failure", "Scale"], name
        for here in page.css("nav.all-pages a[aria-current]"):
            assert target(name, here.attrs["href"])[0] == name


PARTS = {
    "Part 1: Near": ("00", "02"),
    "Part 2: Far": ("03", "05"),
    "Part 3: Failure": ("06", "09"),
    "Part 4: Scale": ("10", "12"),
}


def in_part(part):
    first, last = PARTS[part]
    return [n for n in CHAPTERS if first <= Path(n).name[:2] <= last]


def test_the_sidebar_has_four_parts(pages):
    front = pages["index.html"]
    captions = [each.text() for each in front.css("nav.all-pages > p.caption")]
    assert captions[:4] == list(PARTS)
    parts = front.css("nav.all-pages > p.caption + ul")
    for part, links in zip(PARTS, parts, strict=False):
        assert links_to_chapters("index.html", links) == in_part(part)


def test_the_front_page_has_four_parts(pages):
    front = pages["index.html"].css_first("article")
    parts = front.css("section:has(> h3):has(table)")
    told = [part.css_first("h3").text().strip("#") for part in parts]
    assert told == list(PARTS)
    for part, links in zip(told, parts, strict=True):
        assert links_to_chapters("index.html", links) == in_part(part)


ROW = re.compile(
    r"^\| (?:\d\d )?\[(?:\d\d )?(.*)\]\((?:\.\./)?chapters/(.*)\)"
    r" \| (\d+) \| (.*) \|$",
    re.MULTILINE,
)


def table_of_chapters(page):
    """{chapter: (its title, minutes, what for)} of the front page or README."""
    rows = ROW.findall((ROOT / page).read_text(encoding="utf-8"))
    return {file: (title, *rest) for title, file, *rest in rows}


def test_front_page_readme_and_chapters_promise_the_same():
    front = table_of_chapters("docs/index.md")
    readme = table_of_chapters("README.md")
    assert front == readme
    assert len(front) == len(CHAPTERS)
    for name in CHAPTERS:
        path = (ROOT / name).with_suffix(".ipynb")
        first = nbformat.read(path, as_version=4).cells[0].source
        promise = " ".join(first.replace("\n>", "\n").split())
        title, minutes, _ = front[path.name]
        assert first.startswith(f"# {title}"), f"{path.name}: {title}"
        assert f"**About {minutes} minutes" in promise, (
            f"{path.name}: write the minutes of its promise box, also in"
            " README.md and docs/index.md"
        )


def test_a_keyboard_unfolds_the_library(browser, address):
    tab = browser.new_page()
    tab.goto(address + CHAPTERS[0])
    link = tab.locator("nav.all-pages").get_by_role("link", name="near")
    assert not link.is_visible()
    tab.locator("nav.all-pages summary").focus()
    tab.keyboard.press("Enter")
    assert link.is_visible()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url(address + "docs/reference/near.html")
    tab.close()


def test_every_page_lists_every_page_of_docs(pages):
    docs = {name for name in pages if name.startswith("docs/")}
    for name, page in pages.items():
        links = page.css("nav.all-pages a[href]")
        listed = {target(name, link.attrs["href"])[0] for link in links}
        assert docs <= listed, f"{name} leaves out {docs - listed}"


def test_the_front_page_leads_to_every_chapter_in_order(pages):
    front = pages["index.html"].css_first("article")
    assert links_to_chapters("index.html", front) == CHAPTERS


def test_every_local_link_leads_somewhere(site, pages):
    anchors = {
        name: {element.id for element in page.css("[id]")}
        for name, page in pages.items()
    }
    broken = []
    for name, page in pages.items():
        elements = page.css("[href]:not(base), [src]")
        for link in (
            each.attrs.get("href", each.attrs.get("src")) for each in elements
        ):
            if urlsplit(link).scheme or is_foreign(link):
                continue
            file, fragment = target(name, link)
            found = (site / file).is_file()
            if found and fragment and file in anchors:
                found = fragment in anchors[file]
            if not found:
                broken.append(f"{name}: {link}")
    assert not broken, "\n".join(broken)


def test_every_chapter_is_offered_with_solutions_and_without(site, pages):
    for name in CHAPTERS:
        links = pages[name].css(".downloads a[download]")
        whole, blank = (site / target(name, a.attrs["href"])[0] for a in links)
        assert (
            whole.read_bytes()
            == (ROOT / name).with_suffix(".ipynb").read_bytes()
        )
        cells = json.loads(blank.read_text(encoding="utf-8"))["cells"]
        told = json.loads(whole.read_text(encoding="utf-8"))["cells"]
        solutions = [c for c in told if is_solution(c)]
        assert len(cells) == len(told) - len(solutions)
        assert not any(is_solution(cell) for cell in cells)
        assert not any(cell.get("outputs") for cell in cells)


def is_solution(cell):
    return "<summary>Solution</summary>" in "".join(cell["source"])


def test_no_page_loads_anything_from_another_host(pages):
    loaded = [
        f"{name}: {element.tag} {element.attrs[attribute]}"
        for name, page in pages.items()
        for attribute in ("href", "src", "srcset", "data", "poster")
        for element in page.css(f"[{attribute}]")
        if element.tag != "a"
        and element.attrs.get("rel") != "canonical"
        and is_foreign(element.attrs[attribute])
    ]
    assert not loaded, "\n".join(loaded)
