"""Who did what, when, and with whom: the raw material of every picture.

The one idea: a program is not changed to be watched. While a `Trace` is on,
the few methods that matter (start, switch, send, receive, ...) are replaced
by versions that also write an `Event`; when it goes off they are put back, so
that a program that nobody watches pays nothing at all.

Read `Event`, then `Trace`; `when_traced` is for the modules that are watched.
What a whole trace tells about each moment stands in `history`. (An event is
written, told and stored here: its fields have to agree in all three, and so
it is a long module.)
"""

from __future__ import annotations

import json
import linecache
import re
import reprlib
import sys
import textwrap
from dataclasses import asdict, dataclass
from functools import partial, wraps

__all__ = ["Event", "Trace"]

HOUSE = __package__.split(".")[0]  # all that is ours begins with it
SHOWN_LETTERS = 60  # of a message, at most
SOURCE_LETTERS = 100  # of a line of source
COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
# Ports that the system chose: another one in each run.
_CHOSEN_PORT = re.compile(r"(127\.0\.0\.1|\[::1\]):\d{4,5}\b")
# Modules whose lines say nothing about the program that uses them.
MACHINERY = {
    f"{HOUSE}.trace.recording",
    f"{HOUSE}.trace.probes",
    f"{HOUSE}.near",  # a package: all of its modules
    f"{HOUSE}.far",
    f"{HOUSE}.simulation.network",
    f"{HOUSE}.simulation.links",
    f"{HOUSE}.simulation.connections",
    f"{HOUSE}.checking.orders",
}
# Of the standard library, between a program and us; each version has its own.
PLUMBING = {"contextlib", "functools"}
# Their lines are those of a check, and not of the program that is checked.
CHECKS = f"{HOUSE}.exercises"

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
    post and arrive; deadlock, when nobody can ever run again; in a
    simulation fault, which befalls a host.

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


class Trace:
    """Write down the events of every run inside a `with` block.

    ```python
    with Trace() as trace:
        run()
    print(trace.table())
    ```

    `events` is the list of them; `limit` bounds it (what comes later is
    counted in `dropped`, never silently lost). `apart` is true of a trace that
    was merged from several processes.
    """

    def __init__(self, limit: int = 100_000):
        self.limit = limit
        self.events: list[Event] = []
        self.dropped = 0
        self.apart = False
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
        place = _place(sys._getframe(1)) if function is None else _top(function)
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
    "deadlock": "finds that nobody can ever run again",
}


def shown(value) -> str:
    """A value as pictures and tables show it: short, messages in plain words.

    Fields that its class names in `secret` are left out.

    ```python
    shown(Withdraw("eve", 100))  # 'Withdraw eve 100'
    ```
    """
    fields = getattr(value, "__struct_fields__", None)
    if fields is None:
        return reprlib.repr(value)
    secret = getattr(value, "secret", ())  # such as a PIN
    words = (
        "..." if field in secret else str(getattr(value, field))
        for field in fields
    )
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
        if _active:  # its module was imported while a trace is on
            setattr(owner, name, traced)
        return function

    return register


def _record(kind, tasklet, **details):
    for trace in _active:
        trace.record(kind, tasklet, **details)


def _place(frame) -> tuple[str, int, str]:
    """Function, line number and text: the innermost that is not ours.

    If all of it is ours, as in a bank's process: not of the machinery, and
    without the number, which nobody could look up in a cell.
    """
    ours = None
    while frame:
        module = frame.f_globals.get("__name__", "")
        if module in PLUMBING:
            pass
        elif not _is_ours(frame.f_globals.get("__package__") or ""):
            return _line(_function(frame), frame.f_code, frame.f_lineno)
        elif ours is None and not _is_machinery(module):
            name, _, text = _line(
                _function(frame), frame.f_code, frame.f_lineno
            )
            ours = name, 0, text
        frame = frame.f_back
    return ours or ("", 0, "")


def _is_ours(package) -> bool:
    return package.split(".")[0] == HOUSE


def _is_machinery(module) -> bool:
    package = module.rpartition(".")[0]
    known = module in MACHINERY or package in MACHINERY
    return known or module.startswith(CHECKS)


def _function(frame) -> str:
    """Its function's name; a comprehension belongs to whoever made it."""
    while frame.f_back and frame.f_code.co_name in COMPREHENSIONS:
        frame = frame.f_back
    name = frame.f_code.co_name
    return "" if name == "<module>" else name


def _top(function) -> tuple[str, int, str]:
    """The first line of a function."""
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None)
    module = getattr(function, "__module__", None) or ""
    if code is None or _is_machinery(module):
        return "", 0, ""
    name, number, text = _line(code.co_name, code, code.co_firstlineno)
    return name, 0 if _is_ours(module) else number, text


def _line(name, code, number) -> tuple[str, int, str]:
    text = linecache.getline(code.co_filename, number).strip()
    return name, number, text[:SOURCE_LETTERS]
