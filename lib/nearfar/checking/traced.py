"""Traced: the calls of a history, read from what processes recorded.

The one idea: a call begins where a client posts a request, and ends where the
reply arrives. In a merged trace of client and server both have their place,
and nothing comes before its cause. If one call can have influenced another's
answer, a chain of messages led from its beginning to the other's end. So the
other does not end before it begins, whichever clock each process has.

Read `trace.merge` first. Left out: servers that influence each other without
messages, such as by a shared file. Call those through one `History`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from ..trace import Event, Trace
from .histories import UNKNOWN, Call

__all__ = ["calls_in"]

MESSAGE = re.compile(r"(.+)>(.+?)((?:\.\d+)?#\d+)")  # from, to, which


def calls_in(
    trace: Trace,
    asked: Callable[[str], tuple | None],
    answered: Callable[[str], object],
) -> list[Call]:
    """The calls in a merged trace, for `linearizable`.

    `asked(text)` gives the name and the arguments of a call, from the text of
    the message that asked for it; None for all other messages. `answered` gives
    the answer, from the text of the reply. A connection's third reply answers
    its third request. A call whose reply did not arrive is open.

    Raises ValueError if the trace of a process that replied is missing.
    """
    posted = {e.message for e in trace.events if e.kind == "post"}
    arrived = {e.message: e for e in trace.events if e.kind == "arrive"}
    calls = []
    for event in trace.events:
        call = asked(event.value) if event.kind == "post" else None
        if call is None:
            continue
        name, *args = call
        reply = arrived.get(_reply_to(event))
        if reply is not None and reply.message not in posted:
            raise ValueError(
                f"{event.tasklet} had the reply {reply.value!r} from a process "
                "whose trace is missing, so the order of calls is unknown. "
                "Merge the traces of all processes"
            )
        answer: object = UNKNOWN
        ended = math.inf
        if reply is not None:
            answer, ended = answered(reply.value), reply.step
        calls.append(
            Call(event.tasklet, name, (*args,), answer, event.step, ended)
        )
    return calls


def _reply_to(event: Event) -> str:
    """The name of the message that answers this one."""
    parts = MESSAGE.fullmatch(event.message)
    assert parts is not None, event.message
    source, target, number = parts.groups()
    return f"{target}>{source}{number}"
