"""The exercise of chapter 04 about the smallest server, and its clients.

The one idea: the checker is the server's clients. Here they come one after
another, in memory; in `chapter_04_server` over real sockets.
"""

from __future__ import annotations

from .. import Closed, sleep, spawn
from ..bank import Accepted, Balance, Declined, Deposit
from ..far import Broken, Memory
from .promises import Exercise, expect

ASKED, TOLD = Deposit | Balance, Accepted | Declined


class Books:
    """Accounts, and a `decide` that remembers what it was asked."""

    def __init__(self, takes_s: float = 0.0):
        self.accounts = {"grant": 100, "eve": 50}
        self.asked: list = []
        self.takes_s = takes_s

    def decide(self, request):
        """Carry out a deposit; reply with the balance."""
        if self.takes_s:
            sleep(self.takes_s)
        self.asked.append(request)
        if isinstance(request, Deposit):
            self.accounts[request.account] += request.cents
        return Accepted(self.accounts[request.account])


def deposits(account, *cents):
    return [Deposit(f"{account} {n}", account, c) for n, c in enumerate(cents)]


def replies_to(bank, requests, timeout):
    """Ask one after another; return the replies, and what ended them early."""
    replies: list = []
    try:
        for request in requests:
            bank.send(request, timeout)
            replies.append(bank.receive(timeout))
    except TimeoutError:
        replies.append(f"no reply within {timeout:g} s")
    except (Closed, Broken) as error:
        replies.append(f"{type(error).__name__}: the server hung up")
    return replies


smallest = Exercise(
    "4.1",
    "the smallest server",
    hint="Two loops, one in the other: over the connections of the listener, "
    "and over the requests of a connection. Each request gets one reply.",
)


def _one_after_another(serve, *visits):
    """Serve each visit in turn; return their replies, and the books."""
    memory, books = Memory(), Books()
    listener = memory.listen(ASKED, "bank")
    spawn(serve, listener, books.decide, daemon=True, name="serve")
    replies = []
    for requests in visits:
        with memory.connect(TOLD, "bank") as bank:
            replies.append(replies_to(bank, requests, timeout=60))
    return replies, books


@smallest.promise("a client gets the reply that decide gives")
def one_reply(serve):
    replies, _ = _one_after_another(serve, deposits("grant", 10))
    expect(
        "the replies to one deposit of 10 for grant, who has 100",
        happened=replies,
        expected=[[Accepted(110)]],
    )


@smallest.promise("a client may ask several times")
def several_requests(serve):
    replies, books = _one_after_another(serve, deposits("grant", 10, 20, 5))
    expect(
        "the replies to deposits of 10, 20 and 5 for grant, who has 100",
        happened=replies,
        expected=[[Accepted(110), Accepted(130), Accepted(135)]],
    )
    expect("requests decided", happened=len(books.asked), expected=3)


@smallest.promise("when a client has hung up, the next one is served")
def the_next(serve):
    visits = deposits("grant", 10), deposits("eve", 5), [Balance("grant")]
    replies, _ = _one_after_another(serve, *visits)
    expect(
        "the replies to three clients, one after another",
        happened=replies,
        expected=[[Accepted(110)], [Accepted(55)], [Accepted(110)]],
    )
