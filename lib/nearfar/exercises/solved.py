"""Solved: the file of solved exercises, safe from crashes and other kernels.

The one idea is that of chapter 07: write a new file, sync it, rename it. At
each moment the old file or the new one is there, whole. A lock makes several
kernels write one after another, and each adds to what the others have kept. A
file that cannot be read is put aside, never overwritten.

Left out: the lock where the system has none (Windows). There the last of two
kernels that write in the same instant wins.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["solved", "remember", "Unreadable"]

PATIENCE_S = 5.0  # that a kernel waits for the lock of another one


class Unreadable(ValueError):
    """The file does not hold what this module wrote."""


def solved() -> set[str]:
    """Return the numbers of all exercises that are solved.

    Raises Unreadable or OSError if the file cannot be read.
    """
    return set(_read(_place())["solved"])


def remember(number: str) -> str:
    """Note in the file that an exercise is solved.

    If the file could not be read, it is put aside: returns its new name, else
    "". Raises OSError if the file could not be written; it is then unchanged.
    """
    path = _place()
    if _is_device(path):
        return ""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock_of(path):
        aside = ""
        try:
            record = _read(path)
        except Unreadable:
            aside = _put_aside(path)
            record = {"solved": []}
        kept = {*record["solved"], number}
        _write(path, record | {"solved": sorted(kept, key=_in_order)})
    return aside


def _place():
    """Return `NEARFAR_PROGRESS`, or a file in the home, with links resolved."""
    named = os.environ.get("NEARFAR_PROGRESS")
    try:
        path = Path(named or Path.home() / ".nearfar" / "progress.json")
    except RuntimeError as error:  # there is no home
        raise OSError(0, str(error)) from None
    return path.resolve()


def _is_device(path):
    """Say whether it exists and keeps nothing, as /dev/null."""
    try:
        kind = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


def _read(path):
    """The record that a file holds; an empty one, if there is none."""
    if not path.exists() or _is_device(path):
        return {"solved": []}
    data = path.read_bytes()
    try:
        record = json.loads(data or b'{"solved": []}')
    except (ValueError, RecursionError):
        raise Unreadable(path.name) from None
    numbers = record.get("solved") if isinstance(record, dict) else None
    if not isinstance(numbers, list) or not all(
        isinstance(number, str) for number in numbers
    ):
        raise Unreadable(path.name)
    return record


def _in_order(number):
    """Sort 1.2 before 1.10, and what is no number first."""
    parts = number.split(".")
    return [int(part) if part.isdecimal() else -1 for part in parts], number


def _write(path, record):
    """Replace a file by a record, wholly or not at all."""
    new = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        with open(new, "w", encoding="utf-8") as file:
            json.dump(record, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder):
    """Make a rename last; some systems cannot open a folder for that."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(number)
    except OSError:
        pass
    finally:
        os.close(number)


def _put_aside(path):
    """Rename a file to a name that no file has; return the name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.unread-{number}")).exists():
        number += 1
    os.replace(path, aside)
    return aside.name


@contextmanager
def _lock_of(path) -> Iterator[None]:
    """Hold the lock of a file; another kernel waits until we are done."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(path.with_name(f"{path.name}.lock"), "w") as file:
        end = time.monotonic() + PATIENCE_S
        while not _try_lock(fcntl, file):
            if time.monotonic() > end:
                raise TimeoutError(0, "another kernel holds its lock")
            time.sleep(0.01)
        yield  # closing the file frees the lock


def _try_lock(fcntl, file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # this file system has no locks: go on without
        return True
    return True
