"""Workers: programs that do chunks for a farm's coordinator.

The one idea: a worker runs only the functions in its own table, by name, and
survives whatever they do.

`work` does the chunks; `beat` says "still alive" on a second connection. Read
`job` next. Left out: the start of a worker's process; see `local`, and
`python -m nearfar worker`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

import msgspec

from ..far import Broken, Connection
from ..near import Closed, lowlevel, sleep
from .functions import FUNCTIONS
from .protocol import (
    AROUND,
    ROOM,
    VERSION,
    Beat,
    Goodbye,
    Heart,
    Join,
    Result,
    Task,
    Welcome,
    packed,
    printable,
)

__all__ = ["work", "beat"]

REPORT_S = 0.020  # a worker keeps results to itself no longer than this
ERROR_LETTERS = 1_000  # of an error's text that go over the wire


def work(
    connection: Connection,
    functions: dict[str, Callable] = FUNCTIONS,
    *,
    name: str = "",
    now: Callable[[], float] = time.perf_counter,
) -> int:
    """Be a worker: do chunks until the coordinator hangs up.

    Returns how many chunks were done. Raises RuntimeError with the reason if
    the coordinator does not let it in.
    """
    done = 0
    name = name or uuid4().hex
    with suppress(Broken):  # the coordinator is gone: no result is wanted
        connection.send(Join(VERSION, name, sorted(functions)))
        for message in connection:
            if isinstance(message, Goodbye):
                raise RuntimeError(f"not let in: {printable(message.reason)}")
            if isinstance(message, Task):
                _do(message, functions, connection, now)
                done += len(message.chunks)
    return done


def _do(task, functions, connection, now):
    """Do the chunks of a task; report now and then, and at the end."""
    me = os.getpid()
    began, values, errors, size = now(), [], [], 0

    def report():
        nonlocal began, values, errors, size
        if os.getpid() != me:  # a chunk has forked: its child is no worker
            os._exit(0)
        connection.send(Result(now() - began, values, errors))
        began, values, errors, size = now(), [], [], 0

    for number, argument in task.chunks:
        try:
            if task.function not in functions:
                raise LookupError(f"no function {task.function!r} here")
            raw, failed = packed(functions[task.function](argument)), False
            if len(raw) > ROOM:
                raise ValueError(f"a result of {len(raw)} bytes, not <= {ROOM}")
        except BaseException as error:
            if _ends_us(error):
                raise
            raw, failed = msgspec.json.encode(_text_of(error)), True
        if size + len(raw) + AROUND > ROOM:
            report()
        (errors if failed else values).append((number, msgspec.Raw(raw)))
        size += len(raw) + AROUND
        if now() - began > REPORT_S:
            report()
    if values or errors:
        report()


def _ends_us(error) -> bool:
    """Say whether an error is meant for this worker, not for the chunk."""
    if isinstance(error, KeyboardInterrupt):
        return signal.getsignal(signal.SIGINT) != signal.SIG_IGN
    if isinstance(error, lowlevel.Killed):
        return lowlevel.current_scheduler().ending
    return False


def _text_of(error) -> str:
    """Return an error's text in a form that can be sent."""
    try:
        text = f"{type(error).__name__}: {error}"
    except BaseException:
        text = f"{type(error).__name__}: (it cannot say what)"
    text = text[:ERROR_LETTERS]
    return text.encode(errors="backslashreplace").decode()


def beat(
    connection: Connection, name: str, runs: Callable[[], bool] = lambda: True
) -> None:
    """Give signs of life for the worker `name` until the coordinator is gone.

    It gives none while `runs()` is false. Give it a connection of its own: a
    heartbeat that waits in line behind the work says nothing.
    """
    with suppress(Broken, Closed):
        connection.send(Heart(VERSION, name))
        welcome = connection.receive()
        while isinstance(welcome, Welcome):
            if runs():
                connection.send(Beat())
            sleep(welcome.every)
