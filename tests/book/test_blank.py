"""The blank notebooks of a class, and those of each student."""

import runpy
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from nearfar.exercises import program_for
from nearfar.exercises.variants import VARIED

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "_ext" / "downloads.py"
CHAPTERS = sorted(path.name for path in (ROOT / "chapters").glob("*.ipynb"))
DOWNLOADS = runpy.run_path(str(SCRIPT))


def blank(*options):
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, options)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_blank_chapter_tells_nothing(tmp_path):
    assert blank(tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == CHAPTERS
    for path in tmp_path.iterdir():
        cells = nbformat.read(path, as_version=4).cells
        assert any("exercise" in c.metadata.get("tags", []) for c in cells)
        for cell in cells:
            assert "<summary>Solution" not in cell.source
            assert not cell.get("outputs")
            assert "student=" not in cell.source


def test_each_student_gets_a_folder(tmp_path):
    names = tmp_path / "names"
    names.write_text("Eve Müller\n\n../x, y\n", encoding="utf-8")
    into = tmp_path / "into"
    told = blank(into, "--students", names, "--student", "O'Neil")
    assert told.stderr == ""
    folders = sorted(path.name for path in into.iterdir())
    assert folders == ["Eve_Müller", "O_Neil", "x_y"]
    for folder in into.iterdir():
        assert sorted(path.name for path in folder.iterdir()) == CHAPTERS


def test_two_names_that_would_share_a_folder_are_told(tmp_path):
    told = blank(tmp_path, "--student", "a b", "--student", "A/b")
    assert "A/b and a b would share a folder" in told.stderr
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("number", VARIED)
@pytest.mark.parametrize("student", ["eve", 'O\'Neil "x"'])
def test_a_students_notebook_shows_that_students_program(number, student):
    (path,) = (ROOT / "chapters").glob(f"{number.split('.')[0]:0>2}_*.ipynb")
    notebook = DOWNLOADS["blank"](path)
    DOWNLOADS["personal"](notebook, student)
    nbformat.validate(notebook)
    assert notebook.metadata["nearfar"] == {"student": student}
    cells = notebook.cells
    name, program = program_for(number, student)
    (place,) = (
        n for n, cell in enumerate(cells) if f'check("{number}"' in cell.source
    )
    calls = []
    names = dict.fromkeys(("order", "lines", "contents"))
    names["check"] = lambda number, _, **named: calls.append((number, named))
    exec(cells[place].source, names)
    assert calls == [(number, {"student": student})]
    assert program in cells[place - 2].source
    # Nothing shows the program of the chapter.
    assert not [c for c in cells if f"({name})" in c.source]
