"""Printer: lines for a person, without waiting for the person.

The one idea: a thread of its own writes. A reader that is slow or gone, and a
disk that is full, cost lines but never time. Lines that could not be written
are counted; the count is printed in their place as soon as that is possible.

It writes to a file descriptor and not to `sys.stdout`: a thread that still
holds that one would keep Python from ending.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from threading import Condition, Thread

__all__ = ["Printer", "say"]

ROOM = 10_000  # lines that may wait
AT_ONCE = 4_096  # bytes in one write: a pipe takes all of them, or waits
PAUSE = 0.005  # seconds between two rounds, so that lines leave together
LAST_WORDS = 1.0  # seconds at the end for what is still to be printed


class Printer:
    """Prints lines to a file descriptor; `print` returns at once.

    Use it in a `with` block: at the end, what waits gets a second to be
    printed. `dropped` is then how many lines were lost without a trace in the
    output, and `why` the reason.
    """

    def __init__(self, file: int, room: int = ROOM):
        self.dropped = 0
        self.why = "not read in time"
        self._file = file
        self._room = room
        # Lines, and how many were dropped where a number stands.
        self._waiting: deque[str | int] = deque()
        self._in_hand: deque[str | int] = deque()  # taken by the thread
        self._news = Condition()
        self._torn = False  # whether half a line was written last
        self._open = True
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def print(self, line: str) -> None:
        """Print a line, now or a little later, or drop it and count it."""
        waiting = self._waiting
        with self._news:
            if len(waiting) < self._room:
                waiting.append(line)
            elif isinstance(waiting[-1], int):
                waiting[-1] += 1
            else:
                waiting.append(1)
            self._news.notify()

    def close(self) -> None:
        """Print what is left, if that takes no more than LAST_WORDS."""
        with self._news:
            self._open = False
            self._news.notify()
        self._thread.join(LAST_WORDS)
        self.dropped = sum(map(_lines, [*self._in_hand, *self._waiting]))

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def _work(self):
        while self._take():
            while self._in_hand and self._write():
                pass
            if self._open:
                time.sleep(PAUSE)

    def _take(self):
        """Take in hand all that waits. False if no more will come."""
        with self._news:
            self._news.wait_for(lambda: self._waiting or not self._open)
            taken = bool(self._waiting)
            self._in_hand.extend(self._waiting)
            self._waiting.clear()
        return taken

    def _write(self):
        """Write some of what is in hand; whether that worked."""
        data, ends = b"\n" * self._torn, []
        for item in self._in_hand:
            line = _printed(item)
            if ends and len(data) + len(line) > AT_ONCE:
                break
            data += line
            ends.append(len(data))
        try:
            written = os.write(self._file, data)
        except OSError as error:
            self.why = error.strerror
            lost = sum(map(_lines, self._in_hand))
            self._in_hand = deque([lost])
            return False
        self._torn = written not in ends  # that line comes again, in full
        for end in ends:
            if end <= written:
                self._in_hand.popleft()
        return True


def _lines(item):
    """How many lines these are."""
    return item if isinstance(item, int) else 1


def _printed(item):
    if isinstance(item, int):
        item = f"({item} lines dropped)"
    return f"{item}\n".encode(errors="backslashreplace")


def say(text: str) -> None:
    """Print a line to standard error, if that takes no more than a second."""
    try:
        file = sys.stderr.fileno()
    except (AttributeError, OSError):  # there is none, or it is no file
        print(text, file=sys.stderr)
        return
    with Printer(file) as printer:
        printer.print(text)
