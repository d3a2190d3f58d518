"""A fault costs the same on a network of few hosts and of many.

Lines of the library that run are counted, not seconds.
"""

import sys

import pytest

from nearfar import sleep, spawn
from nearfar.far import Broken, Message
from nearfar.simulation import Fault, Faults, Network

FEW, MANY = 20, 300


class Note(Message):
    pass


def serve(host):
    """Listen, beside a tasklet that waits."""
    spawn(sleep, 10_000)
    with host.listen(Note) as listener:
        for connection in listener:
            spawn(hear, connection, daemon=True)


def hear(connection):
    try:
        connection.receive()
    except Broken:
        spawn(sleep, 0)  # and one that has not begun


def call(host, server):
    sleep(1)
    hear(host.connect(Note, server))
    sleep(10_000)


@pytest.fixture
def lines_a_fault(monkeypatch):
    """A function: the lines that run for each fault, on so many pairs."""
    count, strike = 0, Network._strike

    def trace(frame, event, arg):
        nonlocal count
        count += event == "line"
        return trace

    def counted(network, fault):
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            strike(network, fault)
        finally:
            sys.settrace(before)

    monkeypatch.setattr(Network, "_strike", counted)

    def of_each(many, kind, where, apart_s):
        nonlocal count
        count = 0
        faults = [
            Fault(kind, where.format(n), 3, at=10 + n * apart_s)
            for n in range(many)
        ]
        network = Network(1, Faults(planned=tuple(faults)))
        for n in range(many):
            server = network.host(f"server-{n}")
            server.start(serve, daemon=True)
            client = network.host(f"client-{n}")
            client.start(call, server.name, daemon=True)
        network.run(until=spawn(sleep, 20 + many * apart_s))
        assert network.happened == faults
        return count / many

    return of_each


@pytest.mark.parametrize("apart_s", [0, 0.001, 5])
@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("crash", "server-{}"),
        ("crash", "client-{}"),
        ("cut", "client-{0}>server-{0}"),
    ],
)
def test_a_fault_costs_the_same_on_any_network(
    kind, where, apart_s, lines_a_fault
):
    few, many = [lines_a_fault(n, kind, where, apart_s) for n in (FEW, MANY)]
    assert many == pytest.approx(few, rel=0.2), f"{few:.0f} and {many:.0f}"
