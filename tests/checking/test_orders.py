"""Orders: every one within a bound, the one that fails, and how to replay it.

The numbers of orders are known without the search: tasklets that take m, n,
... turns can be merged in (m + n + ...)! / (m! n! ...) ways.
"""

from itertools import count
from math import factorial, prod

import pytest
from enumerated import State, orders
from hypothesis import given, settings
from hypothesis import strategies as st
from small_programs import (
    impatient,
    lost_update,
    philosophers,
    producers,
    reversed_pairs,
    taking_turns,
)

from nearfar import (
    Channel,
    Deadlock,
    VirtualClock,
    run,
    schedule,
    select,
    sleep,
    spawn,
)
from nearfar.checking import Uncertain, explore, replay_order
from nearfar.checking.searching import every_order
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


def joined_lost_update():
    accounts = lost_update()()
    sleep(1)
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


# --- Seeds of run() ----------------------------------------------------------


def test_the_same_seed_gives_the_same_order():
    assert trace_of(7) == trace_of(7)
    assert len({tuple(trace_of(seed)) for seed in range(20)}) > 10


def test_a_seed_gives_the_same_order_on_every_machine_and_version():
    first_turns = [name for name in trace_of(2006) if name != "main"][:12]
    assert " ".join(first_turns) == "t4 t4 t3 t3 t0 t0 t1 t1 t3 t3 t3 t3"


def test_without_a_seed_the_order_is_first_in_first_out():
    assert trace_of(None) == trace_of({})


# --- What is covered ---------------------------------------------------------


few = st.lists(st.integers(1, 3), min_size=1, max_size=4).filter(
    lambda turns: sum(turns) <= 7
)


@settings(max_examples=20, deadline=None)
@given(few)
def test_all_merges_of_turns_are_tried_and_no_more(turns):
    merges = factorial(sum(turns)) // prod(map(factorial, turns))
    explored = explore(taking_turns(turns), schedules=merges)
    assert explored.complete == (explored.orders == merges)
    assert explored.complete
    if merges > 1:
        explored = explore(taking_turns(turns), schedules=merges - 1)
        assert not explored.complete


@settings(max_examples=20, deadline=None)
@given(few)
def test_no_order_is_tried_twice(turns):
    seen = []

    def worker(log, name, many):
        for _ in range(many - 1):
            log.append(name)
            schedule()
        log.append(name)

    def program():
        log = []
        seen.append(log)
        for name, many in enumerate(turns):
            spawn(worker, log, name, many)

    explored = explore(program, schedules=3_000)
    merges = factorial(sum(turns)) // prod(map(factorial, turns))
    assert explored.complete
    assert len(set(map(tuple, seen))) == merges


@pytest.mark.parametrize(
    ("program", "orders"),
    [
        (lost_update(2), 6),
        (lost_update(3), 90),
        (lost_update(4), 2_520),
        (producers(2), 36),
        (producers(3), 2_250),
    ],
)
def test_small_programs_are_tried_in_all_orders(program, orders):
    explored = explore(program)
    assert (explored.orders, explored.complete) == (orders, True)
    assert str(explored) == f"holds in all {orders:,} orders"


@pytest.mark.parametrize("crossed", [True, False])
def test_two_philosophers_have_as_many_orders_as_an_enumeration(crossed):
    keep = ("send", "receive", "again")
    eat = ("receive", "receive", "send", "send")
    states = [State(tuple((verb, n) for verb in keep), True) for n in (0, 1)]
    for forks in ((0, 1, 1, 0), (1, 0, 0, 1) if crossed else (0, 1, 1, 0)):
        states.append(State(tuple(zip(eat, forks, strict=True)), False))
    expected = orders(tuple(states))
    assert expected == ((896, 42) if crossed else (712, 0))
    tried = list(every_order(philosophers(crossed), 1_000))
    errors = [error for _, _, error in tried if error]
    assert (len(tried), len(errors)) == expected
    assert all(isinstance(error, Deadlock) for error in errors)


def test_what_does_not_fit_is_tried_to_a_depth_and_then_at_random():
    explored = explore(taking_turns([3, 3, 3, 3]), schedules=500)
    assert not explored.complete
    assert explored.departures == 2
    assert explored.orders + explored.drawn == 500
    assert explored.covered == (
        f"all {explored.orders} orders with at most 2 departures, "
        f"and {explored.drawn} at random"
    )


def test_a_budget_of_turns_is_kept_about():
    explored = explore(taking_turns([3, 3, 3, 3]), turns=3_000)
    assert 200 < explored.orders + explored.drawn < 300


