"""Merging: several traces in one, or one with fewer lanes.

The one idea: a message names the event that caused its arrival. `merge` joins
what several processes saw, each with its own clock, in an order in which
nothing comes before its cause (Lamport 1978). `fold` gives each host of a
simulation one lane, whatever runs on it.
"""

from __future__ import annotations

from dataclasses import replace

from .events import Event
from .moments import WAITS, moments
from .recording import Trace

__all__ = ["merge", "fold"]


def merge(traces: dict[str, Trace]) -> Trace:
    """One trace of several processes, each of which recorded its own.

    A process is to it what a tasklet is to a trace. Its events are named
    after its key in `traces`, and are those that others can notice: messages
    on a wire, and the waits of the process as a whole. No two processes have
    the same time, so `time` stays what each one's own clock said; the order
    is that of the logical clocks, counted anew.

    Raises ValueError if messages arrive before they are sent.
    """
    left = {name: _of_process(name, trace) for name, trace in traces.items()}
    sent = {e.message for es in left.values() for e in es if e.kind == "post"}
    carried: dict[str, int] = {}  # message: the clock that it carries
    clocks = dict.fromkeys(left, 0)
    events = []
    while any(left.values()):
        name = _first_ready(left, sent - carried.keys())
        event = left[name].pop(0)
        clock = clocks[name]
        if event.kind == "arrive":
            clock = max(clock, carried.get(event.message, 0))
        clocks[name] = clock = clock + 1
        if event.kind == "post":
            carried[event.message] = clock
        events.append(replace(event, clock=clock))
    events.sort(key=lambda event: event.clock)  # of equals the first stays
    merged = Trace()
    merged.apart = True
    merged.dropped = sum(trace.dropped for trace in traces.values())
    merged.events = [
        replace(event, step=step) for step, event in enumerate(events, 1)
    ]
    return merged


def _first_ready(left, missing):
    """A process whose next event has its cause already."""
    for name, events in left.items():
        if events and not (
            events[0].kind == "arrive" and events[0].message in missing
        ):
            return name
    raise ValueError(
        "each process waits for a message that another one sends later: "
        "these traces are not of one run"
    )


def _of_process(name, trace):
    """Its messages, and its waits: when none of its tasklets can run."""
    events = []
    for event, now in zip(trace.events, moments(trace.events), strict=True):
        waiting = bool(events) and events[-1].kind == "block"
        if event.kind in WAITS and not now.queue:
            events.append(replace(event, kind="block"))
        elif event.kind in ("post", "arrive"):
            if event.kind == "arrive" and events and _goes_on(events[-1]):
                events.pop()  # because of the message, so not before it
            events.append(event)
        elif waiting and now.running:
            events.append(replace(event, kind="switch"))
    if trace.events and trace.events[-1].kind == "end":
        events.append(replace(trace.events[-1], value=""))
    return [replace(event, tasklet=name, wakes=()) for event in events]


def _goes_on(event):
    return event.kind == "switch"


def fold(trace: Trace, hosts) -> Trace:
    """The same run with one lane for each host, whatever runs on it.

    A tasklet belongs to the host whose name it has, or that spawned it. Three
    things stay: the messages and faults that a host's neighbours notice, how
    the host waits after each of them, and that its program has ended.
    """
    homes = {name: name for name in hosts}
    events, busy = [], set()
    for name in hosts:
        events += [Event(0, "start", name), Event(0, "block", name)]
    for event in trace.events:
        plain = event.tasklet.rstrip("'")  # as a host calls its next lives
        if event.kind == "spawn":
            child = event.partner.rstrip("'")
            at = child if child in hosts else homes.get(event.tasklet)
            homes[event.partner] = at
        name = homes.get(event.tasklet)
        if not name:
            continue
        # It waits, for whatever it is.
        rest = Event(event.step, "block", name, time=event.time)
        over = event.kind == "end" and plain in hosts and not event.value
        if event.kind in ("post", "arrive", "fault"):
            events.append(replace(event, tasklet=name, wakes=()))
            if event.kind == "fault":  # what it strikes is not at work
                events.append(rest)
            busy.add(name)
        elif over or (name in busy and event.kind in (*WAITS, "end")):
            last = events[-1]
            if last == replace(rest, time=last.time, step=last.step):
                events.pop()  # now we know better
            if over or event.kind in WAITS:
                rest = replace(event, tasklet=name, wakes=())
            events.append(rest)
            busy.discard(name)
    folded = Trace()
    folded.apart = True
    folded.dropped = trace.dropped
    folded.whole = [event.step for event in events]
    folded.events = [
        replace(event, step=step) for step, event in enumerate(events, 1)
    ]
    return folded
