"""The wire: a socket that stops nobody but those who wait for it.

The one idea: never block the process. Every socket is non-blocking; a tasklet
that would have to wait leaves the processor to others until the clock says
that the socket is ready. The system is told of a socket once.

What goes over it is in `tcp`.
"""

from __future__ import annotations

from ..near import Misuse, SystemClock, lowlevel

__all__ = ["Wire"]

READ, ENDED = lowlevel.READ, lowlevel.ENDED
COMES = READ | ENDED  # the end of it, too, is found by reading
NOBODYS = SystemClock()  # whose socket is not in use yet


class Wire:
    """A socket that stops nobody but the tasklet that waits for it."""

    __slots__ = ("sock", "file", "clock", "readable", "ended", "arrived")

    def __init__(self, sock, what):
        sock.setblocking(False)
        self.sock = sock
        self.file = sock.fileno()
        self.clock = NOBODYS
        self.readable = False  # a read may find something
        self.ended = False  # the end is there to be read
        self.arrived = lowlevel.Waiters(what)

    def ready(self, what):
        """The clock says that the socket has become ready."""
        if what & COMES:
            self.readable = True
            if what & ENDED:
                self.ended = True
            self.arrived.wake_one()

    def attach(self, clock):
        """Be watched by the clock of this run, from now on."""
        if not isinstance(clock, SystemClock):
            raise Misuse(
                "sockets are real: run them on a SystemClock, which is what "
                f"run() does by itself, not on {type(clock).__name__}"
            )
        self.detach()
        clock.watch(self.file, self.ready)
        self.clock = clock

    def detach(self):
        self.clock.unwatch(self.file)
        self.clock = NOBODYS

    def wait(self, waiters, what, timeout=None):
        """Let others run until the socket is ready for that."""
        me = lowlevel.current_stack("waiting for a socket")
        clock = me.scheduler.clock
        if clock is not self.clock:
            self.attach(clock)
        if not clock.tells_all:
            clock.want(self.file, what)
        elif timeout is None and what is READ:
            me.look_early()
            if self.readable:
                return
        waiters.wait_watched(me, timeout)

    def vanish(self):
        """Give the socket back to the system."""
        self.detach()
        self.sock.close()
