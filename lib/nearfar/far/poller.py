"""Pollers: how the system tells that a socket has become ready.

The one idea: a socket is watched for as long as it lives, not anew for each
wait. The system is told once, and reports when the socket *becomes* ready
(epoll calls that edge-triggered). Without epoll, `selectors` does the same
work with one more call for each wait. Read `watching` for its use.
"""

from __future__ import annotations

import time
from contextlib import suppress
from types import ModuleType

# What a socket may be ready for, in the words of poll(2) and epoll(7). ENDED
# adds up all the ways in which the peer can be gone.
READ, WRITE, ENDED = 0x1, 0x4, 0x2018
Told = list[tuple[int, int]]  # (file descriptor, what it is ready for)


def new_poller() -> Epoll | Selector:
    """The best poller that this system has."""
    import select  # here, because a browser has none

    return Epoll(select) if hasattr(select, "epoll") else Selector()


class Epoll:
    """Tells each change once, as long as the socket lives."""

    tells_all = True

    def __init__(self, select: ModuleType):
        epoll = select.epoll()
        self.poll, self.close = epoll.poll, epoll.close
        self._register, self._unregister = epoll.register, epoll.unregister
        self._modify = epoll.modify
        self._what = READ | WRITE | select.EPOLLRDHUP | select.EPOLLET

    def add(self, file: int) -> None:
        with suppress(FileExistsError):  # an interrupt came in between
            self._register(file, self._what)

    def remove(self, file: int) -> None:
        with suppress(FileNotFoundError):
            self._unregister(file)

    def want(self, file: int, what: int) -> None:
        """It is told anyway."""

    def again(self, file: int) -> None:
        self._modify(file, self._what)  # which tells what is ready by now


class Selector:
    """Tells what is ready, once for each time that it is wanted."""

    tells_all = False

    def __init__(self) -> None:
        import selectors

        self._selector = selectors.DefaultSelector()
        self.close = self._selector.close
        self._words = {
            READ: selectors.EVENT_READ,
            WRITE: selectors.EVENT_WRITE,
            READ | WRITE: selectors.EVENT_READ | selectors.EVENT_WRITE,
        }
        self._meanings = {event: what for what, event in self._words.items()}
        self._wanted: dict[int, int] = {}

    def add(self, file: int) -> None:
        self._wanted[file] = 0

    def remove(self, file: int) -> None:
        self._change(file, 0)
        del self._wanted[file]

    def want(self, file: int, what: int) -> None:
        self._change(file, self._wanted[file] | what)

    def again(self, file: int) -> None:
        self._change(file, READ | WRITE)

    def poll(self, seconds: float) -> Told:
        if not self._selector.get_map():  # some refuse to wait for nothing
            time.sleep(seconds)
            return []
        told = [
            (key.fd, self._meanings[events])
            for key, events in self._selector.select(seconds)
        ]
        for file, what in told:
            self._change(file, self._wanted[file] & ~what)
        return told

    def _change(self, file: int, wanted: int) -> None:
        before, self._wanted[file] = self._wanted[file], wanted
        if before == wanted:
            return
        if not before:
            self._selector.register(file, self._words[wanted])
        elif not wanted:
            self._selector.unregister(file)
        else:
            self._selector.modify(file, self._words[wanted])
