"""The write-ahead log of SQLite, looked at before SQLite opens it.

The one idea: SQLite reads its log up to the first frame that is damaged, drops
the rest without a word, and deletes the log when it closes the file. A crash
spoils only what was being written, the last transaction. So two transactions
behind the first damage mean that acknowledged ones would be dropped.

Left out: damage in the last transaction. It looks like one that a crash cut
short, so nothing in the log can tell; `file` keeps the last acknowledged
position elsewhere. The format: <https://sqlite.org/fileformat2.html#walformat>
"""

from __future__ import annotations

import os
from pathlib import Path
from struct import iter_unpack, unpack_from

__all__ = ["transactions_lost"]

HEADER, FRAME = 32, 24  # bytes before all frames, and before each page
DEFAULT_PAGE = 4_096  # of a database that has not been written to yet
PAIR = ">II"
MASK = 0xFFFFFFFF


def transactions_lost(path: str | os.PathLike) -> int:
    """Count the finished transactions of a database that SQLite would drop.

    It is 0 if a crash may have left the log like this.
    """
    try:
        log = Path(f"{path}-wal").read_bytes()
    except FileNotFoundError:
        return 0
    if len(log) < HEADER + FRAME:
        return 0
    whole = _header_is_whole(log)
    if not whole and _header_is_whole(_as_before(log)):
        return 0  # a crash as the log was to be begun anew, with nothing in it
    size = FRAME + (unpack_from(">I", log, 8)[0] if whole else _page_size(path))
    salts = unpack_from(PAIR, log, 16 if whole else HEADER + 8)
    at = _first_damage(log, size) if whole else HEADER
    behind = 0
    for start in range(at, len(log) - size + 1, size):
        _, ends, *found = unpack_from(">4I", log, start)
        behind += ends > 0 and tuple(found) == salts
    return behind if behind > 1 else 0


def _page_size(path):
    """From the database, if the log's header can't be trusted."""
    with open(path, "rb") as file:
        start = file.read(18).ljust(18, b"\0")
    size = unpack_from(">H", start, 16)[0]
    return {0: DEFAULT_PAGE, 1: 65_536}.get(size, size)


def _header_is_whole(log):
    return _sum(log, (0, 0), log[: HEADER - 8]) == unpack_from(
        PAIR, log, HEADER - 8
    )


def _as_before(log):
    """The log, if the first half of its header is that of the next log."""
    count = unpack_from(">I", log, 12)[0] - 1 & MASK
    return log[:12] + count.to_bytes(4, "big") + log[16:HEADER]


def _first_damage(log, size):
    """Where the first frame begins that is not as SQLite wrote it."""
    at, salts = HEADER, log[16:24]
    sums = unpack_from(PAIR, log, HEADER - 8)
    while at + size <= len(log):
        sums = _sum(log, sums, log[at : at + 8])
        sums = _sum(log, sums, log[at + FRAME : at + size])
        there = unpack_from(PAIR, log, at + 16)
        if log[at + 8 : at + 16] != salts or there != sums:
            break
        at += size
    return at


def _sum(log, sums, data):
    """SQLite's checksum; the log's fourth byte says in which byte order."""
    (one, two), order = sums, "<>"[log[3] & 1]
    many = len(data) - len(data) % 32
    for a, b, c, d, e, f, g, h in iter_unpack(f"{order}8I", data[:many]):
        one += a + two
        two += b + one
        one += c + two
        two += d + one
        one += e + two
        two += f + one
        one = (one + g + two) & MASK  # once in four rounds is enough
        two = (two + h + one) & MASK
    for first, second in iter_unpack(f"{order}II", data[many:]):
        one = (one + first + two) & MASK
        two = (two + second + one) & MASK
    return one, two
