"""The exercise of chapter 04 about a server that outlives what clients do.

The one idea: the checker is the server's clients, over real sockets. Several
come at once, with nonsense, with half a request, and while the server is
killed. Each of these has a promise, and so a verdict, of its own. The client
that reads nothing comes in memory, where an hour is over at once.
"""

from __future__ import annotations

from .. import Closed, run, sleep, spawn
from ..bank import Accepted, Balance, Deposit
from ..far import Broken, Malformed, Memory, connect, encode, listen
from .chapter_04_smallest import ASKED, TOLD, Books, deposits, replies_to
from .promises import Exercise, Mismatch, expect

PATIENCE_S = 1.0  # real seconds until a client gives up

lasting = Exercise(
    "4.3",
    "write the server",
    hint="One tasklet for each connection, started with `spawn(..., "
    "daemon=True)`. In it: `with connection`, so that it hangs up however it "
    "ends, and `try`, so that what a client does wrong ends there.",
    begun=True,
)


def day(serve, *visits, after="what came before", takes_s=0.0):
    """Let clients visit the reader's server, which runs on a real socket.

    Each of `visits` is called with the address, in a run of its own; the
    server lives in the first. Returns what they returned, and the books.
    """
    books, given = Books(takes_s), []
    with listen(ASKED, "127.0.0.1:0") as listener:
        accept = listener.accept

        def remember(timeout=None):
            given.append(accept(timeout))
            return given[-1]

        listener.accept = remember
        spawn(serve, listener, books.decide, daemon=True, name="serve")
        try:
            return [
                run(until=spawn(visit, listener.address, name="the clients"))
                for visit in visits
            ], books
        except (Closed, Broken, Malformed, TimeoutError) as error:
            raise Mismatch(
                f"the server after {after}\nexpected: it serves the other "
                f"clients\nhappened: {type(error).__name__} came out of it, "
                "and it ended for all of them"
            ) from None
        finally:
            for connection in given:  # the reader's server may not have
                connection.drop()


def ask(bank, *requests):
    return replies_to(bank, requests, PATIENCE_S)


def last_word(bank):
    """Return what a client hears that waits for one message more."""
    with bank:
        try:
            return bank.receive(PATIENCE_S)
        except TimeoutError:
            return "nothing: its connection is still open"
        except (Closed, Broken):
            return "the server hung up"


def visit_alone(address, *requests):
    """Be a client that connects, asks, and hangs up; return its replies."""
    with connect(TOLD, address) as bank:
        return ask(bank, *requests)


@lasting.promise("each client hears the replies to its requests", inside=False)
def own_replies(serve):
    def visit(address):
        clients = [
            spawn(visit_alone, address, *deposits(name, 1, 2, 3))
            for name in ("grant", "eve")
        ]
        return [client.result() for client in clients]

    [replies], _ = day(serve, visit)
    expect(
        "the replies to two clients at once, grant (who has 100) and eve (50), "
        "with deposits of 1, 2 and 3 each",
        happened=replies,
        expected=[
            [Accepted(101), Accepted(103), Accepted(106)],
            [Accepted(51), Accepted(53), Accepted(56)],
        ],
    )


@lasting.promise("a client that says nothing holds up no other", inside=False)
def silent(serve):
    def visit(address):
        with connect(TOLD, address):
            return visit_alone(address, *deposits("eve", 5))

    [replies], _ = day(serve, visit)
    expect(
        "the reply to a second client, while the first one is connected and "
        "says nothing",
        happened=replies,
        expected=[Accepted(55)],
    )


@lasting.promise("nonsense ends the connection that it came from", inside=False)
def nonsense(serve):
    def visit(address):
        with connect(TOLD, address) as good, connect(TOLD, address) as bad:
            before = ask(good, *deposits("eve", 5))
            bad.send(b"nonsense")
            return last_word(bad), before + ask(good, *deposits("eve", 5))

    after = "nonsense from one client"
    [(heard, replies)], _ = day(serve, visit, after=after)
    expect(
        "the replies to another client, before and after the nonsense",
        happened=replies,
        expected=[Accepted(55), Accepted(60)],
    )
    expect(
        "what the client hears that sent nonsense",
        happened=heard,
        expected="the server hung up",
    )


@lasting.promise("half a request, then a hang-up: the rest go on", inside=False)
def half_a_request(serve):
    def visit(address):
        with connect(TOLD, address) as good:
            with connect(TOLD, address) as bad:
                bad.stream.put(encode(Balance("eve"))[:9])
            sleep(0.02)  # the server reads the end of the stream
            return ask(good, Balance("eve"))

    after = "a client hung up in a request"
    [replies], _ = day(serve, visit, after=after)
    expect(
        "the reply to another client, after one hung up in a request",
        happened=replies,
        expected=[Accepted(50)],
    )


@lasting.promise("a client that takes no reply: the rest go on", inside=False)
def no_taker(serve):
    def visit(address):
        with connect(TOLD, address) as good:
            bad = connect(TOLD, address)
            for request in deposits("eve", 1, 1, 1):
                bad.send(request)
            sleep(0.02)  # the server decides on the first
            bad.drop()
            sleep(0.2)  # its replies find no taker
            return ask(good, Balance("grant"))

    after = "a client vanished before its replies"
    [replies], _ = day(serve, visit, after=after, takes_s=0.04)
    expect(
        f"the reply to another client, after {after}",
        happened=replies,
        expected=[Accepted(100)],
    )


@lasting.promise("a bug in decide comes to light", inside=False)
def no_bug_hidden(serve):
    def visit(address):
        return visit_alone(address, *deposits("evee", 5))

    try:
        [replies], _ = day(serve, visit)
    except KeyError:  # of the account that does not exist
        return
    expect(
        "the server when decide raises a KeyError, which no client has caused",
        happened=f"no error came out; the client heard {replies}",
        expected="the KeyError comes out of it: catch only what a client does "
        "wrong",
        holds=False,
    )


@lasting.promise("killed in the middle, it tells no lie", inside=False)
def killed(serve):
    banks: list = []

    def visit(address):
        bank = connect(TOLD, address)
        banks.append(bank)
        bank.send(Deposit("1", "eve", 5))
        try:
            return bank.receive(0.1)
        except TimeoutError:
            return "nothing yet"

    def visit_again(address):
        return last_word(banks[0])

    (heard, word), books = day(serve, visit, visit_again, takes_s=30)
    expect(
        "what the client has heard when the server is killed, while decide is "
        f"at work and eve has {books.accounts['eve']}",
        happened=heard,
        expected="nothing yet",
    )
    expect(
        "what the client hears after the server was killed",
        happened=word,
        expected="the server hung up",
    )


@lasting.promise("a client that reads nothing is hung up on", orders=0)
def reads_nothing(serve):
    memory, books = Memory(), Books()
    listener = memory.listen(ASKED, "bank")
    spawn(serve, listener, books.decide, daemon=True, name="serve")
    bank = memory.connect(TOLD, "bank")
    heard = "nothing: its connection is still open"
    try:
        for request in deposits("eve", *[1] * 100):
            bank.send(request, timeout=3600)
    except Broken:
        heard = "the server hung up"
    except TimeoutError:
        pass
    expect(
        "what a client hears within an hour, if it asks and asks, and reads "
        "no reply",
        happened=heard,
        expected="the server hung up",
    )
