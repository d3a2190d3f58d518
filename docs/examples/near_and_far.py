"""The front picture, from two real runs.

One conversation, the same two functions: over channels, then over a socket.
"""

from nearfar import Channel, run, spawn
from nearfar.bank import Bank, Ledger, Reply, Request, Withdraw
from nearfar.drawing import explorer, space_time, stack
from nearfar.far import connect, listen
from nearfar.trace import Trace


def bank(receive, send):
    """Answer two requests."""
    rules = Bank(Ledger())
    rules.ledger.open_account("eve", 12_000)
    for _ in range(2):
        send(rules.decide(receive(), customer="eve"))


def machine(send, receive):
    """Ask for money twice."""
    for id, cents in (("withdrawal 1", 10_000), ("withdrawal 2", 2_000)):
        send(Withdraw(id, "eve", cents))
        receive()


def near():
    requests, replies = Channel("requests"), Channel("replies")
    with Trace() as trace:
        spawn(machine, requests.send, replies.receive, name="cash machine")
        spawn(bank, requests.receive, replies.send, name="bank")
        run()
    return space_time(trace, "Near: the messages go through two channels")


def far():
    with listen(Request) as listener:
        here = run(until=spawn(connect, Reply, listener.address))
        there = run(until=spawn(listener.accept))
    with here, there, Trace() as trace:
        spawn(machine, here.send, here.receive, name="cash machine")
        spawn(bank, there.receive, there.send, name="bank")
        run()
    return space_time(trace, "Far: the same functions, through a socket")


channels, sockets = near(), far()
figure = explorer(
    {
        "the messages go through two channels": channels,
        "the messages go through a socket": sockets,
    },
    still=stack(channels, sockets),
)
