"""Near: tasklets and channels in one process. The small library.

The one idea: functions take turns, and a function that has to wait switches
straight to the next one that can run. There is no loop in the middle.

One evening's reading, in this order:

1. `errors`, and whose fault each one is
2. `verbs`: spawn, schedule, sleep, run; `tasklets`: what `spawn` returns
3. `channels`: send, receive, select
4. `stacks`: how the switching works; `scheduler`: how a run begins and ends
5. `clock`: time, real or virtual, and its place in the queue
6. `deadlock`: why nothing can go on
7. `lowlevel`: the public door for code that builds new waits

It needs greenlet and the standard library, nothing else. Left out: tracing,
which hooks in from `nearfar.trace`, and messages on a wire: `nearfar.far`.
"""

from . import lowlevel
from .channels import Channel, select
from .clock import Clock, SystemClock, VirtualClock
from .errors import Closed, Deadlock, Misuse
from .tasklets import Tasklet
from .verbs import current, run, schedule, sleep, spawn

__all__ = ["spawn", "schedule", "sleep", "run", "current", "Tasklet"]
__all__ += ["Channel", "select", "Misuse", "Deadlock", "Closed"]
__all__ += ["Clock", "SystemClock", "VirtualClock", "lowlevel"]
