"""Sockets: the connection contract over TCP, inside the same run loop.

The one idea: never block the process. Every socket is non-blocking; a tasklet
that would have to wait asks the clock to watch the socket, and leaves the
processor to others until the clock says that it is ready.

`listen` and `connect` make the two ends; the rest is `send` and `receive` as
in `connections`, with the frames of `messages` on the wire.

Left out: encryption and the identity of the peer (a later chapter).
"""

from __future__ import annotations

import os
import selectors
import socket
from collections import deque

from greenlet import getcurrent

from .channels import Closed
from .clock import SystemClock
from .connections import Broken, Connection, Waiters
from .messages import LIMIT, Frames, Malformed, encode
from .tasklets import Misuse, Stack, _me

__all__ = ["listen", "connect", "parse_address", "Listener"]

READ_BYTES = 65_536  # at most, in one go
BACKLOG = 128  # connections that may wait to be accepted
CONNECT_TIMEOUT = 5.0  # seconds


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

    Raises `Broken` if nobody answers there within `timeout` seconds.
    """
    host, port = parse_address(address)
    try:
        choices = _look_up(host, port)
    except OSError as error:
        raise Broken(f"cannot find {host!r}: {error.strerror}") from None
    for family, _, _, _, where in choices:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            _finish_connecting(sock, where, timeout)
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

    def close(self) -> None:
        """Accept no more; the connections that there are go on."""
        _close(self._server)

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
        self.peer = _show(peer)
        here = _show(sock.getsockname())
        self.out, self.into = f"{here}>{self.peer}", f"{self.peer}>{here}"

    def _send(self, message):
        if self._closed:
            raise Closed(f"the connection to {self.peer} is closed")
        self._outbox += encode(message, self._limit_bytes)
        if not self._flushing:
            self._flush()
        elif len(self._outbox) > self._limit_bytes:
            self._flushed.wait()

    def _receive(self, timeout):
        deadline = None
        while not self._inbox:
            if self._closed:
                raise Closed(f"the connection to {self.peer} is closed")
            if self._ended is not None:
                raise self._ended
            if not self._read():
                what = f"for a message from {self.peer}"
                if timeout is not None:  # for the whole message
                    now = _me("receive()").scheduler.clock.now()
                    deadline = deadline or now + timeout
                    timeout = max(0.0, deadline - now)
                _wait(self._sock, selectors.EVENT_READ, what, timeout)
        return self._inbox.popleft()

    def close(self):
        if self._closed:
            return
        self._closed = True
        try:
            self._sock.shutdown(socket.SHUT_WR)
            while self._sock.recv(READ_BYTES):
                pass  # closing with unread bytes would throw ours away too
        except OSError:
            pass
        _close(self._sock)

    def _read(self) -> bool:
        """Read what is there. False if nothing was."""
        try:
            data = self._sock.recv(READ_BYTES)
        except BlockingIOError:
            return False
        except OSError as error:
            self._ended = Broken(f"{self.peer} is gone: {error.strerror}")
            return True
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
            raise Broken(f"{self.peer} is gone: {error.strerror}") from None
        finally:
            self._flushing = False
            self._flushed.wake()


class _SocketWait:
    """What a tasklet waits for while the clock watches a socket."""

    def __init__(self, clock, sock, event, what):
        self.clock = clock
        self.sock = sock
        self.event = event
        self.what = what

    def leave(self, stack) -> bool:
        return self.clock.unwatch(self.sock, self.event)

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
    clock.watch(sock, event, me.go_on)
    me.scheduler.look_at_clock()
    me.waits_for = _SocketWait(clock, sock, event, what)
    me.park(timeout)


def _close(sock):
    """Close it; whoever waits for it goes on, and finds it closed."""
    me = getcurrent()
    if type(me) is Stack and isinstance(me.scheduler.clock, SystemClock):
        me.scheduler.clock.forget(sock)
    sock.close()


def _finish_connecting(sock, where, timeout):
    try:
        sock.connect(where)
    except BlockingIOError:
        what = f"for {_show(where)} to answer"
        _wait(sock, selectors.EVENT_WRITE, what, timeout)
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error)) from None


def _look_up(host, port):
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _show(address) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
