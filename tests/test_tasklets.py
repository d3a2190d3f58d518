"""Tasklets: order, waiting, ends, and what run() promises."""

import contextlib
import threading

import pytest
from nearfar import (
    Channel,
    Deadlock,
    Misuse,
    VirtualClock,
    current,
    run,
    schedule,
    sleep,
    spawn,
)


def test_turns_are_first_in_first_out():
    order = []

    def count(name, turns):
        for turn in range(turns):
            order.append((name, turn))
            schedule()

    spawn(count, "a", 3)
    spawn(count, "b", 2)
    run()
    assert order == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2)]


def test_a_tasklet_spawned_by_another_goes_to_the_end():
    order = []

    def parent():
        spawn(order.append, "child")
        order.append("parent")

    spawn(parent)
    spawn(order.append, "sibling")
    run()
    assert order == ["parent", "sibling", "child"]


def test_sleepers_wake_in_the_order_of_their_times():
    clock, order = VirtualClock(), []

    def sleeper(seconds):
        sleep(seconds)
        order.append((seconds, clock.now()))

    for seconds in (3, 1, 2, 1):
        spawn(sleeper, seconds)
    run(clock=clock)
    assert order == [(1, 1.0), (1, 1.0), (2, 2.0), (3, 3.0)]


def test_a_busy_tasklet_does_not_keep_timers_from_firing():
    clock = VirtualClock()
    woken = []

    def sleeper():
        sleep(0)
        woken.append(True)

    def busy():
        while not woken:
            schedule()

    spawn(sleeper)
    spawn(busy)
    run(clock=clock)
    assert woken


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_time_to_wait_that_makes_no_sense_is_refused(seconds):
    spawn(sleep, seconds)
    with pytest.raises(Misuse, match="0 or more"):
        run(clock=VirtualClock())


def test_result_gives_what_the_function_returned():
    answers = []
    adder = spawn(lambda: 2 + 3)
    spawn(lambda: answers.append(adder.result()))
    run()
    assert answers == [5]


def test_run_until_returns_the_result_and_ends_the_rest():
    ended = []

    def endless():
        try:
            while True:
                schedule()
        finally:
            ended.append(True)

    spawn(endless)
    assert run(until=spawn(lambda: 7)) == 7
    assert ended == [True]


def test_an_error_comes_out_of_run_with_name_and_line():
    def faulty():
        return 1 / 0

    spawn(faulty, name="Joe")
    with pytest.raises(ZeroDivisionError) as caught:
        run()
    assert caught.value.__notes__ == ["in tasklet Joe"]
    names = [entry.name for entry in caught.traceback]
    assert names[-1] == "faulty"


def test_an_error_goes_to_whoever_awaits_the_result():
    caught = []

    def faulty():
        raise LookupError("no")

    def patient():
        try:
            spawn(faulty).result()
        except LookupError as error:
            caught.append(str(error))

    spawn(patient)
    run()
    assert caught == ["no"]


def test_an_error_after_the_waiter_gave_up_is_not_lost():
    def faulty():
        sleep(2)
        raise LookupError("late")

    def impatient():
        try:
            spawn(faulty).result(timeout=1)
        except TimeoutError:
            sleep(5)

    spawn(impatient)
    with pytest.raises(LookupError, match="late"):
        run(clock=VirtualClock())


def test_kill_runs_finally_and_leaves_the_channel():
    channel, log = Channel("c"), []

    def victim():
        try:
            channel.receive()
        finally:
            log.append("finally")

    def killer():
        schedule()
        assert channel.balance == -1
        target.kill()
        target.join()
        assert channel.balance == 0
        with pytest.raises(RuntimeError, match="killed"):
            target.result()

    target = spawn(victim)
    spawn(killer)
    run()
    assert log == ["finally"]


def test_killing_one_that_has_not_started_never_starts_it():
    log = []

    def killer():
        spawn(log.append, "body").kill()

    spawn(killer)
    run()
    assert log == []


def test_throw_raises_where_the_tasklet_waits():
    caught = []

    def waiter():
        try:
            sleep(100)
        except LookupError as error:
            caught.append(str(error))

    def thrower():
        schedule()
        target.throw(LookupError("wake up"))

    clock = VirtualClock()
    target = spawn(waiter)
    spawn(thrower)
    run(clock=clock)
    assert caught == ["wake up"]
    assert clock.now() < 100


