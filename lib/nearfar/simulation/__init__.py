"""Simulation: a whole network in one process, in virtual time.

The one idea: a message takes a while, so to carry it is to set a timer. In
virtual time no program waits for a timer, and a seed decides when it goes off.
So a thousand hosts live through an hour in seconds, and each run can be
replayed.

Read `faults` first (what can go wrong), then `network`, `hosts`, `links` with
their `clock`, and `connections`. `worlds` runs one program in memory, over
sockets and simulated.

Left out: bandwidth, routers, and messages that arrive twice or changed.
"""

from .clock import NetworkClock, TooLong
from .faults import KINDS, Fault, Faults, Luck
from .hosts import BACKLOG, Host, HostListener
from .network import Network
from .worlds import WORLDS, in_memory, over_sockets, simulated

__all__ = [
    "Fault",
    "Faults",
    "KINDS",
    "Luck",
    "Network",
    "Host",
    "HostListener",
    "BACKLOG",
    "NetworkClock",
    "TooLong",
    "in_memory",
    "over_sockets",
    "simulated",
    "WORLDS",
]
