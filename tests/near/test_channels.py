"""Channels: the rendezvous, its order, its end."""

import contextlib
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfar import (
    Channel,
    Closed,
    Deadlock,
    Misuse,
    VirtualClock,
    run,
    schedule,
    select,
    sleep,
    spawn,
)
from nearfar.near import lowlevel


def test_whoever_comes_second_goes_on():
    channel, order = Channel("c"), []

    def sender():
        channel.send("x")
        order.append("sender")

    def receiver():
        order.append(channel.receive())
        order.append("receiver")

    spawn(sender)
    spawn(receiver)
    run()
    assert order == ["x", "receiver", "sender"]
    order.clear()
    spawn(receiver)
    spawn(sender)
    run()
    assert order == ["sender", "x", "receiver"]


def test_those_who_wait_are_served_in_order():
    channel, got = Channel("c"), []

    def receiver(name):
        got.append((name, channel.receive()))

    for name in "abc":
        spawn(receiver, name)
    for value in (1, 2, 3):
        spawn(channel.send, value)
    run()
    assert got == [("a", 1), ("b", 2), ("c", 3)]


def test_balance_counts_who_waits():
    channel, seen = Channel("c"), []

    def watch():
        schedule()
        seen.append(channel.balance)

    spawn(watch)
    spawn(channel.send, 1, daemon=True)
    spawn(channel.send, 2, daemon=True)
    run()
    spawn(watch)
    spawn(channel.receive, daemon=True)
    run()
    assert seen == [2, -1]


def test_closing_ends_the_loops_behind_it():
    channel, got = Channel("c"), []

    def maker():
        for number in range(3):
            channel.send(number)
        channel.close()

    def taker():
        got.extend(channel)

    spawn(taker)
    spawn(taker)
    spawn(maker)
    run()
    assert sorted(got) == [0, 1, 2]


def test_senders_who_wait_at_closing_are_still_served():
    channel, got = Channel("c"), []

    def late():
        schedule()
        channel.close()
        got.extend(channel)

    spawn(channel.send, "in time")
    spawn(late)
    run()
    assert got == ["in time"]


def test_a_closed_channel_refuses_both_ways():
    channel = Channel("till")
    channel.close()
    channel.close()
    for wrong in (channel.receive, lambda: channel.send(1)):
        spawn(wrong)
        with pytest.raises(Closed, match="'till' is closed"):
            run()


def test_a_timeout_ends_the_wait_and_leaves_the_queue():
    channel, clock, log = Channel("c"), VirtualClock(), []

    def receiver():
        try:
            channel.receive(timeout=2)
        except TimeoutError as error:
            log.append((clock.now(), channel.balance, str(error)))

    def sender():
        sleep(5)
        try:
            channel.send("late", timeout=1)
        except TimeoutError:
            log.append((clock.now(), channel.balance))

    spawn(receiver, name="ann")
    spawn(sender)
    run(clock=clock)
    message = "ann waited to receive from 'c' for 2 s"
    assert log == [(2.0, 0, message), (6.0, 0)]


def test_a_value_in_time_cancels_the_timeout():
    channel, clock, got = Channel("c"), VirtualClock(), []

    def receiver():
        got.append(channel.receive(timeout=2))
        sleep(10)

    def sender():
        sleep(1)
        channel.send("in time")

    spawn(receiver)
    spawn(sender)
    run(clock=clock)
    assert (got, clock.now()) == (["in time"], 11.0)


@pytest.mark.parametrize("verb", ["send", "receive"])
def test_outside_a_tasklet_it_says_what_to_do(verb):
    arguments = ["x"] if verb == "send" else []
    with pytest.raises(Misuse, match=rf"{verb}\(\) works inside a tasklet"):
        getattr(Channel("c"), verb)(*arguments)