def test_a_budget_of_seconds_ends_a_search_and_says_how_far_it_came():
    explored = explore(taking_turns([3, 3, 3, 3]), seconds=0)
    assert str(explored) == "holds in the plain order"
    assert not explored.complete


def test_a_program_without_choices_has_one_order():
    assert str(explore(schedule)) == "holds in the only order"


def test_a_program_that_is_right_in_all_orders_passes():
    explored = explore(always_right)
    assert explored.failure is None
    assert explored.complete


def test_select_takes_every_case_that_is_ready():
    def program(taken):
        a, b = Channel("a"), Channel("b")
        spawn(a.send, "a")
        spawn(b.send, "b")
        schedule()
        first, _ = select([a, b])
        taken.add(first.name)
        (b if first is a else a).receive()

    taken = set()
    explored = explore(lambda: program(taken))
    assert taken == {"a", "b"}
    assert explored.complete


def test_in_a_plain_run_select_takes_the_first_case():
    a, b = Channel("a"), Channel("b")
    taken = []

    def chooses():
        schedule()
        schedule()
        taken.append(select([a, b])[1])
        taken.append(select([a, b])[1])

    spawn(a.send, 1)
    spawn(b.send, 2)
    spawn(chooses)
    run()
    assert taken == [1, 2]


def woken(names, timers):
    """The orders in which sleepers wake up, over all that is explored."""
    orders = set()

    def program():
        log = []
        every = [
            spawn(lambda n=n, s=s: [sleep(s), log.append(n)])
            for n, s in zip(names, timers, strict=True)
        ]
        for each in every:
            each.join()
        orders.add("".join(log))

    return orders, explore(program)


def test_timers_of_equal_times_ring_in_every_order():
    orders, explored = woken("abc", [1, 1, 1])
    assert len(orders) == 6
    assert explored.complete


def test_timers_of_different_times_ring_in_their_order():
    orders, explored = woken("abc", [1, 2, 3])
    assert orders == {"abc"}
    assert explored.complete


@pytest.mark.parametrize("timeouts", [False, True])
def test_a_timeout_wins_at_the_same_moment_or_by_choice_both_ways(timeouts):
    told = set()

    def program():
        channel = Channel("c")

        def late():
            sleep(5)
            channel.send(1, timeout=0)

        def waits():
            try:
                channel.receive(timeout=5)
                told.add("received")
            except TimeoutError:
                told.add("timed out")

        spawn(late, daemon=True)
        spawn(waits)

    explore(program, timeouts=timeouts)
    assert told == ({"timed out", "received"} if timeouts else {"timed out"})


def test_the_clock_takes_no_part_in_an_order_while_time_stands_still():
    def program():
        spawn(sleep, 10)
        taking_turns([2, 2])()

    plain = explore(taking_turns([1, 2, 2])).orders
    assert explore(program).orders == plain


# --- What fails --------------------------------------------------------------


@pytest.mark.parametrize("width", [2, 4])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_bug_is_told_with_as_few_departures_as_it_needs(depth, width):
    program = reversed_pairs(depth, width)
    failure = explore(program).failure
    assert len(failure.schedule) == depth
    with pytest.raises(AssertionError, match="turned round"):
        replay_order(program, failure.schedule)


def bounded(program, most=1_000):
    """How many orders delay bounding alone takes to one that fails."""
    failed = (error for _, _, error in every_order(program, most))
    return next((n for n, error in enumerate(failed, 1) if error), most)


@pytest.mark.parametrize(
    "program",
    [
        order_dependent,
        *[reversed_pairs(depth, 4) for depth in (1, 2, 3)],
        *[impatient(turns) for turns in (1, 2, 5, 12)],
    ],
)
def test_a_search_costs_at_most_twice_what_the_better_half_does(program):
    drawn = explore(program, departures=0).failure.tried
    tried = explore(program).failure.tried
    assert tried <= 2 * min(bounded(program), drawn)


def test_a_bug_of_many_departures_is_found_by_an_order_at_random():
    failure = explore(impatient(12), schedules=100).failure
    assert len(failure.schedule) == 12
    assert failure.seed is not None
    assert bounded(impatient(12)) > 2 * failure.tried
    with pytest.raises(AssertionError, match="is late"):
        replay_order(impatient(12), failure.seed)


def test_a_failing_order_is_found_and_replayed_in_a_line():
    failure = explore(order_dependent).failure
    assert failure.line == (
        f"replay_order(order_dependent, {failure.schedule})"
    )
    assert failure.line in str(failure)
    for _ in range(3):
        with pytest.raises(AssertionError):
            eval(failure.line)


