"""Histories: could these answers have been given one after another?

The one idea: suppose that each call happened at one moment between its begin
and its end. If some order of these moments explains all answers, the history
is *linearizable* (Herlihy and Wing, 1990). So record when calls begin and end,
on one clock, and search for such an order.

`History` records, and `linearizable` searches: depth first, and never twice
from the same state (Wing and Gong, 1993; Lowe, 2017). A call without an answer
may have happened at any time since it began, or never. There may be very many
orders: beyond a limit the answer is "too large to decide".

Read `models` next, which says what would be right, then `traced` for calls
that several processes recorded.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace

from .fewer import leave_out
from .models import Specification

__all__ = ["History", "Call", "Linearized", "linearizable", "UNKNOWN"]

STATES = 200_000  # searched states, before it is too large to decide
SMALL = 300  # states, and two for each call, in a try to leave calls out
WINDOW = 16  # calls, the last ones, that the search tries to leave out


class _Unknown:
    def __repr__(self):
        return "?"


UNKNOWN = _Unknown()  # in place of an answer that never came


@dataclass(frozen=True)
class Call:
    """A call: its client, name, arguments and answer, its begin and end.

    Times count the events of one recorder. `ended` is infinite if the answer
    did not come.
    """

    client: str
    name: str
    args: tuple = ()
    answer: object = UNKNOWN
    began: float = 0
    ended: float = math.inf

    def __str__(self):
        words = ", ".join(map(repr, self.args))
        return f"{self.client}: {self.name}({words}) -> {self.answer!r}"


class History:
    """A recorder of calls and answers, in the order in which it hears of them.

    Tasklets and threads may share it. For clients in other processes, call
    them through it, or see `calls_in`.
    """

    def __init__(self):
        self._events = itertools.count(1)
        self._begun: list[Call] = []
        self._ended: dict[int, Call] = {}

    def call(self, client: str, name: str, *args, by: Callable):
        """Record `by(*args)` as the call `name(*args)`; return its answer.

        If it raises, no answer came: the call stays open.
        """
        number = len(self._begun)
        self._begun.append(Call(client, name, args, began=next(self._events)))
        call = self._begun[number]
        answer = by(*args)
        self._ended[id(call)] = replace(
            call, answer=answer, ended=next(self._events)
        )
        return answer

    @property
    def calls(self) -> list[Call]:
        """All calls so far, in the order of their beginnings."""
        return [self._ended.get(id(call), call) for call in self._begun]


@dataclass(frozen=True)
class Linearized:
    """Whether a history is linearizable, and why.

    `answer` is True, False, or None if it is too large to decide. If True,
    `order` explains all answers. If False, the history became impossible with
    the answer of `culprit`. `part` is a small part of it that is impossible;
    without any one of its answers the rest has an order. `states` counts the
    states that the search saw.
    """

    answer: bool | None
    order: tuple[Call, ...] = ()
    part: tuple[Call, ...] = ()
    culprit: Call | None = None
    calls: int = 0
    states: int = field(default=0, compare=False)

    def __bool__(self):
        return self.answer is True

    def __str__(self):
        if self.answer is None:
            return (
                f"too large to decide: {self.states:,} states of "
                f"{self.calls:,} calls were searched, and there are more. "
                "Raise `limit`, or look at a shorter history"
            )
        if self.answer:
            return f"linearizable: {self.calls:,} calls have an order"
        lines = [
            f"not linearizable: {len(self.part)} of {self.calls:,} calls "
            "cannot all be right",
            *(
                f"  {call}{'  <- here it breaks' * (call == self.culprit)}"
                for call in self.part
            ),
        ]
        return "\n".join(lines)


def linearizable(
    history: History | Iterable[Call], model: Specification, limit: int = STATES
) -> Linearized:
    """Say whether one order of the calls explains all answers.

    The search sees at most `limit` states for each key of the model; beyond
    that the answer is None.
    """
    calls = history.calls if isinstance(history, History) else list(history)
    parts: dict[Hashable, list[Call]] = defaultdict(list)
    for call in calls:
        parts[model.key(call.name, call.args)].append(call)
    order, states, decided = [], 0, True
    for key, part in parts.items():
        found, seen = _search(part, model, model.start(key), limit)
        states += seen
        if found is None:
            decided = False
        elif not found:
            shown, culprit = _explain(part, model, model.start(key), limit)
            return Linearized(False, (), shown, culprit, len(calls), states)
        else:
            order += found[0]
    if not decided:
        return Linearized(None, calls=len(calls), states=states)
    return Linearized(True, tuple(order), calls=len(calls), states=states)


def _search(calls, model, start, limit, repeat=False):
    """Return [an order], [] if none, or None if undecided; and the states.

    With `repeat`, an open call may happen any number of times.
    """
    closed = sorted((c for c in calls if c.ended < math.inf), key=_began)
    opened = sorted((c for c in calls if c.ended == math.inf), key=_began)
    node = (0, 0, 0, start)
    seen = {node}
    path: list[Call] = []
    stack = [_following(node, closed, opened, model, repeat)]
    if not closed:
        return [[]], 1
    while stack:
        for call, after in stack[-1]:
            if after in seen:
                continue
            if len(seen) >= limit:
                return None, len(seen)
            seen.add(after)
            path.append(call)
            if after[0] == len(closed):
                return [path], len(seen)
            more = _following(after, closed, opened, model, repeat)
            stack.append(more)
            break
        else:
            stack.pop()
            if path:
                path.pop()
    return [], len(seen)


def _following(node, closed, opened, model, repeat):
    """The calls that can come next, with the nodes to which they lead.

    A node is (all closed calls before this one have happened, a mask of those
    after it that have, a mask of the open ones, the state).
    """
    base, mask, tried, state = node
    soonest, able = math.inf, []
    for place in range(base, len(closed)):
        call = closed[place]
        if call.began > soonest:
            break
        if not mask >> (place - base) & 1:
            able.append((call.ended, place, call))
            soonest = min(soonest, call.ended)
    for _, place, call in sorted(able, key=lambda each: each[:2]):
        after, answer = model.step(state, call.name, call.args)
        if answer == call.answer:
            yield call, (*_marked(base, mask, place), tried, after)
    for place, call in enumerate(opened):
        if call.began > soonest:
            break
        if not tried >> place & 1:
            after, _ = model.step(state, call.name, call.args)
            if after != state:
                happened = 0 if repeat else 1 << place
                yield call, (base, mask, tried | happened, after)


def _marked(base, mask, place):
    mask |= 1 << (place - base)
    while mask & 1:
        base, mask = base + 1, mask >> 1
    return base, mask


def _began(call):
    return call.began


def _explain(calls, model, start, limit):
    """Return a small impossible part, and the call that made it so."""
    ends = sorted(c.ended for c in calls if c.ended < math.inf)
    low, high = 0, len(ends) - 1  # the first impossible end is in between
    while low < high:
        middle = (low + high) // 2
        found, _ = _search(until(calls, ends[middle]), model, start, limit)
        if found == []:
            high = middle
        else:
            low = middle + 1
    calls = until(calls, ends[low])
    culprit = next(c for c in calls if c.ended == ends[low])

    def impossible(some):
        """Return `some` if only their answers are already impossible."""
        kept = {id(call) for call in (*early, *some)}
        freed = [call if id(call) in kept else opened(call) for call in calls]
        for repeat in (True, False):
            most = min(limit, 2 * len(calls) + SMALL)
            if _search(freed, model, start, most, repeat)[0] == []:
                return some
        return None

    closed = [c for c in calls if c.ended < math.inf]
    closed.sort(key=lambda call: call.ended)
    early, late = closed[:-WINDOW], closed[-WINDOW:]
    part = leave_out(late, impossible) if len(late) > 1 else late
    return tuple(sorted(part, key=_began)), culprit


def until(calls: Iterable[Call], time: float) -> list[Call]:
    """The history as it was at this time: later answers have not come."""
    return [
        call if call.ended <= time else opened(call)
        for call in calls
        if call.began <= time
    ]


def opened(call: Call) -> Call:
    """The call as if its answer had not come."""
    return replace(call, answer=UNKNOWN, ended=math.inf)
