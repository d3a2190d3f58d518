"""Traces: the events of a run, in the order of their causes."""

import contextlib

from nearfar import (
    Channel,
    VirtualClock,
    run,
    schedule,
    select,
    sleep,
    spawn,
)
from nearfar.channels import Channel as Watched
from nearfar.trace import Trace, shown


def traced_dinner():
    table = Channel("table")

    def cook():
        sleep(25)
        table.send("tacos")

    with Trace() as trace:
        spawn(cook, name="cook")
        spawn(table.receive, name="guest")
        run(clock=VirtualClock())
    return trace


def test_a_message_has_both_ends_and_a_time():
    (send,) = [e for e in traced_dinner().events if e.kind == "send"]
    assert (send.tasklet, send.partner) == ("cook", "guest")
    assert (send.channel, send.value, send.time) == ("table", "'tacos'", 25.0)


def test_the_same_run_gives_the_same_table():
    assert traced_dinner().table() == traced_dinner().table()
    assert "cook         sends 'tacos' to guest on table" in (
        traced_dinner().table()
    )


def test_the_clock_of_an_effect_is_larger_than_that_of_its_cause():
    events = traced_dinner().events
    (send,) = [e for e in events if e.kind == "send"]
    (end,) = [e for e in events if (e.kind, e.tasklet) == ("end", "guest")]
    (start,) = [e for e in events if (e.kind, e.tasklet) == ("start", "cook")]
    assert start.clock < send.clock < end.clock


def test_off_it_leaves_no_trace_in_the_methods():
    before = Watched.send
    with Trace():
        assert Watched.send is not before
    assert Watched.send is before


def test_events_over_the_limit_are_counted_not_lost_silently():
    def busy():
        for _ in range(10):
            schedule()

    with Trace(limit=5) as trace:
        spawn(busy)
        run()
    assert len(trace.events) == 5
    assert trace.dropped > 0
    assert f"and {trace.dropped} more" in trace.table()


def test_long_values_are_shown_short():
    assert len(shown("x" * 1000)) < 80


def clocks(trace):
    return {(e.tasklet, e.kind): e.clock for e in trace.events}


def test_closing_ending_and_throwing_are_causes_too():
    channel = Channel("c")

    def closer():
        schedule()
        channel.close()

    def thrower():
        schedule()
        sleeper.throw(LookupError())

    def tolerant(function):
        with contextlib.suppress(LookupError):
            function()

    with Trace() as trace:
        ending = spawn(closer, name="closer")
        spawn(list, channel, name="reader")
        spawn(ending.join, name="joiner")
        sleeper = spawn(tolerant, lambda: sleep(9), name="sleeper")
        spawn(thrower, name="thrower")
        run(clock=VirtualClock())
    at = clocks(trace)
    assert at["closer", "close"] < at["reader", "switch"]
    assert at["closer", "end"] < at["joiner", "switch"]
    assert at["thrower", "throw"] < at["sleeper", "switch"]


def test_receiving_on_a_closed_channel_is_no_wait():
    channel = Channel("c")
    channel.close()
    with Trace() as trace:
        spawn(list, channel)
        run()
    assert [e.kind for e in trace.events] == ["spawn", "start", "end"]


def test_tasklets_spawned_before_the_trace_are_seen():
    spawn(schedule, name="early")
    with Trace() as trace:
        run()
    kinds = [e.kind for e in trace.events if e.tasklet == "early"]
    assert kinds == ["start", "schedule", "switch", "end"]


def test_times_count_from_the_first_event_of_the_run():
    from nearfar import SystemClock

    channel = Channel("c")
    with Trace() as trace:
        spawn(channel.close)
        run(clock=SystemClock())
        channel.close()
    assert all(0 <= event.time < 5 for event in trace.events)


def test_watching_does_not_decide_a_select_that_offers_a_value():
    gate, got = Channel("gate"), []

    def sender():
        select([(gate, "hello")])

    def receiver():
        got.append(gate.receive())

    spawn(sender)
    spawn(receiver)
    with Trace() as trace:
        run()
    assert got == ["hello"]
    assert "receives 'hello' from sender-1 on gate" in trace.table()
