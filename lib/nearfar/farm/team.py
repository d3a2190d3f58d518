"""The team: which workers are connected, from Join to the end.

The one idea: workers connect to the coordinator, never the other way. A worker
that says `Join` in the right version is a member until its connection ends. A
second connection carries its heartbeat, which tells a worker in a long chunk
from a dead one.

Read `one_map` next: it gives the members chunks. Left out: a search for
workers that do not connect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from ..far import Broken, Connection, Listener, Malformed, Waiters
from ..near import Closed, spawn
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
        self.arrived = Waiters("a worker")
        self.lost = 0  # members that vanished, so far
        self._guests: dict[Connection, _Guest] = {}  # all who are connected
        self._members: dict[str, Member] = {}

    def __len__(self):
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(list(self._members.values()))

    def __contains__(self, member: Member) -> bool:
        return self._members.get(member.name) is member

    def open_door(self, employ: Callable[[Member], None]) -> None:
        """Let workers in, for the rest of this run.

        `employ` is called with each member: those that are here already, and
        those that join.
        """

        def answer():
            for connection in self.listener:
                guest = self._guests[connection] = _Guest(connection)
                spawn(self._greet, guest, employ, daemon=True)

        self.arrived = Waiters("a worker")
        for guest in list(self._guests.values()):  # since the last run
            if guest.welcomed:
                self._let_in(guest, employ)
            else:
                spawn(self._greet, guest, employ, daemon=True)
        spawn(answer, daemon=True)

    def lose(self, member: Member) -> None:
        """Strike a member off the list, and hang up."""
        self.lost += 1
        self._members.pop(member.name, None)
        member.room.wake()
        for guest in list(self._guests.values()):  # its heart, too, so that it
            if guest.name == member.name:  # ends, even in mid-chunk
                self._hang_up(guest)

    def close(self) -> None:
        """Hang up on every worker, and let no more in."""
        self._members.clear()
        for guest in list(self._guests.values()):
            self._hang_up(guest)
        self.listener.close()

    def _hang_up(self, guest):
        guest.connection.close()
        self._guests.pop(guest.connection, None)

    def _greet(self, guest, employ):
        """Let a worker in that says its name, or tell it why not."""
        connection = guest.connection
        try:
            if guest.join is None:  # else an interrupt came after it
                guest.join = connection.receive(JOIN_TIMEOUT)
            if reason := self._objection(guest):
                connection.send(Goodbye(reason))
                raise Malformed(reason)
            connection.send(Welcome(self.beat_s))
            guest.welcomed = True
        except (Broken, Closed, Malformed, TimeoutError):
            self._hang_up(guest)
        else:
            self._let_in(guest, employ)

    def _objection(self, guest) -> str:
        """Say why a worker does not get in; empty if it does."""
        join = guest.join
        if not isinstance(join, Join | Heart):
            return f"expected Join first, not {type(join).__name__}"
        if join.version != VERSION:
            return f"expected version {VERSION}, not {join.version}"
        if isinstance(join, Join) and join.worker in self._members:
            return f"there is a worker {join.worker!r} already"
        return ""

    def _let_in(self, guest, employ):
        if isinstance(guest.join, Heart):
            spawn(self._listen_to, guest, daemon=True)
            return
        member = self._members.get(guest.name)
        if member is None:
            member = Member(guest.join, guest.connection, self.now())
            self._members[member.name] = member
        self.arrived.wake()
        employ(member)

    def _listen_to(self, guest):
        """Hear a worker's beats, on the connection for them."""
        with suppress(Broken, Malformed):
            for _ in guest.connection:
                if member := self._members.get(guest.name):
                    member.hear(self.now())
        self._hang_up(guest)


class _Guest:
    """One connection, and how far it has come in.

    An interrupt may end a run at any line: the next run goes on from here.
    """

    def __init__(self, connection):
        self.connection = connection
        self.join = None  # its first message
        self.welcomed = False

    @property
    def name(self) -> str:
        return getattr(self.join, "worker", "")
