"""Chapters to take away: as they are, and without solutions and outputs.

`make blank` writes the latter into a folder, for a class; the site offers
both. A chapter is blank when nothing in it tells what happens: no output, no
solution. The exercises, their checks and hints stay.

A blank chapter can be a student's own. Then some programs, whose output is to
be predicted, have numbers that are drawn from the name.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat

CHECK = re.compile(r'check\("([\d.]+)", (\w+)\)')
CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
SOLUTION = "<details>\n<summary>Solution</summary>"


def write_blank(folder, student=""):
    """Write all chapters into a folder, without solutions and outputs."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        notebook = blank(path)
        if student:
            personal(notebook, student)
        nbformat.write(notebook, folder / path.name)


def personal(notebook, student):
    """Give a blank chapter to a student: with a name, and other numbers."""
    from nearfar.exercises import program_for

    notebook.metadata["nearfar"] = {"student": student}
    cells = notebook.cells
    for place in range(len(cells) - 1, -1, -1):
        call = CHECK.fullmatch(cells[place].source)
        if not call or not (varied := program_for(call[1], student)):
            continue
        cells[
            place
        ].source = f'check("{call[1]}", {call[2]}, student={student!r})'
        name, program = varied
        shows = next(
            n for n in range(place, -1, -1) if f"({name})" in cells[n].source
        )
        # What else this cell imports, later cells may need.
        cells[shows].source = "\n".join(
            line
            for line in cells[shows].source.splitlines()
            if name not in line
        ).strip()
        text = f"```python\n{program.rstrip()}\n```"
        cells.insert(shows + 1, nbformat.v4.new_markdown_cell(text))
    notebook.cells = [cell for cell in cells if cell.source]


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


def folders(students):
    """A folder's name for each student; names that are too alike are told."""
    found = {}
    for student in students:
        folder = re.sub(r"[^\w.-]+", "_", student).strip("._") or "_"
        if other := found.get(folder.casefold()):
            sys.exit(f"{student} and {other} would share a folder: {folder}")
        found[folder.casefold()] = student
        yield student, folder


def main():
    """Write the blank chapters: once, or for each student."""
    parser = argparse.ArgumentParser(prog="python -m nearfar blank")
    parser.add_argument("into", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--student", action="append", default=[], help="a name")
    parser.add_argument("--students", type=Path, help="a file: a name a line")
    options = parser.parse_args()
    students = options.student
    if options.students:
        lines = options.students.read_text(encoding="utf-8").splitlines()
        students += filter(None, map(str.strip, lines))
    for student, folder in [*folders(students)]:
        write_blank(options.into / folder, student)
    if not students:
        write_blank(options.into)
    print(f"written to {options.into}")


if __name__ == "__main__":
    main()
