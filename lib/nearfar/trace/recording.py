"""Recording: while a `Trace` is on, what happens is written down.

The one idea: a program is not changed to be watched. While a `Trace` is on,
the few methods that matter (start, switch, send, receive, ...) are replaced
by versions that also write an `Event`. When it goes off they are put back, so
a program that is not watched pays nothing.

Read `Trace`; `when_traced` is for the probes.
"""

from __future__ import annotations

import json
import re
import reprlib
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial, wraps
from typing import Any

from .events import Event
from .places import place_of, top_of

__all__ = ["Trace", "when_traced"]

# Ports that the system chose: another one in each run.
_CHOSEN_PORT = re.compile(r"(127\.0\.0\.1|\[::1\]):\d{4,5}\b")

_watched: list[tuple[type, str, object, object]] = []
_called: list[tuple[list, object]] = []
_active: list[Trace] = []


class Trace:
    """Write down the events of every run inside a `with` block.

    ```python
    with Trace() as trace:
        run()
    print(trace.table())
    ```

    `events` is the list of them; `limit` bounds it (what comes later is
    counted in `dropped`, never silently lost). `apart` is true of a trace that
    was merged from several processes. `whole` has, for each event of a folded
    trace, its step in the whole one.
    """

    def __init__(self, limit: int = 100_000):
        self.limit = limit
        self.events: list[Event] = []
        self.dropped = 0
        self.apart = False
        self.whole: list[int] = []
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
        function=None,
    ):
        """Add an event; those it `wakes` or spawns learn its logical clock.

        It happened on the line from which this was called or, given a
        `function`, on that one's first line.
        """
        if len(self.events) >= self.limit:
            self.dropped += 1
            return
        if time is None:  # not in a run
            time = self._latest
        elif self._start is None:
            self._start = time
        self._latest = time
        if kind == "sleep":  # until when, by the clock; told as `time` is
            value = f"until {round(value - self._start, 3):g}"
        place = (
            place_of(sys._getframe(1)) if function is None else top_of(function)
        )
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
                value=_CHOSEN_PORT.sub(r"\1:…", value),
                time=0.0 if self._start is None else time - self._start,
                clock=clock,
                message=message,
                wakes=tuple(wakes),
                function=place[0],
                line=place[1],
                source=place[2],
            )
        )

    def table(self) -> str:
        """The events as text, one line each: the same run, the same text.

        The column `cause` is the logical clock.
        """
        lines = [f"{'step':>4} {'cause':>5}  {'tasklet':<12} what happened"]
        for event in self.events:
            lines.append(
                f"{event.step:>4} {event.clock:>5}  "
                f"{event.tasklet:<12} {event.what}"
            )
        if self.dropped:
            lines.append(f"and {self.dropped} more, over the limit")
        return "\n".join(lines)

    def to_json(self) -> str:
        """The events as text that another process can read."""
        events = [
            {name: value for name, value in asdict(event).items() if value}
            for event in self.events
        ]
        return json.dumps({"events": events, "dropped": self.dropped})

    @classmethod
    def from_json(cls, text: str | bytes) -> Trace:
        """The trace that `to_json()` wrote down. Raises ValueError if none."""
        trace = cls()
        try:
            told = json.loads(text)
            trace.dropped = told["dropped"]
            for event in told["events"]:
                event["wakes"] = tuple(event.get("wakes", ()))
                trace.events.append(Event(**event))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                "expected the text that Trace.to_json() gives, not "
                f"{reprlib.repr(text)} ({type(error).__name__}: {error})"
            ) from None
        return trace

    def __enter__(self) -> Trace:
        _active.append(self)
        if len(_active) == 1:
            for owner, name, _, traced in _watched:
                setattr(owner, name, traced)
            for calls, traced in _called:
                calls.append(traced)
        return self

    def __exit__(self, *exc_info):
        _active.remove(self)
        if not _active:
            for owner, name, plain, _ in _watched:
                setattr(owner, name, plain)
            for calls, traced in _called:
                calls.remove(traced)


def when_called(calls: list) -> Callable[[Any], Any]:
    """While a Trace is on, let the decorated function be one of `calls`.

    It is called as `function(record, *args)`, with what `calls` are given.
    """

    def register(function):
        _called.append((calls, partial(function, _record)))
        return function

    return register


def when_traced(owner: type, name: str) -> Callable[[Any], Any]:
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
        if _active:  # its module was imported while a trace is on
            setattr(owner, name, traced)
        return function

    return register


def _record(kind, tasklet, **details):
    for trace in _active:
        trace.record(kind, tasklet, **details)
