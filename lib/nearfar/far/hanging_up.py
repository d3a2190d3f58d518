"""Hanging up: closing a socket without losing what was sent last.

The one idea: end our half, read on until the peer ends its own, then close. If
bytes are unread at `close`, or still to come, the system resets the connection.
The reset can destroy what we sent.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from time import monotonic
from weakref import WeakKeyDictionary

from ..near import lowlevel, schedule, spawn
from .deadlines import Deadline
from .poller import READ, WRITE
from .stream import CLOSING, READ_BYTES, Stream

__all__ = ["hang_up", "drop"]

CLOSE_TIMEOUT = 5.0  # seconds that a peer has to take what was written
LINGER = 1.0  # seconds that a peer has to hang up after we have
DRAINS = 64  # reads at most, without giving way

# For each run, when the time for hanging up at its end is over.
_lingers: WeakKeyDictionary[lowlevel.Scheduler, float] = WeakKeyDictionary()


def hang_up(stream: Stream, error: Exception) -> None:
    """Hang up; what was written still goes, in a tasklet of its own.

    Readers and writers get `error`. Where no tasklet can do the rest later,
    this call does it, within a second.
    """
    stream.end()
    stream.over = stream.shut = error
    stream.sending = CLOSING
    stream.arrived.wake()
    stream.room.wake()
    me = lowlevel.getcurrent()
    if not isinstance(me, lowlevel.Stack) or me.scheduler.ending:
        _part(stream)
    elif stream.sock.fileno() >= 0:
        later = not stream.outbox
        last = spawn(_say_goodbye, stream, name="hang up", daemon=later)
        try:
            while not (last.stack or last.done):  # no other starts it
                schedule()
        except BaseException:
            _part(stream)
            raise


def drop(stream: Stream, error: Exception) -> None:
    """Hang up without a word."""
    stream.lose(error)
    _part(stream)


def _say_goodbye(stream: Stream) -> None:
    """Send what is in the outbox, end our half, wait for the peer's end."""
    deadline = Deadline(CLOSE_TIMEOUT)
    try:
        while stream.outbox:
            stream.wait(stream.room, WRITE, deadline.left())
        stream.sock.shutdown(socket.SHUT_WR)
        deadline = Deadline(LINGER)
        while not _drained(stream.sock) and (left := deadline.left()):
            stream.wait(stream.arrived, READ, left)
    except OSError:  # or TimeoutError, which is one
        stream.outbox.clear()
    finally:
        _part(stream)


def _part(stream: Stream) -> None:
    """Close the socket; what is left may take a moment to go."""
    sock = stream.sock
    with suppress(OSError):
        sock.settimeout(_patience() if stream.outbox else 0.0)
        sock.sendall(stream.outbox)
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(0.0)
        _drained(sock)
    stream.parted()


def _drained(sock: socket.socket) -> bool:
    """Read what is there, and drop it. Has the peer hung up, too?"""
    try:
        for _ in range(DRAINS):
            if not sock.recv(READ_BYTES):
                return True
    except BlockingIOError:
        pass
    return False


def _patience() -> float:
    """Seconds for what is left to go, when no tasklet can do it later.

    All connections that hang up at the end of a run share them, so that many
    slow peers delay it no longer than one.
    """
    me = lowlevel.getcurrent()
    if not isinstance(me, lowlevel.Stack):
        return LINGER
    until = _lingers.setdefault(me.scheduler, monotonic() + LINGER)
    return max(0.0, until - monotonic())
