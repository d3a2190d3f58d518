"""Who did what, when, and with whom: the raw material of every picture.

The one idea: a program is not changed to be watched. While a `Trace` is on,
the few methods that matter (start, switch, send, receive, ...) are replaced
by versions that also write an `Event`; when it goes off they are put back, so
that a program that nobody watches pays nothing at all.

Read `Event`, then `Trace`; `when_traced` is for the modules that are watched.
"""

from __future__ import annotations

import reprlib
import textwrap
from dataclasses import dataclass
from functools import wraps

__all__ = ["Event", "Trace"]

SHOWN_LETTERS = 60  # of a message, at most

_watched: list[tuple[type, str, object, object]] = []
_active: list[Trace] = []


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
    receive (whoever came second to a meeting), close, throw, end; on a wire
    post and arrive; in a simulation fault, which befalls a host.
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


class Trace:
    """Write down the events of every run inside a `with` block.

    ```python
    with Trace() as trace:
        run()
    print(trace.table())
    ```

    `events` is the list of them; `limit` bounds it (what comes later is
    counted in `dropped`, never silently lost).
    """

    def __init__(self, limit: int = 100_000):
        self.limit = limit
        self.events: list[Event] = []
        self.dropped = 0
        self._clocks: dict[str, int] = {}
        self._posted: dict[str, int] = {}  # message: the clock it carries
        self._start: float | None = None  # the clock at the first event
        self._latest: float | None = None

    def record(
        self,
        kind,
        tasklet,
        *,
        channel="",
        partner="",
        value="",
        time=None,
        message="",
        wakes=(),
    ):
        """Add an event; those it `wakes` or spawns learn its logical clock."""
        if len(self.events) >= self.limit:
            self.dropped += 1
            return
        if time is None:  # not in a run
            time = self._latest
        elif self._start is None:
            self._start = time
        self._latest = time
        clock = self._clocks.get(tasklet, 0)
        if kind in ("send", "receive"):  # a rendezvous: both are here now
            clock = max(clock, self._clocks.get(partner, 0))
        if kind == "arrive":
            clock = max(clock, self._posted.pop(message, 0))
        clock += 1
        self._clocks[tasklet] = clock
        if kind == "post":
            self._posted[message] = clock
        for name in (*wakes, partner) if kind == "spawn" else wakes:
            self._clocks[name] = max(clock, self._clocks.get(name, 0))
        self.events.append(
            Event(
                step=len(self.events) + 1,
                kind=kind,
                tasklet=tasklet,
                channel=channel,
                partner=partner,
                value=value,
                time=0.0 if self._start is None else time - self._start,
                clock=clock,
                message=message,
                wakes=tuple(wakes),
            )
        )

    def table(self) -> str:
        """The events as text, one line each: the same run, the same text.

        The column `cause` is the logical clock.
        """
        lines = [f"{'step':>4} {'cause':>5}  {'tasklet':<12} what happened"]
        for event in self.events:
            what = _SENTENCES[event.kind].format(event=event)
            lines.append(
                f"{event.step:>4} {event.clock:>5}  {event.tasklet:<12} {what}"
            )
        if self.dropped:
            lines.append(f"and {self.dropped} more, over the limit")
        return "\n".join(lines)

    def __enter__(self) -> Trace:
        _active.append(self)
        if len(_active) == 1:
            for owner, name, _, traced in _watched:
                setattr(owner, name, traced)
        return self

    def __exit__(self, *exc_info):
        _active.remove(self)
        if not _active:
            for owner, name, plain, _ in _watched:
                setattr(owner, name, plain)


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
}


def shown(value) -> str:
    """A value as pictures and tables show it: short, messages in plain words.

    ```python
    shown(Withdraw("eve", 100))  # 'Withdraw eve 100'
    ```
    """
    fields = getattr(value, "__struct_fields__", None)
    if fields is None:
        return reprlib.repr(value)
    words = (str(getattr(value, field)) for field in fields)
    return textwrap.shorten(
        " ".join([type(value).__name__, *words]),
        SHOWN_LETTERS,
        placeholder=" ...",
    )


def when_traced(owner, name):
    """While a Trace is on, replace `owner.name` by the decorated function.

    It is called as `function(record, plain, *args, **kwargs)`: `record` writes
    an event into every active trace, `plain` is the method as it is untraced.
    """
    plain = getattr(owner, name)

    def register(function):
        @wraps(plain)
        def traced(*args, **kwargs):
            return function(_record, plain, *args, **kwargs)

        _watched.append((owner, name, plain, traced))
        return function

    return register


def _record(kind, tasklet, **details):
    for trace in _active:
        trace.record(kind, tasklet, **details)
