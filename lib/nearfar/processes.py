"""Processes: programs of ours that run beside this one, and their owner.

The one idea: the owner holds the child's standard input open. When the owner's
`with` block ends, or the owner dies in any way, that input ends, and the child
ends itself. Its output is collected and shown under its name.

A child announces on its first line of output that it is ready, so that its
owner need not sleep and hope.

Left out: output by the second, and children that are not `python -m nearfar`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType

import msgspec

__all__ = ["Program", "announce_ready", "end_with_parent"]

READY_TIMEOUT = 20.0  # seconds
STOP_TIMEOUT = 5.0  # seconds to end by itself before it is killed


class _Ready(msgspec.Struct, tag=True):
    """A child's first line: where it can be reached."""

    address: str


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
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nearfar", *arguments, "--child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C at the terminal is the owner's
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def address(self) -> str:
        """Where it listens (HOST:PORT); waits until it is ready.

        Raises RuntimeError with its output if it ends before that.
        """
        if not self._announced.wait(READY_TIMEOUT) or not self._address:
            output = "\n".join(self.lines) or "(it printed nothing)"
            raise RuntimeError(f"{self.name} did not get ready:\n{output}")
        return self._address

    @property
    def pid(self) -> int:
        """Its number in the system's list of processes."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._process.kill()
        self._process.wait()

    def wait(self, timeout: float = READY_TIMEOUT) -> int:
        """Wait until it ends by itself, and return its exit code.

        Raises RuntimeError if that takes longer than `timeout` seconds.
        """
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise RuntimeError(
                f"{self.name} has not ended within {timeout:g} s"
            ) from None

    def stop(self) -> int:
        """End it and what it has started; returns its exit code.

        It is killed if it has not ended within STOP_TIMEOUT seconds.
        """
        self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
        with suppress(OSError, AttributeError):  # what it has started itself
            os.killpg(self.pid, signal.SIGKILL)
        if not sys.is_finalizing():  # else the reader will never end
            self._reader.join()
            self._process.stdout.close()
        return self._process.returncode

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
        for line in self._process.stdout:
            if not self._announced.is_set():
                try:
                    ready = msgspec.json.decode(line, type=_Ready)
                except msgspec.DecodeError:
                    pass
                else:
                    self._address = ready.address
                    self._announced.set()
                    continue
            self.lines.append(line.rstrip("\n"))
        self._announced.set()


def announce_ready(address: str) -> None:
    """In a child: tell the owner that `address` accepts connections."""
    print(msgspec.json.encode(_Ready(address)).decode(), flush=True)


def end_with_parent(at_last: Callable[[], object] = lambda: None) -> None:
    """In a child: end when standard input ends, and leave Ctrl-C to the owner.

    Ctrl-C goes to a whole group of processes; the owner decides what it means.
    `at_last()` is called before the end, in a thread of its own.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait():
        while os.read(0, 4096):
            pass
        at_last()
        sys.stdout.flush()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
