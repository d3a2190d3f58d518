"""Sockets of one page: what stands for the module `socket`.

What this pretends: TCP over the loopback interface, 127.0.0.1 and ::1. Bytes
go into a bounded buffer of the peer, and come out in order. Ports, backlogs,
"connection refused", half-closed connections and resets are as in Linux.
Nothing leaves the page, nothing is lost or late, and there is no other host.

Left out: UDP, names other than localhost, TLS, out-of-band data.
"""

import errno
import itertools
import os
import socket as real
import struct
from collections import deque
from enum import IntEnum

from . import units

__all__ = ["socket", "socketpair", "create_server", "create_connection"]
__all__ += ["getaddrinfo", "error", "timeout", "gaierror", "herror"]


class AddressFamily(IntEnum):
    AF_UNSPEC = 0
    AF_UNIX = 1
    AF_INET = 2
    AF_INET6 = 10


class SocketKind(IntEnum):
    SOCK_STREAM = 1


AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6 = AddressFamily
SOCK_STREAM = SocketKind.SOCK_STREAM
SHUT_RD, SHUT_WR, SHUT_RDWR = range(3)
SOL_SOCKET, IPPROTO_TCP, IPPROTO_IPV6, IPV6_V6ONLY = 1, 6, 41, 26
SO_REUSEADDR, SO_ERROR, SO_SNDBUF, SO_RCVBUF = 2, 4, 7, 8
SO_KEEPALIVE, SO_LINGER, TCP_NODELAY = 9, 13, 1
TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT = 4, 5, 6
MSG_PEEK, SOMAXCONN, has_ipv6 = 2, 4_096, True
EAI_NONAME = -2
ABORT = struct.pack("ii", 1, 0)  # of SO_LINGER: reset it at close
BUFFERS = {  # bytes: what Linux has for those of one machine
    SO_SNDBUF: 2_626_560,
    SO_RCVBUF: 131_072,
}
PAIR = dict.fromkeys(BUFFERS, 212_992)
FIRST_FILE = 100_000
PORTS = 14_000  # that a web worker gives out, before it begins again

error, timeout = OSError, TimeoutError


class gaierror(OSError):
    """A name that stands for no address."""

    __module__ = "socket"


class herror(OSError):
    """Never raised here."""

    __module__ = "socket"


# What poll(2) and epoll(7) call the states of a socket.
IN, OUT, ERR, HUP, RDHUP = 0x1, 0x4, 0x8, 0x10, 0x2000

by_file = {}  # every open socket
bridge = None  # leads to the listeners of another web worker
_listeners = {}  # (family, port): the socket that listens there
_bound = {}  # (family, port): the sockets that have it
_files = itertools.count(FIRST_FILE)
_ports = iter(())
_HOSTS = {
    AF_INET: ("127.0.0.1", "localhost", "0.0.0.0", ""),
    AF_INET6: ("::1", "localhost", "::", ""),
}


def give_ports_from(first):
    """Each web worker has ports of its own: they never meet."""
    global _ports
    _ports = (first + n % PORTS for n in itertools.count())


def __getattr__(name):
    """What no socket of a page needs, and other modules ask for."""
    return getattr(real, name)


def _problem(number):
    return OSError(number, os.strerror(number))


