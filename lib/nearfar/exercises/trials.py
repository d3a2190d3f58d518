"""Trials: try one promise of an answer; tell in words what happened.

The one idea: whatever a learner writes, a trial comes to an end and says
something true about it. An answer may be wrong, crash, lock up, hang, or be
right in plain order only.

Read `try_promise` first; the functions that choose the words follow it. The
same answer gets the same words in every run. `stopping` stops what does not
end.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass

from ..checking import Endless, explore, replay_order
from ..drawing import Figure, space_time
from ..near import Deadlock, lowlevel
from ..playing import Board, Target, take_over
from ..trace import Trace
from .places import place
from .stopping import Hangs, call_within

__all__ = ["try_promise", "Trial", "tell", "shown_answer", "Mismatch"]

LIMIT_S = 2.0  # at work, or at rest; all orders together get ten times as much
TURNS = 15_000  # of all orders of a promise together, about
TRACED = 2_000  # events: a failure with more of them is told, not drawn
ADDRESS = re.compile(r" at 0x[0-9a-f]+", re.IGNORECASE)
CALLED = re.compile(r"spawn\([\w.]+\(")  # in place of spawn(function)


class Mismatch(AssertionError):
    """Something else happened than was expected.

    `figure` shows it, in place of a picture of the run.
    """

    figure: Figure | None = None


def try_promise(
    promise: Callable[[object], None],
    answer,
    orders: int | None,
    title: str,
) -> Trial:
    """Try a promise; return what went wrong, or what was covered.

    `promise(answer)` runs as a tasklet in virtual time, in the plain order and
    in at most so many `orders`. If that is None, it is called once, outside of
    tasklets. `title` is for the picture of a run that fails.
    """

    def check():
        try:
            promise(answer)
        except lowlevel.Killed:
            if lowlevel.current_scheduler().ending:
                raise
            raise Mismatch(
                "the tasklet that calls your answer was killed, and cannot see "
                "what happens: kill only tasklets that you have spawned"
            ) from None

    runs: list[tuple[dict, Trace]] = [({}, Trace(TRACED))]
    try:
        with redirect_stdout(io.StringIO()):
            error, fault, covered = _fault(check, orders, runs)
    except Hangs as hangs:
        return Trial(f"{hangs}\n{_why_it_hangs(hangs, runs[-1][1])}")
    except Exception as raised:
        error, fault, covered = raised, tell(raised), ""
    if not fault:
        return Trial(covered=covered)
    figure = getattr(error, "figure", None)
    return Trial(fault, figure or _draw(check, *runs[-1], title))


@dataclass(frozen=True)
class Trial:
    """What went wrong, with a picture; or what was covered without a fault."""

    fault: str = ""
    figure: Figure | None = None
    covered: str = ""


def _fault(check, orders, runs):
    """Return the error, what goes wrong in words, and what was covered.

    What went wrong is the last of `runs`: its schedule, and its trace.
    """
    if orders is None:
        call_within(LIMIT_S, check)
        return None, "", ""
    error = _error_of(check, *runs[-1])
    if error is not None:
        return error, _explain(error, runs[-1][1]), ""
    if not orders:
        return None, "", ""
    explored = call_within(
        10 * LIMIT_S, lambda: explore(check, schedules=orders, turns=TURNS)
    )
    failure = explored.failure
    if failure is None:
        return None, "", explored.covered
    runs.append((failure.schedule, Trace(TRACED)))
    error = _error_of(check, *runs[-1]) or failure.error
    many = len(failure.schedule)
    order = f"order {failure.tried:,}, with {many} departure{'s'[: many > 1]}"
    parting = failure.parting()
    words = f": {parting.words}" if parting else ""
    told = (
        f"{_explain(error, runs[-1][1])}\n(In plain order, first in, first "
        f"out, it holds. It fails in {order}{words}.)"
    )
    return error, told, ""


def _error_of(program, schedule, trace):
    """Run one order while it is traced; return its error."""
    try:
        with trace:
            call_within(LIMIT_S, lambda: replay_order(program, schedule))
    except Hangs:
        raise
    except Exception as error:
        return error
    return None


def _why_it_hangs(hangs, trace):
    if "time.sleep" in hangs.source:
        why = (
            "`time.sleep` stops the whole process, and all tasklets with it: "
            "use `sleep` from nearfar, which lets other tasklets run."
        )
    elif trace.dropped:
        why = (
            "The tasklets took very many turns. Look for a loop that does not "
            "end."
        )
    else:
        why = (
            "A loop that never waits and never gives way keeps all other "
            "tasklets from running."
        )
    if hangs.deaf:
        why += (
            "\nThe code catches every error, even the stop. In place of a bare "
            "`except:`, name the error that you expect."
        )
    return why


# --- Words and pictures ------------------------------------------------------


def tell(error: BaseException) -> str:
    """Say what went wrong, with the learner's own line."""
    if isinstance(error, Mismatch | Deadlock | Endless):
        return str(error)
    doing = getattr(error, "doing", "")
    words = without_addresses(str(error))
    told = f"{type(error).__name__}: {words}{place(error)}"
    if isinstance(error, RecursionError):
        told += "\nA function called itself too often. Where does it stop?"
    return f"{doing}\n{told}" if doing else told


