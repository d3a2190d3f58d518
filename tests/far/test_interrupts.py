"""An interrupt as a wait begins, and while the clock tells sockets that they
are ready."""

import socket
from itertools import count

import pytest
from helpers import interrupted_lines

import nearfar.far.poller
from nearfar import SystemClock, run, spawn
from nearfar.far import Message, connect, listen
from nearfar.far.poller import Selector, new_poller
from nearfar.far.waiting import Waiters
from nearfar.far.watching import sockets_of
from nearfar.far.wire import Wire

PAIRS = 6


class Number(Message):
    value: int


def meet(count):
    """Both ends of so many connections."""
    with listen(Number) as listener:
        accepting = [spawn(listener.accept) for _ in range(count)]
        here = [connect(Number, listener.address) for _ in range(count)]
        return here, [each.result() for each in accepting]


class Alarm:
    """A watched socket whose news is an interrupt, once."""

    def __init__(self, clock):
        self.ours, self.theirs = socket.socketpair()
        self.rings = 1
        sockets = sockets_of(clock)
        sockets.watch(self.ours.fileno(), self.ready)
        sockets.want(self.ours.fileno(), nearfar.far.poller.READ)

    def ready(self, what):
        if what & nearfar.far.poller.READ and self.rings:
            self.rings = 0
            raise KeyboardInterrupt

    def close(self, clock):
        sockets_of(clock).unwatch(self.ours.fileno())
        self.ours.close()
        self.theirs.close()


@pytest.mark.parametrize("poller", [new_poller, Selector])
def test_an_interrupt_loses_none_of_what_the_system_has_told(
    poller, monkeypatch
):
    monkeypatch.setattr(nearfar.far.poller, "new_poller", poller)
    clock = SystemClock()
    here, there = run(until=spawn(meet, PAIRS), clock=clock)
    got = []

    def hear(end):
        got.append(end.receive(timeout=5).value)

    def wait_for_all(ends):
        for hearing in [spawn(hear, end) for end in ends]:
            hearing.join()

    def talk():
        for number, end in enumerate(here):
            end.send(Number(number))
        alarm.theirs.send(b"!")

    alarm = Alarm(clock)
    try:
        spawn(wait_for_all, there)
        spawn(talk)
        with pytest.raises(KeyboardInterrupt):
            run(clock=clock)
        left = [end for number, end in enumerate(there) if number not in got]
        run(until=spawn(wait_for_all, left), clock=clock)
        assert sorted(got) == list(range(PAIRS))
    finally:
        alarm.close(clock)
        for end in [*here, *there]:
            end.close()
        clock.close()


def test_an_interrupt_while_sockets_are_written_to_keeps_the_rest():
    clock = SystemClock()
    here, there = run(until=spawn(meet, PAIRS), clock=clock)

    def interrupt():
        if rings:
            raise KeyboardInterrupt(rings.pop())

    def talk():
        clock.unsent.append(interrupt)  # the first in line
        for number, end in enumerate(here):
            end.send(Number(number))  # leaves at once
            end.send(Number(number))  # joins, and leaves with the round

    rings = ["once"]
    spawn(talk)
    with pytest.raises(KeyboardInterrupt):
        run(clock=clock)

    def hear(end):
        return [end.receive(timeout=5).value for _ in range(2)]

    heard = [run(until=spawn(hear, end), clock=clock) for end in there]
    assert heard == [[number, number] for number in range(PAIRS)]
    for end in [*here, *there]:
        end.close()
    clock.close()


def test_an_interrupt_at_any_line_of_a_wait_loses_no_wakeup():
    waiters = Waiters("news")
    story = spawn(
        interrupted_lines, waiters.wait, Waiters.wait, waiters.wake_one
    )
    assert run(until=story) >= 4


def test_an_interrupt_at_any_line_of_a_wait_for_a_socket_loses_no_wakeup():
    clock = SystemClock()
    [here], [there] = run(until=spawn(meet, 1), clock=clock)
    numbers = map(Number, count())
    story = spawn(
        interrupted_lines,
        lambda: there.receive(timeout=5),
        Wire.wait,
        lambda: here.send(next(numbers)),
    )
    assert run(until=story, clock=clock) >= 10
    here.close()
    there.close()
    clock.close()
