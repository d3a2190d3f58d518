"""Lab program: open the chapters in JupyterLab.

The one idea: a clone's chapters are opened where they are; an installed book
is copied into a folder first, because a reader changes what it reads. A copy
has no pages beside it, so its links to them lead to the public site.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import runpy
from importlib.util import find_spec
from pathlib import Path

from .printer import say

__all__ = ["PROGRAMS"]

HERE = Path(__file__).resolve().parent
PACKED = HERE.parent / "chapters"
CLONED = HERE.parents[2] / "chapters"
FOLDER = "messages-near-and-far"
PAGE = re.compile(r"\[([^\]]+)\]\(\.\./(docs/[\w/]+)\.md(#[^)]*)?\)")


def lab(options: argparse.Namespace) -> None:
    """Open the chapters in JupyterLab.

    In a clone they are opened where they are. Otherwise they are copied into a
    folder; a chapter that is there already is kept as you left it. JupyterLab
    gets each option that this program does not know.

    example:
      python -m nearfar lab --folder book --no-browser
    """
    if find_spec("jupyterlab") is None:
        raise RuntimeError(
            "JupyterLab is not installed. Install it with the book: "
            "pip install 'nearfar[book]'"
        )
    from jupyterlab.labapp import LabApp

    cloned = CLONED.is_dir() and not options.folder
    chapters = CLONED if cloned else _copied(Path(options.folder or FOLDER))
    root = chapters.parent if cloned else chapters
    first = (chapters / "00_start_here.ipynb").relative_to(root)
    # It asks for no news: nothing leaves the machine.
    known = os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep)
    paths = [str(HERE / "jupyter"), *filter(None, known)]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
    LabApp.launch_instance(
        [
            f"--ServerApp.root_dir={root.resolve()}",
            f"--LabApp.default_url=/lab/tree/{first.as_posix()}",
            *options.more,
        ]
    )


def _copied(folder):
    """Copy into a folder those chapters that it lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    site = _site()
    for path in (CLONED if CLONED.is_dir() else PACKED).glob("*.ipynb"):
        if not (folder / path.name).exists():
            text = _linked(path.read_text(encoding="utf-8"), site)
            (folder / path.name).write_text(text, encoding="utf-8")
    say(f"the chapters are in {folder.resolve()}")
    return folder


def _site():
    """The public address of the site, which ends in /; "" if it is unknown."""
    if CLONED.is_dir():
        finder = CLONED.parent / "docs" / "_ext" / "repository.py"
        return runpy.run_path(str(finder))["public_site"]()
    told = PACKED / "site.txt"
    return told.read_text() if told.is_file() else ""


def _linked(notebook, site):
    """A notebook as JSON whose links to pages lead to the site.

    Where the site is unknown, they are words alone.
    """

    def link(found):
        words, page, heading = found.groups(default="")
        if site:
            return f"[{words}]({site}{page}.html{heading})"
        return f"{words} (on the site)"

    told = json.loads(notebook)
    for cell in told["cells"]:
        if cell["cell_type"] == "markdown":
            source = PAGE.sub(link, "".join(cell["source"]))
            cell["source"] = source.splitlines(keepends=True)
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _lab_options(add):
    add("--folder", help=f"where to copy the chapters (default: {FOLDER})")


PROGRAMS = {"lab": (lab, _lab_options)}
