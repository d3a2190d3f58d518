"""Moments: what a trace says about each moment.

The one idea: an event changes who runs, who could run and who waits, and
nothing else does. So the events alone are enough to say, after each of them,
what every tasklet does: that is a `Moment`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .events import Event

__all__ = ["Moment", "moments"]

WAITS = ("block", "sleep")  # kinds of event
HANDS_ON = (*WAITS, "schedule", "end", "deadlock")


@dataclass(frozen=True, slots=True)
class Moment:
    """Who does what just after an event.

    `running` is the tasklet that has the processor ("" while it is handed
    on), `queue` those who could run, in their order, `waits` what each of the
    others waits for; for those in `stuck`, that will never happen. `others`
    run at the same time: in a merged trace everybody is a process.
    """

    running: str = ""
    queue: tuple[str, ...] = ()
    waits: dict[str, str] = field(default_factory=dict)
    stuck: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    def state(self, name: str) -> str:
        """One of running, queue, waits, stuck; "" before its start and after
        its end."""
        if name in self.stuck:
            return "stuck"
        if name in self.waits:
            return "waits"
        if name in self.queue:
            return "queue"
        runs = name == self.running or name in self.others
        return "running" if runs else ""


def moments(events: list[Event], apart: bool = False) -> Iterator[Moment]:
    """A `Moment` for each event.

    A stuck tasklet stays so, although `run()` ends it after the deadlock. With
    `apart`, each tasklet has a processor of its own.
    """
    now = Moment(queue=_spawned_before(events))
    for event in events:
        if event.tasklet not in now.stuck:
            now = _after(now, event, apart)
        yield now


def _spawned_before(events):
    """Tasklets that start and that no event spawns, in the order of starts."""
    spawned, found = set(), []
    for event in events:
        if event.kind == "spawn":
            spawned.add(event.partner)
        elif event.kind == "start" and event.tasklet not in spawned:
            spawned.add(event.tasklet)
            found.append(event.tasklet)
    return tuple(found)


def _after(now, event, apart):
    me = event.tasklet
    queue = [name for name in now.queue if name != me]
    waits = {name: why for name, why in now.waits.items() if name != me}
    woken = [event.partner] if event.kind == "spawn" else event.wakes
    for name in woken:
        waits.pop(name, None)
        if name not in (*queue, me):
            queue.append(name)
    if event.kind == "schedule":
        queue.append(me)
    if event.kind in WAITS:
        waits[me] = event.value
    running = "" if event.kind in HANDS_ON else me
    if event.kind == "end" and me in now.queue:  # killed before its start
        running = now.running
    stuck = now.stuck
    if event.kind == "deadlock":
        stuck |= frozenset(waits)
    others = now.others | {now.running} - {""} if apart else frozenset()
    return Moment(running, tuple(queue), waits, stuck, others - {me})
