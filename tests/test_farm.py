"""The farm: the same map, by other hands, whatever becomes of them."""

import socket

import pytest

from nearfar import Misuse, run, spawn
from nearfar.connections import pair
from nearfar.farm import FUNCTIONS, Farm, Hello, Result, Task, work
from nearfar.primes import count_between, count_primes
from nearfar.processes import local_farm
from nearfar.sockets import connect, listen, parse_address


@pytest.fixture(scope="module")
def farm():
    with local_farm(2) as farm:
        yield farm


def test_the_farm_counts_as_one_process_does(farm):
    assert count_primes(50_000, map=farm.map) == count_primes(50_000)


def test_results_come_in_the_order_of_the_chunks(farm):
    pieces = [(0, 30_000), (0, 10), (10, 20), (20, 30)]
    assert list(farm.map(count_between, pieces)) == [3_245, 4, 4, 2]


def test_a_map_over_nothing_is_nothing(farm):
    assert list(farm.map(count_between, [])) == []


def test_progress_is_told_once_for_each_chunk(farm):
    ticks = []
    count_primes(
        10_000,
        map=lambda f, c: farm.map(f, c, on_result=lambda: ticks.append(1)),
        chunk=1_000,
    )
    assert len(ticks) == 10


def test_an_unknown_function_is_refused_before_anything_is_sent(farm):
    with pytest.raises(Misuse, match="a message brings data, never code"):
        farm.map(print, [(0, 1)])


def test_a_chunk_that_fails_fails_the_map_and_not_the_farm(farm):
    with pytest.raises(RuntimeError, match="chunk 1: TypeError"):
        farm.map(count_between, [(0, 1), ("a", "b"), (0, 100)])
    assert count_primes(1_000, map=farm.map) == 168


def test_a_lost_worker_costs_time_and_not_the_count():
    with local_farm(2) as farm:
        ticks = []

        def tick():
            ticks.append(1)
            if len(ticks) == 5:
                farm.programs[0].kill()

        found = count_primes(
            100_000,
            map=lambda f, c: farm.map(f, c, on_result=tick),
            chunk=1_000,
        )
        assert found == 9_592
        assert farm.lost == 1
        assert len(ticks) == 100
        assert count_primes(10_000, map=farm.map) == 1_229


def test_losing_all_workers_is_an_error_and_no_hang():
    lost = pytest.raises(RuntimeError, match="all workers are lost")
    with local_farm(1) as farm, lost:
        farm.map(count_between, [(0, 10)] * 50, farm.programs[0].kill)


def test_no_worker_in_time_says_how_to_start_one(monkeypatch):
    monkeypatch.setattr("nearfar.farm.START_TIMEOUT", 0.05)
    with (
        listen(Hello | Result) as listener,
        pytest.raises(RuntimeError, match="python -m nearfar worker 127"),
    ):
        Farm(listener).wait_for_workers()


def test_a_stranger_at_the_door_is_sent_away():
    with listen(Hello | Result) as listener, Farm(listener) as farm:
        stranger = socket.create_connection(parse_address(listener.address))
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")

        def worker():
            with connect(Task, listener.address) as connection:
                work(connection)

        spawn(worker, daemon=True)
        farm.wait_for_workers()
        assert len(farm.connections) == 1
        stranger.close()


def test_one_silent_visitor_does_not_lock_the_door():
    with listen(Hello | Result) as listener, Farm(listener) as farm:
        silent = socket.create_connection(parse_address(listener.address))

        def worker():
            with connect(Task, listener.address) as connection:
                work(connection)

        spawn(worker, daemon=True)
        farm.wait_for_workers()
        assert len(farm.connections) == 1
        silent.close()


def test_an_error_of_the_callers_own_is_not_a_lost_worker(farm):
    from nearfar import Closed

    def callback():
        raise Closed("mine")

    with pytest.raises(Closed, match="mine"):
        farm.map(count_between, [(0, 10)], callback)
    assert farm.lost == 0


@pytest.mark.parametrize("chunk", [object(), "x" * 70_000])
def test_a_chunk_that_cannot_be_sent_is_refused_before_any_is(farm, chunk):
    with pytest.raises(Misuse, match="chunk 1: "):
        farm.map(count_between, [(0, 10), chunk])
    assert farm.lost == 0


@pytest.mark.parametrize("chunk", [None, True, {"a": 1}, float("inf"), [1]])
def test_any_json_may_be_a_chunk_and_its_error_comes_back(farm, chunk):
    with pytest.raises(RuntimeError, match=r"chunk 0: (Type|Value)Error"):
        farm.map(count_between, [chunk])
    assert farm.lost == 0


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda _: True, Result(1, True)),
        (lambda _: {"a": [1, None]}, Result(1, {"a": [1, None]})),
        (lambda _: "x" * 70_000, "TooLarge"),
        (lambda _: object(), "TypeError"),
        (lambda _: exec("raise SystemExit(3)"), "SystemExit: 3"),
        (lambda _: exec("raise ValueError('x' * 99_999)"), "ValueError: xx"),
    ],
)
def test_a_worker_survives_whatever_its_function_does(function, expected):
    here, there = pair(Task | Result | Hello)

    def coordinator():
        here.receive()
        here.send(Task(1, "f", None))
        return here.receive()

    spawn(work, there, {"f": function}, daemon=True)
    result = run(until=spawn(coordinator))
    assert result == expected or result.error.startswith(expected)


def test_a_chunk_that_kills_its_workers_is_given_up():
    from nearfar.farm import ATTEMPTS

    def deadly(address):
        with connect(Task, address) as connection:
            connection.send(Hello(["count_between"]))
            connection.receive()

    with listen(Hello | Result) as listener, Farm(listener) as farm:
        for _ in range(ATTEMPTS + 1):
            spawn(deadly, listener.address, daemon=True)
        with pytest.raises(RuntimeError, match="chunk 0: 3 workers lost"):
            farm.map(count_between, [(0, 10)])


def test_a_worker_runs_only_what_stands_in_its_table():
    here, there = pair(Task | Result | Hello)

    def coordinator():
        assert here.receive() == Hello(sorted(FUNCTIONS))
        here.send(Task(1, "eval", "print(1)"))
        refused = here.receive()
        here.close()
        return refused

    spawn(work, there, daemon=True)
    refused = run(until=spawn(coordinator))
    assert refused == Result(1, error="no function 'eval' here")


def test_a_worker_goes_home_when_the_coordinator_hangs_up():
    here, there = pair(Task | Result | Hello)

    def coordinator():
        here.receive()
        here.send(Task(1, "count_between", (0, 10)))
        assert here.receive() == Result(1, 4)
        here.close()

    spawn(coordinator)
    assert run(until=spawn(work, there)) == 1


def test_a_farm_of_nobody_is_refused():
    with pytest.raises(Misuse, match="1 or more"):
        Farm(None, workers=0)


def test_a_farm_that_is_closed_says_so():
    with local_farm(1) as farm:
        pass
    with pytest.raises(Misuse, match="inside its with block"):
        farm.map(count_between, [(0, 10)])
