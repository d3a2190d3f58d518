"""Mutex: a lock, one tasklet at a time, built from a channel.

The one idea: a tasklet that finds the lock taken waits to receive; the holder
passes the lock on with a send. Tasklets that wait get it in order.

Chapter 04 shows it, and shows how two locks deadlock. Left out: a timeout, and
a tasklet that is killed while the lock is on its way to it.
"""

from __future__ import annotations

from ..near import Channel

__all__ = ["Mutex"]


class Mutex(Channel[None]):
    """Let one tasklet at a time into a `with` block."""

    free = True

    def __enter__(self):
        if self.free:
            self.free = False
        else:
            self.receive()

    def __exit__(self, *error):
        if self.balance < 0:  # a tasklet waits
            self.send(None)
        else:
            self.free = True
