"""Asked: put a question to a process that runs code which we do not trust.

The one idea: a fresh process gets a question on its standard input and
answers on its standard output, once. It has a time limit, an empty folder
that is removed afterwards, and none of this process's environment. What it
prints after it has given up its rights goes nowhere: see `confined`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .program import NEW_GROUP

__all__ = ["Replied", "ask"]

LOOK = 0.2  # seconds between two looks whether to stop
END_TIMEOUT = 1.0  # seconds for it to end after its answer
MOST = 65_536  # bytes of an answer
HERE = Path(__file__).resolve().parents[2]  # where `nearfar` is imported from
KEPT = "PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LC_CTYPE"


class Replied(NamedTuple):
    """What came back, and how it ended: empty if it ended by itself."""

    answer: bytes
    late: bool
    how: str


def ask(
    module: str,
    question: bytes,
    *,
    seconds: float,
    stopped: threading.Event | None = None,
) -> Replied:
    """Let `python -m MODULE` answer a question of one line.

    After so many `seconds`, or when `stopped` is set, it is killed, and so is
    what it has started, unless that left its group of processes.
    """
    until = time.monotonic() + seconds
    with TemporaryDirectory(
        prefix="nearfar-", ignore_cleanup_errors=True
    ) as folder:
        process = _start(module, folder)
        try:
            answer: list[bytes] = []
            reader = threading.Thread(
                target=lambda: answer.append(process.stdout.read(MOST)),
                daemon=True,
            )
            reader.start()
            with suppress(OSError):  # it has ended already
                process.stdin.write(question + b"\n")
                process.stdin.flush()
            while reader.is_alive() and time.monotonic() < until:
                if stopped and stopped.is_set():
                    break
                reader.join(LOOK)
            late = reader.is_alive()
            if not late:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(END_TIMEOUT)
        finally:
            _end(process)
        reader.join(END_TIMEOUT)
        if not reader.is_alive():  # else what it has started still holds it
            process.stdout.close()
    code = process.returncode
    return Replied(b"".join(answer), late, "" if code == 0 else _told(code))


def _start(module, folder):
    environment = {
        name: os.environ[name] for name in KEPT if name in os.environ
    }
    environment |= dict.fromkeys(
        ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), folder
    )
    environment |= {
        "PYTHONPATH": str(HERE),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # the same answer, the same verdict
        "PYTHONIOENCODING": "utf-8",
        "NEARFAR_PROGRESS": os.devnull,
    }
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=NEW_GROUP,
    )


def _end(process):
    """Kill it, and what it has started."""
    if os.name == "nt":
        told = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(told, capture_output=True)
    else:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    process.stdin.close()


def _told(code):
    if code < 0:
        with suppress(ValueError):
            return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
