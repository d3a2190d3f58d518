"""The commands of a clone, and the book that a wheel holds."""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
CLONE = ROOT / "nearfar" / "__main__.py"
COMMANDS = runpy.run_path(str(CLONE))["COMMANDS"]
CHAPTERS = {path.name for path in (ROOT / "chapters").glob("*.ipynb")}


def python(*words, **options):
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


def bare(*words, **options):
    """A Python with nothing installed, in the clone."""
    return python("-I", "-S", *words, cwd=ROOT, **options)


def test_the_commands_need_nothing_installed():
    told = bare("nearfar")
    assert (told.returncode, told.stderr) == (0, "")
    for name in COMMANDS:
        assert re.search(rf"^{name} +\w+", told.stdout, re.MULTILINE)


def test_they_are_found_as_a_module_where_the_library_is_not_installed():
    code = "import runpy; runpy.run_module('nearfar', run_name='__main__')"
    told = bare("-c", f"import sys; sys.path.insert(0, ''); {code}")
    assert told.stdout == bare("nearfar").stdout != ""


def test_where_the_library_is_installed_it_comes_first_and_hands_them_over():
    lib = {**os.environ, "PYTHONPATH": str(ROOT / "lib")}
    told = python("-m", "nearfar", cwd=ROOT, env=lib)
    assert "cash" in told.stdout or "ATMs" in told.stdout
    # One that takes no options shows where the word went.
    told = python("-m", "nearfar", "types", "much", cwd=ROOT, env=lib)
    assert "types() takes 0 positional arguments" in told.stderr


def test_make_passes_each_command_on():
    makefile = (ROOT / "Makefile").read_text()
    (targets,) = re.findall(r"^COMMANDS := (.+)$", makefile, re.MULTILINE)
    assert set(targets.split()) == {*COMMANDS, "hunt"}
    readme = (ROOT / "README.md").read_text()
    assert [name for name in COMMANDS if f"`{name}`" not in readme] == []


def test_an_old_python_is_told_what_is_needed():
    old = "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0); "
    told = bare("-c", f"{old}runpy.run_path('nearfar', run_name='__main__')")
    assert told.returncode == 1
    assert "This needs Python 3.11 or newer" in told.stderr


def test_it_can_be_read_by_a_python_that_is_too_old():
    ast.parse(CLONE.read_text(), feature_version=(3, 8))


