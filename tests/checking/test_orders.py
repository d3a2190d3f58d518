"""Schedules: many orders, the one that fails, and how to see it again."""

import pytest

from nearfar import Channel, Deadlock, VirtualClock, run, schedule, spawn
from nearfar.checking import explore, replay_order
from nearfar.trace import Trace


def order_dependent():
    """Right in most orders, plain first in, first out among them."""
    log = []

    def worker(name, turns):
        for _ in range(turns):
            schedule()
        log.append(name)

    workers = [spawn(worker, n, t) for n, t in [("a", 3), ("b", 1), ("c", 2)]]
    for each in workers:
        each.join()
    assert log != ["a", "b", "c"]


def always_right():
    channel = Channel("c")
    spawn(channel.send, 1)
    assert channel.receive() == 1


def lost_update():
    accounts = {"grant": 0}

    def deposit():
        balance = accounts["grant"]
        schedule()
        accounts["grant"] = balance + 10

    for each in [spawn(deposit) for _ in range(2)]:
        each.join()
    assert accounts["grant"] == 20


def crossed():
    left, right = Channel("left"), Channel("right")

    def one(first, second):
        first.send(1)
        second.receive()

    spawn(one, left, right)
    spawn(one, right, left)


def trace_of(seed):
    with Trace() as trace:
        for number in range(5):
            spawn(lambda: [schedule() for _ in range(4)], name=f"t{number}")
        run(seed=seed)
    return [event.tasklet for event in trace.events]


def test_the_same_seed_gives_the_same_order():
    assert trace_of(7) == trace_of(7)
    assert len({tuple(trace_of(seed)) for seed in range(20)}) > 10


def test_a_seed_gives_the_same_order_on_every_machine_and_version():
    first_turns = [name for name in trace_of(2006) if name != "main"][:12]
    assert " ".join(first_turns) == "t4 t4 t3 t3 t0 t0 t1 t1 t3 t3 t3 t3"


def test_without_a_seed_the_order_is_first_in_first_out():
    assert trace_of(None) == trace_of({})


def test_a_program_that_is_right_in_all_orders_passes():
    assert explore(always_right) is None


def test_a_failing_order_is_found_shrunk_and_replayed():
    failure = explore(order_dependent)
    assert failure.seed is not None
    assert 1 <= len(failure.schedule) < failure.switches
    for _ in range(3):
        with pytest.raises(AssertionError):
            replay_order(order_dependent, failure.schedule)
    with pytest.raises(AssertionError):
        replay_order(order_dependent, failure.seed)
    told = str(failure)
    assert f"fails under seed {failure.seed}" in told
    assert f"replay_order(order_dependent, {failure.schedule})" in told


def test_leaving_out_any_step_of_the_shortest_order_mends_it():
    schedule_ = explore(order_dependent).schedule
    for step in schedule_:
        fewer = {n: place for n, place in schedule_.items() if n != step}
        replay_order(order_dependent, fewer)


@pytest.mark.parametrize(
    ("program", "error"), [(lost_update, AssertionError), (crossed, Deadlock)]
)
def test_what_fails_in_plain_order_needs_no_steps(program, error):
    failure = explore(program)
    assert isinstance(failure.error, error)
    assert (failure.seed, failure.schedule) == (None, {})
    assert "fails in plain order" in str(failure)


def test_a_program_may_call_run_itself():
    def with_a_run_of_its_own():
        spawn(order_dependent)
        run()

    assert explore(with_a_run_of_its_own) is not None


def test_a_program_that_never_ends_is_stopped():
    def endless():
        spawn(lambda: [schedule() for _ in iter(int, 1)])
        while True:
            schedule()

    failure = explore(endless, schedules=1)
    assert "does not end" in str(failure)


def test_an_inner_run_is_shuffled_too():
    def turns():
        log = []

        def outer():
            for number in range(6):
                spawn(log.append, number)
            run()

        spawn(outer)
        run(seed=3, clock=VirtualClock())
        return log

    assert turns() == turns() != sorted(turns())


def test_what_was_left_over_has_no_part_in_it_and_is_still_there():
    left = []
    spawn(left.append, "my own")
    assert explore(schedule) is None
    assert left == []
    run()
    assert left == ["my own"]
