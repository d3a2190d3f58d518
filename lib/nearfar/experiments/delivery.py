"""Delivery: at most once, at least once, and as if once.

The one idea: a client that gets no reply cannot know whether the request was
lost or the reply. If it gives up, perhaps nothing happened; if it asks again,
perhaps it happens twice. The cure is not a better network but a better memory:
the request carries an id, and the server remembers what it answered.

Three small protocols over the same faulty network:

| protocol | the customer's side | the bank's side |
| --- | --- | --- |
| at most once | ask once | do what is asked |
| at least once | ask until there is an answer | do what is asked |
| effectively once | ask until there is an answer | remember the answers |

Read `ask_once`, `ask_until_answered` and `Till`; `visit` and `drift` try them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..drawing import Figure, space_time
from ..far import LOST, Broken, Connection, Message
from ..near import sleep, spawn
from ..playing import Target, offer_board
from ..simulation import Fault, Faults, Host, Network
from ..trace import Trace, fold

__all__ = [
    "PayIn",
    "Booked",
    "ask_once",
    "ask_until_answered",
    "Till",
    "PROTOCOLS",
    "Told",
    "visit",
    "drift",
]

PATIENCE = 5.0  # seconds to wait for a reply
PAUSE = 1.0  # seconds before the next attempt


class PayIn(Message):
    """Book this on the account; `id` says which payment it is."""

    id: str
    cents: int


class Booked(Message):
    """It is booked; `cents` is the balance after it."""

    cents: int


def ask_once(connect: Callable, request: PayIn) -> Booked | None:
    """Send a request and wait for the reply. None: we do not know."""
    try:
        with connect() as connection:
            connection.send(request)
            return connection.receive(timeout=PATIENCE)
    except LOST:
        return None


def ask_until_answered(connect: Callable, request: PayIn) -> Booked:
    """Send a request, and send it again, until there is a reply."""
    while (reply := ask_once(connect, request)) is None:
        sleep(PAUSE)
    return reply


class Till:
    """The bank's side: a balance and, if it `remembers`, all its answers."""

    def __init__(self, remembers: bool):
        self.remembers = remembers
        self.cents = 0
        self.answers: dict[str, Booked] = {}

    def decide(self, request: PayIn) -> Booked:
        """Book a payment; a known one is only answered again."""
        if self.remembers and request.id in self.answers:
            return self.answers[request.id]
        self.cents += request.cents
        self.answers[request.id] = Booked(self.cents)
        return self.answers[request.id]

    def serve(self, host: Host) -> None:
        """Serve every connection, as a program of a host."""
        with host.listen(PayIn) as listener:
            for connection in listener:
                spawn(self.serve_one, connection, daemon=True)

    def serve_one(self, connection) -> None:
        """Answer until the other end closes, or the connection breaks."""
        with connection:
            try:
                for request in connection:
                    connection.send(self.decide(request))
            except Broken:
                pass


PROTOCOLS = {  # how to ask, and whether the bank remembers
    "at most once": (ask_once, False),
    "at least once": (ask_until_answered, False),
    "effectively once": (ask_until_answered, True),
}


@dataclass(frozen=True)
class Told:
    """What a visit came to: what the ATM knows, what the bank booked.

    `struck` holds the faults that struck: a planned one whose message is never
    sent is not among them. The rest is for the `figure`.
    """

    known: str
    booked_cents: int
    struck: tuple[Fault, ...]
    game: Target = field(repr=False)
    trace: Trace = field(repr=False)
    title: str = field(repr=False)

    @property
    def figure(self) -> Figure:
        """What happened; its player offers a board at each step."""
        shown = fold(self.trace, ["atm", "bank"])
        figure = space_time(shown, self.title, by="time")
        return offer_board(figure, self.trace, self.game, self.title)


def visit(protocol: str, *faults: Fault, title: str = "") -> Told:
    """One customer pays in 100.00, while these faults strike.

    The hosts are `atm` and `bank`; a message takes a tenth of a second.
    """
    game = Target(
        _paying(protocol),
        holds=_booked_once,
        faults=Faults(delay_s=(0.1, 0.1), planned=faults),
    )
    network = Network(faults=game.faults)
    with Trace() as trace:
        till, customer = game.program(network)
        network.run()
        reply = customer.result()
    known = "nothing" if reply is None else f"balance {reply.cents / 100:.2f}"
    title = title or (
        f"{protocol}: knows {known}, booked {till.cents / 100:.2f}"
    )
    struck = tuple(network.happened)
    return Told(known, till.cents, struck, game, trace, title)


def _paying(protocol):
    ask, remembers = PROTOCOLS[protocol]

    def pays_in(network):
        till = Till(remembers)
        network.host("bank").start(till.serve, daemon=True)
        customer = network.host("atm").start(pay)
        spawn(sleep, 60)  # so long that what is late arrives, too
        return till, customer

    def pay(host):
        request = PayIn("p1", 10_000)
        return ask(lambda: _noticed(host), request)

    return pays_in


def _booked_once(state):
    """The bank books the payment at most once."""
    till, _ = state
    told = f"one payment of 100.00, and {till.cents / 100:.2f} are booked"
    assert till.cents <= 10_000, told


@contextmanager
def _noticed(host: Host) -> Iterator[Connection]:
    """A connection to the bank; the picture shows how the ATM noticed that
    it failed."""
    with host.connect(Booked, "bank") as connection:
        try:
            yield connection
        except LOST as error:
            silent = isinstance(error, TimeoutError)
            what = f"{PATIENCE:g} s of silence" if silent else "broken line"
            host.network.note(host.name, what)
            raise


def drift(
    protocol: str, loss: float, payments: int = 200, seed: int = 0
) -> float:
    """By how much the books are wrong, in per cent of what was paid in.

    `loss` is the chance of each message to get lost. A positive result means
    that the bank booked more than the customers paid in.
    """
    ask, remembers = PROTOCOLS[protocol]
    network = Network(seed, Faults(lost=loss))
    till = Till(remembers)

    def pay(host):
        for number in range(payments):
            request = PayIn(f"p{number}", 100)
            ask(lambda: host.connect(Booked, "bank"), request)

    network.host("bank").start(till.serve, daemon=True)
    network.host("atm").start(pay)
    network.run()
    return 100 * (till.cents / (100 * payments) - 1)
