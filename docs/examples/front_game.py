"""The board of the front page: a withdrawal, near and far.

One machine and one bank. Far, they talk over a simulated network, and you are
the network. Near, they talk over two channels, and you are the scheduler. The
site records every game that can be played here, so a page needs no Python to
show one.
"""

from contextlib import suppress

from nearfar import Channel, spawn
from nearfar.bank import Bank, Ledger, Reply, Request, Withdraw
from nearfar.far import Broken
from nearfar.playing import Target, draw_played
from nearfar.simulation import Faults

CENTS = 10_000


class Day:
    """What the bank books, and what the customer gets."""

    def __init__(self):
        self.rules = Bank(Ledger())
        self.rules.ledger.open_account("eve", 12_000)
        self.cash = 0

    def machine(self, send, receive):
        """Ask the bank, and tell the customer what it says."""
        send(Withdraw("withdrawal 1", "eve", CENTS))
        try:
            receive()
        except (Broken, TimeoutError):
            print("The machine tells Eve: no answer, please try again later.")
        else:
            self.cash += CENTS
            print("The machine tells Eve: here are your 100.00.")

    def bank(self, receive, send):
        """Answer one request."""
        reply = self.rules.decide(receive(), customer="eve")
        print("The bank books 100.00.")
        send(reply)

    @property
    def booked(self):
        return 12_000 - self.rules.ledger.account("eve").cents


def far(network):
    """A cash machine, a wire, a bank."""
    day = Day()

    def serve(host):
        with (
            host.listen(Request) as listener,
            listener.accept() as machine,
            suppress(Broken),
        ):
            day.bank(machine.receive, machine.send)

    def ask(host):
        with host.connect(Reply, "bank") as bank:
            day.machine(bank.send, lambda: bank.receive(timeout=5))

    network.host("machine").start(ask)
    network.host("bank").start(serve, daemon=True)
    return day


def near():
    """The same machine and the same bank in one process."""
    day = Day()
    requests, replies = Channel("requests"), Channel("replies")
    spawn(day.machine, requests.send, replies.receive, name="machine")
    spawn(day.bank, requests.receive, replies.send, name="bank")
    return day


def eve_gets_what_is_booked(day):
    """Eve gets what the bank has booked."""
    told = f"{day.booked / 100:.2f} is booked, and she has"
    assert day.booked == day.cash, f"{told} {day.cash / 100:.2f}"


FAR = Target(
    far,
    at_end=eve_gets_what_is_booked,
    verbs=frozenset({"deliver", "lose", "time"}),
    faults=Faults(delay_s=(0.1, 0.1)),
)
NEAR = Target(near, at_end=eve_gets_what_is_booked)

CONNECTED = ["deliver machine>bank#0", "deliver bank>machine#0"]
GAMES = {  # what to press, the target, and the moves before the first state
    "Far: over a wire": (FAR, CONNECTED),
    "Near: through a channel": (NEAR, []),
}
figure = draw_played(FAR.play(CONNECTED))
