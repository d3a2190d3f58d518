"""The exercise of chapter 06 about a bank with too many customers."""

from __future__ import annotations

from ..experiments.overload import WORK, Asked, overload
from .promises import Exercise, expect

shedding = Exercise(
    "6.5",
    "a queue that wastes nothing",
    hint="`put` knows how many requests wait, so it knows when the bank would "
    "finish this one. One more may be in work at that moment.",
)
PATIENCES = (1.0, 4.0)  # seconds that customers wait


@shedding.promise("the oldest request comes first", orders=0)
def oldest_first(answer):
    queue, late = answer(), 100.0
    requests = [Asked(late + number, None) for number in range(3)]
    for request in requests:
        expect(
            "what `put` says of a request that has time",
            happened=queue.put(request, 0.0),
            expected=True,
        )
    taken = [queue.get(0.0) for _ in range(4)]
    expect(
        "the deadlines of what `get` returns, and None at the end",
        happened=[each and each.deadline for each in taken],
        expected=[100.0, 101.0, 102.0, None],
    )


@shedding.promise("with few customers, each is answered", inside=False)
def calm(answer):
    for patience in PATIENCES:
        told = overload(4, answer, patience)
        expect(
            f"how many of {told.customers} customers were answered, when 4 "
            f"come a second and wait {patience:g} s",
            happened=told.answered,
            expected=told.customers,
        )


def _busy(answer):
    for patience in PATIENCES:
        yield patience, overload(15, answer, patience)


@shedding.promise("in a rush, no answer comes too late", inside=False)
def no_waste(answer):
    for patience, told in _busy(answer):
        expect(
            f"how many answers came too late, when customers wait "
            f"{patience:g} s",
            happened=told.wasted,
            expected=0,
        )


@shedding.promise("what can't be done is refused at once", inside=False)
def at_once(answer):
    for patience, told in _busy(answer):
        dropped = told.asked - told.answered - told.refused - told.wasted
        expect(
            f"how many requests were taken and then dropped, of {told.asked}, "
            f"when customers wait {patience:g} s",
            happened=dropped,
            expected="hardly any: their senders wait for nothing",
            holds=dropped <= told.asked / 100,
        )


@shedding.promise("and the bank is never idle in a rush", inside=False)
def busy(answer):
    for patience, told in _busy(answer):
        possible = round(120 / WORK)
        expect(
            f"how many customers were answered, when they wait {patience:g} s",
            happened=told.answered,
            expected=f"at least {possible} in two minutes",
            holds=told.answered >= possible,
        )


@shedding.promise("an answer may take as long as customers wait", orders=0)
def uses_the_time(answer):
    for patience in PATIENCES:
        queue, request = answer(), Asked(patience, None)
        taken = sum(bool(queue.put(request, 0.0)) for _ in range(100))
        possible = round(patience / WORK)
        expect(
            "how many requests it takes, of 100 that come at once and wait "
            f"{patience:g} s",
            happened=taken,
            expected=f"more than half of the {possible} that fit into their "
            "time: a short queue refuses those it could have served",
            holds=taken > possible / 2,
        )