def test_a_clone_serves_the_scripts_that_a_wheel_brings(tmp_path, monkeypatch):
    clone = runpy.run_path(str(CLONE))
    serve = clone["serve_scripts"]
    monkeypatch.setitem(serve.__globals__, "SERVED", tmp_path / "nearfar")
    serve()
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    ((folder, packed),) = told["tool"]["setuptools"]["data-files"].items()
    assert clone["SERVED"] == clone["VENV"] / folder
    assert {(ROOT / name).read_text() for name in packed} == {
        path.read_text() for path in (tmp_path / "nearfar").iterdir()
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The project as a wheel, unpacked; setuptools of this Python packs it."""
    pytest.importorskip("setuptools", minversion="77")
    folder = tmp_path_factory.mktemp("wheel")
    clone = folder / "clone"
    clone.mkdir()
    for name in ("lib", "chapters", "nearfar", "docs/_ext"):
        shutil.copytree(
            ROOT / name,
            clone / name,
            ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"),
        )
    for path in ROOT.glob("*.*"):
        if path.is_file():
            shutil.copy(path, clone)
    shutil.copy(ROOT / "LICENSE", clone)
    build = (
        "from setuptools.build_meta import build_wheel; "
        f"build_wheel({str(folder)!r})"
    )
    known = {**os.environ, "NEARFAR_SITE": "https://book.example"}
    built = python("-c", build, cwd=clone, env=known)
    assert built.returncode == 0, built.stderr
    (packed,) = folder.glob("*.whl")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def test_a_wheel_holds_the_chapters(wheel):
    packed = wheel / "nearfar" / "chapters"
    assert {path.name for path in packed.glob("*.ipynb")} == CHAPTERS


OPEN = """
import sys, types
class LabApp:
    def launch_instance(words):
        print(*words, sep="\\n")
jupyterlab = types.ModuleType("jupyterlab")
jupyterlab.__spec__ = types.SimpleNamespace()
labapp = types.ModuleType("jupyterlab.labapp")
labapp.LabApp = LabApp
sys.modules |= {"jupyterlab": jupyterlab, "jupyterlab.labapp": labapp}
from nearfar.__main__ import main
main(["lab", *sys.argv[1:]])
"""


def test_an_installed_book_copies_the_chapters_and_opens_them(wheel, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "00_start_here.ipynb").write_text("my answers")
    (tmp_path / "open.py").write_text(OPEN)
    told = python(
        *(tmp_path / "open.py", "--folder", mine, "--no-browser"),
        env={**os.environ, "PYTHONPATH": str(wheel)},
        cwd=tmp_path,
    )
    assert told.stdout.splitlines() == [
        f"--ServerApp.root_dir={mine}",
        "--LabApp.default_url=/lab/tree/00_start_here.ipynb",
        "--no-browser",
    ]
    assert {path.name for path in mine.iterdir()} == CHAPTERS
    assert (mine / "00_start_here.ipynb").read_text() == "my answers"


def links_of(folder):
    """The targets of links in the chapters of a folder."""
    return [
        target
        for path in folder.glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
        for target in re.findall(r"\]\(([^)]+)\)", cell.source)
    ]


def copied(folder, **environment):
    """Copy the chapters into a folder, as `nearfar lab --folder` does."""
    (folder / "open.py").write_text(OPEN)
    done = python(
        *(folder / "open.py", "--folder", folder / "mine"),
        env={**os.environ, **environment},
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return folder / "mine"


PAGES = [x for x in links_of(ROOT / "chapters") if x.startswith("../docs/")]


def on_site(site):
    """Where the chapters' links to pages lead on a site."""
    pages = [re.sub(r"^\.\./(.+)\.md", rf"{site}\1.html", x) for x in PAGES]
    assert f"{site}docs/diagrams.html" in pages
    return sorted(pages)


@pytest.mark.parametrize("where", ["wheel", "clone"])
def test_in_a_copied_chapter_a_link_to_a_page_leads_to_the_site(
    wheel, tmp_path, where
):
    lib = wheel if where == "wheel" else ROOT / "lib"
    told = {} if where == "wheel" else {"NEARFAR_SITE": "https://book.example"}
    mine = copied(tmp_path, PYTHONPATH=str(lib), **told)
    links = links_of(mine)
    there = [x for x in links if x.startswith("https://book.example/")]
    assert sorted(there) == on_site("https://book.example/")
    assert [x for x in links if x.startswith("../")] == []
    assert len(links) == len(links_of(ROOT / "chapters"))


def test_where_the_site_is_unknown_a_copied_chapter_has_no_dead_link(
    wheel, tmp_path
):
    (wheel / "nearfar/chapters/site.txt").rename(wheel / "site.txt")
    try:
        mine = copied(tmp_path, PYTHONPATH=str(wheel), NEARFAR_SITE="")
    finally:
        (wheel / "site.txt").rename(wheel / "nearfar/chapters/site.txt")
    links = links_of(mine)
    assert len(links) == len(links_of(ROOT / "chapters")) - len(PAGES)
    first = nbformat.read(mine / "00_start_here.ipynb", as_version=4)
    told = " ".join(" ".join(cell.source for cell in first.cells).split())
    assert "How to read a diagram (on the site)" in told


def test_in_a_clone_the_chapters_are_opened_where_they_are(tmp_path):
    (tmp_path / "open.py").write_text(OPEN)
    told = python(
        *(tmp_path / "open.py", "--no-browser"),
        env={**os.environ, "PYTHONPATH": str(ROOT / "lib")},
        cwd=tmp_path,
    )
    assert told.stdout.splitlines()[:2] == [
        f"--ServerApp.root_dir={ROOT}",
        "--LabApp.default_url=/lab/tree/chapters/00_start_here.ipynb",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["open.py"]
