"""The team: which workers are there, from their first word to their last.

The one idea: workers come to the door, and nobody ever goes out to look for
one. Who says who it is, in the right version, is in; whose connection ends is
out. A second connection carries a worker's heartbeat, so that one who is busy
with a long chunk can be told from one who will never answer.

What they are given to do is the farm's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from ..far import Broken, Connection, Malformed
from ..near import Closed, lowlevel, spawn
from .worker import VERSION, Goodbye, Heart, Join, Welcome

__all__ = ["Team", "Member"]

JOIN_TIMEOUT = 5.0  # seconds for one that has connected to say Join
BATCH_S = 0.005  # seconds of work to put into one message
ALONE_S = 0.020  # chunks that take longer are not sent ahead
BATCH = 128  # chunks in one message, at most


class Team:
    """Those who are here; iterate over them.

    `beat_s` is how often they are to give a sign of life, `now` the time.
    """

    def __init__(self, listener, beat_s: float, now: Callable[[], float]):
        self.listener = listener
        self.beat_s = beat_s
        self.now = now
        self.arrived = lowlevel.Waiters("a worker")
        self._members: dict[str, Member] = {}
        self._hearts: dict[Connection, str] = {}
        self._strangers: list[Connection] = []  # who have not said Join yet

    def __len__(self):
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(list(self._members.values()))

    def __contains__(self, member: Member) -> bool:
        return self._members.get(member.name) is member

    def open_door(self, employ: Callable[[Member], None]) -> None:
        """For the rest of this run, let workers in; each is given to `employ`.

        Those who are here already are, too.
        """

        def answer():
            for connection in self.listener:
                self._strangers.append(connection)
                spawn(self._greet, connection, employ, daemon=True)

        for member in self:
            employ(member)
        for connection in self._strangers:  # since the last time
            spawn(self._greet, connection, employ, daemon=True)
        for connection in self._hearts:
            spawn(self._listen_to, connection, daemon=True)
        spawn(answer, daemon=True)

    def hear(self, member: Member) -> None:
        """There was a sign of life."""
        member.heard = self.now()
        if member.silent:
            member.silent = False
            member.room.wake()

    def part(self, member: Member) -> None:
        """It is not one of us any more."""
        self._members.pop(member.name, None)
        member.connection.close()
        member.room.wake()
        for connection, name in list(self._hearts.items()):
            if name == member.name:  # so that it ends, even in mid-chunk
                connection.close()

    def close(self) -> None:
        """Send everybody home."""
        connections = [member.connection for member in self]
        for connection in [*connections, *self._hearts, *self._strangers]:
            connection.close()
        for everybody in (self._members, self._hearts, self._strangers):
            everybody.clear()
        self.listener.close()

    def _greet(self, connection, employ):
        """Let one in that says who it is; tell it, if not, why not."""
        try:
            join = connection.receive(JOIN_TIMEOUT)
            if reason := self._objection(join):
                connection.send(Goodbye(reason))
                raise Malformed(reason)
            connection.send(Welcome(self.beat_s))
        except (Broken, Closed, Malformed, TimeoutError):
            connection.close()
        else:
            self._let_in(connection, join, employ)
        self._strangers.remove(connection)

    def _objection(self, join) -> str:
        """Why one may not come in; empty if it may."""
        if not isinstance(join, Join | Heart):
            return f"expected Join first, not {type(join).__name__}"
        if join.version != VERSION:
            return f"expected version {VERSION}, not {join.version}"
        if isinstance(join, Join) and join.worker in self._members:
            return f"there is a worker {join.worker!r} already"
        return ""

    def _let_in(self, connection, join, employ):
        if isinstance(join, Heart):
            self._hearts[connection] = join.worker
            spawn(self._listen_to, connection, daemon=True)
        else:
            member = Member(join, connection)
            self._members[member.name] = member
            self.arrived.wake()
            employ(member)

    def _listen_to(self, connection):
        """A worker's beats come on a connection of their own."""
        with suppress(Broken, Malformed):
            for _ in connection:
                if member := self._members.get(self._hearts[connection]):
                    self.hear(member)
        connection.close()
        del self._hearts[connection]


class Member:
    """What the coordinator knows of one worker."""

    def __init__(self, join, connection):
        self.name = join.worker
        self.functions = frozenset(join.functions)
        self.connection = connection
        self.held = {}  # number: chunk, as given out
        self.room = lowlevel.Waiters("room for a chunk")
        self.silent = False
        self.size = 1  # chunks for one message
        self.ahead = 0  # and how many more may wait there meanwhile

    def can(self, job) -> bool:
        return not self.silent and job.function in self.functions

    def learn(self, result):
        """Batches of a few milliseconds each; twice the last one, at most."""
        count = len(result.values) + len(result.errors)
        pace = max(result.seconds / max(count, 1), 1e-9)
        self.size = max(1, min(int(BATCH_S / pace), 2 * self.size, BATCH))
        self.ahead = self.size if pace < ALONE_S else 0
