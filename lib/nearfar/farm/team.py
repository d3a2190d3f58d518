"""The team: which workers are connected, from Join to the end.

The one idea: workers come to the coordinator, never the other way. A worker
that says `Join` in the right version is a member; when its connection ends it
is none. A second connection carries its heartbeat, so that a worker in a long
chunk can be told from a dead one.

Read `one_map` next: it gives the members chunks. Left out: to look for
workers that do not come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from ..far import Broken, Connection, Listener, Malformed
from ..near import Closed, lowlevel, spawn
from .member import Member
from .protocol import VERSION, Goodbye, Heart, Join, Welcome

__all__ = ["Team"]

JOIN_TIMEOUT = 5.0  # seconds for a new connection to say Join


class Team:
    """The connected workers; iterate over its members.

    `beat_s` is how often they are to give a sign of life, `now` the time.
    """

    def __init__(
        self, listener: Listener, beat_s: float, now: Callable[[], float]
    ):
        self.listener = listener
        self.beat_s = beat_s
        self.now = now
        self.arrived = lowlevel.Waiters("a worker")
        self.lost = 0  # members that vanished, so far
        self._members: dict[str, Member] = {}
        self._hearts: dict[Connection, str] = {}
        self._strangers: list[Connection] = []  # they have not said Join yet

    def __len__(self):
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(list(self._members.values()))

    def __contains__(self, member: Member) -> bool:
        return self._members.get(member.name) is member

    def open_door(self, employ: Callable[[Member], None]) -> None:
        """For the rest of this run, let workers in.

        `employ` is called with each member: those that are here already, and
        those that join.
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

    def lose(self, member: Member) -> None:
        """Strike a member off the list, and hang up."""
        self.lost += 1
        self._members.pop(member.name, None)
        member.connection.close()
        member.room.wake()
        for connection, name in list(self._hearts.items()):
            if name == member.name:  # so that it ends, even in mid-chunk
                connection.close()

    def close(self) -> None:
        """Hang up on every worker, and let no more in."""
        connections = [member.connection for member in self]
        for connection in [*connections, *self._hearts, *self._strangers]:
            connection.close()
        for everybody in (self._members, self._hearts, self._strangers):
            everybody.clear()
        self.listener.close()

    def _greet(self, connection, employ):
        """Let a worker in that says its name; tell it, if not, why not."""
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
        """Why it may not come in; empty if it may."""
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
            member = Member(join, connection, self.now())
            self._members[member.name] = member
            self.arrived.wake()
            employ(member)

    def _listen_to(self, connection):
        """Hear a worker's beats, on the connection that it has for them."""
        with suppress(Broken, Malformed):
            for _ in connection:
                if member := self._members.get(self._hearts[connection]):
                    member.hear(self.now())
        connection.close()
        del self._hearts[connection]
