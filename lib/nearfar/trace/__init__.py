"""Trace: what happened in a run, as events, and what they mean.

The one idea: a program is watched without being changed. While a `Trace` is
on, probes stand in for a few methods and write `Event`s; all pictures and
tables are made of these.

Read `events`, then `recording`, `places` (where the program stood), `probes`
(what is watched in `near`), `moments` (who runs, who could, who waits after
each event) and `merging`. Left out: pictures. They are in `drawing`.
"""

from .events import Event, shown
from .merging import fold, merge
from .moments import HANDS_ON, Moment, moments
from .probes import here
from .recording import Trace, when_traced

__all__ = ["Event", "shown", "Trace", "when_traced", "here", "Moment"]
__all__ += ["moments", "HANDS_ON", "merge", "fold"]
