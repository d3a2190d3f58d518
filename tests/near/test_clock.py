"""Clocks: what time it is, and what to do when nobody can run."""

import math
import socket
from contextlib import suppress

import pytest

import nearfar.near.poller
from nearfar import SystemClock, VirtualClock, run, sleep, spawn
from nearfar.near.lowlevel import LOOKS, READ, WRITE
from nearfar.near.poller import Selector


def test_virtual_time_jumps_and_never_goes_back():
    clock = VirtualClock(10)
    clock.wait(25)
    clock.wait(3)
    assert clock.now() == 25


def test_a_virtual_hour_is_exactly_an_hour():
    clock = VirtualClock()
    spawn(sleep, 3600)
    run(clock=clock)
    assert clock.now() == 3600


def test_system_time_passes_at_least_as_long_as_asked():
    clock = SystemClock()
    before = clock.now()
    spawn(sleep, 0.02)
    run(clock=clock)
    assert clock.now() - before >= 0.02


@pytest.fixture(params=["epoll", "selectors"])
def poller(request, monkeypatch):
    """Both ways to watch; where the system has no epoll, they are one."""
    if request.param == "selectors":
        monkeypatch.setattr(nearfar.near.poller, "new_poller", Selector)


@pytest.fixture
def wire(poller):
    """A clock that watches one end of a wire; the other end; what it tells."""
    here, there = socket.socketpair()
    here.setblocking(False)
    clock, told = SystemClock(), []
    clock.watch(here.fileno(), told.append)
    yield clock, here, there, told
    clock.close()
    here.close()
    there.close()


def look(clock, here, told, what):
    """Want this, wait once for a moment; what was told of it."""
    clock.want(here.fileno(), what)
    told.clear()
    clock.wait(clock.now() + 0.02)
    return bool(told) and bool(told[0] & what)


def test_what_arrives_is_told_once(wire):
    clock, here, there, told = wire
    assert not look(clock, here, told, READ)
    there.send(b"x")
    assert look(clock, here, told, READ)
    told.clear()
    clock.wait(clock.now() + 0.02)  # nobody wants it again
    assert told == []


def test_more_that_arrives_is_told_again(wire):
    clock, here, there, told = wire
    for _ in range(3):
        there.send(b"x")
        assert look(clock, here, told, READ)
        assert here.recv(10) == b"x"


def test_room_to_write_is_told_when_there_is_room_again(wire):
    clock, here, there, told = wire
    look(clock, here, told, WRITE)  # at first there is
    with suppress(BlockingIOError):
        while True:
            here.send(b"x" * 60_000)
    assert not look(clock, here, told, WRITE)
    while len(there.recv(1_000_000)) == 1_000_000:
        pass
    assert look(clock, here, told, WRITE)


def test_the_end_is_told(wire):
    clock, here, there, told = wire
    there.close()
    assert look(clock, here, told, READ)
    assert here.recv(10) == b""


def test_a_socket_that_is_forgotten_tells_nothing(wire):
    clock, here, there, told = wire
    clock.want(here.fileno(), READ)
    clock.unwatch(here.fileno())
    clock.unwatch(here.fileno())
    there.send(b"x")
    told.clear()
    clock.wait(clock.now() + 0.02)
    assert told == []


def test_one_told_of_may_forget_another_of_the_same_moment(poller):
    clock, told = SystemClock(), []
    ends = [socket.socketpair() for _ in range(2)]
    files = [here.fileno() for here, _ in ends]

    def forget_all(what):
        told.append(what)
        for file in files:
            clock.unwatch(file)

    for (_, there), file in zip(ends, files, strict=True):
        clock.watch(file, forget_all)
        clock.want(file, READ)
        there.send(b"x")
    clock.wait(math.inf)
    assert len(told) == 1
    clock.close()
    for end in ends:
        for each in end:
            each.close()


def test_what_is_unsent_is_written_once_at_the_end_of_the_round():
    clock, written = SystemClock(), []
    clock.unsent.append(lambda: written.append("round"))
    clock.flush()
    clock.flush()
    assert written == ["round"]


# --- Awake or asleep ----------------------------------------------------------


def test_what_comes_in_a_moment_finds_the_clock_awake(wire):
    clock, here, there, told = wire
    clock.wait(0)  # that it can be written to is old news
    polls, ask = [], clock._poll

    def answer_the_third(seconds):
        polls.append(seconds)
        if len(polls) == 3:
            there.send(b"x")
        return ask(seconds)

    clock.want(here.fileno(), READ)
    told.clear()
    clock._poll = answer_the_third
    clock.wait(clock.now() + 1)
    assert [what & READ for what in told] == [READ]
    assert set(polls) == {0.0}, "it slept: it should look a few times before"


def count_looks(places):
    """How often a clock looks before it sleeps, wait by wait.

    There is something at the look with that place; 0: at none.
    """
    clock, counts = SystemClock(), []
    here, there = socket.socketpair()
    clock.watch(here.fileno(), counts.append)
    for place in places:
        looks = 0

        def poll(seconds, place=place):
            nonlocal looks
            looks += not seconds
            found = seconds or looks == place
            return [(here.fileno(), READ)] if found else []

        clock._poll = poll
        clock.wait(math.inf)
        counts[-1] = looks
    clock.close()
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
    clock, polls = wire[0], []
    clock._poll = lambda seconds: polls.append(seconds) or []
    clock.wait(clock.now() - 1)
    assert polls == [0.0]
