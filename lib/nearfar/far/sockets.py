"""Sockets: the connection contract over TCP, inside the same run loop.

The one idea: whoever comes to the door is met by a tasklet of his own. A
stranger has a few seconds for his first words; one that is silent, slow or
hostile costs a place among so many, for so long, and nobody else anything.

`listen` and `connect` make the two ends; the rest is `send` and `receive` as
in `connections`, with the frames of `messages` on the wire, after the first
words of `handshake`. How bytes come and go without stopping anybody is in
`wire` and `tcp`.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from contextlib import suppress
from functools import partial

from ..near import Closed, Misuse, lowlevel, sleep, spawn
from .connections import Broken, Connection, Listener
from .handshake import Handshake
from .messages import LIMIT, Malformed
from .tcp import TcpConnection, show
from .tls import Privacy
from .wire import Wire

__all__ = ["listen", "connect", "parse_address", "TcpListener"]

BACKLOG = 1_024  # connections that may wait to be accepted
CONNECTIONS = 10_000  # of one listener at the same time
CONNECT_TIMEOUT = 5.0  # seconds, for all addresses of a name, and handshake
HANDSHAKE_TIMEOUT = 5.0  # seconds that a stranger has for his first words
IDLE_TIMEOUT = 3_600.0  # seconds without a whole message
ACCEPT_PAUSE = 0.05  # seconds to wait when no more files can be opened
RESERVE = 32  # files that are left to the program
NO_DOOR = {errno.EBADF, errno.EINVAL, errno.ENOTSOCK}


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
    kinds,
    address: str = "127.0.0.1:0",
    *,
    limit_bytes: int = LIMIT,
    token: str | bytes | None = None,
    tls: ssl.SSLContext | None = None,
    connections: int = CONNECTIONS,
    idle_timeout: float = IDLE_TIMEOUT,
) -> TcpListener:
    """Listen for connections that carry messages of `kinds`.

    Port 0 means any free one; the listener's `address` says which. With a
    `token` only those come in who know it, too; with `tls` (a context that
    holds the certificate) everything is encrypted. No more than `connections`
    are open at a time, or as many as this process may open files; the next
    wait outside. One from which no whole message
    comes, and which takes none, for `idle_timeout` seconds (or up to twice as
    long) is broken.

    Raises OSError with a clear text if the address cannot be had.
    """
    host, port = parse_address(address)
    start = partial(
        TcpConnection,
        kinds=kinds,
        limit_bytes=limit_bytes,
        first=lambda: Handshake(True, token),
        private=tls and (lambda: Privacy(tls, None)),
    )
    Handshake(True, token)  # a token that is too short is told now
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
    return TcpListener(server, start, _fitting(connections), idle_timeout)


def connect(
    kinds,
    address: str,
    *,
    timeout: float = CONNECT_TIMEOUT,
    limit_bytes: int = LIMIT,
    token: str | bytes | None = None,
    tls: ssl.SSLContext | None = None,
) -> Connection:
    """Connect to a listener; messages of `kinds` may come back.

    Raises `Broken` if nobody answers there within `timeout` seconds, or not
    as expected: with a `token`, the listener must know it, too; with `tls`
    (a context that knows whom to trust), its certificate must be good for the
    host of `address`. Looking up a host's name is left to the system, and
    stops everybody meanwhile.
    """
    deadline = lowlevel.Deadline(timeout)
    host, port = parse_address(address)
    Handshake(False, token)  # a token that is too short is told now
    try:
        choices = _look_up(host, port)
    except OSError as error:
        raise Broken(f"cannot find {host!r}: {error.strerror}") from None
    for left, (family, _, _, _, where) in enumerate(choices, -len(choices)):
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:  # no such family here, or no more files
            problem = error.strerror
            continue
        connection = TcpConnection(
            sock,
            where,
            kinds=kinds,
            limit_bytes=limit_bytes,
            first=lambda: Handshake(False, token),
            private=tls and (lambda: Privacy(tls, host)),
        )
        try:
            connection.call(where, deadline.share(-left))
            if token or tls:
                connection.agree(deadline)
        except (OSError, Closed, Malformed) as error:
            problem = getattr(error, "strerror", None) or str(error)
            if isinstance(error, TimeoutError):
                problem = f"no answer within {timeout} s"
            connection.drop()
        except BaseException:
            connection.drop()
            raise
        else:
            return connection
    raise Broken(f"cannot connect to {address}: {problem}")


class TcpListener(Listener):
    """Where TCP connections arrive. Iterate over it, or `accept()` them.

    Strangers say their first words to tasklets of their own, so that a silent
    one keeps nobody waiting, and `accept()` gives those who have.
    """

    def __init__(self, server, start, most: int, idle_timeout: float):
        super().__init__(show(server.getsockname()))
        self.open = set()  # connections, from arrival until they are gone
        self._door = Wire(server, "somebody at the door")
        self._start = start
        self._most = most
        self._idle_timeout = idle_timeout
        self._strangers = []  # whose first words are still to come
        self._left = lowlevel.Waiters("connections to end")
        self._keepers = []

    def _close_door(self):
        self._door.vanish()
        for keeper in self._keepers:
            with suppress(Misuse):  # it has ended with another run
                keeper.kill()
        for connection in self._strangers:
            connection.drop()

    def _turn_away(self, connection):
        connection.drop()

    def stop(self, timeout: float) -> int:
        """Close, and let what is in flight finish; returns how many were cut.

        Each connection gives what has arrived, then `Closed`, as if its peer
        had closed: whoever serves it answers that, and is done. Those that are
        not closed within `timeout` seconds are broken.
        """
        deadline = lowlevel.Deadline(timeout)
        self.close()
        for connection in list(self.open):
            connection.stop()
        with suppress(TimeoutError):
            while self.open:
                self._left.wait(deadline.left())
        for connection in (cut := list(self.open)):
            connection.give_up(f"{self.address} has stopped")
        return len(cut)

    def _open_door(self):
        if not all(keeper.done for keeper in self._keepers):
            return
        self._door.attach(lowlevel.current_stack("accept()").scheduler.clock)
        self._keepers = [
            spawn(self._let_in, name="door", daemon=True),
            spawn(self._part_with_idle, name="idle", daemon=True),
        ]
        for connection in self._strangers:
            spawn(self._greet, connection, name="greet", daemon=True)

    def _let_in(self):
        while True:
            while len(self.open) >= self._most:
                self._left.wait()
            try:
                sock, peer = self._door.sock.accept()
            except BlockingIOError:
                self._door.readable = False  # until the clock says more
                self._door.wait(self._door.arrived, lowlevel.READ)
            except ConnectionError:
                pass  # it hung up before we came to it
            except OSError as error:
                if error.errno in NO_DOOR:
                    raise
                # Too many files are open, or the network had a hiccup, of
                # which the one who came is a victim. That passes.
                sleep(ACCEPT_PAUSE)
            else:
                connection = self._start(sock, peer, gone=self._gone)
                self.open.add(connection)
                self._strangers.append(connection)
                spawn(self._greet, connection, name="greet", daemon=True)

    def _greet(self, connection):
        try:
            connection.begin()
            connection.agree(lowlevel.Deadline(HANDSHAKE_TIMEOUT))
        except Malformed as error:
            connection.refuse(str(error))
        except (OSError, Closed):
            connection.drop()
        else:
            self.arrive(connection)
        self._strangers.remove(connection)  # else the next run goes on with it

    def _part_with_idle(self):
        while True:
            before = {each: each.activity for each in self.open}
            sleep(self._idle_timeout)
            for each in self.open & before.keys():
                if each.activity == before[each]:
                    each.give_up(f"idle for {self._idle_timeout:g} s")

    def _gone(self, connection):
        self.open.discard(connection)
        self._left.wake()


def _look_up(host, port):
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a name with two dots in a row, for instance
        raise OSError(errno.EINVAL, "that cannot be a name") from None


def _fitting(connections):
    """So many, or fewer if the system will not let us open their files."""
    try:
        import resource
    except ImportError:  # Windows knows no such limit
        return connections
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return connections
    return max(1, min(connections, files - RESERVE))
