"""Events: one thing that happened in one tasklet, and how it is told.

The one idea: an event says who did what, when, with whom, and where in the
source. All pictures and tables are made of these facts alone.
"""

from __future__ import annotations

import reprlib
import textwrap
from dataclasses import dataclass

__all__ = ["Event", "shown"]

SHOWN_LETTERS = 60  # of a message, at most
LONG_ID = 8  # letters; a longer id is for programs, not for readers


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in one tasklet.

    `step` counts the events of the trace from 1. `time` is the run's clock in
    seconds since the trace began. `clock` is the logical clock of Lamport
    (1978): larger than that of every event that could have caused this one.
    `partner` is the tasklet at the other end: whom a message went to or came
    from, who was spawned, or who had an error thrown in. `message` is the
    identity of a message on a wire, the same at both ends. `wakes` are the
    tasklets that can go on because of this event.

    Kinds: spawn, start, schedule, sleep, block, switch (it goes on), send and
    receive (of the second to arrive at a meeting), close, throw, end; on a
    wire post and arrive; deadlock, when no tasklet can ever run again; in a
    simulation fault, which strikes a host.

    `function`, `line` and `source` say where the program stood: the name of
    the function, the number of the line in its file or cell, and its text.
    """

    step: int
    kind: str
    tasklet: str
    channel: str = ""
    partner: str = ""
    value: str = ""
    time: float = 0.0
    clock: int = 0
    message: str = ""
    wakes: tuple[str, ...] = ()
    function: str = ""
    line: int = 0
    source: str = ""

    @property
    def what(self) -> str:
        """What happened, in words that follow the tasklet's name."""
        return _SENTENCES[self.kind].format(event=self).rstrip()


_SENTENCES = {
    "spawn": "spawns {event.partner}",
    "start": "starts",
    "switch": "goes on",
    "schedule": "lets others go first",
    "sleep": "sleeps {event.value}",
    "block": "waits {event.value}",
    "send": "sends {event.value} to {event.partner} on {event.channel}",
    "receive": "receives {event.value} from {event.partner} on {event.channel}",
    "post": "sends {event.value}, which is on its way",
    "arrive": "receives {event.value}",
    "throw": "throws {event.value} into {event.partner}",
    "close": "closes {event.channel}",
    "fault": "suffers: {event.value}",
    "end": "ends{event.value}",
    "deadlock": "finds that no tasklet can run again",
}


def _beginning(value):
    """As much of it as can be shown; a stranger may send a lot."""
    text = value if isinstance(value, str) else str(value)
    return text[: 10 * SHOWN_LETTERS]


def shown(value, *, brief: bool = False) -> str:
    """A value as pictures and tables show it: short, messages in plain words.

    Fields that its class names in `secret` are left out, and so is None. With
    `brief`, for pictures, cents become an amount, and a long id is left out.

    ```python
    shown(Withdraw("eve", 100))  # 'Withdraw eve 100'
    ```
    """
    fields = getattr(value, "__struct_fields__", None)
    if fields is None:
        return reprlib.repr(value)
    secret = getattr(value, "secret", ())  # such as a PIN
    words = [type(value).__name__]
    for field in fields:
        content = getattr(value, field)
        if field in secret:
            words.append("...")
        elif brief and field == "cents" and type(content) is int:
            words.append(f"{content / 100:.2f}")
        elif brief and field == "id" and len(str(content)) > LONG_ID:
            continue
        elif content is not None:
            words.append(_beginning(content))
    return textwrap.shorten(" ".join(words), SHOWN_LETTERS, placeholder=" ...")
