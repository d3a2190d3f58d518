"""Traces: the events of a run, in the order of their causes."""

import contextlib
from pathlib import Path

import msgspec
import pytest

from nearfar import (
    Channel,
    Closed,
    Deadlock,
    VirtualClock,
    run,
    schedule,
    select,
    sleep,
    spawn,
)
from nearfar import Channel as Watched
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


class Withdraw(msgspec.Struct):
    id: str
    account: str
    cents: int | None


def test_pictures_show_an_amount_and_no_long_id():
    asked = Withdraw("0204f08d4d79dea1", "eve", 4_000)
    assert shown(asked) == "Withdraw 0204f08d4d79dea1 eve 4000"
    assert shown(asked, brief=True) == "Withdraw eve 40.00"
    asked = Withdraw("p1", "eve", None)
    assert shown(asked, brief=True) == "Withdraw p1 eve"


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


def test_each_event_names_the_line_that_caused_it():
    places = {
        (e.tasklet, e.kind): (e.function, e.source)
        for e in traced_dinner().events
    }
    assert places["cook", "sleep"] == ("cook", "sleep(25)")
    assert places["cook", "send"] == ("cook", 'table.send("tacos")')
    assert places["cook", "start"] == ("cook", "def cook():")
    assert places["main", "spawn"][0] == "traced_dinner"
    (send,) = [e for e in traced_dinner().events if e.kind == "send"]
    lines = Path(__file__).read_text().splitlines()
    assert lines[send.line - 1].strip() == send.source


def test_a_cell_that_is_no_file_has_its_lines_too():
    import linecache

    source = "def cell(channel):\n    channel.close()\n"
    name = "<cell of a test>"
    linecache.cache[name] = (len(source), None, source.splitlines(), name)
    names = {}
    exec(compile(source, name, "exec"), names)
    with Trace() as trace:
        spawn(names["cell"], Channel("c"))
        run()
    (close,) = [e for e in trace.events if e.kind == "close"]
    assert (close.function, close.line, close.source) == (
        "cell",
        2,
        "channel.close()",
    )


def test_a_program_of_this_library_shows_its_own_lines_not_the_machinery():
    names = {"__package__": "nearfar", "__name__": "nearfar.a_program"}
    exec("def serve(channel):\n    return channel.receive()", names)
    channel = Channel("c")

    def customer():
        names["serve"](channel)

    with Trace() as trace:
        spawn(names["serve"], channel, name="all ours")
        spawn(customer, name="called by a reader")
        spawn(channel.close)
        spawn(channel.close)
        with pytest.raises(Closed):
            run()
    places = {e.tasklet: e.function for e in trace.events if e.kind == "block"}
    assert places == {"all ours": "serve", "called by a reader": "customer"}


def test_lines_of_the_standard_library_are_not_the_programs():
    """They differ from version to version, and so would stored pictures."""
    names = {"__package__": "nearfar", "__name__": "nearfar.a_program"}
    source = (
        "from contextlib import contextmanager\n"
        "@contextmanager\n"
        "def ringing(channel):\n"
        "    yield\n"
        "    channel.close()"
    )
    exec(source, names)

    def customer():
        with names["ringing"](Channel("bell")):
            pass

    with Trace() as trace:
        spawn(customer)
        run()
    (close,) = [event for event in trace.events if event.kind == "close"]
    assert (close.function, close.source) == (
        "customer",
        'with names["ringing"](Channel("bell")):',
    )


def test_no_event_names_a_path():
    events = traced_dinner().to_json()
    assert "/" not in events.replace("\\n", "")


def test_a_trace_survives_the_way_to_another_process():
    trace = traced_dinner()
    copy = Trace.from_json(trace.to_json())
    assert copy.events == trace.events
    assert copy.table() == trace.table()
    for nonsense in ("", "{}", '{"events": [{"step": 1}], "dropped": 0}'):
        with pytest.raises(ValueError, match=r"expected the text that Trace"):
            Trace.from_json(nonsense)


def test_a_deadlock_is_an_event_that_tells_the_circle():
    left, right = Channel("left"), Channel("right")

    def polite(mine, yours):
        mine.receive()
        yours.send("after you")

    with Trace() as trace:
        spawn(polite, left, right, name="ann")
        spawn(polite, right, left, name="bob")
        with pytest.raises(Deadlock):
            run()
    (event,) = [e for e in trace.events if e.kind == "deadlock"]
    assert event.value == "ann -> bob -> ann"
    assert "main         finds that no tasklet can run" in trace.table()


def test_ending_well_is_no_deadlock():
    channel = Channel("c")
    with Trace() as trace:
        spawn(channel.receive, name="server", daemon=True)
        run(until=spawn(schedule))
    assert "deadlock" not in [e.kind for e in trace.events]


def test_ports_that_the_system_chose_are_left_out():
    trace = Trace()
    trace.record("block", "atm", value="for 127.0.0.1:45479 to answer")
    assert trace.events[0].what == "waits for 127.0.0.1:… to answer"


def test_a_comprehension_belongs_to_the_function_around_it():
    channel = Channel("c")

    def guest():
        return [channel.receive() for _ in range(1)]

    with Trace() as trace:
        spawn(guest)
        spawn(channel.send, "taco")
        run()
    (wait,) = [e for e in trace.events if e.kind == "block"]
    assert wait.function == "guest"
