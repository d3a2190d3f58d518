"""Which processes still hold a pipe, when it should have ended.

The one idea: a pipe ends when the last process that can write into it has
closed it, and that may be one that a child has started. Where the system shows
the files of its processes (`/proc`), they can be named.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["processes_that_hold"]

END_TIMEOUT = 1.0  # seconds for what was killed to be gone
LOOK = 0.01  # seconds between two looks


def processes_that_hold(pipe: int) -> list[str]:
    """The processes that can write into a pipe of ours, as far as we see."""
    if _ends(pipe, time.monotonic() + END_TIMEOUT):
        return []
    with suppress(OSError):
        name = os.readlink(f"/proc/self/fd/{pipe}")
        processes = Path("/proc").glob("[0-9]*")
        return [told for each in processes if (told := _described(each, name))]
    return ["a program"]


def _ends(pipe: int, until: float) -> bool:
    """Whether the last that could write into it has gone by then."""
    os.set_blocking(pipe, False)
    while time.monotonic() < until:
        try:
            if not os.read(pipe, 65_536):
                return True
        except BlockingIOError:  # what was killed may still be ending
            time.sleep(LOOK)
    return False


def _described(process: Path, pipe: str) -> str:
    """Its name and number, if it holds the pipe, and is not this one."""
    try:
        held = any(os.readlink(file) == pipe for file in process.glob("fd/*"))
        if held and process.name != str(os.getpid()):
            name = (process / "comm").read_text().strip()
            return f"{name} (process {process.name})"
    except OSError:  # it has just ended, or is not ours
        pass
    return ""
