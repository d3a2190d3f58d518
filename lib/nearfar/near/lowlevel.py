"""The public door for code that builds new waits.

The one idea: a tasklet that runs is a `Stack`. It waits in three steps: stand
in a queue of yours, say so in `stack.waits_for`, and `stack.park(timeout)`. To
wake it, take it out of your queue and call `stack.go_on()`, or
`stack.resume_with(error)`. The thing in `waits_for` has two methods.
`leave(stack)` takes it out of the queue, and says whether it still stood
there. `describe_wait(stack)` says what for, in words that follow "it waits".

Code outside of this package uses these names only, and never touches the queue
of tasklets that can run. An example is `Waiters` in `nearfar.far`.
"""

from greenlet import GreenletExit, getcurrent, greenlet

from .channels import take_out
from .clock import Timer, check_seconds
from .scheduler import Scheduler, current_scheduler, threads
from .stacks import Stack, current_stack, outside, time_now
from .verbs import Shuffled, on_spawn, spawn_in

__all__ = ["Stack", "Scheduler", "current_stack", "current_scheduler"]
__all__ += ["outside", "spawn_in", "on_spawn", "threads", "Shuffled", "Timer"]
__all__ += ["time_now", "check_seconds", "take_out", "greenlet", "getcurrent"]

Killed = GreenletExit  # what a killed tasklet finds raised where it waits