def test_another_thread_is_refused_and_nothing_is_lost():
    channel, errors, got = Channel("c"), [], []
    waiting, tried = threading.Event(), threading.Event()

    def receiver():
        got.append(channel.receive())

    def sender():
        waiting.set()
        tried.wait(10)
        channel.send("from here")

    def elsewhere():
        waiting.wait(10)
        spawn(channel.send, "from elsewhere")
        try:
            run()
        except Misuse as error:
            errors.append(str(error))
        finally:
            tried.set()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    spawn(receiver, name="ann")
    spawn(sender)
    run()
    thread.join()
    assert got == ["from here"]
    assert "another run or thread" in errors[0]
    assert "ann" in errors[0]


def test_select_takes_what_is_ready_the_first_in_the_list_first():
    a, b, done = Channel("a"), Channel("b"), []

    def chooser():
        schedule()
        done.append(select([b, a]))
        done.append(select([b, a]))

    spawn(a.send, 1)
    spawn(b.send, 2)
    spawn(chooser)
    run()
    assert done == [(b, 2), (a, 1)]


def test_select_that_waits_meets_once_and_leaves_all_other_queues():
    a, b, c = Channel("a"), Channel("b"), Channel("c")
    done = []

    def chooser():
        done.append(select([a, b, (c, "out")]))

    def others():
        b.send("in")
        done.append((a.balance, b.balance, c.balance))
        with pytest.raises(TimeoutError):
            a.send("too late", timeout=1)
        with pytest.raises(TimeoutError):
            c.receive(timeout=1)

    spawn(chooser)
    spawn(others)
    run(clock=VirtualClock())
    assert done == [(0, 0, 0), (b, "in")]


def test_select_sends_to_whoever_receives():
    a, b, got = Channel("a"), Channel("b"), []

    def chooser():
        got.append(select([a, (b, "out")]))

    spawn(chooser)
    spawn(lambda: got.append(b.receive()))
    run()
    assert got == ["out", (b, None)]


def test_two_selects_meet_each_other():
    a, b, got = Channel("a"), Channel("b"), []
    spawn(lambda: got.append(select([a, (b, "left")])))
    spawn(lambda: got.append(select([b, (a, "right")])))
    run()
    assert got == [(b, "left"), (b, None)]


def test_select_times_out_and_can_be_killed():
    a, b, log = Channel("a"), Channel("b"), []

    def impatient():
        with pytest.raises(TimeoutError, match="from 'a' or to send to 'b'"):
            select([a, (b, 1)], timeout=3)
        log.append((a.balance, b.balance))
        select([a, b])

    def killer():
        sleep(5)
        target.kill()
        target.join()
        log.append((a.balance, b.balance))

    target = spawn(impatient)
    spawn(killer)
    run(clock=VirtualClock())
    assert log == [(0, 0), (0, 0)]


def test_closing_one_of_its_channels_wakes_a_select():
    a, b = Channel("a"), Channel("b")

    def chooser():
        with pytest.raises(Closed, match="'b' is closed"):
            select([a, b])
        return a.balance

    chosen = spawn(chooser)
    spawn(b.close)
    assert run(until=chosen) == 0


def test_a_select_of_nothing_is_refused():
    spawn(select, [])
    with pytest.raises(Misuse, match="one or more"):
        run()


@st.composite
def plans(draw):
    """What several tasklets do to one channel, and in which order."""
    pauses = st.integers(0, 3)
    timeouts = st.none() | st.integers(0, 3)
    acts = st.lists(st.tuples(pauses, timeouts), min_size=1, max_size=4)
    return {
        "senders": draw(st.lists(acts, max_size=4)),
        "receivers": draw(st.lists(acts, max_size=4)),
        "kills": draw(
            st.lists(st.tuples(pauses, st.integers(0, 7)), max_size=2)
        ),
        "close at": draw(st.none() | st.integers(0, 6)),
        "seed": draw(st.none() | st.integers(0, 2**32)),
    }


