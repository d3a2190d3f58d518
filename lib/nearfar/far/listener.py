"""A listener over TCP: a socket, and a tasklet for each stranger.

The one idea: a new peer is a *stranger* until it has said its first words. A
silent, slow or hostile one takes one of a limited number of places, for a
limited time, and delays no other.

Read `TcpListener`, which `listen` in `sockets` makes: what it hands out is in
its base, `Listener`. Two tasklets serve it: one lets peers in, and one breaks
connections that were idle for too long.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from socket import socket
from typing import Any

from ..near import Closed, Misuse, Tasklet, lowlevel, sleep, spawn
from .connections import Connection, Listener
from .deadlines import Deadline
from .messages import Malformed
from .poller import READ
from .tcp import TcpConnection
from .waiting import Waiters
from .wire import Wire, show

__all__ = ["TcpListener"]

HANDSHAKE_TIMEOUT = 5.0  # seconds that a stranger has for its first words
ACCEPT_PAUSE = 0.05  # seconds to wait when no more files can be opened
NO_DOOR = {errno.EBADF, errno.EINVAL, errno.ENOTSOCK}

# Makes a connection of a new socket and the peer's address.
Meet = Callable[[socket, Any], TcpConnection]


class TcpListener(Listener):
    """Where TCP connections arrive. Iterate over it, or `accept()` them.

    Each new peer says its first words to a tasklet of its own, so that a
    silent one delays no other. `accept()` gives those that have said them.
    """

    def __init__(
        self, server: socket, meet: Meet, most: int, idle_timeout: float
    ):
        super().__init__(show(server.getsockname()))
        self.open: set[TcpConnection] = (
            set()
        )  # connections, from arrival until they are gone
        self._door = Wire(server, "a peer to connect")
        self._meet = meet
        self._most = most
        self._idle_timeout = idle_timeout
        self._strangers: list[
            TcpConnection
        ] = []  # whose first words are still to come
        self._left = Waiters("connections to end")
        self._keepers: list[Tasklet] = []

    def _close_door(self) -> None:
        self._door.vanish()
        for keeper in self._keepers:
            with suppress(Misuse):  # it has ended with another run
                keeper.kill()
        for connection in self._strangers:
            connection.drop()

    def _turn_away(self, connection: Connection) -> None:
        assert isinstance(connection, TcpConnection)
        connection.drop()

    def stop(self, timeout: float) -> int:
        """Close, and let what is in flight finish; returns how many were cut.

        Each connection gives what has arrived, then `Closed`, as if its peer
        had closed: the tasklet that serves it answers, and ends. What is still
        open after `timeout` seconds breaks.
        """
        deadline = Deadline(timeout)
        self.close()
        for connection in list(self.open):
            connection.stop()
        with suppress(TimeoutError):
            while self.open:
                self._left.wait(deadline.left())
        for connection in (cut := list(self.open)):
            connection.give_up(f"{self.address} has stopped")
        return len(cut)

    def _open_door(self) -> None:
        if not all(keeper.done for keeper in self._keepers):
            return
        self._door.attach(lowlevel.current_stack("accept()").scheduler.clock)
        self._keepers = [
            spawn(self._let_in, name="door", daemon=True),
            spawn(self._part_with_idle, name="idle", daemon=True),
        ]
        for connection in self._strangers:
            spawn(self._greet, connection, name="greet", daemon=True)

    def _let_in(self) -> None:
        while True:
            while len(self.open) >= self._most:
                self._left.wait()
            try:
                sock, peer = self._door.sock.accept()
            except BlockingIOError:
                self._door.readable = False  # until the clock says more
                self._door.wait(self._door.arrived, READ)
            except ConnectionError:
                pass  # it hung up before we came to it
            except OSError as error:
                if error.errno in NO_DOOR:
                    raise
                # Too many files are open, or the network had a hiccup that
                # hit this peer. That passes.
                sleep(ACCEPT_PAUSE)
            else:
                connection = self._meet(sock, peer)
                connection.stream.gone = partial(self._gone, connection)
                self.open.add(connection)
                self._strangers.append(connection)
                spawn(self._greet, connection, name="greet", daemon=True)

    def _greet(self, connection: TcpConnection) -> None:
        try:
            connection.begin()
            connection.agree(Deadline(HANDSHAKE_TIMEOUT))
        except Malformed as error:
            connection.refuse(str(error))
        except (OSError, Closed):
            connection.drop()
        else:
            self.arrive(connection)
        self._strangers.remove(connection)  # else the next run goes on with it

    def _part_with_idle(self) -> None:
        while True:
            before = {each: each.activity for each in self.open}
            sleep(self._idle_timeout)
            for each in self.open & before.keys():
                if each.activity == before[each]:
                    each.give_up(f"idle for {self._idle_timeout:g} s")

    def _gone(self, connection: TcpConnection) -> None:
        self.open.discard(connection)
        self._left.wake()
