"""Where the book runs without being installed: links, container, image."""

import json
import os
import re
import runpy
import subprocess
import sys

import jinja2
import pytest
from test_site import CHAPTERS, ROOT

EXT = ROOT / "docs" / "_ext"
HOSTS = "colab.research.google.com", "mybinder.org", "codespaces.new"
BOOK = "https://github.com/ann/book"
NOTEBOOK = "chapters/04_bank.ipynb"


@pytest.fixture(scope="module")
def places():
    sys.path.insert(0, str(EXT))
    yield runpy.run_path(str(EXT / "places.py"))
    sys.path.remove(str(EXT))


def links(places, repository):
    """The links to other places that a chapter's page would have."""
    template = (ROOT / "docs/_templates/downloads.html").read_text()
    html = jinja2.Environment(
        loader=jinja2.DictLoader({"live.html": ""})
    ).from_string(template)
    page = html.render(
        pagename=NOTEBOOK.removesuffix(".ipynb"),
        pathto=lambda name, is_file=0: name,
        places=places["places_of"](repository),
    )
    return re.findall(r'href="(https:[^"]+)">(\w+)', page)


@pytest.mark.parametrize(
    "repository",
    [BOOK, f"{BOOK}.git", f"{BOOK}/", "git@github.com:ann/book.git"],
)
def test_a_chapter_leads_to_its_notebook_in_each_place(places, repository):
    assert links(places, repository) == [
        (
            f"https://colab.research.google.com/github/ann/book/blob/main/{NOTEBOOK}",
            "Colab",
        ),
        (
            f"https://mybinder.org/v2/gh/ann/book/main?urlpath=lab/tree/{NOTEBOOK}",
            "Binder",
        ),
        ("https://codespaces.new/ann/book?quickstart=1", "Codespaces"),
    ]


@pytest.mark.parametrize(
    "repository", ["", "https://example.org/ann/book", "https://github.com/ann"]
)
def test_without_a_repository_on_github_there_is_no_link(places, repository):
    assert links(places, repository) == []
    line = places["install_line"](repository)
    assert "git+https://github.com/OWNER/REPOSITORY\n" in line


def test_the_line_for_colab_names_the_repository(places):
    line = places["install_line"]("git@github.com:ann/book.git")
    assert "%pip install git+https://github.com/ann/book\n" in line


def test_the_built_pages_have_links_if_and_only_if_github_is_known(
    places, pages
):
    address = places["address_of"](os.environ, places["remote"]())
    expected = len(places["places_of"](address))
    for name in CHAPTERS:
        found = [
            link.attrs["href"]
            for link in pages[name].css("p.downloads a[href]")
            if any(host in link.attrs["href"] for host in HOSTS)
        ]
        assert len(found) == expected, name
    told = pages["docs/elsewhere.html"].text()
    assert ("OWNER/REPOSITORY stands for" in told) == (not expected)
    assert "%pip install git+https://github.com/" in told


def test_the_container_is_made_by_a_command_of_this_project():
    told = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert re.fullmatch(r"[\w./]+/python:\d+-3\.\d+-\w+", told["image"])
    words = told["postCreateCommand"].split()
    assert words[:3] == ["python", "-m", "nearfar"]
    commands = runpy.run_path(str(ROOT / "nearfar/__main__.py"))["COMMANDS"]
    assert words[3] in commands
    done = subprocess.run(
        [sys.executable, "-m", "nearfar", *words[3:]],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "lib")},
        timeout=60,
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", done.stdout)  # JupyterLab's
    settings = told["customizations"]["vscode"]["settings"]
    kernel = settings["python.defaultInterpreterPath"]
    assert kernel == "${containerWorkspaceFolder}/.venv/bin/python"


def test_binder_installs_the_book_at_the_versions_of_the_lock(tmp_path):
    script = ROOT / ".binder" / "postBuild"
    assert os.access(script, os.X_OK)
    version = (ROOT / ".binder" / "runtime.txt").read_text()
    assert re.fullmatch(r"python-3\.1[1-5]\n", version)
    pip = tmp_path / "pip"
    pip.write_text('#!/bin/sh\necho "$@"; cat "$4"\n')
    pip.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PATH": path},
    )
    words, _, pinned = done.stdout.partition("\n")
    assert words.startswith("install --no-cache-dir --constraint /")
    assert words.endswith(" .[book]")
    lock = (ROOT / "requirements.txt").read_text()
    assert pinned == lock.removeprefix("-e .\n")
