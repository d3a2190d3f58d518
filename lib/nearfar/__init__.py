"""Messages Near and Far: the library behind the book.

The names at this door are the small library, `near`. A map of the house; each
package may import those above it, by their doors:

- `near`: tasklets and channels in one process
- `trace`: what happened in a run, as events; `stackless`: the names of 2006
- `far`: messages over a wire; `drawing`: pictures of runs
- `simulation`: a network in virtual time, with faults
- `bank`: ATMs and a ledger that loses nothing
- `farm`: work spread over processes and machines
- `checking`: find the run that breaks a program; `playing`: make its choices
- `experiments`, `exercises`: what the chapters try, and what you try
- `programs`: what `python -m nearfar` runs

`benchmark`, `processes` and `notebook` are single modules. Start to read in
`near`.
"""

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
    "spawn",
    "schedule",
    "sleep",
    "run",
    "current",
    "Tasklet",
    "Channel",
    "select",
    "Misuse",
    "Deadlock",
    "Closed",
    "SystemClock",
    "VirtualClock",
]