def test_leaving_out_any_departure_of_the_failure_mends_it():
    departures = explore(order_dependent).failure.schedule
    assert departures
    for step in departures:
        fewer = {n: place for n, place in departures.items() if n != step}
        replay_order(order_dependent, fewer)


def test_a_failure_drawn_at_random_is_made_small():
    failure = explore(order_dependent, departures=0).failure
    assert failure.seed is not None
    with pytest.raises(AssertionError):
        replay_order(order_dependent, failure.seed)
    for step in failure.schedule:
        fewer = {n: p for n, p in failure.schedule.items() if n != step}
        replay_order(order_dependent, fewer)
    assert f"fails under seed {failure.seed}" in str(failure)


@pytest.mark.parametrize(
    ("program", "error"),
    [(joined_lost_update, AssertionError), (crossed, Deadlock)],
)
def test_what_fails_in_plain_order_needs_no_departure(program, error):
    explored = explore(program)
    assert isinstance(explored.failure.error, error)
    assert explored.failure.schedule == {}
    assert "fails in plain order" in str(explored)


def test_a_property_is_asked_for_after_every_switch():
    def program():
        accounts = {"grant": 50, "eve": 50}

        def transfer():
            accounts["grant"] -= 10
            schedule()
            accounts["eve"] += 10

        spawn(transfer)
        return accounts

    def flat(accounts):
        """the money adds up to 100"""
        return sum(accounts.values()) == 100

    assert explore(program).failure is None
    failure = explore(program, holds=flat).failure
    assert str(failure.error) == (
        "after turn 3, not so: the money adds up to 100, "
        "with {'grant': 40, 'eve': 50}"
    )
    assert failure.line == "replay_order(program, {}, holds=flat)"
    with pytest.raises(AssertionError, match="turn 3"):
        replay_order(program, failure.schedule, holds=flat)


def test_a_property_is_asked_for_at_the_end_and_may_raise():
    def program():
        log = []
        spawn(log.append, 1)
        return log

    def empty(log):
        if log:
            raise ValueError("not empty")

    failure = explore(program, holds=empty).failure
    assert str(failure.error) == "not empty"
    assert failure.error.__notes__ == ["at the end"]


def test_a_program_cannot_catch_the_error_of_a_property():
    def program():
        log = []

        def careless():
            log.append(1)
            try:
                schedule()
            except Exception:
                log.clear()

        spawn(careless)
        return log

    explored = explore(program, holds=lambda log: not log)
    assert explored.failure is not None


# --- Why it fails ------------------------------------------------------------


def test_where_the_failing_run_parts_from_a_passing_one():
    parting = explore(joined_lost_update).failure.parting()
    assert (
        parting.passing[: parting.turn - 1]
        == (parting.failing[: parting.turn - 1])
    )
    assert parting.words.startswith(
        "turn 3: `deposit-3` ran before `deposit-2` went on after "
        "`schedule()` (line "
    )
    figure = parting.draw()
    assert "deposit-2" in figure.alt
    assert "They part at turn 3" in figure.alt
    assert figure.svg.count('class="x"') == 1


def test_a_failure_in_every_order_has_no_passing_run():
    def program():
        spawn(schedule)
        raise ValueError("always")

    failure = explore(program).failure
    assert failure.passing is None
    assert failure.parting() is None


def test_a_parting_in_a_select_is_told():
    def program():
        a, b = Channel("a"), Channel("b")
        spawn(a.send, "a")
        spawn(b.send, "b")
        sleep(1)
        first, _ = select([a, b])
        (b if first is a else a).receive()
        assert first is a

    failure = explore(program).failure
    assert "select took 'b', not select took 'a'" in failure.parting().words


# --- Programs that are not as they should be ---------------------------------


def test_a_program_that_does_something_else_each_time_is_noticed():
    runs = count()

    def program():
        for _ in range(2 + next(runs) % 2):
            spawn(schedule)

    failure = explore(program).failure
    assert isinstance(failure.error, Uncertain)
    assert "not deterministic" in str(failure)
    assert "were ready, and the next time" in str(failure)


def test_a_program_that_fails_once_is_noticed():
    tries = []

    def program():
        tries.append(1)
        assert len(tries) != 1, "the first time"

    failure = explore(program).failure
    assert isinstance(failure.error, Uncertain)
    assert "with the same choices again, it passed" in str(failure)


def test_a_program_may_call_run_itself():
    def with_a_run_of_its_own():
        spawn(order_dependent)
        run()

    assert explore(with_a_run_of_its_own).failure is not None


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
    assert explore(schedule).complete
    assert left == []
    run()
    assert left == ["my own"]
