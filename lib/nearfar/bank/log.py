"""The log: records in a file, each with a checksum.

The one idea: a power cut leaves a prefix of what was written. A checksum on
each record tells a whole record from half of one, so half a record at the end
counts as never written.

`Log` stands on any disk of `disk`. Left out: repair. A record spoilt in the
middle is reported (`Damaged`), not mended.
"""

from __future__ import annotations

import zlib

import msgspec

from .disk import Disk, PaperDisk

__all__ = ["Log", "Damaged", "read_lines", "write_line"]


class Damaged(RuntimeError):
    """No crash can have left the file like this: go back to a copy."""


class Log:
    """Records in a file of a disk; `append` returns when one is there.

    `kind` is a msgspec type, or several joined by `|`. A record that a crash
    has cut short was never there: it is dropped when the log is opened.
    Raises `Damaged` if one in the middle is spoilt.
    """

    def __init__(self, disk: Disk | PaperDisk, name: str, kind):
        self.disk = disk
        self.name = name
        self._in_doubt = False
        decoder = msgspec.json.Decoder(kind)
        data = disk.read(name)
        bodies, good = read_lines(data)
        if b"\n" in data[good:]:  # a crash leaves the first half of a line
            raise Damaged(f"{name} is damaged after byte {good}")
        self.records = [decoder.decode(body) for body in bodies]
        if good < len(data):
            self.rewrite(self.records)

    def append(self, record) -> None:
        """Add a record; it is on the disk when this returns."""
        self.check()
        line = write_line(record)
        self._in_doubt = True  # until both have returned
        self.disk.append(self.name, line)
        self.disk.sync(self.name)
        self._in_doubt = False
        self.records.append(record)

    def check(self) -> None:
        """Raise `Damaged` if the last record may be there or not."""
        if self._in_doubt:
            raise Damaged(f"{self.name} failed before: open it anew")

    def rewrite(self, records: list) -> None:
        """Let these records take the place of all: wholly, or not at all."""
        new = self.name + ".new"
        self.disk.write(new, b"".join(map(write_line, records)))
        self.disk.sync(new)
        self.disk.rename(new, self.name)
        self.disk.sync(self.name)
        self.records = list(records)


def write_line(record) -> bytes:
    """Return a record as a line: a checksum, a space, JSON, a newline."""
    body = msgspec.json.encode(record)
    return b"%08x %b\n" % (zlib.crc32(body), body)


def read_lines(data: bytes) -> tuple[list[bytes], int]:
    """Return the JSON of each whole record, and how many bytes they take."""
    bodies, good = [], 0
    for line in data.splitlines(keepends=True):
        body = _body(line)
        if body is None or not line.endswith(b"\n"):
            break
        bodies.append(body)
        good += len(line)
    return bodies, good


def _body(line):
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    return body if checksum == b"%08x" % zlib.crc32(body) else None
