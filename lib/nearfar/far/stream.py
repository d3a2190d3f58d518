"""Streams: bytes both ways over one socket, encrypted or not.

The one idea: the operating system decides when bytes come and go. What a
program writes stays in an outbox until the system takes it. What comes is read
when the clock says so. Both have a limit.

Read `Sending`, the states; then `Stream`. What makes it quick: a read that
came up short is not tried again until the clock says so. The first write of a
round leaves at once; those after it are joined, and leave together when the
round of the run queue is over. (What writes a message is the `send` in `tcp`:
a call from there to here would make it 8 % slower.)

How it ends is in `hanging_up`, what a message is in `tcp`.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from enum import Enum
from time import monotonic
from typing import TYPE_CHECKING, Any

from ..near import Closed, lowlevel, schedule
from .connections import Broken
from .deadlines import Deadline
from .poller import ENDED, WRITE
from .waiting import Waiters
from .wire import COMES, Wire, reaches_itself, set_options, show

if TYPE_CHECKING:
    from .tls import Privacy

__all__ = ["Stream", "Sending"]

READ_BYTES = 65_536  # at most, in one go
JOIN_BYTES = 65_536  # writes that are joined leave when they are this many
JOIN_S = 0.001  # or when the first of them has waited this long
GOES = WRITE | ENDED


class Sending(Enum):
    """What becomes of bytes that are written next.

    `open` says whether they may be written now.
    """

    AT_ONCE = "the first of a round leave at once", True
    JOINING = "they leave at the end of this round, with those before", True
    BLOCKED = "they must wait, for the system takes no more", False
    CLOSING = "they are refused; what is in the outbox still goes", False
    OVER = "they are refused; nothing goes any more", False

    def __init__(self, meaning: str, open: bool):
        self.open = open


AT_ONCE, JOINING, BLOCKED, CLOSING, OVER = Sending  # a look-up less


class Stream(Wire):
    """Bytes both ways. `sending` says what the next write does.

    `over` is the error that a reader gets once all has been read, `shut` the
    one that a writer gets; both are None while bytes may come and go.
    """

    __slots__ = (
        *("peer", "room", "sending", "over", "shut", "gone"),
        *("bytes_sent", "bytes_received", "outbox"),
        *("until", "privacy", "round"),
    )

    def __init__(
        self,
        sock: socket.socket,
        peer: Any,
        privacy: Privacy | None = None,
    ):
        super().__init__(sock, "a message from the peer")
        self.peer = show(peer)
        self.room = Waiters("the peer to read")
        self.sending = AT_ONCE
        self.over: Exception | None = None
        self.shut: Exception | None = None
        self.gone: Callable[[], object] | None = None  # called at the end
        self.bytes_sent = self.bytes_received = 0
        self.outbox = bytearray()
        self.privacy = privacy
        self.round: int | None = None  # in which the last write left at once
        self.until = 0.0  # when those that are joined must leave

    # --- Getting through

    def connect(self, where: Any, deadline: Deadline) -> None:
        """Get through to a listener. Raises OSError or TimeoutError."""
        self.sending = BLOCKED
        error = self.sock.connect_ex(where)
        if error == errno.EINPROGRESS:
            self.wait(self.room, WRITE, deadline.left())
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        if reaches_itself(self.sock):
            self.vanish()  # gives the port back, to a listener
            raise OSError(
                errno.ECONNREFUSED,
                "no program listens there: the system gave our end that port, "
                "and connected it to itself",
            )
        self.sending = AT_ONCE

    def start(self) -> str:
        """Set the socket's options, begin TLS; returns our own address."""
        set_options(self.sock)
        here = show(self.sock.getsockname())
        if self.privacy is not None:
            self._decrypt(b"")
        return here

    @property
    def private(self) -> bool:
        """Whether what is written now would be as private as it must be."""
        return self.privacy is None or self.privacy.agreed

    # --- Writing

    def wait_for_room(self, timeout: float | None) -> None:
        """Wait while the system takes no more. Raises `shut`."""
        deadline = Deadline(timeout)
        while self.sending is BLOCKED:
            self.wait(self.room, WRITE, deadline.left())
        if self.shut is not None:
            raise again(self.shut)

    def put(self, data: bytes) -> None:
        """Send bytes as soon as there is room."""
        self._push(data if self.privacy is None else self.privacy.encrypt(data))

    def end(self) -> None:
        """Say that nothing more will come, if that can be said."""
        self._push(b"" if self.privacy is None else self.privacy.end())

    def _push(self, data: bytes) -> None:
        self.outbox += data
        if self.sending is not BLOCKED:
            self.flush()

    def flush_joined(self) -> None:
        """Do not wait for the end of the round."""
        self.until = monotonic() + JOIN_S
        self.flush()
        give_way()

    def join(self, data: bytes) -> None:
        """Let these and those after them leave at the end of the round."""
        self.outbox += data
        me = lowlevel.getcurrent()
        if not isinstance(me, lowlevel.Stack):
            self.flush()
            return
        if me.scheduler.clock is not self.clock:
            self.attach(me.scheduler.clock)
        me.scheduler.look_at_clock()
        self.clock.unsent.append(self._end_round)
        self.sending = JOINING
        self.until = monotonic() + JOIN_S

    def _end_round(self) -> None:
        if self.sending is JOINING:
            self.sending = AT_ONCE
            self.flush()

    def flush(self) -> None:
        """Give the system as much as it takes now."""
        outbox = self.outbox
        try:
            while outbox:
                sent = self.sock.send(outbox)
                self.bytes_sent += sent
                del outbox[:sent]
        except BlockingIOError:
            self.sockets.want(self.file, WRITE)
            if self.sending is not CLOSING:
                self.sending = BLOCKED
        except OSError as error:
            outbox.clear()
            self.sending = OVER
            gone = Broken(f"{self.peer} is gone: {error.strerror}")
            self.shut = self.shut or gone
            self.room.wake()

    def ready(self, what: int) -> None:
        if what & COMES:  # as a Wire does: some calls less
            self.readable = True
            if what & ENDED:
                self.ended = True
            if self.arrived.stacks:  # wake_one(), a call less
                stack = self.arrived.stacks.popleft()
                stack.ready.append(stack)
        if self.sending is not AT_ONCE and what & GOES:
            self._go_on()

    def _go_on(self) -> None:
        """The system takes more."""
        if self.sending is BLOCKED:
            self.sending = AT_ONCE
        elif self.sending is not CLOSING:
            return
        self.flush()
        if not self.outbox:
            self.room.wake()

    # --- Reading

    def read(self) -> bytes:
        """What is there; b"" if nothing is, or if it is `over`."""
        try:
            data = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            self.readable = False
            return b""
        except OSError as error:
            self.lose(Broken(f"{self.peer} is gone: {error.strerror}"))
            return b""
        size = len(data)
        if size < READ_BYTES and not self.ended:
            self.readable = False  # that was all, until the clock says more
        self.bytes_received += size
        if not size:
            self._end()
        elif self.privacy is not None:
            data = self._decrypt(data)
        return data

    def _decrypt(self, data: bytes) -> bytes:
        privacy = self.privacy
        assert privacy is not None
        data = privacy.decrypt(data)
        self._push(privacy.outgoing())
        if privacy.error is not None:
            why = getattr(privacy.error, "verify_message", privacy.error.reason)
            why = why or privacy.error.strerror  # OpenSSL may know no reason
            self.lose(
                Broken(
                    f"TLS with {self.peer}: {why}. Do both ends use TLS, and "
                    "trust each other's certificate?"
                )
            )
        elif privacy.ended:
            self._end()
        return data

    def _end(self) -> None:
        """The peer sends no more."""
        if isinstance(self.shut, Broken):  # it was a write that noticed
            self.over = again(self.shut)
        elif self.privacy is not None and not self.privacy.ended:
            self.over = Broken(f"{self.peer} is gone, without a last word")
        else:
            self.over = Closed(f"{self.peer} has closed the connection")

    # --- The end

    def lose(self, error: Exception) -> None:
        """Nothing more comes or goes, because of this error."""
        self.over = self.shut = error
        self.sending = OVER
        self.outbox.clear()
        self.arrived.wake()
        self.room.wake()

    def parted(self) -> None:
        """The socket may be given back to the system."""
        self.outbox.clear()
        self.sending = OVER
        self.vanish()
        gone, self.gone = self.gone, None
        if gone is not None:
            gone()


def give_way() -> None:
    """Let others run: a tasklet that always finds work must not stop them."""
    if isinstance(lowlevel.getcurrent(), lowlevel.Stack):
        schedule()


def again(error: Exception) -> Exception:
    """The same error once more, for another tasklet that asks."""
    return type(error)(*error.args)
