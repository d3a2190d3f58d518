"""Messages Near and Far: the library behind the book."""

from .channels import Channel, Closed, select
from .clock import SystemClock, VirtualClock
from .tasklets import (
    Deadlock,
    Misuse,
    Tasklet,
    current,
    run,
    schedule,
    sleep,
    spawn,
)

__all__ = [
    "Channel",
    "Closed",
    "Deadlock",
    "Misuse",
    "SystemClock",
    "Tasklet",
    "VirtualClock",
    "current",
    "run",
    "schedule",
    "select",
    "sleep",
    "spawn",
]
