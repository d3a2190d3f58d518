"""Numbered requests: many on their way at once over one connection.

The one idea: every request carries a number and its reply carries the same, so
replies may come in any order, late, or never.

`Asking` is one end, `answer` the other. Both use the contract of a connection
and nothing else, so the tests try it on every world. (The file isn't called
`requests`: pytest puts this folder into `sys.path`, before that package.)
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

from nearfar import Misuse, current, spawn
from nearfar.far import Connection, Deadline, Malformed, Message, Waiters

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


class Asking:
    """The requests on their way over one connection.

    The connection carries `Numbered` messages both ways, and nothing else may
    receive from it. No tasklet is kept to read the replies: of those who wait
    for one, one reads for all until its own has come; then the next reads on.
    """

    def __init__(self, connection: Connection):
        self.connection = connection
        self.numbers = count(1)
        self.waiting = {}  # by number, in the order in which they were sent
        self.leaving = {}  # by number, those that send() has not returned for
        self.reader = None
        self.sender = None  # the one that waits for room
        self.senders = Waiters("its turn to send")
        self.late = 0  # replies that may come and that nobody waits for

    def request(self, message: Message, timeout=None) -> Message:
        """Send a request; wait for the reply to it, and for no other.

        Any number of tasklets may do so at the same time. Raises what `send`
        and `receive` raise. After a TimeoutError the request may have been
        carried out, or may still be; a reply that comes too late is dropped.
        """
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
        """Send a request; one at a time looks for room, the others wait."""
        while self.sender is not None:
            self.senders.wait(deadline.left())
        self.sender = mine
        try:
            self._find_room(asked, mine, deadline)
        finally:
            self.sender = None
            self.senders.wake_one()

    def _find_room(self, asked, mine, deadline):
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
