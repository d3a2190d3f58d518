"""Channels: the rendezvous, its order, its end."""

import threading

import pytest
from nearfar import (
    Channel,
    Closed,
    Misuse,
    VirtualClock,
    run,
    schedule,
    sleep,
    spawn,
)


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


def test_a_hundred_thousand_messages_arrive_in_order():
    channel, count = Channel("c"), 100_000

    def sender():
        for number in range(count):
            channel.send(number)
        channel.close()

    def receiver():
        return all(a == b for a, b in zip(channel, range(count), strict=True))

    spawn(sender)
    assert run(until=spawn(receiver))
