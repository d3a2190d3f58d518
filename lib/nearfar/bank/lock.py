"""The lock: one owner of a file at a time.

The one idea: the lock is held on a file of its own, with flock. SQLite locks
its file with POSIX record locks, and a process loses all of these on a file
when it closes *any* descriptor of that file: one `Path(p).read_bytes()` is
enough. Nothing else opens a lock file, and flock belongs to the descriptor, so
it also keeps two owners in the same process apart.

The lock file stays when its owner ends; the kernel lets go of the lock. What
the owner writes into it survives the owner, too: see `file`. Left out: Windows
and browsers, which have no flock and here no lock.
"""

from __future__ import annotations

import contextlib
import os
import weakref
import zlib
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, a browser
    fcntl = None  # type: ignore[assignment]

__all__ = ["Held", "Lock", "device_and_inode"]

PID_BYTES = 24  # of the lock file: who holds it
NOTE_BYTES = 72  # and what its owners wrote for those after them


class Held(RuntimeError):
    """Another owner holds the lock; `pid` is its process, 0 if unknown."""

    def __init__(self, path: Path, pid: int):
        super().__init__(f"{path} is locked by process {pid or 'unknown'}")
        self.pid = pid


class Lock:
    """Hold the lock file `path`, made if it is not there. Raises `Held`.

    `shared` lets other shared owners in and writes nothing. It makes no file
    either: call `check` at the end, which finds an owner that came meanwhile.
    """

    fd: int | None = None

    def __init__(self, path: str | os.PathLike, shared: bool = False):
        self.path, self.shared = Path(path), shared
        if fcntl is None:
            return
        while not self._take():  # it was deleted between two steps
            pass
        if self.fd is not None and not shared:
            os.pwrite(self.fd, f"{os.getpid():<{PID_BYTES - 1}}\n".encode(), 0)
        LOCKS.add(self)

    @property
    def note(self) -> str:
        """What an owner wrote for those after it; "" if it can't be read.

        It is not synced: after a power cut it may be an earlier one.
        """
        if self.fd is None:
            return ""
        data = os.pread(self.fd, NOTE_BYTES, PID_BYTES)
        found, _, note = data.rstrip().partition(b" ")
        whole = found == b"%08x" % zlib.crc32(note)
        return note.decode() if whole else ""

    @note.setter
    def note(self, text: str):
        if self.fd is None:
            return
        with contextlib.suppress(OSError):  # then it is the one before
            note = text.encode()
            line = b"%08x %b" % (zlib.crc32(note), note)
            os.pwrite(self.fd, line.ljust(NOTE_BYTES - 1) + b"\n", PID_BYTES)

    def check(self) -> None:
        """Raise `Held` if there was no file to lock, and now there is one."""
        if fcntl and self.fd is None and device_and_inode(self.path):
            raise Held(self.path, 0)

    def delete(self) -> None:
        """Take the file away, while it is held."""
        if self.fd is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.path)

    def close(self) -> None:
        """Let go, as the end of this process would. May be called twice."""
        fd, self.fd = self.fd, None
        if fd is not None:
            os.close(fd)

    def _take(self):
        fd = self._open()
        if fd is None:
            return True
        kind = fcntl.LOCK_SH if self.shared else fcntl.LOCK_EX
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(fd, PID_BYTES, 0).strip()
            os.close(fd)
            raise Held(self.path, int(pid) if pid.isdigit() else 0) from None
        except OSError:
            os.close(fd)
            raise
        if device_and_inode(self.path) == device_and_inode(fd):
            self.fd = fd
            return True
        os.close(fd)
        return False

    def _open(self):
        if not self.shared:
            return os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            return os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:  # no owner has ever been here
            return None


LOCKS: weakref.WeakSet[Lock] = weakref.WeakSet()  # of this process


def _forked():
    """Keep no copies of a parent's locks: they would outlive it."""
    for lock in list(LOCKS):
        lock.close()
    LOCKS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def device_and_inode(file: str | os.PathLike | int) -> tuple[int, int] | None:
    """Return what tells a file from all others; None if it is gone."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino
