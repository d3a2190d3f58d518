"""TCP: the connection contract over one TCP connection.

The one idea: bytes come and go when the system likes, messages when the
program does. In between stand an inbox and an outbox, and each has its limit.

Read `TcpConnection`: its first words, sending, receiving, hanging up. What
makes it quick: a read that came up short is not tried again until the clock
says so. The first message of a round leaves at once; those after it are
joined and leave together, when the round of the run queue is over.

It is a long module, because a wire has many ways to fail, and each one has
its limit here.
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from time import monotonic
from weakref import WeakKeyDictionary

from ..near import Closed, lowlevel, schedule, spawn
from .connections import (
    Broken,
    Connection,
)
from .handshake import FIRST_BYTES, First, Refusal
from .messages import Frames, Malformed, encode, encode_body, pack_length
from .probes import watch_receiving, watch_sending
from .wire import COMES, Wire

__all__ = ["TcpConnection"]

READ_BYTES = 65_536  # at most, in one go
JOIN_BYTES = 65_536  # messages that are joined leave when they are this many
JOIN_S = 0.001  # or when the first of them has waited this long
CLOSE_TIMEOUT = 5.0  # seconds that a peer has to take what was sent
LINGER = 1.0  # seconds that a peer has to hang up after we have
DRAINS = 64  # reads at most, without giving way
READ, WRITE = lowlevel.READ, lowlevel.WRITE
GOES = WRITE | lowlevel.ENDED
PROBES = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}  # s, s, 1


class TcpConnection(Wire, Connection):
    """The contract over one TCP connection. Made by `listen` and `connect`."""

    __slots__ = (  # with more than thirty names a dict would be slower
        *("peer", "out", "into", "room"),
        *("sent", "received", "bytes_sent", "bytes_received"),
        *("_kinds", "_limit_bytes", "_handshake", "_private", "_plain"),
        *("_frames", "_inbox", "_outbox", "_joining", "_until", "_round"),
        *("_blocked", "_over", "_shut", "_begun", "_stopping", "_closed"),
        "_gone",
    )

    def __init__(
        self, sock, peer, *, kinds, limit_bytes, first, private, gone=None
    ):
        self.peer = show(peer)
        super().__init__(sock, "a message from the peer")
        self.out = self.into = ""  # until the peer is known
        self.room = lowlevel.Waiters("the peer to read")
        self.sent = self.received = self.bytes_sent = self.bytes_received = 0
        self._kinds = kinds
        self._limit_bytes = limit_bytes
        self._handshake = first()
        self._private = private() if private else None
        self._plain = False  # neither first words nor anything encrypted
        self._gone = gone
        self._frames = Frames(First, FIRST_BYTES)
        self._inbox = []  # the last in it comes first
        self._outbox = bytearray()
        self._joining = False  # until the end of the round
        self._until = 0.0  # when those that are joined must leave
        self._round = None  # in which the last message left at once
        self._blocked = False  # the system takes no more for now
        self._over = None  # what receive() raises once the inbox is empty
        self._shut = None  # what send() raises
        self._begun = self._stopping = self._closed = False

    # --- The first words

    def call(self, where, deadline):
        """Get through to a listener, and say the first word."""
        self._blocked = True
        error = self.sock.connect_ex(where)
        if error == errno.EINPROGRESS:
            self.wait(self.room, WRITE, deadline.left())
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        self._blocked = False
        self.begin()

    def begin(self):
        """Say the first word, as soon as nobody else can hear it."""
        if not self.out:
            _set_options(self.sock)
            here = show(self.sock.getsockname())
            self.out = f"{here}>{self.peer}"
            self.into = f"{self.peer}>{here}"
            if self._private:
                self._decrypt(b"")
        if not self._begun and (not self._private or self._private.agreed):
            self._begun = True
            self._write(self._handshake.begin())

    def agree(self, deadline):
        """Read until both know whom they talk to."""
        while self._handshake is not None:
            if self._over is not None:
                raise _again(self._over)
            if self.readable:
                self._read()
            else:
                self.wait(self.arrived, READ, deadline.left())

    @property
    def activity(self) -> tuple[int, int]:
        """What changes as long as messages come or go."""
        return self.received, self.bytes_sent

    def refuse(self, why):
        """Say why not, and hang up."""
        if self._begun:
            self._write(Refusal(why))
        self.close()

    def _hear(self, message):
        reply = self._handshake.hear(message)
        if reply is not None:
            self._write(reply)
        if self._handshake.done:
            self._handshake = None
            self._plain = self._private is None
            self._frames.expect(self._kinds, self._limit_bytes)

    # --- Sending

    def send(self, message, timeout=None):
        if self._shut is not None:
            raise _again(self._shut)
        body = encode_body(message, self._limit_bytes)
        frame = pack_length(len(body)) + body  # encode(), and one call less
        if self._blocked:
            self._wait_for_room(timeout)
        self.sent += 1
        if self._private is not None:
            frame = self._private.encrypt(frame)
        if self._joining:
            self._outbox += frame
            if len(self._outbox) >= JOIN_BYTES or monotonic() > self._until:
                self._until = monotonic() + JOIN_S
                self._flush()
                _give_way()
        elif self._round == self.clock.round:
            self._outbox += frame
            self._join()
        else:  # the first of a round
            self._round = self.clock.round
            try:
                sent = self.sock.send(frame)
            except OSError:  # _flush() finds out why
                sent = 0
            self.bytes_sent += sent
            if sent < len(frame):
                self._outbox += frame[sent:]
                self._flush()

    def _wait_for_room(self, timeout):
        deadline = lowlevel.Deadline(timeout)
        while self._blocked:
            self.wait(self.room, WRITE, deadline.left())
            if self._shut is not None:
                raise _again(self._shut)

    def _join(self):
        """The second of a round, and those after it, leave at its end."""
        me = lowlevel.getcurrent()
        if type(me) is not lowlevel.Stack:
            self._flush()
            return
        if me.scheduler.clock is not self.clock:
            self.attach(me.scheduler.clock)
        me.scheduler.look_at_clock()
        self.clock.unsent.append(self._end_round)
        self._joining = True
        self._until = monotonic() + JOIN_S

    def _end_round(self):
        self._joining = False
        self._flush()

    def _write(self, message):
        """Something of the handshake's."""
        frame = encode(message)
        if self._private is not None:
            frame = self._private.encrypt(frame)
        self._outbox += frame
        self._flush()

    def _flush(self):
        """Give the system as much as it takes now."""
        outbox = self._outbox
        if self._blocked:
            return
        try:
            while outbox:
                sent = self.sock.send(outbox)
                self.bytes_sent += sent
                del outbox[:sent]
        except BlockingIOError:
            self._blocked = True
            self.clock.want(self.file, WRITE)
        except OSError as error:
            outbox.clear()
            self._shut = Broken(f"{self.peer} is gone: {error.strerror}")
            self.room.wake()

    def ready(self, what):
        if what & COMES:  # as a Wire does: some calls less
            self.readable = True
            if what & lowlevel.ENDED:
                self.ended = True
            self.arrived.wake_one()
        if self._blocked and what & GOES:
            self._blocked = False
            self._flush()
            if not self._blocked:
                self.room.wake()

    # --- Receiving

    def receive(self, timeout=None):
        inbox = self._inbox or self._fill(timeout)
        message = inbox.pop()
        self.received += 1
        if self.arrived:  # somebody else waits for the next one
            if inbox or self.readable:
                self.arrived.wake_one()
            else:
                self.clock.want(self.file, READ)
        return message

    def _fill(self, timeout):
        """Read until there is a message in the inbox; returns it."""
        left = None if timeout is None else lowlevel.Deadline(timeout).left
        late = False
        while not self._inbox:
            if self._over is not None:
                raise _again(self._over)
            if late:  # bytes came all the time, and no message
                raise TimeoutError(
                    f"no whole message from {self.peer} within {left()} s"
                )
            if self.readable:
                self._read()
                _give_way()
                late = left is not None and not left()
                continue
            if self._stopping and not self._frames.kept:
                raise Closed(f"we are about to hang up on {self.peer}")
            self.wait(self.arrived, READ, left and left())
            if self.readable and not self._inbox and self._over is None:
                self._read()
                late = left is not None and not left()
        return self._inbox

    def _read(self):
        """Read what is there."""
        try:
            data = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            self.readable = False
            return
        except OSError as error:
            self._lose(Broken(f"{self.peer} is gone: {error.strerror}"))
            return
        size = len(data)
        if size < READ_BYTES and not self.ended:
            self.readable = False  # that was all, until the clock says more
        self.bytes_received += size
        ended = not size
        if not self._plain:
            data, ended = self._unwrap(data)
        frames = self._frames
        inbox = self._inbox = frames.take(data)
        if len(inbox) > 1:
            inbox.reverse()
        if ended or frames.error is not None:
            self._end()

    def _unwrap(self, data):
        """What is for the frames; whether the peer has ended."""
        ended = not data
        if self._private is not None and data:
            data = self._decrypt(data)
            ended = self._private.ended
        if self._handshake is not None:
            data = self._greet(data)
        return data, ended

    def _greet(self, data) -> bytes:
        """Take in first words; returns what came after the last of them.

        Byte by byte, so as not to touch anything of the program's.
        """
        for at in range(len(data)):
            for message in self._frames.take(data[at : at + 1]):
                try:
                    self._hear(message)
                except Malformed as error:
                    self._frames.error = error
            if self._handshake is None:
                return data[at + 1 :]
            if self._frames.error is not None:
                break
        return b""

    def _decrypt(self, data):
        data = self._private.decrypt(data)
        self._outbox += self._private.outgoing()
        self._flush()
        error = self._private.error
        if error is not None:
            why = getattr(error, "verify_message", error.reason)
            self._lose(
                Broken(
                    f"TLS with {self.peer}: {why}. Do both ends use TLS, and "
                    "trust each other's certificate?"
                )
            )
        self.begin()
        return data

    def _end(self):
        """The peer sends no more, or nothing that can be read."""
        try:
            if self._frames.error is not None:
                raise self._frames.error
            self._frames.end()
            if isinstance(self._shut, Broken):  # it was send() that noticed
                raise _again(self._shut)
            if self._private is not None and not self._private.ended:
                raise Broken(f"{self.peer} is gone, without a last word")
            raise Closed(f"{self.peer} has closed the connection")
        except (Broken, Closed, Malformed) as error:
            self._over = self._over or error
        self.arrived.wake()

    def _lose(self, error):
        """Nothing more will come or go."""
        self._over = self._shut = error
        self._outbox.clear()
        self.arrived.wake()
        self.room.wake()

    # --- Hanging up

    def close(self):
        if self._closed:
            return
        self._closed = True
        self._inbox.clear()
        if self._private is not None:
            self._outbox += self._private.end()
        self._flush()
        self._over = self._shut = Closed(
            f"the connection to {self.peer} is closed"
        )
        self.arrived.wake()
        self.room.wake()
        me = lowlevel.getcurrent()
        if type(me) is not lowlevel.Stack or me.scheduler.ending:
            self._part()
        elif self.sock.fileno() >= 0:
            last = spawn(self._hang_up, name="hang up", daemon=not self._outbox)
            try:
                while not (last.stack or last.done):  # nobody else starts it
                    schedule()
            except BaseException:
                self._part()
                raise

    def stop(self):
        """Give what has arrived, and then `Closed`."""
        self._stopping = self.readable = True
        self.arrived.wake()

    def give_up(self, why):
        """The peer has used up its time."""
        self._lose(Broken(f"hung up on {self.peer}: {why}"))
        self._part()

    def drop(self):
        """Hang up without a word."""
        self._closed = True
        self._lose(Closed(f"the connection to {self.peer} is closed"))
        self._part()

    def _hang_up(self):
        """End our half; read on until the peer ends its own, then close.

        To close with bytes unread, or to come, makes the system reset the
        connection, and what we sent may be lost with it.
        """
        deadline = lowlevel.Deadline(CLOSE_TIMEOUT)
        try:
            while self._outbox:
                self.wait(self.room, WRITE, deadline.left())
            self.sock.shutdown(socket.SHUT_WR)
            deadline = lowlevel.Deadline(LINGER)
            while not self._drained() and (left := deadline.left()):
                self.wait(self.arrived, READ, left)
        except OSError:  # or TimeoutError, which is one
            self._outbox.clear()
        finally:
            self._part()

    def _drained(self) -> bool:
        """Read what is there, and drop it. Has the peer hung up, too?"""
        try:
            for _ in range(DRAINS):
                if not self.sock.recv(READ_BYTES):
                    return True
        except BlockingIOError:
            pass
        return False

    def _part(self):
        """Close the socket; what is left may take a moment to go."""
        with suppress(OSError):
            self.sock.settimeout(_patience() if self._outbox else 0.0)
            self.sock.sendall(self._outbox)
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(0.0)
            self._drained()
        self._outbox.clear()
        self.vanish()
        if self._gone is not None:
            self._gone(self)


def _give_way():
    """Who reads or writes without end must not stop the others."""
    if type(lowlevel.getcurrent()) is lowlevel.Stack:
        schedule()


# For each run, until when those who hang up at its end may take.
_lingers: WeakKeyDictionary = WeakKeyDictionary()


def _patience():
    """Seconds for what is left to go, when nobody is there to do it later.

    All who hang up at the end of a run share them: many slow peers must not
    hold it up for longer than one.
    """
    me = lowlevel.getcurrent()
    if type(me) is not lowlevel.Stack:
        return LINGER
    until = _lingers.setdefault(me.scheduler, monotonic() + LINGER)
    return max(0.0, until - monotonic())


def _again(error):
    """The same error once more, for another one who asks."""
    return type(error)(*error.args)


def _set_options(sock):
    """Do not hold back what is small; notice a host that has vanished."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in PROBES.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def show(address) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


watch_sending(TcpConnection)
watch_receiving(TcpConnection)