def carry_out(plan):
    """Run a plan; what was sent, what arrived, and how it ended."""
    channel, sent, got, kills = Channel("c"), [], [], []

    def sender(name, acts):
        for number, (pause, timeout) in enumerate(acts):
            sleep(pause)
            channel.send((name, number), timeout=timeout)
            sent.append((name, number))

    def receiver(name, acts):
        for pause, timeout in acts:
            sleep(pause)
            got.append((name, channel.receive(timeout=timeout)))

    def quietly(function, *args):
        with contextlib.suppress(TimeoutError, Closed):
            function(*args)

    def killer(pause, index):
        sleep(pause)
        if index < len(people) and not people[index].done:
            kills.append(index)
            people[index].kill()

    def closer(pause):
        sleep(pause)
        channel.close()

    people = [
        spawn(quietly, sender, name, acts)
        for name, acts in enumerate(plan["senders"])
    ] + [
        spawn(quietly, receiver, name, acts)
        for name, acts in enumerate(plan["receivers"])
    ]
    for pause, index in plan["kills"]:
        spawn(killer, pause, index)
    if plan["close at"] is not None:
        spawn(closer, plan["close at"])
    with contextlib.suppress(Deadlock):
        run(clock=VirtualClock(), seed=plan["seed"])
    return channel, sent, got, kills


@given(plans())
def test_nothing_is_lost_doubled_or_out_of_order(plan):
    channel, sent, received, kills = carry_out(plan)
    got = [value for _, value in received]
    assert len(set(got)) == len(got), "a value arrived twice"
    for who in range(len(plan["receivers"])):
        for name in range(len(plan["senders"])):
            mine = [
                number
                for receiver, (sender, number) in received
                if (receiver, sender) == (who, name)
            ]
            assert mine == sorted(mine), "one sender's values out of order"
    # A value handed to somebody who is killed before its turn is gone; a
    # sender killed after its value was taken does not come to say so.
    assert len(set(sent) - set(got)) <= len(kills), "a value was lost"
    assert len(set(got) - set(sent)) <= len(kills), "a value from nowhere"
    assert channel.balance == 0, "somebody still waits after the run"


@given(plans())
def test_the_same_plan_gives_the_same_history(plan):
    assert carry_out(plan)[1:] == carry_out(plan)[1:]


def test_a_million_messages_arrive_in_order_and_leave_no_memory():
    channel, count = Channel("c"), 1_000_000
    sizes = []

    def resident():
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def sender():
        for number in range(count):
            channel.send(number)
        channel.close()

    def receiver():
        for expected, number in enumerate(channel):
            assert number == expected
            if number % 200_000 == 100_000:
                sizes.append(resident())

    if not os.path.exists("/proc/self/statm"):
        pytest.skip("needs /proc to look")
    spawn(sender)
    run(until=spawn(receiver))
    assert max(sizes) - sizes[0] < 5e6, sizes


class LastFirst(lowlevel.Shuffled):
    """A run queue that takes what came last, and the last case."""

    def popleft(self):
        return self.pop()

    def case(self, channels):
        return len(channels) - 1


class Contrary:
    """A chooser that brings a queue of its own."""

    def __call__(self, many):
        return 0

    def queue(self, scheduler):
        return LastFirst(scheduler)


@pytest.mark.parametrize(
    ("seed", "expected"),
    [(None, ["ann", "bob", "first"]), (Contrary(), ["bob", "ann", "last"])],
)
def test_a_chooser_may_bring_a_run_queue_of_its_own(seed, expected):
    log, first, last = [], Channel("first"), Channel("last")

    def choose():
        first.close()
        last.close()
        with pytest.raises(Closed) as closed:
            select([first, last])
        log.append(str(closed.value).split("'")[1])

    spawn(log.append, "ann")
    spawn(log.append, "bob")
    run(seed=seed)
    spawn(choose)
    run(seed=seed)
    assert log == expected
