"""Sockets: the connection contract over TCP, inside the same run loop.

The one idea: never block the process. Every socket is non-blocking; a tasklet
that would have to wait asks the clock to watch the socket, and leaves the
processor to others until the clock says that it is ready.

`listen` and `connect` make the two ends; the rest is `send` and `receive` as
in `connections`, with the frames of `messages` on the wire.

Left out: encryption and the identity of the peer (a later chapter).
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
from collections import deque
from contextlib import suppress

from greenlet import getcurrent

from .channels import Closed
from .clock import SystemClock
from .connections import Broken, Connection, Waiters
from .messages import LIMIT, Frames, Malformed, encode
from .tasklets import Misuse, Stack, _me, schedule, sleep, spawn

__all__ = ["listen", "connect", "parse_address", "Listener"]

READ_BYTES = 65_536  # at most, in one go
BACKLOG = 128  # connections that may wait to be accepted
CONNECT_TIMEOUT = 5.0  # seconds, for all addresses of a name together
LINGER = 1.0  # seconds that a peer has to hang up after we have
DRAINS = 64  # reads at most, without giving way
ACCEPT_PAUSE = 0.05  # seconds to wait when no more files can be opened
FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def parse_address(text: str) -> tuple[str, int]:
    """`"HOST:PORT"` as a pair. Raises ValueError that says what is wrong."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host:
        raise ValueError(
            f"expected HOST:PORT, such as 127.0.0.1:4000, not {text!r}"
        )
    if not (port.isascii() and port.isdigit() and int(port) < 65_536):
        raise ValueError(f"a port is a number from 0 to 65535, not {port!r}")
    return host, int(port)


def listen(
    kinds, address: str = "127.0.0.1:0", *, limit_bytes: int = LIMIT
) -> Listener:
    """Listen for connections that carry messages of `kinds`.

    Port 0 means any free one; the listener's `address` says which. Raises
    OSError with a clear text if the address cannot be had.
    """
    host, port = parse_address(address)
    try:
        family, _, _, _, where = _look_up(host, port)[0]
        server = socket.create_server(
            where, family=family, backlog=BACKLOG, reuse_port=False
        )
    except OSError as error:
        problem = (
            os.strerror(error.errno) if error.errno > 0 else error.strerror
        )
        raise OSError(f"cannot listen on {address}: {problem}") from None
    return Listener(server, kinds, limit_bytes)


def connect(
    kinds,
    address: str,
    *,
    timeout: float = CONNECT_TIMEOUT,
    limit_bytes: int = LIMIT,
) -> Connection:
    """Connect to a listener; messages of `kinds` may come back.

    Raises `Broken` if nobody answers there within `timeout` seconds. Looking
    up a host's name is left to the system, and stops everybody meanwhile.
    """
    deadline = _me("connect()").scheduler.clock.now() + timeout
    host, port = parse_address(address)
    try:
        choices = _look_up(host, port)
    except OSError as error:
        raise Broken(f"cannot find {host!r}: {error.strerror}") from None
    for family, _, _, _, where in choices:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            _finish_connecting(sock, where, deadline)
        except OSError as error:
            sock.close()
            problem = error.strerror or f"no answer within {timeout} s"
        except BaseException:
            sock.close()
            raise
        else:
            return _SocketConnection(sock, where, kinds, limit_bytes)
    raise Broken(f"cannot connect to {address}: {problem}")


class Listener:
    """Where connections arrive. Iterate over it, or `accept()` them."""

    def __init__(self, server: socket.socket, kinds, limit_bytes: int):
        server.setblocking(False)
        self._server = server
        self._kinds = kinds
        self._limit_bytes = limit_bytes
        self.address = _show(server.getsockname())

    def accept(self, timeout: float | None = None) -> Connection:
        """The next connection. Raises `Closed`, or TimeoutError."""
        while True:
            if self._server.fileno() < 0:
                raise Closed(f"the listener on {self.address} is closed")
            try:
                sock, peer = self._server.accept()
                return _SocketConnection(
                    sock, peer, self._kinds, self._limit_bytes
                )
            except BlockingIOError:
                _wait(
                    self._server,
                    selectors.EVENT_READ,
                    f"for a connection to {self.address}",
                    timeout,
                )
            except ConnectionError:
                continue  # it hung up before we came to it
            except OSError as error:
                if error.errno not in FULL:
                    raise
                sleep(ACCEPT_PAUSE)  # those who have one may give it back

    def close(self) -> None:
        """Accept no more; the connections that there are go on."""
        _forget(self._server)
        self._server.close()

    def __iter__(self):
        return self

    def __next__(self) -> Connection:
        try:
            return self.accept()
        except Closed:
            raise StopIteration from None

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()


