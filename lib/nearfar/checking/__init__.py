"""Checking: find the run that breaks a program, and make it small.

The one idea: a run is data, told by a seed, a list of choices or a list of
faults. So thousands of runs can be tried, one of them replayed, and the one
that fails shrunk until a person can follow it.

`explore` tries orders of turns within one process, `hunt` tries worlds: whole
networks and what goes wrong in them. Read `orders` first, then `fewer` (how to
leave things out), `failures`, `hunting` and `shrinking`.

Left out: proofs. Neither tries every run there is.
"""

from .failures import Found, Wrong, replay
from .hunting import CHUNK, ROUGH, Report, all_cores, hunt
from .orders import Failure, explore, replay_order
from .shrinking import shrink

__all__ = [
    "explore",
    "replay_order",
    "Failure",
    "hunt",
    "replay",
    "all_cores",
    "Report",
    "Found",
    "Wrong",
    "ROUGH",
    "CHUNK",
    "shrink",
]
