"""Growth: what costs the same for each tasklet, however many there are.

Operations are counted, not seconds: lines of the library that run, and
comparisons, of which a search through a queue makes one for each entry.
"""

import sys

import pytest

from nearfar import (
    Channel,
    Tasklet,
    VirtualClock,
    run,
    schedule,
    select,
    sleep,
    spawn,
)
from nearfar.far import Waiters
from nearfar.near.channels import _Case
from nearfar.near.lowlevel import Stack

FEW, MANY = 100, 1_500


@pytest.fixture
def operations(monkeypatch):
    """A function that counts the operations of a program, for each of many."""
    count = 0

    def compared(one, other):
        nonlocal count
        count += 1
        return one is other

    for kind in (Stack, Tasklet, _Case):
        monkeypatch.setattr(kind, "__eq__", compared, raising=False)
        monkeypatch.setattr(kind, "__hash__", object.__hash__, raising=False)

    def trace(frame, event, arg):
        nonlocal count
        if "nearfar" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    def of_each(program, many):
        nonlocal count
        count, before = 0, sys.gettrace()
        spawn(sys.settrace, trace)
        main = spawn(program, many)
        sys.settrace(trace)
        try:
            run(until=main, clock=VirtualClock())
        finally:
            sys.settrace(before)
        return count / many

    return of_each


def killed(many, waits, order):
    """Start so many tasklets that wait, and kill them in this order."""
    victims = [spawn(waits, daemon=True) for _ in range(many)]
    schedule()
    for victim in order(victims):
        victim.kill()
    schedule()
    assert all(victim.done for victim in victims)


def first(victims):
    return victims


def last(victims):
    return victims[::-1]


def inside_out(victims):
    half = len(victims) // 2
    return [
        v
        for two in zip(victims[:half], victims[half:], strict=True)
        for v in two
    ]


def kill_receivers(order):
    def program(many):
        channel = Channel()
        killed(many, channel.receive, order)
        assert channel.balance == 0

    return program


def kill_senders(order):
    def program(many):
        channel = Channel()
        killed(many, lambda: channel.send(1), order)

    return program


def kill_waiters(order):
    def program(many):
        waiters = Waiters("ever")
        killed(many, waiters.wait, order)

    return program


def kill_joiners(order):
    def program(many):
        sleeper = spawn(sleep, 1_000, daemon=True)
        killed(many, sleeper.join, order)

    return program


def kill_the_ready(order):
    def program(many):
        victims = [spawn(schedule, daemon=True) for _ in range(many)]
        schedule()  # now they stand in the run queue
        for victim in order(victims):
            victim.kill()
        schedule()

    return program


def kill_the_unborn(order):
    def program(many):
        victims = [spawn(schedule, daemon=True) for _ in range(many)]
        for victim in order(victims):
            victim.kill()
        schedule()

    return program


def time_out(order):
    def program(many):
        channel = Channel()

        def wait(seconds):
            with pytest.raises(TimeoutError):
                channel.receive(timeout=seconds)

        for seconds in order(list(range(1, many + 1))):
            spawn(wait, seconds, daemon=True)
        sleep(many + 1)

    return program


def kill_selects(order):
    def program(many):
        one, two = Channel(), Channel()
        killed(many, lambda: select([one, (two, 1)]), order)
        assert one.balance == two.balance == 0

    return program


def serve_selects(order):
    def program(many):
        one, two = Channel(), Channel()
        got = []
        for number in range(many):
            spawn(lambda: got.append(select([one, two])), name=f"{number}")
        schedule()
        for number in order(list(range(many))):
            (one if number % 2 else two).send(number)
        schedule()
        assert len(got) == many

    return program


def kill_the_unborn_under_a_seed(order):
    def inside(many):
        kill_the_unborn(order)(many)

    return lambda many: run(until=spawn(inside, many), seed=1)


def run_inside(order):
    """So many inner runs, beside as many others that could run."""

    def forever():
        while True:
            schedule()

    def program(many):
        for _ in range(many):
            spawn(forever, daemon=True)
        schedule()
        for number in range(many):
            spawn(schedule, daemon=True)
            assert run(until=spawn(abs, -number)) == number

    return program


@pytest.mark.parametrize("order", [first, last, inside_out])
@pytest.mark.parametrize(
    "program",
    [
        kill_receivers,
        kill_senders,
        kill_waiters,
        kill_joiners,
        kill_the_ready,
        kill_the_unborn,
        kill_the_unborn_under_a_seed,
        run_inside,
        time_out,
        kill_selects,
        serve_selects,
    ],
)
def test_each_of_many_costs_what_each_of_few_costs(program, order, operations):
    few = operations(program(order), FEW)
    assert operations(program(order), MANY) <= 1.2 * few


def test_a_tasklet_that_does_nothing_costs_few_lines(operations):
    def program(many):
        for _ in range(many):
            spawn(int)

    assert operations(program, MANY) < 52
