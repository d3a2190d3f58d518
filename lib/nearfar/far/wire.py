"""The wire: a socket that blocks only the tasklets that wait for it.

The one idea: never block the process. Every socket is non-blocking; a tasklet
that would have to wait leaves the processor to others until the clock says
that the socket is ready. The system is told of a socket once.

What goes over it is in `stream`.
"""

from __future__ import annotations

import socket
from struct import pack
from typing import Any

from ..near import SystemClock, lowlevel
from .poller import ENDED, READ
from .probes import watch_waiting
from .waiting import Waiters
from .watching import Sockets, sockets_of

__all__ = ["Wire"]

PROBES = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}  # s, s, 1

getcurrent = lowlevel.getcurrent  # a look-up less
SLEEPERS = 16  # every so many early looks, timers have their turn
COMES = READ | ENDED  # the end of it, too, is found by reading
# What a socket has that is not in use yet.
NO_CLOCK, NO_SOCKETS = SystemClock(), Sockets()


class Wire:
    """A socket that blocks only the tasklets that wait for it."""

    __slots__ = (
        *("sock", "file", "clock", "sockets", "readable", "ended", "arrived"),
    )

    def __init__(self, sock: socket.socket, what: str):
        sock.setblocking(False)
        self.sock = sock
        self.file = sock.fileno()
        self.clock, self.sockets = NO_CLOCK, NO_SOCKETS  # of the run
        self.readable = False  # a read may find something
        self.ended = False  # the end is there to be read
        self.arrived = Waiters(what)

    def ready(self, what: int) -> None:
        """The clock says that the socket has become ready."""
        if what & COMES:
            self.readable = True
            if what & ENDED:
                self.ended = True
            self.arrived.wake_one()

    def attach(self, clock: SystemClock) -> None:
        """Be watched by the clock of this run, from now on."""
        sockets = sockets_of(clock)
        self.detach()
        sockets.watch(self.file, self.ready)
        self.clock, self.sockets = clock, sockets

    def detach(self) -> None:
        """Be watched by no clock."""
        self.sockets.unwatch(self.file)
        self.clock, self.sockets = NO_CLOCK, NO_SOCKETS

    def wait(
        self,
        waiters: Waiters,
        what: int,
        timeout: float | None = None,
    ) -> None:
        """Let others run until the socket is ready for that.

        As `Waiters.wait` does, but the clock may wake it; and in fewer calls.
        """
        me: Any = getcurrent()
        try:
            scheduler = me.scheduler
        except AttributeError:
            raise lowlevel.outside("waiting for a socket") from None
        if scheduler.clock is not self.clock:
            self.attach(scheduler.clock)
        if scheduler.turn is None:
            scheduler.look_at_clock()
        if not self.sockets.tells_all:
            self.sockets.want(self.file, what)
        elif len(me.ready) == 1 and timeout is None and what is READ:
            self._look_early(scheduler)  # only the clock's turn is there
            if self.readable:
                return
        scheduler.watching += 1
        try:
            me.value, me.waits_for = None, waiters
            waiters.stacks.append(me)
            if timeout is None:
                ready = me.ready
                (ready.popleft() if ready else scheduler.idle()).switch()
                if me.waits_for is not waiters:
                    raise me.found()
            else:
                me.park(timeout)
            scheduler.watching -= 1
        except BaseException:
            scheduler.watching -= 1
            if not waiters.leave(me):  # it was woken: another must look
                waiters.wake_one()
            raise

    def _look_early(self, scheduler: lowlevel.Scheduler) -> None:
        """Look at sockets now, which keeps no other tasklet from running.

        It saves two switches. Now and then it does nothing, so that tasklets
        that sleep are woken, too.
        """
        clock = self.clock
        clock.round += 1
        if not clock.round % SLEEPERS or scheduler.ending:
            return
        try:
            if clock.unsent:
                clock.flush()
            timers, when = scheduler.timers, scheduler.deadline
            if timers and (first := timers[0][0]) < when:
                when = first  # as next_time() does, a call less
            clock.wait(when)
        except BaseException as error:  # an interrupt belongs to run()
            scheduler.fail(error)

    def vanish(self) -> None:
        """Give the socket back to the system."""
        self.detach()
        self.sock.close()


def show(address: Any) -> str:
    """A socket's address as `"HOST:PORT"`."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def set_options(sock: socket.socket) -> None:
    """Do not hold back what is small; notice a host that has vanished."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in PROBES.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def reaches_itself(sock: socket.socket) -> bool:
    """Are both ends of the connection this socket?

    Where no program listens on a port of the range that the system chooses
    from, it may choose that port for the caller's own end: TCP then connects
    the socket to itself. If so, it is made to vanish without a trace.
    """
    try:
        if sock.getsockname() != sock.getpeername():
            return False
    except OSError:  # the peer has come and gone
        return False
    at_once = pack("ii", 1, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    return True


watch_waiting(Wire)
