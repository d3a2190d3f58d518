"""Simulation: a whole network in one process and in virtual time."""

from .connections import End
from .faults import KINDS, Fault, Faults, Luck
from .links import Lane, NetworkClock, TooLong
from .network import BACKLOG, Host, Listener, Network
from .worlds import WORLDS, in_memory, over_sockets, simulated

__all__ = [
    "Fault",
    "Faults",
    "Luck",
    "KINDS",
    "NetworkClock",
    "Lane",
    "TooLong",
    "End",
    "Network",
    "Host",
    "Listener",
    "BACKLOG",
    "in_memory",
    "over_sockets",
    "simulated",
    "WORLDS",
]
