"""Programs: child processes that run `python -m nearfar`, and their owner.

The one idea: the owner holds the child's standard input open. When the owner's
`with` block ends, or the owner dies in any way, that input ends, and the child
ends itself. Its output is collected and shown under its name.

A child announces on its first line of output that it is ready, so that its
owner need not sleep and hope. Read `child` next.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from secrets import token_hex
from types import MappingProxyType
from typing import IO, cast
from weakref import WeakSet

import msgspec

from .child import Ready
from .holders import processes_that_hold

__all__ = ["Program"]

READY_TIMEOUT = 20.0  # seconds
LOOK = 0.05  # seconds between two looks whether it has ended
LAST_LINES = 3  # of its output, when it is told how it ended
STOP_TIMEOUT = 5.0  # seconds to end by itself before it is killed
# Windows has no sessions, but groups.
NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


class Program:
    """A child process that runs `python -m nearfar ARGUMENTS`.

    `quiet` keeps its output from being shown when the block ends;
    `environment` is added to this process's own.

    ```python
    with Program("bank") as bank:
        connect(Reply, bank.address)
    ```
    """

    def __init__(
        self,
        *arguments: str,
        quiet: bool = False,
        environment: Mapping[str, str] = MappingProxyType({}),
    ):
        self.name = arguments[0]
        self.quiet = quiet
        self.lines: list[str] = []  # of its output, so far
        self._shown = 0
        self._address = ""
        self._announced = threading.Event()
        self._owner = os.getpid()
        # This process can write into the pipe, too: with its last line it
        # ends the reader, though others may hold the pipe open.
        self._last = token_hex()
        self._from: int | None
        self._into: int | None
        self._from, self._into = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nearfar", *arguments, "--child"],
                stdin=subprocess.PIPE,
                stdout=self._into,
                stderr=subprocess.STDOUT,
                bufsize=0,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                # Ctrl-C at the terminal is the owner's.
                start_new_session=True,
                creationflags=NEW_GROUP,
            )
        except BaseException:
            os.close(self._from)
            os.close(self._into)
            raise
        self._lifeline = cast(IO[bytes], self._process.stdin)
        _PROGRAMS.add(self)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def address(self) -> str:
        """Where it listens (HOST:PORT); waits until it is ready.

        Raises RuntimeError with its output if it ends before that.
        """
        end = time.monotonic() + READY_TIMEOUT
        while self.alive and time.monotonic() < end:
            if self._announced.wait(LOOK):
                break
        if not self._address:
            output = "\n".join(self.lines) or "(it printed nothing)"
            raise RuntimeError(f"{self.name} did not get ready:\n{output}")
        return self._address

    @property
    def pid(self) -> int:
        """Its number in the system's list of processes."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs. When it does not, `lines` are complete."""
        if self._process.poll() is None:
            return True
        self._end_reader()
        return False

    @property
    def stopped(self) -> bool:
        """Whether it stands still, by SIGSTOP or the like."""
        if not hasattr(os, "waitid"):  # then it is unknown
            return False
        look = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        with suppress(ChildProcessError):  # it has ended
            return os.waitid(os.P_PID, self.pid, look) is not None
        return False

    def how_it_ended(self) -> str:
        """Its exit code or signal, and the last lines that it printed.

        Empty while it runs.
        """
        if self.alive:
            return ""
        code = self._process.returncode
        how = f"ended with exit code {code}"
        if code < 0:
            with suppress(ValueError):  # a number without a name
                how = f"was killed by {signal.Signals(-code).name}"
        if self.lines:
            how += f"; it had printed: {' / '.join(self.lines[-LAST_LINES:])}"
        return how

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._process.kill()
        self._process.wait()

    def wait(self, timeout: float = READY_TIMEOUT) -> int:
        """Wait until it ends by itself, and return its exit code.

        Raises RuntimeError if that takes longer than `timeout` seconds.
        """
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise RuntimeError(
                f"{self.name} has not ended within {timeout:g} s"
            ) from None
        self._end_reader()
        return code

    def stop(self) -> int | None:
        """End it and what it has started; returns its exit code.

        It is killed if it has not ended within STOP_TIMEOUT seconds. What it
        has started in a session of its own lives on, and is named on standard
        error; on Windows all that it has started lives on, and is not named.
        In a forked child of the owner this does nothing.
        """
        if self._owner != os.getpid():
            return None
        self.hang_up()
        try:
            self._process.wait(max(0.0, self._until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
        with suppress(OSError, AttributeError):  # what it has started itself
            os.killpg(self.pid, signal.SIGKILL)
        if not sys.is_finalizing() and self._from is not None:
            self._end_reader()
            for left in processes_that_hold(self._from):
                print(f"{self.name} has left {left} running", file=sys.stderr)
            os.close(self._from)
            self._from = None
        return self._process.returncode

    def hang_up(self) -> None:
        """Ask it to end, and do not wait; `stop` gives it the time."""
        if not self._lifeline.closed:
            self._lifeline.close()
            self._until = time.monotonic() + STOP_TIMEOUT

    def disown(self) -> None:
        """In a forked child of the owner: let go of what keeps it alive."""
        self._lifeline.close()
        if self._into is not None:
            os.close(self._into)
            self._into = None

    def _end_reader(self):
        """Wait until all that it has printed is in `lines`."""
        into, self._into = self._into, None
        if into is not None:
            os.write(into, f"{self._last}\n".encode())
            os.close(into)
            self._reader.join(STOP_TIMEOUT)

    def show(self) -> None:
        """Print what it has printed since the last time, under its name."""
        for line in self.lines[self._shown :]:
            print(f"{self.name} | {line}")
        self._shown = len(self.lines)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.stop()
        if not self.quiet:
            self.show()

    def _read(self):
        with open(
            self._from, encoding="utf-8", errors="replace", closefd=False
        ) as output:
            for line in output:
                line = line.removesuffix("\n")
                is_last = line.endswith(self._last)
                line = line.removesuffix(self._last)
                if not is_last or line:
                    self._take(line)
                if is_last:
                    break
        self._announced.set()

    def _take(self, line):
        """Keep a line of its output; the first may say that it is ready."""
        if not self._announced.is_set():
            with suppress(msgspec.DecodeError):
                ready = msgspec.json.decode(line, type=Ready)
                self._address = ready.address
                self._announced.set()
                return
        self.lines.append(line)


_PROGRAMS: WeakSet[Program] = WeakSet()  # of this process


def _disown_all():
    for program in _PROGRAMS:
        program.disown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown_all)
