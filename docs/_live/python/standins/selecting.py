"""Which socket is ready: what stands for the module `select`.

What this pretends: the system's list of watched files. It knows the sockets of
this page (`sockets`) and nothing else. `epoll` tells changes (EPOLLET) or
states, as Linux does; `select` looks once at each file that it is given.
"""

import errno
import os

from . import sockets, units

__all__ = ["epoll", "select"]

error = OSError
EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR, EPOLLHUP = 0x1, 0x2, 0x4, 0x8, 0x10
EPOLLRDHUP, EPOLLONESHOT, EPOLLET, EPOLL_CLOEXEC = (
    *(0x2000, 1 << 30, 1 << 31, 0x80000),
)


def _problem(kind, number):
    return kind(number, os.strerror(number))


class epoll:
    """The sockets that are watched, and those that have changed."""

    def __init__(self, sizehint=-1, flags=0):
        self.closed = False
        self._wanted = {}  # socket: what is watched for
        self._changed = {}  # sockets that have something to tell, in order

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        for sock in self._wanted:
            sock.watchers.discard(self)
        self.closed = True
        self._wanted.clear()
        self._changed.clear()

    def register(self, file, eventmask=EPOLLIN | EPOLLPRI | EPOLLOUT):
        sock = _socket(file)
        if sock in self._wanted:
            raise _problem(FileExistsError, errno.EEXIST)
        sock.watchers.add(self)
        self._wanted[sock] = eventmask
        self.tell(sock)

    def modify(self, file, eventmask):
        self._wanted[self._watched(file)] = eventmask
        self.tell(_socket(file))

    def unregister(self, file):
        self.forget(self._watched(file))

    def poll(self, timeout=None, maxevents=-1):
        if timeout is not None and timeout < 0:
            timeout = None
        units.wait(self._any, timeout)
        told = []
        for sock in list(self._changed)[: maxevents if maxevents > 0 else None]:
            what = self._told(sock)
            if not what or self._wanted[sock] & EPOLLET:
                del self._changed[sock]
            if what:
                told.append((sock.fileno(), what))
        return told

    # --- What sockets call

    def tell(self, sock):
        """It has changed."""
        self._changed[sock] = None

    def forget(self, sock):
        """It is closed, or no longer watched."""
        self._wanted.pop(sock, None)
        self._changed.pop(sock, None)
        sock.watchers.discard(self)

    def _any(self):
        return any(self._told(sock) for sock in self._changed)

    def _told(self, sock):
        wanted = self._wanted[sock] | EPOLLERR | EPOLLHUP
        return sock.events() & wanted

    def _watched(self, file):
        sock = _socket(file)
        if sock not in self._wanted:
            raise _problem(FileNotFoundError, errno.ENOENT)
        return sock


def select(rlist, wlist, xlist, timeout=None):
    """Those that can be read, those that can be written, and none."""
    ends = EPOLLERR | EPOLLHUP

    def ready(files, what):
        return [each for each in files if _socket(each).events() & what]

    def look():
        return ready(rlist, EPOLLIN | ends), ready(wlist, EPOLLOUT | ends)

    units.wait(lambda: any(look()), timeout)
    return *look(), []


def _socket(file):
    number = file if isinstance(file, int) else file.fileno()
    try:
        return sockets.by_file[number]
    except KeyError:
        raise _problem(OSError, errno.EBADF) from None
