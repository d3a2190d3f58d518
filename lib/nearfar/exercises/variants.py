"""Variants: the same prediction about a program with other numbers in it.

The one idea: a student's name is the seed. It draws the numbers, and a copy
of the program with those numbers runs to find the truth. So students of one
class predict different outputs, and nothing has to be kept but the name.

What a misconception would print is computed, too, so that the verdict still
names it. `VARIED` lists the exercises that have variants. Left out: those
whose question is told in words; their numbers stand in the chapter's text.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from copy import copy
from itertools import count
from random import Random
from typing import NamedTuple

from ..checking import apart
from .promises import Prediction

__all__ = ["VARIED", "variant"]


class Varied(NamedTuple):
    """What is different in a variant.

    `changes` are texts of the program, and what stands in their place;
    `names` does the same for words of the verdicts. `beliefs` are predictions
    in the order of the exercise's own; None leaves one out. `words` stand in
    place of the exercise's own about them.
    """

    changes: dict[str, str]
    beliefs: list
    names: dict[str, str] = {}  # noqa: RUF012
    because: str = ""
    words: tuple[str, ...] = ()


def variant(exercise: Prediction, student: str) -> tuple[Prediction, str]:
    """A student's variant of a prediction, and the text of its program.

    Its truth is never that of the chapter, whose solution all can read.
    """
    with apart():
        known = exercise.truth()
        for again in count():
            random = Random(f"{exercise.number} {student} {again}")
            other, source = _made(exercise, VARIED[exercise.number](random))
            if other.truth() != known:
                break
    return other, source


def _made(exercise, varied):
    program = exercise.truth
    source = inspect.getsource(program)
    for old, new in varied.changes.items():
        assert old in source, f"{program.__name__} has lost {old!r}"
        source = source.replace(old, new)
    names = dict(vars(sys.modules[program.__module__]))
    exec(compile(source, f"<{exercise.number}>", "exec"), names)
    other = copy(exercise)
    other.truth = names[program.__name__]
    other.because = _renamed(varied.because or exercise.because, varied.names)
    words = varied.words or tuple(told for _, told in exercise.beliefs)
    other.beliefs = [
        (belief, _renamed(told, varied.names))
        for belief, told in zip(varied.beliefs, words, strict=True)
        if belief is not None
    ]
    return other, source


def _renamed(text, names):
    if not names:
        return text
    known = "|".join(map(re.escape, names))
    return re.sub(rf"\b({known})\b", lambda found: names[found[1]], text)


# --- 0.1 Who eats when -------------------------------------------------------

GUESTS = [("ann", 20), ("bob", 5), ("cy", 20), ("dee", 10)]


def _guests(random):
    """Two guests are due in the same minute, as in the chapter."""
    names = [name for name, _ in GUESTS]
    guests = GUESTS
    while guests == GUESTS or _eaten(guests) == names:
        same, *others = random.sample(range(5, 35, 5), 3)
        minutes = random.sample([same, same, *others], 4)
        guests = [*zip(names, minutes, strict=True)]
    tied = [name for name, wait in guests if minutes.count(wait) > 1]
    inside = ", ".join(f'("{name}", {wait})' for name, wait in guests)
    return Varied(
        {str(GUESTS).replace("'", '"'): f"[{inside}]"},
        [
            names,
            _eaten(guests[::-1]),
            _eaten(guests)[::-1],
            None,
        ],
        {"ann": tied[0], "cy": tied[1]},
    )


def _eaten(guests):
    return [name for name, _ in sorted(guests, key=lambda guest: guest[1])]


# --- 1.1 Three tasklets and a fourth -----------------------------------------

# How often ann and cy count, and dee.
SUMS = [((1, 3), 1), ((3, 1), 1), ((2, 1), 2), ((1, 2), 2), ((2, 2), 1)]


def _turns(random):
    """Seven turns in all, as in the chapter."""
    (ann, cy), dee = random.choice(SUMS)
    turns = {"ann": ann, "bob": 2, "cy": cy}
    counts = {name: turns[name] for name in random.sample([*turns], 3)}
    spawns = [
        f'    spawn(count, "{name}", {many})\n' if name != "bob" else BOB
        for name, many in counts.items()
    ]
    return Varied(
        {
            'spawn(count, "dee", 1)': f'spawn(count, "dee", {dee})',
            '    spawn(count, "ann", 2)\n'
            + BOB
            + '    spawn(count, "cy", 2)\n': "".join(spawns),
        },
        [
            written(counts, dee, "front"),
            written(counts, dee, "behind bob"),
            _called(counts, [], dee),
            [*_called(counts, [], 0), *["dee"] * dee],
            [*written(counts, 0, "end"), *["dee"] * dee],
        ],
    )


BOB = "    spawn(bob)\n"


def written(counts: dict[str, int], dee: int, where: str) -> list[str]:
    """The names in the order of the turns, if dee is put there in the queue.

    `where` is "end", which is true, "front" or "behind bob".
    """
    queue, names, is_new = [[n] * many for n, many in counts.items()], [], dee
    while queue:
        running = queue.pop(0)
        names.append(running.pop())
        new = [["dee"] * dee] if is_new and names[-1] == "bob" else []
        is_new = is_new and not new
        again = [running] if running else []
        places = {
            "front": [*new, *queue, *again],
            "end": [*queue, *new, *again],
            "behind bob": [*queue, *again, *new],
        }
        queue = places[where]
    return names


def _called(counts, names, dee):
    """The names if each ran to its end, and bob called dee."""
    for name, many in counts.items():
        names += [name] * many
    place = names.index("bob") + 1
    return [*names[:place], *["dee"] * dee, *names[place:]]


# --- 2.1 Which goes on first -------------------------------------------------

PEOPLE = "ann", "bob", "cy", "dee", "eve", "grant"
GATE = ["ann", "bob", "", ""]  # "" is a receiver


def _gate(random):
    """Two senders and two receivers, spawned in another order."""
    order = random.sample([*random.sample(PEOPLE, 2), "", ""], 4)
    return Varied(
        {_spawns(GATE): _spawns(order)},
        [met(order, rule) for rule in ("both", "free", "first", "last")],
        because="the second to arrive keeps running, and the one that waited "
        "goes to the end of the queue",
        words=(
            "the tasklet that waited can go on, but not at once: it goes to "
            "the end of the queue",
            "send returns when the value has been received, so a sender that "
            "comes before its receiver waits",
            "the second to arrive keeps running",
            "those that wait are served in order: the first to come is first",
        ),
    )


def _spawns(order):
    return "".join(
        f'    spawn(sender, "{name}")\n' if name else "    spawn(receiver)\n"
        for name in order
    )


def met(order: list[str], rule: str = "second") -> list[str]:
    """What happens at the gate, if a rule says who goes on.

    "second" is true: the second to arrive. With "first" the first goes on,
    with "both" both do. With "free" a send does not wait, and with "last" the
    last to wait is served first.
    """
    waiting: list[str] = []
    happened: list[str] = []
    queued: list[str] = []
    for name in order:
        if not waiting or bool(name) == bool(waiting[0]):
            waiting.append(name)
            if name and rule == "free":
                happened.append(f"{name} sent")
            continue
        other = waiting.pop(-1 if rule == "last" else 0)
        ends = [f"{name or other} sent", f"got {name or other}"]
        second, first = ends if name else ends[::-1]
        if rule == "free" and not name:
            happened.append(second)
        elif rule in ("both", "first"):
            happened += [second, first] if rule == "both" else [first, second]
        else:
            happened.append(second)
            queued.append(first)
    return happened + queued


# --- 7.1 What survives -------------------------------------------------------

LETTERS = "abcdefghijklmnoprstuw"


def _disk(random):
    """Three pieces of two or four letters, of which the first is synced."""
    letters, parts = random.sample(LETTERS, 12), []
    for old in ("ab", "cd", "ef"):
        size = random.choice((2, 4))
        parts.append((old, "".join(letters[:size])))
        del letters[:size]
    one, two, three = (new for _, new in parts)
    return Varied(
        {f'b"{old}"': f'b"{new}"' for old, new in parts},
        [
            [one + two + three],
            [one],
            [one, one + two, one + two + three],
            lambda answer: "" in answer,
        ],
        dict(parts),
    )


VARIED: dict[str, Callable[[Random], Varied]] = {
    "0.1": _guests,
    "1.1": _turns,
    "2.1": _gate,
    "7.1": _disk,
}