class socket:
    """One end of a connection, or a listener."""

    def __init__(self, family=AF_INET, type=SOCK_STREAM, proto=0, fileno=None):
        if type != SOCK_STREAM or family not in (*_HOSTS, AF_UNIX):
            raise _problem(errno.EAFNOSUPPORT)
        self.family, self.type, self.proto = family, type, proto
        self._seconds = None
        self._options = {}
        self._here = self._there = None
        self._peer = None  # the other end, until it is reset or closed
        self._in = bytearray()
        self._backlog = None  # connections that wait to be accepted
        self._room = 0
        self._late = deque()  # of a listener: those for whom it has no room
        self._full = False  # a write found no room
        self._connecting = self._connected = False
        self._fin_in = self._fin_out = False
        self._deaf = False  # after SHUT_RD
        self._error = 0
        self.watchers = set()  # of `selecting`: told of each change
        self._file = next(_files)
        by_file[self._file] = self
        self._owner = units.current
        self._owner.files.add(self)

    # --- What is the same for all

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def __repr__(self):
        return f"<socket fd={self._file} of this page>"

    def fileno(self):
        return self._file

    def detach(self):
        raise _problem(errno.EOPNOTSUPP)

    def setblocking(self, flag):
        self._seconds = None if flag else 0.0

    def getblocking(self):
        return self._seconds != 0.0

    def settimeout(self, seconds):
        self._seconds = seconds

    def gettimeout(self):
        return self._seconds

    def setsockopt(self, level, option, value, length=None):
        self._check()
        self._options[level, option] = value

    def getsockopt(self, level, option, size=0):
        self._check()
        if (level, option) == (SOL_SOCKET, SO_ERROR):
            number, self._error = self._error, 0
            return number
        value = self._options.get((level, option), self._usual(option))
        return value if not size or isinstance(value, bytes) else bytes(size)

    def _usual(self, option):
        sizes = BUFFERS if self.family != AF_UNIX else PAIR
        return sizes.get(option, 0)

    def getsockname(self):
        self._check()
        if self._here is None:
            return _address(self.family, 0, "0.0.0.0", "::")
        return self._here

    def getpeername(self):
        self._check()
        if not self._connected:
            raise _problem(errno.ENOTCONN)
        return self._there

    # --- Getting through

    def bind(self, where):
        self._check()
        host, port = where[:2]
        if host not in _HOSTS[self.family]:
            raise _problem(errno.EADDRNOTAVAIL)
        if self._here is not None:
            raise _problem(errno.EINVAL)
        if port and not self._may_share(port):
            raise _problem(errno.EADDRINUSE)
        self._take_port(port)

    def _may_share(self, port):
        """As SO_REUSEADDR allows: with sockets that do not listen."""
        holders = _bound.get((self.family, port), ())
        return all(
            each._backlog is None
            and each._options.get((SOL_SOCKET, SO_REUSEADDR))
            and self._options.get((SOL_SOCKET, SO_REUSEADDR))
            for each in holders
        )

    def _take_port(self, port):
        while not port or not self._may_share(port):
            port = next(_ports)
        _bound.setdefault((self.family, port), set()).add(self)
        self._here = _address(self.family, port)

    def _give_port_back(self):
        if self._here and self.family != AF_UNIX:
            where = self.family, self._here[1]
            _bound.get(where, set()).discard(self)
            if not _bound.get(where):
                _bound.pop(where, None)

    def listen(self, backlog=128):
        self._check()
        if self._here is None:
            self._take_port(0)
        self._backlog, self._room = deque(), max(1, min(backlog, SOMAXCONN))
        _listeners[self.family, self._here[1]] = self

    def connect(self, where):
        number = self.connect_ex(where)
        if number == errno.EAGAIN:
            raise TimeoutError("timed out")
        if number:
            raise _problem(number)

    def connect_ex(self, where):
        self._check()
        if self._connected:
            return errno.EISCONN
        host, port = where[:2]
        if host not in _HOSTS[self.family]:
            return errno.ENETUNREACH
        listener = _listeners.get((self.family, port))
        if listener is None and self._here and self._here[1] == port:
            self._there = self._here  # TCP connects it to itself
            _join(self, self)
            return 0
        if listener is None and bridge is not None:
            self._take_port(0)
            self._there = _address(self.family, port)
            _join(self, bridge.call(port))
            return 0
        if listener is None:
            return errno.ECONNREFUSED
        self._connecting = True
        listener._late.append(self)
        listener._let_in()
        if not self._wait(lambda: not self._connecting):
            return errno.EINPROGRESS if self._seconds == 0.0 else errno.EAGAIN
        number, self._error = self._error, 0
        return number

    def _let_in(self):
        """Connect those who wait, while there is room."""
        while self._late and len(self._backlog) < self._room:
            peer = self._late.popleft()
            if peer._file < 0:
                continue
            if peer._here is None:
                peer._take_port(0)
            other = socket(self.family)
            other._here = _address(self.family, self._here[1])
            other._there = peer._here
            peer._there, peer._connecting = other._here, False
            other.give_to(self._owner)
            self._backlog.append(other)
            _join(peer, other)
            self.changed()

    def give_to(self, unit):
        """From now on it is closed when that unit ends."""
        self._owner.files.discard(self)
        self._owner = unit
        unit.files.add(self)

    def accept(self):
        self._check()
        if self._backlog is None or self._deaf:
            raise _problem(errno.EINVAL)
        self._block(lambda: self._backlog or self._deaf)
        if not self._backlog:  # it was shut meanwhile
            raise _problem(errno.EINVAL)
        new = self._backlog.popleft()
        self._let_in()
        return new, new._there

    # --- Bytes

    def send(self, data, flags=0):
        self._check()
        self._raise_error()
        if not self._connected:
            raise _problem(errno.EPIPE)
        self._block(lambda: self._free() > 0 or self._cannot_send())
        self._raise_error()
        if self._cannot_send():
            raise _problem(errno.EPIPE)
        peer, data = self._peer, memoryview(data).cast("B")
        if peer is None:  # it has closed: this is what tells us
            self._reset(errno.EPIPE)
            return len(data)
        taken = data[: self._free()]
        peer._in += taken
        self._full = len(taken) < len(data)
        peer.changed()
        return len(taken)

    def sendall(self, data, flags=0):
        data = memoryview(data).cast("B")
        while data:
            data = data[self.send(data) :]

    def recv(self, size, flags=0):
        self._check()
        if not self._connected and not self._error:
            raise _problem(errno.ENOTCONN)
        if not self._at_end():
            self._block(lambda: self._in or self._at_end())
        if not self._in:
            if not (self._fin_in or self._deaf):
                self._raise_error()
            return b""
        data = bytes(self._in[:size])
        if not flags & MSG_PEEK:
            del self._in[:size]
            self._make_room()
        return data

    def recv_into(self, buffer, size=0, flags=0):
        view = memoryview(buffer).cast("B")
        data = self.recv(size or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def makefile(self, mode="r", *args, **named):
        raise _problem(errno.EOPNOTSUPP)

    # --- The end

    def shutdown(self, how):
        self._check()
        if self._backlog is not None:
            self._deaf = True
            self.changed()
            return
        if not self._connected:
            raise _problem(errno.ENOTCONN)
        if how in (SHUT_RD, SHUT_RDWR):
            self._deaf = True
        if how in (SHUT_WR, SHUT_RDWR):
            self._say_fin()
        self.changed()

    def close(self):
        if self._file >= 0:
            self.abandon()
            self._owner.files.discard(self)

    def abandon(self):
        """Close it, as the system does when a program ends."""
        self._close_door()
        abort = self._options.get((SOL_SOCKET, SO_LINGER)) == ABORT
        peer = self._peer
        if peer is not None:
            if self._in or abort:
                peer._reset(errno.ECONNRESET)
            else:
                self._say_fin()
                peer._peer = None
            self._peer = None
        for watcher in list(self.watchers):
            watcher.forget(self)
        self._give_port_back()
        by_file.pop(self._file, None)
        self._file = -1

    def _close_door(self):
        """Hang up on those that have not been accepted."""
        if self._backlog is not None:
            del _listeners[self.family, self._here[1]]
            for stranger in [*self._backlog]:
                stranger._options[SOL_SOCKET, SO_LINGER] = ABORT
                stranger.close()
            self._backlog.clear()
            self._deaf = True
            for peer in self._late:
                peer._connecting, peer._error = False, errno.ECONNREFUSED
                peer.changed()

    # --- What the others ask

    def events(self):
        """What it is ready for, in the words of poll(2)."""
        if self._backlog is not None:
            return IN if self._backlog or self._deaf else 0
        if self._connecting:
            return 0
        if not self._connected:
            return (ERR if self._error else 0) | OUT | HUP
        told = IN if self._in or self._at_end() else 0
        told |= OUT if self._cannot_send() or self._has_room() else 0
        told |= RDHUP if self._fin_in or self._deaf else 0
        told |= ERR if self._error else 0
        return told | (HUP if self._fin_in and self._fin_out else 0)

    def changed(self):
        """Tell those that watch it."""
        for watcher in [*self.watchers]:
            watcher.tell(self)

    def _check(self):
        if self._file < 0:
            raise _problem(errno.EBADF)

    def _wait(self, asks):
        return bool(asks()) or (
            self._seconds != 0.0 and bool(units.wait(asks, self._seconds))
        )

    def _block(self, asks):
        """Wait as this socket waits. Raises what it then raises."""
        if not self._wait(lambda: asks() or self._file < 0):
            if self._seconds == 0.0:
                self._full = True
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            raise TimeoutError("timed out")
        self._check()

    def _at_end(self):
        return self._fin_in or self._deaf or self._error != 0

    def _cannot_send(self):
        return self._fin_out or self._error != 0

    def _limit(self):
        """How many bytes may be on the way."""
        peer = self._peer
        return self._size(SO_SNDBUF) + (
            peer._size(SO_RCVBUF) if self.family != AF_UNIX else 0
        )

    def _size(self, option):
        return self._options.get((SOL_SOCKET, option), self._usual(option))

    def _free(self):
        if self._peer is None:
            return 1
        return max(0, self._limit() - len(self._peer._in))

    def _has_room(self):
        """Once it was full, it tells room only when a third is free."""
        if self._peer is None:
            return True
        least = self._limit() / 3 if self._full else 1
        return self._free() >= least

    def _make_room(self):
        peer = self._peer
        if peer is not None and peer._full and peer._has_room():
            peer._full = False
            peer.changed()

    def _say_fin(self):
        if not self._fin_out:
            self._fin_out = True
            if self._peer is not None:
                self._peer._fin_in = True
                self._peer.changed()

    def _reset(self, number):
        """The connection breaks; the next call finds out."""
        self._error = errno.EPIPE if self._fin_in else number
        self._fin_out = True
        self._peer = None
        self.changed()

    def _raise_error(self):
        number, self._error = self._error, 0
        if number:
            self._fin_in = self._fin_out = True
            raise _problem(number)


SocketType = socket


def _join(one, other):
    one._peer, other._peer = other, one
    one._connected = other._connected = True
    one.changed()


def _address(family, port, four="127.0.0.1", six="::1"):
    return (six, port, 0, 0) if family == AF_INET6 else (four, port)


def socketpair(family=AF_UNIX, type=SOCK_STREAM, proto=0):
    """Two ends that are connected to each other."""
    one, other = socket(family, type), socket(family, type)
    for each in (one, other):
        each._here = each._there = ""
    _join(one, other)
    return one, other


def create_server(
    where,
    *,
    family=AF_INET,
    backlog=None,
    reuse_port=False,
    dualstack_ipv6=False,
):
    """A socket that listens."""
    server = socket(family)
    server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    try:
        server.bind(where)
        server.listen(128 if backlog is None else backlog)
    except OSError:
        server.close()
        raise
    return server


def create_connection(where, timeout=None, source_address=None):
    """A socket that is connected."""
    family, *_, address = getaddrinfo(*where)[0]
    sock = socket(family)
    sock.settimeout(timeout)
    try:
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """The addresses of this page, which are all that there are."""
    if host is not None:
        host.encode("idna")  # UnicodeError, as the real one
    found = [
        (each, SOCK_STREAM, IPPROTO_TCP, "", _named(each, host, port))
        for each, hosts in _HOSTS.items()
        if (host or "") in hosts and family in (0, each)
    ]
    if not found:
        raise gaierror(EAI_NONAME, "Name or service not known")
    return found


def _named(family, host, port):
    wild = {"0.0.0.0": "0.0.0.0", "::": "::"}.get(host)
    return _address(family, int(port or 0), wild or "127.0.0.1", wild or "::1")


give_ports_from(32_768)
