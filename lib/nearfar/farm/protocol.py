"""The farm's messages: what coordinator and workers say to each other.

The one idea: a message brings data, never code. A `Task` names a function
that the worker already has, and carries what JSON can hold.

A worker opens two connections. On the first it says `Join`, hears `Welcome`
or `Goodbye`, and from then on answers each `Task` with one or more `Result`s.
On the second it says `Heart`, hears `Welcome`, and sends a `Beat` as often as
the `Welcome` asked for.

Read `worker` next. Left out: a message to end a map early.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from ..far import LIMIT, Message, check_depth, check_json

__all__ = [
    "Join",
    "Heart",
    "Beat",
    "Welcome",
    "Goodbye",
    "Task",
    "Result",
    "FROM_WORKER",
    "FROM_COORDINATOR",
    "VERSION",
    "packed",
    "printable",
    "ROOM",
]

VERSION = 1  # of the messages below
ROOM = LIMIT - 1_024  # bytes of chunks, or of results, in one message
SHORT = 120  # bytes, that are too few for a depth worth a check
PLAIN = {int, str, bool, type(None)}  # JSON gives back what it was given
AROUND = 24  # bytes that a chunk or a result takes beside its own


class Join(Message):
    """A worker's first message: its name, and the functions that it has."""

    version: int
    worker: str
    functions: list[str]


class Heart(Message):
    """The first message of a worker's second connection, for its beats."""

    version: int
    worker: str


class Beat(Message):
    """A worker's sign of life."""


class Welcome(Message):
    """Coordinator to worker: you are in; beat every so many seconds."""

    every: float


class Goodbye(Message):
    """Coordinator to worker: you are not in, and why."""

    reason: str


class Task(Message):
    """Coordinator to worker: apply `function` to each of these chunks."""

    function: str
    chunks: list[tuple[int, Any]]  # its number, and what it is
    checked: ClassVar = True  # by packed()


class Result(Message):
    """Worker to coordinator: what came out, and the texts of errors."""

    seconds: float  # that it took
    values: list[tuple[int, Any]]
    errors: list[tuple[int, str]]
    checked: ClassVar = True  # by packed()


FROM_WORKER = Join | Heart | Beat | Result
FROM_COORDINATOR = Welcome | Goodbye | Task


def packed(value) -> bytes:
    """Give `value` as JSON, if it may travel in a Task or a Result.

    Raises TypeError or ValueError if JSON cannot hold it as it is (a tuple may
    arrive as a list), or if it is too deep.
    """
    raw = msgspec.json.encode(value)
    if len(raw) > SHORT:
        check_depth(b"[[[" + raw + b"]]]")  # the message's own three
    kind = type(value)
    inside = map(type, value) if kind is tuple or kind is list else (kind,)
    if not PLAIN.issuperset(inside):
        check_json(value, raw)
    return raw


def printable(text: str, most: int = 1_000) -> str:
    """Shorten a peer's text, and escape what would steer a terminal."""
    return "".join(
        letter
        if letter.isprintable()
        else letter.encode("unicode_escape").decode()
        for letter in text[:most]
    )
