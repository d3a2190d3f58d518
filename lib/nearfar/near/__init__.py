"""Near: tasklets and channels in one process, the small library."""

from . import lowlevel
from .channels import Channel, select
from .clock import SystemClock, VirtualClock
from .errors import Closed, Deadlock, Misuse
from .tasklets import Tasklet, current, run, schedule, sleep, spawn

__all__ = [
    "spawn",
    "schedule",
    "sleep",
    "run",
    "current",
    "Tasklet",
    "Channel",
    "select",
    "SystemClock",
    "VirtualClock",
    "Misuse",
    "Deadlock",
    "Closed",
    "lowlevel",
]
"""Near: tasklets and channels in one process, the small library."""


__all__ = [
    "spawn",
    "schedule",
    "sleep",
    "run",
    "current",
    "Tasklet",
    "Channel",
    "select",
    "SystemClock",
    "VirtualClock",
    "Misuse",
    "Deadlock",
    "Closed",
    "lowlevel",
]
