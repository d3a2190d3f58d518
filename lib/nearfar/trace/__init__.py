"""Trace: what happened in a run, as events, and what they mean.

The one idea: observe a program without changing it. While a `Trace` is on,
probes replace a few methods and record `Event`s. All pictures and tables come
from these.

Read `events`, then `recording`, `places` (where the program stood), `probes`
(what `near` records), `moments` (what each tasklet does after each event) and
`merging`. Left out: pictures. They are in `drawing`.
"""

from .events import Event, shown
from .merging import fold, merge
from .moments import HANDS_ON, Moment, moments
from .probes import here
from .recording import Trace, when_traced

__all__ = ["Event", "shown", "Trace", "when_traced", "here", "Moment"]
__all__ += ["moments", "HANDS_ON", "merge", "fold"]
