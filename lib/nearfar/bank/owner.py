"""The owner: who may write to a ledger's file, and whether it is still there.

The one idea: a file has one owner at a time, a `Ledger` in one process. The
owner holds a lock, knows which process took it, and finds out when the file
under it was deleted or replaced, before it acknowledges anything else.

In a notebook the former owner may hide in an old traceback or in `Out`. So the
`Ledger` opened last takes the file over, and the former one is closed. That
loses nothing acknowledged: closing and crashing are the same. A tasklet takes
the file from no other, and neither does a thread.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..near import lowlevel
from .lock import Held, Lock, device_and_inode

__all__ = ["LedgerError", "Owner"]

OPENED_ANEW = (
    "is closed: this process has opened it anew. Use that Ledger; what was not "
    "committed in this one never happened"
)


class LedgerError(RuntimeError):
    """The file cannot be used: what is wrong with it, and what to do."""


class Owner:
    """The right to write to the file at `path`; raises `LedgerError`.

    `file` is the `LedgerFile` that it is for. `real` is where the file is,
    behind all links.
    """

    def __init__(self, path: str, create: bool, file: Any):
        if "\0" in path:
            raise LedgerError(f"{path!r} is no path: it has a NUL in it")
        self.path, self.real = path, os.path.realpath(path)
        self.log = f"{self.real}-wal"
        self._file = weakref.ref(file)
        self._places: dict[str, tuple[int, int] | None] = {}
        self._sizes: dict[str, int] = {}  # which never shrink
        try:
            _check(path, create)
            self.lock = self._take()
            if create:
                self._make()
        except OSError as error:
            raise LedgerError(
                f"{path} cannot be opened: {error.strerror}"
            ) from None
        OWNERS[self.real] = self

    def look(self) -> None:
        """Remember which files are there, now that SQLite has opened them."""
        for path in (self.real, self.log, str(self.lock.path)):
            self._places[path] = device_and_inode(path)
            self._sizes[path] = 0

    def has_log(self) -> bool:
        """Whether the log is in its place, and none of it was cut off."""
        return not self._places or self._is_there(self.log)

    def has_file(self) -> bool:
        """Whether the file and the lock are in their places, and whole."""
        return not self._places or (
            self._is_there(self.real) and self._is_there(str(self.lock.path))
        )

    def _is_there(self, path):
        try:
            found = os.stat(path)
        except OSError:
            return False
        size, self._sizes[path] = self._sizes[path], found.st_size
        place = found.st_dev, found.st_ino
        return place == self._places[path] and size <= found.st_size

    def log_is_another(self) -> bool:
        """Whether there is a log in the place of SQLite's that is not its."""
        return device_and_inode(self.log) not in (
            None,
            self._places.get(self.log),
        )

    @property
    def file(self):
        """The `LedgerFile` that it is for; None if that is gone."""
        return self._file()

    def leave(self) -> None:
        """Let another owner have the file."""
        if OWNERS.get(self.real) is self:
            del OWNERS[self.real]
        self.lock.close()

    def _make(self):
        """Make the file for its owner alone; so is SQLite's log then."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        try:
            os.close(os.open(self.real, flags, 0o600))
        except FileExistsError:
            pass
        except OSError:
            self.lock.delete()
            self.lock.close()
            raise

    def _take(self):
        former = OWNERS.get(self.real)
        file = former and former.file
        if file is not None:
            _check_idle(self.path, file)
            file.close(OPENED_ANEW)
        try:
            return Lock(f"{self.real}-lock")
        except Held as held:
            raise LedgerError(
                f"{self.path} is in use by another process "
                f"({held.pid or 'unknown'}); end that one first"
            ) from None


OWNERS: weakref.WeakValueDictionary[str, Owner] = (
    weakref.WeakValueDictionary()  # in this process, by real path
)


def _check(path, create):
    """Raise what keeps the path from being that of a ledger."""
    place, folder = Path(path), Path(path).absolute().parent
    trouble = None
    with suppress(FileNotFoundError, NotADirectoryError):
        place.stat()  # from Python 3.14 on, `exists` hides a refusal
    if not folder.is_dir():
        trouble = f"there is no folder {folder}"
    elif place.exists() and not place.is_file():
        trouble = "it is no file"
    elif not create and not place.exists():
        trouble = "there is no such file"
    elif place.exists() and not os.access(place, os.R_OK | os.W_OK):
        trouble = "it is read-only for this user; a ledger has to be written to"
    elif not os.access(folder, os.W_OK | os.X_OK):
        trouble = f"its folder is read-only; SQLite keeps a log in {folder}"
    elif place.exists() and place.stat().st_nlink > 1:
        trouble = "it has two names (a hard link), and each would have a log"
    if trouble:
        raise LedgerError(f"{path} cannot be opened: {trouble}")


def _check_idle(path, file):
    """Raise if another thread or tasklet may be using an open file."""
    import threading  # here, because a browser has no threads

    here = threading.get_ident()
    threads = {thread.ident for thread in threading.enumerate()} - {here}
    if file.thread in threads:
        raise LedgerError(
            f"{path} is open in another thread of this process: close() that "
            "Ledger first"
        )
    if isinstance(lowlevel.getcurrent(), lowlevel.Stack):
        raise LedgerError(
            f"{path} is open in this process already, and a tasklet may be "
            "using it: close() that Ledger first, or Ledger.close_all()"
        )


def _forked():
    for owner in list(OWNERS.values()):
        if owner.file is not None:
            owner.file.leak(
                f"belongs to process {os.getppid()}, which has forked this "
                "one: use it there, or open it here when that has closed it"
            )
    OWNERS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
