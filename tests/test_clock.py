"""Clocks: what time it is, and what to do when nobody can run."""

import math
import selectors
import socket

import pytest

from nearfar import SystemClock, VirtualClock, run, sleep, spawn


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


@pytest.fixture
def wire():
    here, there = socket.socketpair()
    clock = SystemClock()
    yield clock, here, there
    clock.close()
    here.close()
    there.close()


def test_a_watched_socket_wakes_once(wire):
    clock, here, there = wire
    woken = []
    clock.watch(here, selectors.EVENT_READ, lambda: woken.append("read"))
    there.send(b"x")
    clock.wait(math.inf)
    assert (woken, clock.watching) == (["read"], 0)


def test_both_directions_of_a_socket_are_watched_apart(wire):
    clock, here, there = wire
    woken = []
    clock.watch(here, selectors.EVENT_READ, lambda: woken.append("read"))
    clock.watch(here, selectors.EVENT_WRITE, lambda: woken.append("write"))
    clock.wait(math.inf)
    assert (woken, clock.watching) == (["write"], 1)
    there.send(b"x")
    clock.wait(math.inf)
    assert woken == ["write", "read"]


def test_a_second_watcher_of_the_same_direction_is_refused(wire):
    clock, here, _ = wire
    clock.watch(here, selectors.EVENT_READ, print)
    with pytest.raises(RuntimeError, match="let one of them"):
        clock.watch(here, selectors.EVENT_READ, print)


def test_forgetting_a_socket_wakes_whoever_waits_for_it(wire):
    clock, here, _ = wire
    woken = []
    clock.watch(here, selectors.EVENT_READ, lambda: woken.append(True))
    clock.forget(here)
    assert (woken, clock.watching) == ([True], 0)


def test_a_socket_that_is_closed_by_now_is_simply_unknown(wire):
    clock, here, there = wire
    clock.watch(there, selectors.EVENT_READ, print)
    here.close()
    assert not clock.unwatch(here, selectors.EVENT_READ)
