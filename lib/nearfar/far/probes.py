"""Probes: what a Trace writes down of a connection's messages.

The one idea: a message has a name, which is its direction and its number on
it, so the event at one end finds the event at the other. The probes take the
place of `send` and `receive` while a Trace is on, and cost nothing otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..trace import here, shown, when_traced
from .connections import Connection
from .messages import Message

__all__ = ["watch_sending", "watch_receiving", "watch_waiting", "record_post"]

Record = Callable[..., None]  # writes an event into the traces that are on


def watch_sending(kind: type[Connection]) -> None:
    """Let a Trace write down what such connections send."""

    @when_traced(kind, "send")
    def send(
        record: Any, plain: Any, end: Any, message: Any, timeout: Any = None
    ) -> None:
        plain(end, message, timeout)
        record_post(record, end, message)


def watch_receiving(kind: type[Connection]) -> None:
    """Let a Trace write down what such connections receive."""

    @when_traced(kind, "receive")
    def receive(record: Any, plain: Any, end: Any, timeout: Any = None) -> Any:
        message = plain(end, timeout)
        name = f"{end.into}#{end.received}"
        record("arrive", message=name, **_details(message))
        return message


def record_post(record: Record, end: Connection, message: Message) -> None:
    """Write down that a message has just left."""
    record("post", message=f"{end.out}#{end.sent}", **_details(message))


def _details(message: Message) -> dict[str, Any]:
    return {**here(), "value": shown(message, brief=True)}


def watch_waiting(kind: type) -> None:
    """Let a Trace see each tasklet wait that waits for such a socket."""

    @when_traced(kind, "wait")
    def wait(
        record: Any,
        plain: Any,
        wire: Any,
        waiters: Any,
        what: Any,
        timeout: Any = None,
    ) -> None:
        """With a timeout, it waits by `park`, which is watched."""
        timeout = math.inf if timeout is None else timeout
        plain(wire, waiters, what, timeout)
