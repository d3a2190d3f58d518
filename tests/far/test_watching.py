"""Watching: which socket is ready, and how a clock waits for it."""

import socket
from contextlib import suppress

import pytest

import nearfar.far.poller
from nearfar.far.poller import READ, WRITE, Selector
from nearfar.far.watching import LOOKS, Sockets


@pytest.fixture(params=["epoll", "selectors"])
def poller(request, monkeypatch):
    """Both ways to watch; where the system has no epoll, they are one."""
    if request.param == "selectors":
        monkeypatch.setattr(nearfar.far.poller, "new_poller", Selector)


@pytest.fixture
def wire(poller):
    """A watcher of one end of a wire; the other end; what it tells."""
    here, there = socket.socketpair()
    here.setblocking(False)
    sockets, told = Sockets(), []
    sockets.watch(here.fileno(), told.append)
    yield sockets, here, there, told
    sockets.close()
    here.close()
    there.close()


def look(sockets, here, told, what):
    """Want this, wait once for a moment; what was told of it."""
    sockets.want(here.fileno(), what)
    told.clear()
    sockets.wait(0.02)
    return bool(told) and bool(told[0] & what)


def test_what_arrives_is_told_once(wire):
    sockets, here, there, told = wire
    assert not look(sockets, here, told, READ)
    there.send(b"x")
    assert look(sockets, here, told, READ)
    told.clear()
    sockets.wait(0.02)  # no tasklet waits for it again
    assert told == []


def test_more_that_arrives_is_told_again(wire):
    sockets, here, there, told = wire
    for _ in range(3):
        there.send(b"x")
        assert look(sockets, here, told, READ)
        assert here.recv(10) == b"x"


def test_room_to_write_is_told_when_there_is_room_again(wire):
    sockets, here, there, told = wire
    look(sockets, here, told, WRITE)  # at first there is
    with suppress(BlockingIOError):
        while True:
            here.send(b"x" * 60_000)
    assert not look(sockets, here, told, WRITE)
    while len(there.recv(1_000_000)) == 1_000_000:
        pass
    assert look(sockets, here, told, WRITE)


def test_the_end_is_told(wire):
    sockets, here, there, told = wire
    there.close()
    assert look(sockets, here, told, READ)
    assert here.recv(10) == b""


def test_a_socket_that_is_forgotten_tells_nothing(wire):
    sockets, here, there, told = wire
    sockets.want(here.fileno(), READ)
    sockets.unwatch(here.fileno())
    sockets.unwatch(here.fileno())
    there.send(b"x")
    told.clear()
    sockets.wait(0.02)
    assert told == []


def test_one_told_of_may_forget_another_of_the_same_moment(poller):
    sockets, told = Sockets(), []
    ends = [socket.socketpair() for _ in range(2)]
    files = [here.fileno() for here, _ in ends]

    def forget_all(what):
        told.append(what)
        for file in files:
            sockets.unwatch(file)

    for (_, there), file in zip(ends, files, strict=True):
        sockets.watch(file, forget_all)
        sockets.want(file, READ)
        there.send(b"x")
    sockets.wait(60)
    assert len(told) == 1
    sockets.close()
    for end in ends:
        for each in end:
            each.close()


# --- Awake or asleep ----------------------------------------------------------


def test_what_comes_in_a_moment_finds_the_clock_awake(wire):
    sockets, here, there, told = wire
    sockets.wait(0)  # that it can be written to is old news
    polls, ask = [], sockets._poll

    def answer_the_third(seconds):
        polls.append(seconds)
        if len(polls) == 3:
            there.send(b"x")
        return ask(seconds)

    sockets.want(here.fileno(), READ)
    told.clear()
    sockets._poll = answer_the_third
    sockets.wait(1)
    assert [what & READ for what in told] == [READ]
    assert set(polls) == {0.0}, "it slept: it should look a few times before"


def count_looks(places):
    """How often a sockets looks before it sleeps, wait by wait.

    There is something at the look with that place; 0: at none.
    """
    sockets, counts = Sockets(), []
    here, there = socket.socketpair()
    sockets.watch(here.fileno(), counts.append)
    for place in places:
        looks = 0

        def poll(seconds, place=place):
            nonlocal looks
            looks += not seconds
            found = seconds or looks == place
            return [(here.fileno(), READ)] if found else []

        sockets._poll = poll
        sockets.wait(60)
        counts[-1] = looks
    sockets.close()
    here.close()
    there.close()
    return counts


def test_looks_in_vain_become_rare():
    assert sum(count_looks([0] * 2_000)) <= 12 * LOOKS, "waiting keeps it busy"


def test_looks_come_back_when_they_pay_and_one_in_vain_changes_little():
    counts = count_looks([0] * 2_000 + [2] * 5_000 + [0] + [2] * 10)
    assert set(counts[-111:-11]) == {2}, "it sleeps, though the answer is near"
    assert counts[-11:] == [LOOKS, 0] + [2] * 9


def test_what_is_there_at_the_first_look_is_no_reason_to_stay_awake():
    assert sum(count_looks([1, 1, 0] * 700)) <= 12 * LOOKS + 1_400


def test_who_is_to_look_once_looks_once(wire):
    sockets, polls = wire[0], []
    sockets._poll = lambda seconds: polls.append(seconds) or []
    sockets.wait(0.0)
    assert polls == [0.0]