class _SocketConnection(Connection):
    def __init__(self, sock, peer, kinds, limit_bytes):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._limit_bytes = limit_bytes
        self._frames = Frames(kinds, limit_bytes)
        self._inbox = deque()
        self._ended = None  # what receive() raises once the inbox is empty
        self._outbox = bytearray()
        self._flushing = False
        self._flushed = Waiters("room in the outbox")
        self._closed = False
        self._broken = None  # what send() raises from then on
        self.peer = _show(peer)
        here = _show(sock.getsockname())
        self.out, self.into = f"{here}>{self.peer}", f"{self.peer}>{here}"

    def _send(self, message, timeout):
        if self._closed:
            raise Closed(f"the connection to {self.peer} is closed")
        if self._broken is not None:
            raise self._broken
        frame = encode(message, self._limit_bytes)
        self._outbox += frame
        self._queued(message, len(frame))
        if not self._flushing:
            self._flush()
        elif len(self._outbox) > self._limit_bytes:
            self._flushed.wait(timeout)
            if self._broken is not None:
                raise self._broken

    def _receive(self, timeout):
        deadline, waited = None, False
        while not self._inbox:
            if self._closed:
                raise Closed(f"the connection to {self.peer} is closed")
            if self._ended is not None:
                raise self._ended
            if self._read():
                # A peer that writes without end must not stop the others.
                if not waited and type(getcurrent()) is Stack:
                    schedule()
            else:
                what = f"for a message from {self.peer}"
                if timeout is not None:  # for the whole message
                    now = _me("receive()").scheduler.clock.now()
                    deadline = now + timeout if deadline is None else deadline
                    timeout = max(0.0, deadline - now)
                _wait(self._sock, selectors.EVENT_READ, what, timeout)
                waited = True
        message = self._inbox.popleft()
        self._taken(message)
        return message

    def close(self):
        if self._closed:
            return
        self._closed = True
        self._inbox.clear()
        if not self._flushing:  # else whoever flushes hangs up after it
            self._hang_up()

    def _hang_up(self):
        """End our half; read on until the peer ends its own, then close.

        To close with bytes unread, or to come, makes the system reset the
        connection, and what we sent may be lost with it.
        """
        _forget(self._sock)
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:  # the peer is gone already
            self._sock.close()
            return
        me, more = getcurrent(), self._drain()
        if not more or type(me) is not Stack or me.scheduler.ending:
            self._sock.close()
            return
        spawn(self._linger, name="hang up", daemon=True)
        try:
            schedule()  # it has started when we come back
        except BaseException:
            self._sock.close()
            raise

    def _linger(self):
        clock = _me("close()").scheduler.clock
        deadline = clock.now() + LINGER
        try:
            while self._drain():
                what = f"for {self.peer} to hang up, too"
                left = max(0.0, deadline - clock.now())
                _wait(self._sock, selectors.EVENT_READ, what, left)
        except TimeoutError:
            pass
        finally:
            self._sock.close()

    def _drain(self) -> bool:
        """Read what is there, and drop it. False if nothing more can come."""
        try:
            for _ in range(DRAINS):
                if not self._sock.recv(READ_BYTES):
                    return False
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    def _read(self) -> bool:
        """Read what is there. False if nothing was."""
        try:
            data = self._sock.recv(READ_BYTES)
        except BlockingIOError:
            return False
        except OSError as error:
            self._ended = Broken(f"{self.peer} is gone: {error.strerror}")
            return True
        self.bytes_received += len(data)
        try:
            if data:
                self._inbox.extend(self._frames.feed(data))
            else:
                self._ended = Closed(f"{self.peer} has closed the connection")
                self._frames.end()
        except Malformed as error:
            self._ended = error
        return True

    def _flush(self):
        self._flushing = True
        try:
            while self._outbox:
                try:
                    sent = self._sock.send(self._outbox)
                except BlockingIOError:
                    what = f"until {self.peer} reads"
                    _wait(self._sock, selectors.EVENT_WRITE, what)
                else:
                    del self._outbox[:sent]
        except OSError as error:
            self._outbox.clear()
            self._broken = Broken(f"{self.peer} is gone: {error.strerror}")
            raise self._broken from None
        finally:
            self._flushing = False
            self._flushed.wake()
            if self._outbox:  # killed on the way; the rest must still go
                spawn(self._flush_rest, name="flush", daemon=True)
            elif self._closed:
                self._hang_up()

    def _flush_rest(self):
        if not self._flushing:
            with suppress(Broken):  # the next send() says so
                self._flush()


class _SocketWait:
    """What a tasklet waits for while the clock watches a socket."""

    def __init__(self, stack, clock, sock, event, what):
        self.stack = stack
        self.clock = clock
        self.sock = sock
        self.event = event
        self.what = what
        clock.watch(sock, event, self.wake)
        self.waiting = True
        stack.scheduler.watching += 1
        stack.scheduler.look_at_clock()

    def wake(self):
        self._settle()
        self.stack.go_on()

    def leave(self, stack) -> bool:
        if not self.waiting:
            return False
        self._settle()
        self.clock.unwatch(self.sock, self.event)
        return True

    def _settle(self):
        self.waiting = False
        self.stack.scheduler.watching -= 1

    def describe_wait(self, stack) -> str:
        return self.what


def _wait(sock, event, what, timeout=None):
    """Let others run until the socket is ready."""
    me = _me("waiting for a socket")
    clock = me.scheduler.clock
    if not isinstance(clock, SystemClock):
        raise Misuse(
            "sockets are real: run them on a SystemClock, which is what run() "
            f"does by itself, not on {type(clock).__name__}"
        )
    me.waits_for = _SocketWait(me, clock, sock, event, what)
    me.park(timeout)


def _forget(sock):
    """Whoever waits for it goes on, and finds it closed."""
    me = getcurrent()
    if type(me) is Stack and isinstance(me.scheduler.clock, SystemClock):
        me.scheduler.clock.forget(sock)


def _finish_connecting(sock, where, deadline):
    try:
        sock.connect(where)
    except BlockingIOError:
        what = f"for {_show(where)} to answer"
        left = deadline - _me("connect()").scheduler.clock.now()
        _wait(sock, selectors.EVENT_WRITE, what, max(0.0, left))
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error)) from None


def _look_up(host, port):
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _show(address) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
