"""The disk: what is still there after a power cut.

The one idea: `write` is to a disk what `send` is to a connection. It says "on
its way", never "arrived". Only `sync` returns when the bytes are there. Until
then a power cut may leave all of them, none, or the first half.

`Disk` is a folder of real files. `PaperDisk` has the same verbs, keeps its
files in memory and remembers every step; its `crashes()` are all the disks
that a power cut may leave. Read `log` next, which stands on either.

Left out: writes that overtake one another, a disk that forgets what it has
synced, and bits that rot in the middle. `Log` notices the last and says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

__all__ = ["Disk", "PaperDisk", "Crash", "found", "synced"]


class Disk:
    """A folder of files, made if it is not there.

    Its OSError says that it was the disk that failed, and why.
    """

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._known: set[str] = set()  # files that must be there

    def read(self, name: str) -> bytes:
        """Return all of a file; nothing, if there is none."""
        try:
            data = (self.folder / name).read_bytes()
        except FileNotFoundError:
            return b""
        self._known.add(name)
        return data

    def write(self, name: str, data: bytes) -> None:
        """Make `data` the whole file: on its way."""
        with _failing():
            (self.folder / name).write_bytes(data)
        self._known.add(name)

    def append(self, name: str, data: bytes) -> None:
        """Put `data` at the file's end: on its way.

        FileNotFoundError if the file was there before, and is not any more.
        """
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
        if name not in self._known:
            flags |= os.O_CREAT
        with _failing():
            number = os.open(self.folder / name, flags, 0o600)
            with open(number, "ab") as file:
                file.write(data)
        self._known.add(name)

    def sync(self, name: str) -> None:
        """Return when all that was written to the file is on the disk."""
        _sync(self.folder / name)
        if os.name != "nt":  # where a folder cannot be opened
            _sync(self.folder)

    def rename(self, old: str, new: str) -> None:
        """Let `old` take the place of `new`, wholly or not at all."""
        os.replace(self.folder / old, self.folder / new)
        self._known.discard(old)
        self._known.add(new)


@contextmanager
def _failing():
    try:
        yield
    except OSError as error:
        why = f"the disk failed ({error.strerror})"
        raise OSError(error.errno, why) from error


@_failing()
def _sync(path):
    number = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


class Crash(NamedTuple):
    """The power is cut: after how many steps, and what is found then."""

    step: int
    what: str  # how the last step was cut, and what became of the rest
    disk: PaperDisk


class PaperDisk:
    """A disk in memory that remembers each step, to be crashed later."""

    def __init__(self, files: dict[str, bytes] | None = None):
        self.steps: list[tuple] = []  # (verb, name, data)
        self._start = dict(files or {})
        self._files = dict(self._start)

    @property
    def files(self) -> dict[str, bytes]:
        """What is in each file now, synced or not."""
        return dict(self._files)

    def read(self, name: str) -> bytes:
        return self._files.get(name, b"")

    def write(self, name: str, data: bytes) -> None:
        self._step("write", name, data)

    def append(self, name: str, data: bytes) -> None:
        self._step("append", name, data)

    def sync(self, name: str) -> None:
        self._step("sync", name, None)

    def rename(self, old: str, new: str) -> None:
        self._step("rename", old, new)

    def crashes(self) -> Iterator[Crash]:
        """Yield what each power cut may leave, from before the first step on.

        Of what was not synced, all may be there, or nothing (an unsynced
        rename may be there although the bytes are not, or be lost as well);
        or the next step was cut in the middle of its bytes.
        """
        for step in range(len(self.steps) + 1):
            done = self.steps[:step]
            lost, kept = synced(done), synced(done, renames=False)
            yield Crash(step, "all kept", self._left(done))
            yield Crash(step, "unsynced lost", self._left(lost))
            if kept != lost:
                yield Crash(step, "rename lost", self._left(kept))
            if step < len(self.steps) and self.steps[step][0] in WRITES:
                verb, name, data = self.steps[step]
                half = (verb, name, data[: len(data) // 2])
                yield Crash(step, "half written", self._left([*done, half]))

    def _step(self, *step):
        self.steps.append(step)
        _apply(self._files, step)

    def _left(self, steps):
        files = dict(self._start)
        for step in steps:
            _apply(files, step)
        return PaperDisk(files)


Outcomes = dict[tuple[int, str], str]


def found(disk: PaperDisk, judge: Callable[[int, PaperDisk], str]) -> Outcomes:
    """Say what each crash comes to: {(step, how it was cut): outcome}.

    `judge(step, disk)` says it in a word, "right" if all is well; `disk` is
    what was found after a cut after so many steps.
    """
    return {
        (crash.step, crash.what): judge(crash.step, crash.disk)
        for crash in disk.crashes()
    }


WRITES = ("write", "append")


def _apply(files, step):
    verb, name, data = step
    if verb == "write":
        files[name] = data
    elif verb == "append":
        files[name] = files.get(name, b"") + data
    elif verb == "rename":
        files[data] = files.pop(name, b"")


def synced(steps: list[tuple], renames: bool = True) -> list[tuple]:
    """Return the steps without the bytes that were never synced.

    What is left of an unsynced `write` is an empty file; `renames` says
    whether unsynced renames are kept.
    """
    kept = []
    for number, (verb, name, data) in enumerate(steps):
        later = steps[number + 1 :]
        if verb in WRITES and not _is_synced(name, later):
            verb, data = ("write", b"") if verb == "write" else (verb, b"")
        if renames or verb != "rename" or _is_synced(data, later):
            kept.append((verb, name, data))
    return kept


def _is_synced(name, later):
    for verb, other, data in later:
        if verb == "sync" and other == name:
            return True
        if verb == "rename" and other == name:
            name = data
    return False
