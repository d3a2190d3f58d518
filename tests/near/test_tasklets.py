"""Tasklets: order, waiting, ends, and what run() promises."""

import contextlib
import gc
import os
import signal
import threading
import weakref

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


def test_an_inner_run_waits_for_none_that_runs_in_the_outer_one():
    def outer():
        ended, waiting = spawn(abs, -7), spawn(Channel().receive, daemon=True)
        schedule()
        with pytest.raises(Misuse, match="not one of the tasklets"):
            run(until=waiting)
        return run(until=ended)

    assert run(until=spawn(outer)) == 7


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


@pytest.mark.parametrize("timeout", [-0.001, float("nan"), "soon"])
def test_a_refused_timeout_leaves_nobody_waiting(timeout):
    channel, woken = Channel("c"), []

    def receiver():
        with pytest.raises(Misuse):
            channel.receive(timeout=timeout)
        assert channel.balance == 0
        sleep(60)
        woken.append(clock.now())

    clock = VirtualClock()
    spawn(receiver)
    run(clock=clock)
    assert woken == [60]


def test_until_waits_for_a_daemon_too():
    def slow():
        sleep(5)
        return 42

    spawn(sleep, 1)
    daemon = spawn(slow, daemon=True)
    assert run(until=daemon, clock=VirtualClock()) == 42


def test_until_one_that_was_killed_before_does_not_wait():
    def endless():
        while True:
            schedule()

    spawn(endless, daemon=True)
    done = spawn(print)
    done.kill()
    with pytest.raises(RuntimeError, match="killed"):
        run(until=done)


def test_an_error_thrown_into_one_that_has_not_started_comes_out():
    def thrower():
        spawn(print, name="Joe").throw(LookupError("early"))

    spawn(thrower)
    with pytest.raises(LookupError, match="early") as caught:
        run()
    assert caught.value.__notes__ == ["in tasklet Joe"]


def test_killing_the_last_one_before_it_starts_ends_the_run():
    def daemon():
        victim.kill()
        while True:
            schedule()

    spawn(daemon, daemon=True)
    victim = spawn(print)
    run()


def test_throwing_what_is_no_exception_is_refused():
    def thrower():
        with pytest.raises(Misuse, match="exception object"):
            target.throw(ValueError)

    target = spawn(sleep, 1)
    spawn(thrower)
    run(clock=VirtualClock())


def test_an_awaiter_that_gives_up_does_not_speak_for_the_others():
    caught = []

    def faulty():
        sleep(2)
        raise LookupError("for b")

    def impatient():
        with pytest.raises(TimeoutError):
            task.result(timeout=1)

    def patient():
        with pytest.raises(LookupError):
            task.result()
        caught.append(True)

    task = spawn(faulty)
    spawn(impatient)
    spawn(patient)
    run(clock=VirtualClock())
    assert caught == [True]


def test_an_error_whose_awaiter_is_killed_is_not_lost():
    def faulty():
        awaiter.kill()
        raise LookupError("nobody took it")

    task = spawn(schedule)
    awaiter = spawn(lambda: task.result())
    task.function = faulty
    spawn(schedule)
    with pytest.raises(LookupError, match="nobody took it"):
        run()


@pytest.mark.parametrize("wrong", [{"timeout": -1}, {"until": "stranger"}])
def test_a_wrong_call_of_run_loses_nothing(wrong):
    if "until" in wrong:
        wrong = {"until": spawn(print, end="")}
        run()
    log = []
    spawn(log.append, "still there")
    with pytest.raises(Misuse):
        run(**wrong)
    run()
    assert log == ["still there"]


def test_an_inner_run_uses_the_outer_clock():
    clock = VirtualClock()

    def outer():
        spawn(sleep, 3600)
        run()
        return clock.now()

    assert run(until=spawn(outer), clock=clock) == 3600


def test_sleeping_for_ever_is_a_deadlock():
    spawn(sleep, float("inf"), name="Beauty")
    with pytest.raises(Deadlock, match="Beauty waits until inf"):
        run()


def test_a_deadlock_is_told_before_the_runs_own_timeout():
    clock = VirtualClock()
    spawn(Channel("c").receive)
    with pytest.raises(Deadlock):
        run(clock=clock, timeout=1_000)
    assert clock.now() == 0


