"""The owner: who may write to a ledger's file, and whether it is still there.

The one idea: a file has one owner at a time, a `Ledger` in one process. The
owner holds a lock, knows which process took it, and finds out when the file
under it was deleted or replaced, before it acknowledges anything else.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
import os
import weakref
from pathlib import Path
from types import FrameType, GeneratorType

from .lock import Held, Lock, device_and_inode

__all__ = ["LedgerError", "Owner"]


class LedgerError(RuntimeError):
    """The file cannot be used: what is wrong with it, and what to do."""


class Owner:
    """The right to write to the file at `path`; raises `LedgerError`.

    `user` is the object that it is for. `real` is where the file is, behind
    all links. `forked(why)` is called in a child of this process: the file is
    none of the child's.
    """

    def __init__(self, path: str, create: bool, user: object, forked):
        if "\0" in path:
            raise LedgerError(f"{path!r} is no path: it has a NUL in it")
        self.path, self.real = path, os.path.realpath(path)
        self.log = f"{self.real}-wal"
        self.forked = weakref.WeakMethod(forked)
        self._user = weakref.ref(user)
        self._places: dict[str, tuple[int, int] | None] = {}
        self._sizes: dict[str, int] = {}  # which never shrink
        try:
            _check(path, create)
            self.lock = self._take()
            if create:  # for its owner's eyes only; so is SQLite's log then
                with contextlib.suppress(FileExistsError):
                    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
                    os.close(os.open(self.real, flags, 0o600))
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
    def user(self):
        """What it is for; None if that is gone."""
        return self._user()

    def leave(self) -> None:
        """Let another owner have the file."""
        if OWNERS.get(self.real) is self:
            del OWNERS[self.real]
        self.lock.close()

    def _take(self):
        name = f"{self.real}-lock"
        try:
            return Lock(name)
        except Held as held:
            other = OWNERS.get(self.real)
            if other is None:
                raise LedgerError(
                    f"{self.path} is in use by another process "
                    f"({held.pid or 'unknown'}); end that one first"
                ) from None
        _clear_ended_frames(other.user)
        del other
        try:
            return Lock(name)
        except Held:
            raise LedgerError(
                f"{self.path} is open in this process already: close() that "
                "Ledger first, or Ledger.close_all() if no name leads to it"
            ) from None


OWNERS: weakref.WeakValueDictionary[str, Owner] = (
    weakref.WeakValueDictionary()  # in this process, by real path
)


def _check(path, create):
    """Raise what keeps the path from being that of a ledger."""
    place, folder = Path(path), Path(path).absolute().parent
    trouble = None
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


def _clear_ended_frames(ledger):
    """Take a ledger from the functions that an error has ended.

    In a notebook the traceback of the last error keeps their variables, and
    no other name leads to them.
    """
    for frame in gc.get_referrers(ledger):
        if isinstance(frame, FrameType) and not _is_suspended(frame):
            with contextlib.suppress(RuntimeError):  # it still runs
                frame.clear()
                _ = frame.f_locals  # for older Pythons, which keep a copy


def _is_suspended(frame):
    """Whether a generator waits in it; to clear it would end that one."""
    return frame.f_code.co_flags & inspect.CO_COROUTINE or any(
        each.gi_frame is frame
        for each in gc.get_objects()
        if isinstance(each, GeneratorType)
    )


def _forked():
    for owner in list(OWNERS.values()):
        forked = owner.forked()
        if forked is not None:
            forked(
                f"belongs to process {os.getppid()}, which has forked this "
                "one: use it there, or open it here when that has closed it"
            )
    OWNERS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