def _explain(error, trace):
    called = any(
        event.kind == "block" and CALLED.search(event.source)
        for event in trace.events
    )
    told = tell(error)
    if called or re.search(r"\n  check-1 waits .*, in ", told):
        told += (
            "\nDid you call a function that waits where you meant to spawn "
            "it? Write `spawn(f, x)`, not `spawn(f(x))`."
        )
    return told


def _draw(check, schedule, trace, title):
    """Draw the run, if tasklets that the learner wrote run in it.

    Its player offers a board where the same choices give the same events.
    """
    names = {event.tasklet for event in trace.events} - {"main"}
    if trace.dropped or len(names) < 2:
        return None
    last = Trace()
    last.events = _last_try(trace.events)
    timed = len({event.time for event in last.events}) > 1
    figure = space_time(last, title, by="time" if timed else "step")
    try:
        game = Target(check)
        played = call_within(LIMIT_S, lambda: game.follow(schedule))
        if _seen(played.events) == _seen(trace.events):
            return take_over(figure, Board(game, title=title), played)
    except Exception:  # it is not the same run
        return figure
    return figure


def _seen(events):
    """What a board must see, too; it calls the first tasklet otherwise."""
    return [
        (
            event.kind,
            *(n.removesuffix("-1") for n in (event.tasklet, event.partner)),
        )
        for event in events
    ]


def _last_try(events):
    """Return the events of the last try: a promise may try twice."""
    first, ended = 0, set()
    for number, event in enumerate(events):
        if event.kind == "end":
            ended.add(event.tasklet)
        elif event.kind == "spawn" and event.partner in ended:
            first, ended = number, set()
    return events[first:]


def shown_answer(value) -> str:
    """Give a value's text: at most 300 letters, the same in every run."""
    try:
        text = _stable(value)
    except RecursionError:  # it holds itself
        text = repr(value)
    text = without_addresses(text)
    return text if len(text) <= 300 else text[:297] + "..."


def without_addresses(text: str) -> str:
    """Leave out addresses in memory: they differ from run to run."""
    return ADDRESS.sub("", text)


def _stable(value):
    """Give a value as repr() does, but with sets in order."""
    if type(value) in (set, frozenset) and value:
        inside = f"{{{', '.join(map(_stable, _sorted(value)))}}}"
        return inside if type(value) is set else f"frozenset({inside})"
    if type(value) is list:
        return f"[{', '.join(map(_stable, value))}]"
    if type(value) is tuple:
        inside = ", ".join(map(_stable, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if type(value) is dict:
        pairs = (f"{_stable(k)}: {_stable(v)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


def _sorted(values):
    try:
        return sorted(values)
    except TypeError:  # of several types
        return sorted(values, key=_stable)
