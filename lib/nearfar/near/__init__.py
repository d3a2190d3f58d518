"""Near: tasklets and channels in one process, the small library."""

from .channels import Channel, Closed, select
from .clock import ENDED, LOOKS, READ, WRITE, SystemClock, VirtualClock
from .deadlock import describe_deadlock
from .tasklets import (
    Deadlock,
    Misuse,
    Scheduler,
    Stack,
    Tasklet,
    apart,
    chooser,
    current,
    run,
    schedule,
    sleep,
    spawn,
    time_of,
    traced_wait,
)

__all__ = [
    "spawn",
    "schedule",
    "sleep",
    "run",
    "current",
    "Tasklet",
    "Deadlock",
    "Misuse",
    "Scheduler",
    "Stack",
    "apart",
    "chooser",
    "time_of",
    "traced_wait",
    "Channel",
    "select",
    "Closed",
    "SystemClock",
    "VirtualClock",
    "ENDED",
    "LOOKS",
    "READ",
    "WRITE",
    "describe_deadlock",
]