def test_a_circle_of_channels_is_named():
    def eager(mine, other):
        other.send(1)
        mine.receive()

    a, b, c = (Channel(name) for name in "abc")
    spawn(eager, a, b, name="ann")
    spawn(eager, b, c, name="bob")
    spawn(eager, c, a, name="cy")
    with pytest.raises(Deadlock, match="ann -> bob -> cy -> ann"):
        run()


def test_a_deadlock_of_many_is_told_in_short():
    for _ in range(1_000):
        spawn(Channel("c").receive)
    with pytest.raises(Deadlock, match="and 950 more") as caught:
        run()
    assert len(str(caught.value).splitlines()) == 52


def test_another_threads_tasklet_is_refused():
    target, errors = spawn(sleep, 0), []

    def elsewhere():
        for verb in (target.kill, target.join):
            spawn(verb)
            try:
                run()
            except Misuse as error:
                errors.append("another run or thread" in str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    run()
    assert errors == [True, True]


def test_a_real_interrupt_ends_the_run_and_spares_the_next():
    log = []

    def tidy():
        try:
            sleep(60)
        finally:
            log.append("tidy")

    spawn(tidy)
    main = threading.main_thread().ident
    timer = threading.Timer(0.05, signal.pthread_kill, [main, signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run()
    timer.join()
    assert log == ["tidy"]
    assert run(until=spawn(lambda: "usable")) == "usable"


def test_nothing_is_left_of_a_run_that_failed():
    class Heavy:
        pass

    def faulty():
        heavy = Heavy()
        alive.append(weakref.ref(heavy))
        spawn(schedule)
        raise LookupError

    alive = []
    for _ in range(20):
        spawn(faulty)
        with pytest.raises(LookupError):
            run()
    gc.collect()
    assert [ref for ref in alive if ref()] == []


def test_twenty_thousand_come_and_go_and_the_memory_returns():
    def resident():
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def crowd():
        for _ in range(20_000):
            spawn(lambda: None)

    if not os.path.exists("/proc/self/statm"):
        pytest.skip("needs /proc to look")
    sizes = []
    for _ in range(2):
        gate = Channel("gate")
        for _ in range(20_000):
            spawn(gate.receive, daemon=True)
        spawn(schedule)
        run()
        spawn(crowd)
        run()
        gc.collect()
        sizes.append(resident())
    assert sizes[1] - sizes[0] < 10e6, sizes


def test_whoever_spawned_another_and_has_ended_keeps_no_arguments():
    class Big:
        pass

    def last():
        alive.append(first() is not None)

    def begin(big):
        spawn(last)

    alive = []
    big = Big()
    first = weakref.ref(big)
    spawn(begin, big)
    del big
    run()
    assert alive == [False]


def test_a_kill_stays_a_kill_whoever_throws_after_it():
    heard = []

    def victim():
        try:
            Channel("never").receive()
        except ValueError:
            heard.append("an error, and not the kill")

    def killer():
        tasklet = spawn(victim)
        schedule()
        tasklet.kill()
        tasklet.throw(ValueError())
        tasklet.join()

    spawn(killer)
    run()
    assert heard == []


def test_two_who_kill_without_end_do_not_keep_each_other_from_it():
    turns = []

    def killer(victim):
        while not victim.done and len(turns) < 100:
            turns.append(1)
            victim.kill()
            schedule()

    def main():
        victim = spawn(Channel("never").receive)
        schedule()
        spawn(killer, victim)
        spawn(killer, victim)
        victim.join()

    spawn(main)
    run()
    assert len(turns) < 10


def test_a_time_out_says_what_was_waited_for():
    channel = Channel("c")
    for call, words in (
        (lambda: channel.send(1, timeout=2), "to send to 'c'"),
        (lambda: channel.receive(timeout=2), "to receive from 'c'"),
    ):
        with pytest.raises(TimeoutError, match=words):
            run(until=spawn(call), clock=VirtualClock())


def test_names_stay_apart_after_a_run_inside_a_run():
    names = []

    def name():
        names.append(current().name)

    def inner():
        spawn(name).join()

    def outer():
        spawn(inner)
        run()
        spawn(name)

    spawn(outer)
    run()
    assert len(set(names)) == len(names) == 2
