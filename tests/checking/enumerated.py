"""The orders of a program, counted without running it.

A tasklet is a tuple of steps, each a verb and a channel: "send", "receive", or
"again" to begin anew. The rules are those of `near`: a meeting wakes the
partner that waited first, and the one that came second goes on.
"""

from functools import cache
from typing import NamedTuple

OTHER = {"send": "receive", "receive": "send"}


class State(NamedTuple):
    """Where a tasklet stands; `since` orders those that wait, 0 is ready."""

    steps: tuple
    daemon: bool
    place: int = 0
    since: int = 0
    done: bool = False

    @property
    def step(self):
        ends = self.place == len(self.steps)
        return ("end",) if ends else self.steps[self.place]

    def next(self):
        return self._replace(place=self.place + 1, since=0)


@cache
def orders(states: tuple[State, ...]) -> tuple[int, int]:
    """How many orders there are, and how many of them end in a deadlock."""
    if all(state.daemon or state.done for state in states):
        return 1, 0
    ready = [n for n, s in enumerate(states) if not s.done and not s.since]
    if not ready:
        return 1, 1
    counts = [orders(_after_turn(list(states), n)) for n in ready]
    return sum(every for every, _ in counts), sum(dead for _, dead in counts)


def _after_turn(states, me):
    """The states after one turn of a tasklet: until it waits or ends."""
    while (step := states[me].step) != ("end",):
        if step[0] == "again":
            states[me] = states[me]._replace(place=0)
            continue
        partner = (OTHER[step[0]], step[1])
        met = [n for n, s in enumerate(states) if s.since and s.step == partner]
        if not met:
            last = max(state.since for state in states)
            states[me] = states[me]._replace(since=last + 1)
            return tuple(states)
        first = min(met, key=lambda n: states[n].since)
        states[first], states[me] = states[first].next(), states[me].next()
    states[me] = states[me]._replace(done=True)
    return tuple(states)
