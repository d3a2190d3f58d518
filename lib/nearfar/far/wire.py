"""The wire: a socket that stops nobody but those who wait for it.

The one idea: never block the process. Every socket is non-blocking; a tasklet
that would have to wait leaves the processor to others until the clock says
that the socket is ready. The system is told of a socket once.

What goes over it is in `tcp`.
"""

from __future__ import annotations

from greenlet import getcurrent

from ..near import ENDED, READ, Misuse, Stack, SystemClock, traced_wait
from ..near.tasklets import _me
from ..trace import when_traced
from .connections import Waiters

__all__ = ["Wire"]

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
        self.arrived = Waiters(what)

    def ready(self, what):
        """The clock says that the socket has become ready."""
        if what & COMES:
            self.readable = True
            if what & ENDED:
                self.ended = True
            if self.arrived.stacks:
                self.arrived.stacks.pop(0).go_on()

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
        me = getcurrent()
        if type(me) is not Stack:
            _me("waiting for a socket")  # says what to do
        scheduler, clock = me.scheduler, self.clock
        if scheduler.clock is not clock:
            self.attach(clock := scheduler.clock)
        if scheduler.turn is None:
            scheduler.look_at_clock()
        if not clock.tells_all:
            clock.want(self.file, what)
        elif len(me.ready) == 1 and timeout is None and what is READ:
            scheduler.turn.take_early(clock)  # nobody else can run
            if self.readable:
                return
        waiters.stacks.append(me)
        me.waits_for = waiters
        scheduler.watching += 1
        try:
            if timeout is None:
                me.ready.popleft().switch()  # the clock's turn is there
            else:
                me.park(timeout)
        except BaseException:  # it may have been woken: another must look
            waiters.wake_one()
            raise
        finally:
            scheduler.watching -= 1

    def vanish(self):
        """Give the socket back to the system."""
        self.detach()
        self.sock.close()


# --- While a Trace is on -----------------------------------------------------


@when_traced(Wire, "wait")
def _trace_wait(record, plain, wire, waiters, what, timeout=None):
    def wait():
        plain(wire, waiters, what, timeout)

    if timeout is None:
        what_for = waiters.describe_wait(None)
        traced_wait(record, _me("waiting"), "block", what_for, wait)
    else:  # it is park() that is watched
        wait()
