"""`python -m nearfar links`: it sees each link that leads out of the book.

Here it asks no host but this machine.
"""

import ast
import json
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from nbformat import read, v4, write
from test_site import ROOT

LINK = re.compile(r"https?://[^\s\])>\"`]+")


def linkcheck(source, out, *options):
    """Run Sphinx's checker with our conf.py: how it ended, what it found."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-q", "-b", "linkcheck"),
            *("-c", ROOT, *options, source, out),
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    lines = (out / "output.json").read_text(encoding="utf-8").splitlines()
    return done, [json.loads(line) for line in lines]


def written_links():
    """The links in the texts of pages, chapters and docstrings."""
    for path in (ROOT / "docs").rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        if "_live" not in path.parts:
            yield from LINK.findall(re.sub(r"(?s)^```.*?^```", "", text))
    for path in (ROOT / "chapters").glob("*.ipynb"):
        for cell in read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                yield from LINK.findall(cell.source)
    for path in (ROOT / "lib").rglob("*.py"):
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        yield from LINK.findall(told or "")


def test_each_link_in_pages_chapters_and_docstrings_is_seen(site, tmp_path):
    read_already = shutil.copytree(site / ".doctrees", tmp_path / "doctrees")
    _, found = linkcheck(
        *(ROOT, tmp_path / "out", "-d", read_already),
        *("-D", "linkcheck_ignore=https?:"),
    )
    assert {each["status"] for each in found} <= {"ignored", "unchecked"}
    seen = {each["uri"] for each in found}
    written = {*written_links()}
    assert len(written) > 15
    assert written <= seen, "a bare address is no link: write <https://...>"


class Host(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200 if self.path == "/there" else 404)
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *arguments):
        pass


@pytest.fixture
def host():
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("gone", [True, False])
def test_dead_links_in_a_page_and_a_chapter_fail(tmp_path, host, gone):
    book = tmp_path / "book"
    for folder in ("docs", "chapters"):
        (book / folder).mkdir(parents=True)
    page, chapter = (
        f"# A title\n\n[a link]({host}/{f'gone-{name}' if gone else 'there'})"
        for name in ("page", "chapter")
    )
    (book / "docs" / "index.md").write_text(page)
    cells = [v4.new_markdown_cell(chapter)]
    write(v4.new_notebook(cells=cells), book / "chapters" / "00.ipynb")
    done, found = linkcheck(book, tmp_path / "out")
    broken = {each["uri"] for each in found if each["status"] == "broken"}
    gones = {f"{host}/gone-page", f"{host}/gone-chapter"}
    assert broken == (gones if gone else set())
    assert done.returncode == (1 if gone else 0)
    assert ("/gone" in done.stdout + done.stderr) == bool(gone)
