"""Mutex: a lock, one tasklet at a time, in order, and free after an error."""

from contextlib import suppress

import pytest

from nearfar import Deadlock, run, schedule, spawn
from nearfar.checking import explore
from nearfar.experiments.mutex import Mutex


def test_tasklets_enter_one_at_a_time_and_in_order():
    lock, happened = Mutex("the lock"), []

    def worker(name):
        with lock:
            happened.append(f"{name} in")
            schedule()
            happened.append(f"{name} out")

    for name in "abc":
        spawn(worker, name)
    run()
    assert happened == [f"{n} {way}" for n in "abc" for way in ("in", "out")]
    assert lock.free


def test_no_order_lets_two_tasklets_in():
    def program():
        lock, inside = Mutex("the lock"), []

        def worker(name):
            with lock:
                inside.append(name)
                schedule()
                assert inside == [name]
                inside.remove(name)

        for name in "abc":
            spawn(worker, name)

    assert explore(program).failure is None


def test_an_error_inside_passes_the_lock_on():
    lock = Mutex("the lock")

    def breaks():
        with suppress(ValueError), lock:
            schedule()
            raise ValueError("inside")

    def waits():
        with lock:
            return "in"

    spawn(breaks)
    assert run(until=spawn(waits)) == "in"
    assert lock.free


def test_two_locks_in_two_orders_are_a_circle():
    north, south = Mutex("north"), Mutex("south")

    def takes(first, second):
        with first:
            schedule()
            with second:
                raise AssertionError("both have both locks")

    spawn(takes, north, south, name="down")
    spawn(takes, south, north, name="up")
    with pytest.raises(Deadlock, match="for the next: down -> up -> down"):
        run()