def test_deadlock_names_everybody_and_what_they_wait_for():
    left, right = Channel("left"), Channel("right")
    spawn(left.receive, name="ann")
    spawn(right.send, 1, name="bob")
    with pytest.raises(Deadlock) as caught:
        run()
    text = str(caught.value)
    assert text.startswith("Deadlock:")
    assert "ann waits to receive from 'left'" in text
    assert "bob waits to send to 'right'" in text
    assert left.balance == right.balance == 0, "run() left them waiting"


def test_deadlock_says_where_in_the_source():
    channel = Channel("c")

    def stuck():
        channel.receive()  # here

    spawn(stuck)
    with pytest.raises(Deadlock, match=r"in stuck\(\) \(test_tasklets.py, li"):
        run()


def test_a_daemon_does_not_keep_run_from_returning():
    channel, ended = Channel("c"), []

    def server():
        try:
            for _ in channel:
                pass
        finally:
            ended.append(True)

    spawn(server, daemon=True)
    spawn(channel.send, 1)
    run()
    assert ended == [True]


def test_run_times_out_and_names_who_is_not_done():
    spawn(sleep, 10, name="slow")
    with pytest.raises(TimeoutError, match="slow"):
        run(clock=VirtualClock(), timeout=5)


def test_nothing_lives_on_into_the_next_run():
    log = []

    def endless():
        while True:
            log.append("alive")
            sleep(1)

    spawn(endless)
    with pytest.raises(TimeoutError):
        run(clock=VirtualClock(), timeout=1)
    log.clear()
    spawn(sleep, 5)
    run(clock=VirtualClock())
    assert log == []


def test_a_tasklet_that_refuses_to_end_does_not_hang_run():
    def stubborn():
        while True:
            with contextlib.suppress(BaseException):
                schedule()

    spawn(stubborn, daemon=True)
    spawn(schedule)
    run()


def test_an_error_while_ending_is_told_with_the_first_one():
    def untidy():
        try:
            sleep(100)
        finally:
            raise LookupError("in finally")

    def faulty():
        schedule()
        raise ValueError("first")

    spawn(untidy)
    spawn(faulty)
    with pytest.raises(ValueError, match="first") as caught:
        run(clock=VirtualClock())
    assert any("in finally" in note for note in caught.value.__notes__)


def test_an_interrupt_runs_finally_and_leaves_a_usable_scheduler():
    log = []

    def tidy():
        try:
            sleep(100)
        finally:
            log.append("tidy")

    def interrupted():
        schedule()
        raise KeyboardInterrupt

    spawn(tidy)
    spawn(interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(clock=VirtualClock())
    assert run(until=spawn(lambda: "usable")) == "usable"
    assert log == ["tidy"]


def test_run_inside_a_tasklet_runs_its_own_children_only():
    order = []

    def outer():
        spawn(order.append, "child 1")
        spawn(order.append, "child 2")
        run()
        order.append("outer")

    spawn(outer)
    spawn(order.append, "other")
    run()
    assert order == ["child 1", "child 2", "outer", "other"]


@pytest.mark.parametrize("verb", [schedule, current, lambda: sleep(1)])
def test_verbs_outside_a_tasklet_say_what_to_do(verb):
    with pytest.raises(Misuse, match=r"spawn\(...\) that, then run\(\)"):
        verb()


def test_spawning_the_result_of_a_call_is_explained():
    with pytest.raises(Misuse, match="Did you call the function yourself"):
        spawn(print())


def test_run_until_a_stranger_is_refused():
    done = spawn(print, end="")
    run()
    with pytest.raises(Misuse, match="not one of the tasklets"):
        run(until=done)


def test_each_thread_has_its_own_queue():
    order, errors = [], []
    spawn(order.append, "main")

    def elsewhere():
        try:
            spawn(order.append, "thread")
            run()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert (order, errors) == (["thread"], [])
    run()
    assert order == ["thread", "main"]


def test_a_long_chain_of_spawning_tasklets_needs_no_deep_stack():
    length, reached = 20_000, []

    def link(number):
        if number == length:
            reached.append(number)
        else:
            spawn(link, number + 1)
            Channel().receive()

    spawn(link, 0)
    with pytest.raises(Deadlock):
        run()
    assert reached == [length]


def test_cancelled_timers_do_not_pile_up():
    channel = Channel("c")

    def sender():
        for number in range(5_000):
            channel.send(number)
        sizes.append(len(current().scheduler.timers))

    def receiver():
        for _ in range(5_000):
            channel.receive(timeout=1_000)

    sizes = []
    spawn(receiver)
    spawn(sender)
    run(clock=VirtualClock())
    assert sizes[0] < 2_000
