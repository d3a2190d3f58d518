"""The clock of a network: virtual time in which messages arrive.

The one idea: a `VirtualClock` jumps to the next timer; this one also stops at
every arrival on the way. A scheduler uses it as it uses a `SystemClock` that
watches sockets: `wait` returns early when a message arrives.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from ..near import VirtualClock, lowlevel

if TYPE_CHECKING:
    from .links import Link

__all__ = ["NetworkClock", "TooLong"]


def into_family(tasklet, spawner) -> None:
    """Give a tasklet the home of the tasklet that spawned it, if any."""
    home = getattr(spawner, "home", None)
    if home is not None:
        tasklet.home = home
        home.add(tasklet)


class TooLong(TimeoutError):
    """More messages arrived than the simulation's limit of steps allows."""


class NetworkClock(VirtualClock):
    """Virtual time in which messages arrive, at most `most_steps` of them."""

    def __init__(self, most_steps: int):
        super().__init__()
        self.time = 0.0
        self.arrivals: list[tuple] = []  # a heap of (when, number, link)
        self.number = 0
        self.steps = 0  # arrivals so far
        self.most_steps = most_steps
        self.scheduler: Any = None  # that of the run
        self._outer: list = []  # those of the runs around it

    def now(self) -> float:
        """Return the virtual time in seconds."""
        return self.time

    def enter(self, scheduler) -> None:
        self._outer.append(self.scheduler)
        self.scheduler = scheduler
        lowlevel.on_spawn.append(into_family)
        if self.arrivals:
            self.watch()

    def leave(self) -> None:
        lowlevel.on_spawn.remove(into_family)
        outer = self._outer.pop()
        if outer is not None:
            self.scheduler = outer
            outer.watching = 0
            if self.arrivals:  # perhaps the inner run has added some
                self.watch()

    def expect(self, when: float, link: Link) -> None:
        """Call `link.deliver(when)` at that time."""
        self.number = number = self.number + 1
        heappush(self.arrivals, (when, number, link))
        if not self.scheduler.watching:
            self.watch()

    def watch(self) -> None:
        """Let the scheduler look at this clock: a message is on its way."""
        self.scheduler.watching = 1
        self.scheduler.look_at_clock()

    def wait(self, until: float) -> None:
        """Go on to `until`, or to the next arrival if that is earlier."""
        arrivals = self.arrivals
        if not arrivals or arrivals[0][0] > until:
            self.time = max(self.time, until)
            return
        when, _, link = heappop(arrivals)
        if when > self.time:
            self.time = when
        if not arrivals:
            self.scheduler.watching = 0
        self.steps = steps = self.steps + 1
        if steps > self.most_steps:
            raise TooLong(f"more than {self.most_steps} messages arrived")
        link.deliver(when)
