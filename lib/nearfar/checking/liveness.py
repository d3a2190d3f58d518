"""Liveness: why a run does not end.

The one idea: watch a run that has taken very many turns for some turns more.
Does a tasklet never get a turn? Does time move? Does a state come back? The
answers have names.

- *Starvation*: a tasklet could go on and is never chosen.
- *Polling*: a tasklet asks again and again whether it can go on. So it is
  always ready, and virtual time stands still for all tasklets that sleep.
- *Livelock*: tasklets take turns, and the same state comes back.

No program can tell of every run whether it ends (Turing, 1936). So an `Endless`
run is one of more than `LIMIT` turns, and its text is true of the turns that
were watched. A state is what can be seen: where each tasklet stands, with
which variables. What an iterator has left cannot be seen.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from types import FrameType

from ..near import Tasklet, lowlevel

__all__ = ["Endless", "Onlooker", "LIMIT"]

LIMIT = 20_000  # turns in one run; a program that takes more never ends
WINDOW = 400  # turns that are watched
LETTERS = 400  # of a variable's value, at most


class Endless(TimeoutError):
    """A run that does not end.

    `kind` is "polling", "starvation", "livelock" or "unknown".
    """

    def __init__(self, kind: str, words: str):
        super().__init__(words)
        self.kind = kind


class Onlooker:
    """Watches `WINDOW` turns of a run, and says why it does not end."""

    def __init__(self):
        self.ran: Counter[Tasklet] = Counter()
        self.ready: dict[Tasklet, int] = {}  # how often it stood in the queue
        self.missed: Counter = Counter()  # channels that select passed over
        self.states: Counter = Counter()
        self.times: set[float] = set()
        self.looks = 0

    def passed_over(self, channels: list, place: int) -> None:
        """Note the channels that a `select` could have taken, and did not."""
        self.missed.update(c for n, c in enumerate(channels) if n != place)
        self.missed[channels[place]] = -LIMIT

    def look(self, turns: int) -> Endless | None:
        """Watch one switch; after enough of them, say why the run goes on."""
        scheduler = lowlevel.current_scheduler()
        me = getattr(lowlevel.getcurrent(), "tasklet", None)
        if me is not None:
            self.ran[me] += 1
        for turn in scheduler.ready:
            tasklet = tasklet_of(turn)
            if tasklet is not None:
                self.ready[tasklet] = self.ready.get(tasklet, 0) + 1
        self.times.add(scheduler.clock.now())
        self.states[_state(scheduler)] += 1
        self.looks += 1
        if self.looks < WINDOW:
            return None
        return self._say(scheduler, turns - WINDOW)

    def _say(self, scheduler, turns):
        start = f"It did not end in {turns:,} turns"
        return (
            self._starvation(scheduler, start)
            or self._polling(scheduler, start)
            or self._livelock(start)
            or Endless("unknown", f"{start}, and its state changes each time.")
        )

    def _starvation(self, scheduler, start):
        """A tasklet that could have gone on all the time, and never ran."""
        for tasklet in (*scheduler.alive, *scheduler.unbegun()):
            if self.ran[tasklet]:
                continue
            wait = getattr(tasklet.stack, "waits_for", None)
            if self.ready.get(tasklet, 0) >= self.looks:
                why = "is ready and is never chosen"
            elif self.missed[wait] > 0:
                what = wait.describe_wait(tasklet.stack)
                why = (
                    f"waits {what} and is never chosen: `select` takes the "
                    "first case that is ready"
                )
            else:
                continue
            words = f"{start}: starvation. {tasklet.name} {why}."
            return Endless("starvation", words)
        return None

    def _polling(self, scheduler, start):
        """Time stands still, and there is a tasklet that waits for it."""
        due = [timer for timer in scheduler.timers if timer[2].action]
        if len(self.times) > 1 or not due:
            return None
        who = " and ".join(t.name for t in list(self.ran)[:3])
        words = (
            f"{start}, at {scheduler.clock.now():g} s. You are polling: {who} "
            f"{'ask' if len(self.ran) > 1 else 'asks'} again and again"
            f"{_where(next(iter(self.ran)))}. Use a channel or `sleep`: "
            "virtual time moves only when every tasklet waits."
        )
        return Endless("polling", words)

    def _livelock(self, start):
        """The same state, again and again."""
        if self.states.most_common(1)[0][1] < 3:
            return None
        names = [tasklet.name for tasklet in self.ran]
        take = (
            f"{', '.join(names[:-1])} and {names[-1]} take turns, and come"
            if len(names) > 1
            else f"{names[0]} takes turn after turn, and comes"
        )
        words = (
            f"{start}: livelock. {take} back to the same state every "
            f"{len(self.states)} turns{_where(next(iter(self.ran)))}."
        )
        return Endless("livelock", words.replace("every 1 turns", "each turn"))


def tasklet_of(turn) -> Tasklet | None:
    """Return the tasklet whose turn it is; None for the clock's turn."""
    if type(turn) is Tasklet:
        return turn
    return getattr(getattr(turn, "target", turn), "tasklet", None)


def frames_of(stack) -> list:
    """Return a tasklet's frames without the machinery's, innermost first."""
    frame: FrameType | None
    if stack is lowlevel.getcurrent():
        frame = sys._getframe()
    else:  # a browser's greenlets have no frame to look at
        frame = getattr(stack, "gr_frame", None)
    found = []
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith(MACHINERY):
            found.append(frame)
        frame = frame.f_back
    return found


MACHINERY = (
    lowlevel.__name__.rpartition(".")[0],
    __package__,
    __package__.replace("checking", "trace"),
)


def _where(tasklet) -> str:
    """Where in the source a tasklet stands."""
    frames = frames_of(tasklet.stack) if tasklet.stack is not None else []
    if not frames:
        return ""
    code, line = frames[0].f_code, frames[0].f_lineno
    file = os.path.basename(code.co_filename)
    place = "line" if "ipykernel" in code.co_filename else f"{file}, line"
    return f", in {code.co_name}() ({place} {line})"


def _state(scheduler):
    """All that can be seen of a run's state: where each stands, with what."""
    seen = [id(turn) for turn in scheduler.ready]
    for tasklet in (*scheduler.alive, *scheduler.unbegun()):
        stack = tasklet.stack
        seen.append(id(tasklet))
        for frame in frames_of(stack) if stack is not None else ():
            code = frame.f_code
            seen += [id(code), frame.f_lasti]
            seen += [_short(value) for value in frame.f_locals.values()]
            known = frame.f_globals
            seen += [_short(known[n]) for n in code.co_names if n in known]
    return hash(tuple(seen))


def _short(value) -> str:
    if callable(value):
        return ""
    try:
        return repr(value)[:LETTERS]
    except Exception:
        return type(value).__name__
