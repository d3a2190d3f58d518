"""The public door for code that builds new waits.

The one idea: a tasklet that runs is a `Stack`. It waits in three steps: stand
in a queue of yours, say so in `stack.waits_for`, and `stack.park(timeout)`. To
wake it, take it out of your queue and call `stack.go_on()`, or
`stack.resume_with(error)`. The thing in `waits_for` answers `leave(stack)` and
`describe_wait(stack)`: see `turns.Wait`. An example is `Waiters` in
`nearfar.far`.

Code outside of this package uses these names only, and never touches the queue
of tasklets that can run.
"""

from greenlet import GreenletExit, getcurrent, greenlet

from .deadlock import describe_deadlock
from .scheduler import Scheduler, apart, current_scheduler
from .stacks import Stack, current_stack, time_now
from .tasklets import spawn_in
from .turns import Shuffled, Timer, check_seconds, chooser

__all__ = ["Stack", "Scheduler", "current_stack", "current_scheduler"]
__all__ += ["spawn_in", "apart", "chooser", "Shuffled", "Timer"]
__all__ += [
    "time_now",
    "check_seconds",
    "describe_deadlock",
    "greenlet",
    "getcurrent",
]

Killed = GreenletExit  # what a killed tasklet finds raised where it waits
