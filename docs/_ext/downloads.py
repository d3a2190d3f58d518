"""Chapters to take away: as they are, and without solutions and outputs.

`make blank` writes the latter into a folder, for a class; the site offers
both. A chapter is blank when nothing in it tells what happens: no output, no
solution. The exercises, their checks and hints stay.
"""

import sys
from pathlib import Path

import nbformat

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
SOLUTION = "<details>\n<summary>Solution</summary>"


def write_blank(folder):
    """Write all chapters into a folder, without solutions and outputs."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        nbformat.write(blank(path), folder / path.name)


def blank(path):
    """Return a chapter without solutions and outputs."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [
        cell for cell in notebook.cells if not cell.source.startswith(SOLUTION)
    ]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def offer(app, error):
    """Put both kinds beside the pages that link to them."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "notebooks"
    write_blank(folder / "blank")
    for path in CHAPTERS.glob("*.ipynb"):
        (folder / path.name).write_bytes(path.read_bytes())


def setup(app):
    app.connect("build-finished", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    write_blank(Path(sys.argv[1]))
