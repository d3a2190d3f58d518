"""The public door for code that builds new waits.

The one idea: a tasklet that runs is a `Stack`. It waits in three steps: stand
in a queue of yours, say so in `stack.waits_for`, and `stack.park(timeout)`.
Whoever takes it out of your queue calls `stack.go_on()`, or
`stack.resume_with(error)`. The thing in `waits_for` answers `leave(stack)`
(take it out; was it there?) and `describe_wait(stack)` (what for, in words):
`Waiters` does all of that, and is enough for nearly everything.

```python
arrived = lowlevel.Waiters("a parcel")
arrived.wait(timeout=5)  # in one tasklet, in a loop that looks
arrived.wake_one()  # in another
```

Read `Waiters` and `Deadline` in `waiting`, then `Stack` and `Scheduler`. Code
outside of this package uses these names only, and never touches the queue of
those who can run.
"""

from greenlet import GreenletExit, getcurrent, greenlet

from .clock import ENDED, LOOKS, READ, WRITE
from .deadlock import describe_deadlock
from .tasklets import (
    ClockTurn,
    Scheduler,
    Stack,
    Timer,
    apart,
    check_seconds,
    chooser,
    current_scheduler,
    current_stack,
    now,
)
from .waiting import Deadline, Left, Waiters, wait_for_file

__all__ = [
    "Waiters",
    "Deadline",
    "Left",
    "wait_for_file",
    "current_stack",
    "current_scheduler",
    "now",
    "Stack",
    "Scheduler",
    "Timer",
    "ClockTurn",
    "check_seconds",
    "READ",
    "WRITE",
    "ENDED",
    "LOOKS",
    "apart",
    "chooser",
    "describe_deadlock",
    "greenlet",
    "getcurrent",
]

Killed = GreenletExit  # what a killed tasklet finds raised where it waits
