"""Checking: find the run that breaks a program, and make it small.

The one idea: a run is data: a seed, a list of choices or a list of faults. So
a program can try thousands of runs, replay one of them, and shrink one that
fails until a person can follow it.

`explore` tries orders of turns within one process, all of them if they are
few. `hunt` tries worlds: whole networks and what goes wrong in them.
`linearizable` says of a recorded history whether calls that come one after
another could have had its answers.

Read `choices` first, then `orders`, `searching`, `partings` (why it failed) and
`liveness` (why it does not end); then `histories`, `models`, `traced` and
`pictures`; then `fewer` (how to leave things out), `failures`, `hunting` and
`shrinking`.

Left out: proofs for any number of tasklets. What holds in all orders of three
customers may fail with four.
"""

from .choices import apart
from .failures import Found, Wrong, replay
from .fewer import leave_out
from .findings import Explored, Failure, Uncertain
from .histories import UNKNOWN, Call, History, Linearized, linearizable
from .hunting import CHUNK, ROUGH, Report, all_cores, hunt
from .liveness import Endless
from .models import REFUSED, Accounts, Fifo, Registers, Specification
from .orders import explore, replay_order
from .partings import Parting
from .pictures import draw_calls, tree_of_orders
from .shrinking import shrink
from .traced import calls_in

__all__ = [
    "explore",
    "replay_order",
    "Explored",
    "Failure",
    "Parting",
    "Uncertain",
    "tree_of_orders",
    "Endless",
    "History",
    "Call",
    "UNKNOWN",
    "calls_in",
    "linearizable",
    "draw_calls",
    "Linearized",
    "Specification",
    "Registers",
    "Fifo",
    "Accounts",
    "REFUSED",
    "hunt",
    "replay",
    "all_cores",
    "Report",
    "Found",
    "Wrong",
    "ROUGH",
    "CHUNK",
    "shrink",
    "leave_out",
    "apart",
]
