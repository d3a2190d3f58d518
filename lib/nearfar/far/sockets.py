"""Sockets: the connection contract over TCP, inside the same run loop.

The one idea: the same messages go over a socket. `listen` and `connect` make
the two ends; the rest is `send` and `receive` as in `connections`, with the
frames of `messages` on the wire, after the first words of `handshake`.

How bytes come and go without stopping the other tasklets is in `wire` and
`stream`, messages over them in `tcp`, and who is let in in `listener`. These
need the module `socket`, so they are imported when they are used.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

from ..near import Closed
from .connections import Broken, Connection
from .deadlines import Deadline
from .handshake import Handshake
from .messages import LIMIT, Kinds, Malformed

if TYPE_CHECKING:
    import socket
    import ssl

    from .listener import TcpListener
    from .tcp import TcpConnection

__all__ = ["listen", "connect", "parse_address"]

BACKLOG = 1_024  # connections that may wait to be accepted
CONNECTIONS = 10_000  # of one listener at the same time
CONNECT_TIMEOUT = 5.0  # seconds, for all addresses of a name, and handshake
IDLE_TIMEOUT = 3_600.0  # seconds without a whole message
RESERVE = 32  # files that are left to the program

Token = str | bytes | None


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
    kinds: Kinds,
    address: str = "127.0.0.1:0",
    *,
    limit_bytes: int = LIMIT,
    token: Token = None,
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
    from .listener import TcpListener

    host, port = parse_address(address)
    Handshake(True, token)  # a token that is too short is told now

    def meet(sock: socket.socket, peer: Any) -> TcpConnection:
        handshake = Handshake(True, token)
        return _connection(sock, peer, kinds, limit_bytes, handshake, tls, None)

    try:
        server = _serve(host, port)
    except OSError as error:
        number = error.errno or 0  # getaddrinfo's are below 0
        problem = os.strerror(number) if number > 0 else error.strerror
        raise OSError(f"cannot listen on {address}: {problem}") from None
    return TcpListener(server, meet, _fitting(connections), idle_timeout)


def connect(
    kinds: Kinds,
    address: str,
    *,
    timeout: float = CONNECT_TIMEOUT,
    limit_bytes: int = LIMIT,
    token: Token = None,
    tls: ssl.SSLContext | None = None,
) -> Connection:
    """Connect to a listener; messages of `kinds` may come back.

    Raises `Broken` if no listener answers within `timeout` seconds, or if it
    answers otherwise than expected. With a `token`, the listener must know it.
    With `tls`, its certificate must be valid for the host of `address`. The
    system looks up a host's name; all tasklets wait meanwhile.
    """
    deadline = Deadline(timeout)
    host, port = parse_address(address)
    Handshake(False, token)  # a token that is too short is told now
    try:
        choices = _look_up(host, port)
    except OSError as error:
        raise Broken(f"cannot find {host!r}: {error.strerror}") from None
    problem = None
    for left, (family, *_, where) in enumerate(choices, -len(choices)):
        try:
            sock = new_socket(family)
        except OSError as error:  # no such family here, or no more files
            problem = error.strerror
            continue
        handshake = Handshake(False, token)
        connection = _connection(
            sock, where, kinds, limit_bytes, handshake, tls, host
        )
        try:
            connection.stream.connect(where, deadline.share(-left))
            connection.begin()
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


def _connection(
    sock: socket.socket,
    peer: Any,
    kinds: Kinds,
    limit_bytes: int,
    handshake: Handshake,
    tls: ssl.SSLContext | None,
    host: str | None,
) -> TcpConnection:
    """A connection over a socket; `host` is None at the listener."""
    from .stream import Stream
    from .tcp import TcpConnection

    privacy = None
    if tls is not None:
        from .tls import Privacy

        privacy = Privacy(tls, host)
    stream = Stream(sock, peer, privacy)
    return TcpConnection(stream, handshake, kinds, limit_bytes)


def _serve(host: str, port: int) -> socket.socket:
    import socket

    family, _, _, _, where = _look_up(host, port)[0]
    return socket.create_server(
        where, family=family, backlog=BACKLOG, reuse_port=False
    )


def new_socket(family: int) -> socket.socket:
    """A socket to connect with; its port is no obstacle to a listener."""
    import socket

    sock = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would let others take the port over
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return sock


def _look_up(host: str, port: int) -> list[Any]:
    import socket

    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a name with two dots in a row, for instance
        raise OSError(errno.EINVAL, "that cannot be a name") from None


def _fitting(connections: int) -> int:
    """So many, or fewer if the system will not let us open their files."""
    try:
        import resource
    except ImportError:  # Windows knows no such limit
        return connections
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return connections
    return max(1, min(connections, files - RESERVE))
