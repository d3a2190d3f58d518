"""Grade program: check the notebooks that a class hands in.

The one idea: each answer is tried in a process of its own, which has given up
its rights before, and may take so long. All notebooks are read before the
first answer runs. `answer` is that process, `nearfar.processes.confined` says
what it has given up.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import stat
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

from tqdm import tqdm

from ..exercises import checked_in, exercise_numbers
from ..processes import ask
from .options import count
from .printer import say

__all__ = ["PROGRAMS"]

LARGEST = 50_000_000  # bytes of a notebook
HEADING = re.compile(r"^#+ (\d+\.\d+) ", re.MULTILINE)
COLUMNS = "file", "student", "exercise", "result", "verdict"
FORMULA = "=", "+", "-", "@", "\t", "\r", "\n", "|", *"\uff1d\uff0b\uff0d\uff20"
UNREAD = "cannot be read"
ODD = ValueError, TypeError, KeyError, AttributeError  # of no notebook


class Row(NamedTuple):
    """A row of the table; `cells` hold the answer that it is about."""

    file: str
    student: str
    exercise: str
    result: str
    verdict: str = ""
    cells: tuple[str, ...] = ()


def grade(options: argparse.Namespace) -> None:
    """Check each exercise of each notebook in a folder, and write a table.

    Each answer runs in a fresh process, with a limit to its time and memory.
    It cannot write or read the files of this machine, reach the network, or
    start processes, as far as the system can hold that; the program says what
    it cannot. The table (CSV) has a row for each exercise of each notebook's
    chapter: solved, failed, timed out, not answered or cannot be read.

    example:
      python -m nearfar grade submissions --csv grades.csv
    """
    folder = Path(options.folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    machine = _judge(Row("", "", "", ""), options, threading.Event())
    if machine.result:
        raise RuntimeError(f"no answer can be tried here: {machine.verdict}")
    if machine.verdict:
        say(f"On this machine, {machine.verdict}")
    rows = [row for path in notebooks(folder) for row in rows_of(path, folder)]
    rows = _all_judged(rows, options)
    with open(
        options.csv, "w", newline="", encoding="utf-8-sig", errors="replace"
    ) as file:
        table = csv.writer(file, quoting=csv.QUOTE_ALL)
        table.writerow(COLUMNS)
        table.writerows(map(harmless, row[: len(COLUMNS)]) for row in rows)
    files = len({row.file for row in rows})
    results = Counter(row.result for row in rows)
    told = ", ".join(f"{many} {result}" for result, many in results.items())
    print(f"{files} notebooks: {told or 'none'}; written to {options.csv}")


# --- What was handed in ------------------------------------------------------


def notebooks(folder: Path) -> Iterator[Path]:
    """Yield the notebooks in a folder, and each link: none is followed."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if n != ".ipynb_checkpoints")
        for name in folders:
            if (path := Path(place, name)).is_symlink():
                yield path
        for name in sorted(names):
            if name.endswith(".ipynb"):
                yield Path(place, name)


def rows_of(path: Path, folder: Path) -> list[Row]:
    """A row for each exercise of the chapters that a notebook is about."""
    file = str(path.relative_to(folder))
    try:
        cells, words, student = _read(path)
    except (OSError, RecursionError, *ODD) as error:
        return [Row(file, "", "", UNREAD, _why(error))]
    checked = set(checked_in(cells))
    known = exercise_numbers()
    named = checked | set(HEADING.findall(words))
    chapters = {number.split(".")[0] for number in named.intersection(known)}
    if not chapters:
        told = "no exercise of the book is in it"
        return [Row(file, student, "", "not answered", told)]
    return [
        Row(file, student, number, "", "", tuple(cells))
        if number in checked
        else Row(file, student, number, "not answered", "no cell checks it")
        for number in known
        if number.split(".")[0] in chapters
    ]


def _read(path):
    """The code cells, the text, and the student's name in a notebook."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is a link or a device, and is not followed")
    if status.st_size > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes")
    notebook = json.loads(path.read_bytes())
    code, text = [], []
    for cell in notebook["cells"]:
        source = cell["source"]
        source = source if isinstance(source, str) else "".join(source)
        (code if cell["cell_type"] == "code" else text).append(source)
    given = notebook.get("metadata", {}).get("nearfar", {})
    return code, "\n".join(text), str(given.get("student", ""))


def _why(error):
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return f"it is no JSON: {error}"
    if isinstance(error, KeyError | TypeError | AttributeError):
        return "it is no notebook of format 4"
    return str(getattr(error, "strerror", None) or error)


# --- What is said of it ------------------------------------------------------


def _all_judged(rows, options):
    """The rows with their results, in order; several answers run at once."""
    stopped = threading.Event()
    with ThreadPoolExecutor(options.jobs) as pool:
        try:
            return list(
                tqdm(
                    pool.map(lambda row: _judge(row, options, stopped), rows),
                    total=len(rows),
                    desc="exercises",
                    leave=False,
                )
            )
        except BaseException:  # Ctrl-C ends what runs, too
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise


def _judge(row, options, stopped):
    """Let a process try the answer of a row that has no result yet."""
    if row.result:
        return row
    secret = token_hex()
    question = {
        "secret": secret,
        "number": row.exercise,
        "student": row.student,
        "cells": row.cells,
        "seconds": options.seconds,
        "megabytes": options.memory,
    }
    asked = ask(
        "nearfar.programs.answer",
        json.dumps(question).encode(),
        seconds=options.seconds,
        stopped=stopped,
    )
    if asked.late:
        told = f"not done after {options.seconds} seconds"
        return row._replace(result="timed out", verdict=told)
    forged, _, words = asked.answer.decode(errors="replace").partition(secret)
    how = asked.how or "ended"
    told = {"result": "failed", "verdict": f"it {how} without a verdict"}
    if forged:
        told["verdict"] = "it wrote where only the verdict is written"
    elif words:
        told = json.loads(words)
    if "lost" in told:
        lost = ", ".join(told["lost"])
        told = {"verdict": lost and f"these are not kept from answers: {lost}"}
    return row._replace(**told)


def harmless(text: str) -> str:
    """A cell of the table that no spreadsheet takes for a formula."""
    text = text.encode(errors="backslashreplace").decode()
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return f"'{text}" if text.lstrip(" '").startswith(FORMULA) else text


def _grade_options(add):
    add("folder", help="where the notebooks are, at any depth")
    add(
        "--csv",
        default="grades.csv",
        metavar="FILE",
        help="where to write the table (default %(default)s)",
    )
    for name, default, metavar, help in (
        ("--seconds", 60, "S", "the time for one answer"),
        ("--memory", 1024, "MB", "the memory for one answer"),
        ("--jobs", os.cpu_count() or 1, "N", "answers at the same time"),
    ):
        help += " (default %(default)s)"
        add(name, type=count, default=default, metavar=metavar, help=help)


PROGRAMS = {"grade": (grade, _grade_options)}
