"""Messages Near and Far: the library behind the book."""

from .near import (
    Channel,
    Closed,
    Deadlock,
    Misuse,
    SystemClock,
    Tasklet,
    VirtualClock,
    current,
    run,
    schedule,
    select,
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
