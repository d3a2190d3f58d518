"""The public door for code that builds new waits.

The one idea: a tasklet that runs is a `Stack`. It waits in three steps: stand
in a queue of yours, say so in `stack.waits_for`, and `stack.park(timeout)`. To
wake it, take it out of your queue and call `stack.go_on()`, or
`stack.resume_with(error)`. The thing in `waits_for` answers `leave(stack)` and
`describe_wait(stack)` (see `turns.Wait`). `Waiters` does all of that, and is
enough for nearly everything:

```python
arrived = lowlevel.Waiters("a parcel")
arrived.wait(timeout=5)  # in one tasklet, in a loop that looks
arrived.wake_one()  # in another
```

Code outside of this package uses these names only, and never touches the queue
of tasklets that can run.
"""

from greenlet import GreenletExit, getcurrent, greenlet

from .deadlock import describe_deadlock
from .scheduler import Scheduler, apart, current_scheduler
from .stacks import Stack, current_stack
from .tasklets import spawn_in
from .turns import ClockTurn, Shuffled, Timer, check_seconds, chooser
from .waiting import Waiters, time_now

__all__ = ["Waiters", "time_now", "check_seconds"]
__all__ += ["Stack", "Scheduler", "current_stack", "current_scheduler"]
__all__ += ["spawn_in", "apart", "chooser"]
__all__ += ["Shuffled"]
__all__ += ["describe_deadlock", "Timer", "ClockTurn", "greenlet", "getcurrent"]

Killed = GreenletExit  # what a killed tasklet finds raised where it waits
