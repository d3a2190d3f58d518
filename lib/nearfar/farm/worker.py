"""Workers: programs that do chunks for a farm's coordinator.

The one idea: a message brings data, never code. A worker runs only the
functions in its own table, by name; whoever wants another one done puts it
there, on the worker's own machine.

On top, the messages between worker and coordinator; then `work`, which does
what comes, and `beat`, which says "still alive" on a second connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import msgspec

from ..far import LIMIT, Broken, Connection, Message, check_depth
from ..near import Closed, sleep
from .primes import count_2006, count_between, count_sieved

__all__ = ["work", "beat", "FUNCTIONS", "FROM_WORKER", "FROM_COORDINATOR"]

FUNCTIONS: dict[str, Callable] = {
    function.__name__: function
    for function in (count_2006, count_between, count_sieved)
}
VERSION = 1  # of the messages below
REPORT_S = 0.020  # a worker keeps results to itself no longer than this
ROOM = LIMIT - 1_024  # bytes of chunks, or of results, in one message
ERROR_LETTERS = 1_000  # of an error's text that go over the wire


class Join(Message):
    """A worker's first message: who it is, and what it can do."""

    version: int
    worker: str
    functions: list[str]


class Heart(Message):
    """The first message of a worker's second connection, for its beats."""

    version: int
    worker: str


class Beat(Message):
    """Still alive, and that is all."""


class Welcome(Message):
    """Coordinator to worker: you are in; beat every so many seconds."""

    every: float


class Goodbye(Message):
    """Coordinator to worker: you are not, and why."""

    reason: str


class Task(Message):
    """Coordinator to worker: apply `function` to each of these chunks."""

    function: str
    chunks: list[tuple[int, Any]]  # its number, and what it is


class Result(Message):
    """Worker to coordinator: what came out, and the texts of errors."""

    seconds: float  # that it took
    values: list[tuple[int, Any]]
    errors: list[tuple[int, str]]


FROM_WORKER = Join | Heart | Beat | Result
FROM_COORDINATOR = Welcome | Goodbye | Task


def work(
    connection: Connection,
    functions: dict[str, Callable] = FUNCTIONS,
    *,
    name: str = "",
    now: Callable[[], float] = time.perf_counter,
) -> int:
    """Be a worker: do what comes until the coordinator hangs up.

    Returns how many chunks were done. Raises RuntimeError with the reason if
    the coordinator does not let it in.
    """
    done = 0
    name = name or uuid4().hex
    try:
        connection.send(Join(VERSION, name, sorted(functions)))
        for message in connection:
            if isinstance(message, Goodbye):
                raise RuntimeError(f"not let in: {message.reason}")
            if isinstance(message, Task):
                _do(message, functions, connection, now)
                done += len(message.chunks)
    except Broken:
        pass  # the coordinator is gone, and so is whoever wanted the result
    return done


def _do(task, functions, connection, now):
    """Do the chunks of a task; report now and then, and at the end."""
    began, values, errors, size = now(), [], [], 0
    for number, argument in task.chunks:
        try:
            if task.function not in functions:
                raise LookupError(f"no function {task.function!r} here")
            raw, failed = packed(functions[task.function](argument)), False
            if len(raw) > ROOM:
                raise ValueError(f"a result of {len(raw)} bytes, not <= {ROOM}")
        except (Exception, SystemExit) as error:
            raw, failed = msgspec.json.encode(_told(error)), True
        if size + len(raw) + 24 > ROOM:
            connection.send(Result(now() - began, values, errors))
            began, values, errors, size = now(), [], [], 0
        (errors if failed else values).append((number, msgspec.Raw(raw)))
        size += len(raw) + 24
        if now() - began > REPORT_S:
            connection.send(Result(now() - began, values, errors))
            began, values, errors, size = now(), [], [], 0
    if values or errors:
        connection.send(Result(now() - began, values, errors))


def packed(value) -> bytes:
    """`value` as JSON, if it may travel in a Task or a Result."""
    raw = msgspec.json.encode(value)
    check_depth(b"[[[" + raw + b"]]]")  # the message's own three
    return raw


def _told(error) -> str:
    """An error's text, such that it can be sent."""
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:
        text = f"{type(error).__name__}: (it cannot say what)"
    text = text[:ERROR_LETTERS]
    return text.encode(errors="backslashreplace").decode()


def beat(connection: Connection, name: str) -> None:
    """Give signs of life for the worker `name` until the coordinator is gone.

    On a connection of its own, and in a thread of its own if the work takes
    the processor: a heartbeat that waits in line behind the work says nothing.
    """
    with suppress(Broken, Closed):
        connection.send(Heart(VERSION, name))
        welcome = connection.receive()
        while isinstance(welcome, Welcome):
            connection.send(Beat())
            sleep(welcome.every)
