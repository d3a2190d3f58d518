"""The build: what the pages need is fetched, checked and put beside them."""

import io
import re
import sys
import zipfile
from types import SimpleNamespace

import pytest
from page import ROOT, code_cells, folder_of

sys.path += [str(ROOT / "docs" / "_ext"), str(ROOT / "docs" / "_live")]

import fetch
import live

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty cache, and no program to fill it with."""
    monkeypatch.setattr(fetch, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def ids_of(path):
    return [cell.id for cell in code_cells(path)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda it: it.stem)
def test_a_page_names_each_cell_in_order_and_the_folder(site, path):
    page = (site / "chapters" / f"{path.stem}.html").read_text("utf-8")
    assert re.findall('data-cell="([^"]+)"', page) == ids_of(path)
    folder, _ = folder_of(site)
    assert f'<meta name="live" content="{folder.name}"' in page


def test_the_folder_has_all_that_a_press_loads_and_their_hash(site):
    folder, _ = folder_of(site)
    content = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.*")
    }
    assert folder.name == f"live-{live.stamp(content)}"
    for name, data in content.items():
        if name.endswith(".mjs"):
            changed = live.stamp(content | {name: data + b" "})
            assert folder.name != f"live-{changed}"
    assert {"chapter.mjs", "cell.mjs", "worker.mjs", "library.zip"} < {*content}
    assert not (site / "_static" / "live").exists()


def test_two_builds_write_the_same_files():
    assert live.files() == live.files()


def test_the_archive_holds_the_library_and_no_leavings():
    names = zipfile.ZipFile(io.BytesIO(live.library())).namelist()
    assert {"nearfar/near/scheduler.py", "kernel/turns.py", "tqdm/std.py"} <= {
        *names
    }
    assert not [name for name in names if "__pycache__" in name]
    assert not [name for name in names if "egg-info" in name]


def test_without_npm_the_pages_have_no_buttons(empty, caplog):
    builder = SimpleNamespace(format="html")
    app = SimpleNamespace(builder=builder, outdir=empty / "html")
    live.look_for_python(app)
    assert not app.live
    context = {"body": '<div class="cell docutils container">'}
    name = f"chapters/{CHAPTERS[0].stem}"
    live.name_cells(app, name, "page.html", context, None)
    live.offer(app, None)
    assert "data-cell" not in context["body"]
    assert not (empty / "html").exists()


def test_what_is_missing_is_named(empty):
    with pytest.raises(fetch.Missing, match="npm is not installed"):
        fetch.fetch()


def test_a_file_with_another_hash_is_refused(empty):
    npm = empty / "npm"
    npm.write_text(f"#!/bin/sh\necho other > {fetch.PYODIDE.path}\n")
    npm.chmod(0o755)
    with pytest.raises(fetch.Missing, match="not the one that is pinned"):
        fetch.fetch()


def test_the_page_on_licences_names_what_is_shipped():
    page = (ROOT / "docs" / "licences.md").read_text("utf-8")
    for package in (fetch.PYODIDE, *fetch.WHEELS):
        row = rf"\| \[{package.name}\]\(.*\| {package.version} \|"
        assert re.search(row, page, re.IGNORECASE), package.name
