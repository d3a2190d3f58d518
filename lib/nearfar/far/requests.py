"""Requests: a question and the reply to it, many on their way at once.

The one idea: a number. Every request carries one, the reply carries the same,
and so replies may come in any order, late, or never, without passing for one
another.

`request` asks and waits for its own reply; `answer` is the other end. They
stand on the contract of `connections` and nothing else, so they work in
memory, over sockets and over a simulated network.

Left out: to ask again. A request without a reply may have been carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

from ..near import Misuse, current, spawn
from .connections import Connection, Deadline, Waiters
from .messages import Malformed, Message

__all__ = ["Numbered", "request", "answer"]

GLANCE = 0.05  # seconds between two looks for late replies, while it is full

Kind = TypeVar("Kind")


class Numbered(Message, Generic[Kind]):
    """A request, or the reply to it: the same number says so.

    ```python
    here, there = pair(Numbered[Deposit | Accepted])
    ```
    """

    number: int
    message: Kind


def request(
    connection: Connection, message: Message, timeout: float | None = None
) -> Message:
    """Send a request; wait for the reply to it, and for no other.

    Any number of tasklets may do so on one connection at the same time, and
    the replies may come in any order. The connection carries `Numbered`
    messages both ways, and nobody else may receive from it.

    Raises what `send` and `receive` raise. After a TimeoutError the request
    may have been carried out, or may still be; a reply that comes too late is
    dropped.
    """
    if connection.asking is None:
        connection.asking = _Asking(connection)
    return connection.asking.ask(message, timeout)


def answer(
    connection: Connection,
    function: Callable[[Message], Message],
    at_once: int = 1,
) -> None:
    """Answer each request with `function(message)` until the peer closes.

    One after the other, or up to `at_once` of them in tasklets of their own:
    then a slow one does not hold up the next, and replies leave as they are
    ready. An error of `function`, and `Broken`, come out here and end it.
    """
    if at_once < 1:
        raise Misuse(f"at_once= is 1 or more requests, not {at_once!r}")
    if at_once == 1:
        for asked in connection:
            _reply(connection, asked, function)
    else:
        _Answering(connection, function, at_once).serve()


def _reply(connection, asked, function):
    connection.send(Numbered(asked.number, function(asked.message)))


class _Asking:
    """The requests on their way over one connection.

    Nobody is kept to read the replies: of those who wait for one, one reads
    for all, until its own has come; then the next who waits goes on reading.
    """

    def __init__(self, connection):
        self.connection = connection
        self.numbers = count(1)
        self.waiting = {}  # by number, in the order in which they were sent
        self.leaving = {}  # by number, those that send() has not returned for
        self.reader = None
        self.late = 0  # replies that may come and that nobody waits for

    def ask(self, message, timeout):
        deadline = Deadline(timeout)
        number, mine = next(self.numbers), _Request()
        self.leaving[number] = mine
        try:
            self._send(Numbered(number, message), mine, deadline)
        finally:
            del self.leaving[number]
        if mine.reply is not None:  # it was quick
            return mine.reply.message
        self.waiting[number] = mine
        try:
            while mine.reply is None:
                if self.reader is None:
                    self.reader = mine
                if self.reader is mine:
                    self._read(deadline)
                else:
                    mine.turn.wait(deadline.left())
        finally:
            self.late += self.waiting.pop(number, None) is not None
            self._hand_over(mine)
        return mine.reply.message

    def _send(self, asked, mine, deadline):
        while True:
            self._drop_late(mine)
            left = deadline.left()
            try:
                self.connection.send(
                    asked, GLANCE if left is None else min(left, GLANCE)
                )
            except TimeoutError:  # what is late may be what fills the wire
                if deadline.over():
                    raise TimeoutError(
                        f"no room for a request within {left} s"
                    ) from None
            else:
                return

    def _read(self, deadline):
        if deadline.over():  # whatever else keeps coming
            raise TimeoutError(f"no reply within {deadline.left()} s")
        self._take(deadline.left())

    def _take(self, timeout):
        reply = self.connection.receive(timeout)
        if not isinstance(reply, Numbered):
            raise Malformed(f"expected a Numbered reply; arrived: {reply!r}")
        asked = self.waiting.pop(reply.number, None)
        asked = asked or self.leaving.get(reply.number)
        if asked is None:
            self.late = max(0, self.late - 1)
        else:
            asked.reply = reply
            asked.turn.wake()

    def _drop_late(self, mine):
        """Replies that nobody reads fill the wire: then nobody could ask."""
        if not self.late or self.reader is not None:
            return
        self.reader = mine
        try:
            while self.late > 0:
                self._take(0.0)
        except TimeoutError:
            pass  # the others are still to come, or never will
        finally:
            self._hand_over(mine)

    def _hand_over(self, mine):
        if self.reader is mine:
            self.reader = next(iter(self.waiting.values()), None)
            if self.reader is not None:
                self.reader.turn.wake()


class _Request:
    """One that waits: for its reply, or for its turn to read."""

    def __init__(self):
        self.reply = None
        self.turn = Waiters("the reply to its request")


class _Answering:
    """Requests that are answered side by side, up to `at_once` of them."""

    def __init__(self, connection, function, at_once):
        self.connection = connection
        self.function = function
        self.at_once = at_once
        self.server = current()
        self.busy = {}  # in order: a set's depends on addresses
        self.one_done = Waiters("a request to be answered")

    def serve(self):
        try:
            for asked in self.connection:
                self.busy[spawn(self._work, asked, daemon=True)] = None
                while len(self.busy) >= self.at_once:
                    self.one_done.wait()
            while self.busy:
                self.one_done.wait()
        finally:
            for tasklet in list(self.busy):
                tasklet.kill()

    def _work(self, asked):
        try:
            _reply(self.connection, asked, self.function)
        except Exception as error:
            self.server.throw(error)
        finally:
            self.busy.pop(current(), None)
            self.one_done.wake_one()
