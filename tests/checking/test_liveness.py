"""Liveness: runs that do not end, told apart."""

import pytest

from nearfar import Channel, schedule, select, sleep, spawn
from nearfar.checking import Endless, explore


def polling():
    box = []

    def asks():
        while not box:
            schedule()

    def cook():
        sleep(25)
        box.append("taco")

    spawn(cook)
    spawn(asks)


def livelock():
    """Two polite people at a door: each lets the other go first."""
    wants = {"ann": True, "bob": True}

    def polite(me, other):
        while wants[other]:
            schedule()
        wants[me] = False

    spawn(polite, "ann", "bob", name="ann")
    spawn(polite, "bob", "ann", name="bob")


def alone():
    while True:
        schedule()


def starvation():
    often, rare = Channel("often"), Channel("rare")

    def busy():
        while True:
            often.send("more")

    def serve():
        while True:
            schedule()
            select([often, rare])

    spawn(busy)
    spawn(busy)
    spawn(rare.send, "please", name="patient")
    spawn(serve)


def counting():
    number = 0
    while True:
        number += 1
        schedule()


def ticking():
    while True:
        sleep(1)


@pytest.mark.parametrize(
    ("program", "kind", "words"),
    [
        (polling, "polling", "You are polling: asks-3 asks again and again"),
        (livelock, "livelock", "ann and bob take turns, and come back"),
        (alone, "livelock", "alone-1 takes turn after turn"),
        (starvation, "starvation", "patient waits to send to 'rare' and is"),
        (counting, "unknown", "its state changes each time"),
    ],
)
def test_runs_without_end_are_told_apart(program, kind, words):
    error = explore(program, schedules=1).failure.error
    assert isinstance(error, Endless)
    assert error.kind == kind, error
    assert words in str(error)


def test_polling_says_where_and_what_to_do():
    told = str(explore(polling, schedules=1).failure.error)
    assert "in asks() (test_liveness.py, line 14)" in told
    assert "Use a channel or `sleep`" in told
    assert "virtual time moves only when every tasklet waits" in told


def test_time_that_moves_is_no_polling():
    error = explore(ticking, schedules=1).failure.error
    assert error.kind in ("livelock", "unknown")


def test_a_long_run_that_ends_is_not_accused():
    def long():
        for _ in range(5_000):
            schedule()

    assert explore(long, schedules=1).failure is None
