"""A child's side: say that it is ready, and end with its owner.

The one idea: the owner holds this process's standard input. When that ends,
so does this process. Read `program` for the other side.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

import msgspec

__all__ = ["Ready", "announce_ready", "end_with_parent", "empty_input"]


class Ready(msgspec.Struct, tag=True):
    """A child's first line: where it can be reached."""

    address: str


def announce_ready(address: str) -> None:
    """In a child: tell the owner that `address` accepts connections."""
    print(msgspec.json.encode(Ready(address)).decode(), flush=True)


def end_with_parent(at_last: Callable[[], object] = lambda: None) -> None:
    """In a child: end when standard input ends, and leave Ctrl-C to the owner.

    Ctrl-C goes to a whole group of processes; the owner decides what it means.
    `at_last()` is called before the end, in a thread of its own. From now on
    standard input is empty, for this child and for what it starts.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lifeline = os.dup(0)
    empty_input()

    def wait():
        while os.read(lifeline, 4096):
            pass
        try:
            at_last()
            sys.stdout.flush()
        finally:  # even if its last words cannot be printed
            os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def empty_input() -> None:
    """Let standard input be empty, here and in programs started from here."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
