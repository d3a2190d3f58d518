"""The ePub: what a notebook prints as HTML is well-formed there."""

import json
import runpy
from xml.etree import ElementTree

import pytest
from test_site import ROOT

closed = runpy.run_path(str(ROOT / "docs" / "_ext" / "xhtml.py"))["Closed"]


def as_xhtml(text):
    parser = closed()
    parser.feed(text)
    parser.close()
    return "".join(parser.parts)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<img alt="a > b" src=x>', '<img alt="a &gt; b" src="x" />'),
        ('<img src=x onload="run()"/>', '<img src="x" />'),
        ("<details open><p>1 &lt; 2<br></p>", None),
        ("</details>", "</details>"),
    ],
)
def test_each_empty_element_is_closed_and_nothing_runs(text, told):
    told = told or '<details open="open"><p>1 &lt; 2<br /></p>'
    assert as_xhtml(text) == told


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "chapters").glob("*.ipynb")),
    ids=lambda path: path.stem,
)
def test_every_output_of_a_chapter_is_well_formed(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            html = "".join(output.get("data", {}).get("text/html", ()))
            ElementTree.fromstring(f"<p>{as_xhtml(html)}</p>")
