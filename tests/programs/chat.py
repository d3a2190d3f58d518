"""Echo and chat: two small programs that run unchanged in every world.

The one idea: each is handed the places at which it listens and connects. In
memory, over sockets and simulated the summary is the same, although the order
in which lines cross on the way is not.

Read `echo` first. In `chat`, a room waits until all have joined, passes every
line on to everybody, and ends when all have left.
"""

from __future__ import annotations

from contextlib import suppress

from nearfar import spawn
from nearfar.far import Broken, Connection, Malformed, Message, Waiters


class Word(Message):
    """Something to be said back."""

    text: str


class Join(Message):
    """I am here."""

    name: str


class Begin(Message):
    """All are here: talk."""


class Say(Message):
    """A line; the room fills in who said it."""

    text: str
    name: str = ""


class Leave(Message):
    """I have said what I had to say."""


def echo(place, words: int = 100) -> str:
    """A server that says back what it hears, and a client who counts."""

    def serve(listener):
        for connection in listener:
            spawn(say_back, connection, daemon=True)

    def say_back(connection):
        # One guest's nonsense or bad line is not the end of the house.
        with connection, suppress(Broken, Malformed):
            for word in connection:
                connection.send(word)

    with place("server").listen(Word) as listener:
        spawn(serve, listener, daemon=True)
        with place("client").connect(Word, listener.address) as connection:
            same = 0
            for number in range(words):
                connection.send(Word(f"word {number}"))
                same += connection.receive().text == f"word {number}"
    return f"{same} of {words} words came back as they were"


class Room:
    """Passes on every line to everybody, once `size` people are here."""

    def __init__(self, size: int):
        self.size = size
        self.members: dict[str, Connection] = {}
        self.left = 0
        self._all_left = Waiters("all to leave")

    def serve(self, connections) -> None:
        """Serve every connection that arrives, each by its own tasklet."""
        for connection in connections:
            spawn(self.serve_one, connection, daemon=True)

    def serve_one(self, connection: Connection) -> None:
        """From somebody's `Join` until all have left."""
        with connection:
            name = connection.receive().name
            self.members[name] = connection
            if len(self.members) == self.size:
                self.tell_all(Begin())
            while isinstance(said := connection.receive(), Say):
                self.tell_all(Say(said.text, name))
            self.left += 1
            if self.left == self.size:
                self._all_left.wake()
            else:
                self._all_left.wait()

    def tell_all(self, message: Message) -> None:
        for connection in self.members.values():
            connection.send(message)


def chat(place, names=("ann", "bob", "cy"), lines: int = 5) -> str:
    """Everybody says some lines and listens; who heard how many?"""

    def member(name, address):
        connection = place(name).connect(Begin | Say, address)
        with connection:
            connection.send(Join(name))
            connection.receive()  # Begin
            talker = spawn(talk, name, connection)
            heard = [(line.name, line.text) for line in connection]
            talker.join()
        orderly = all(
            [text for who, text in heard if who == name]
            == [f"line {number}" for number in range(lines)]
            for name in names
        )
        return f"{name} heard {len(heard)} lines, in order: {orderly}"

    def talk(name, connection):
        for number in range(lines):
            connection.send(Say(f"line {number}"))
        connection.send(Leave())

    with place("room").listen(Join | Say | Leave) as listener:
        spawn(Room(len(names)).serve, listener, daemon=True)
        members = [spawn(member, name, listener.address) for name in names]
        return "\n".join(member.result() for member in members)
