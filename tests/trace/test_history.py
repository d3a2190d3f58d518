"""Histories: how everybody stands at each moment, and traces joined."""

import contextlib
import random
import subprocess
import sys

import pytest
from greenlet import GreenletExit

from nearfar import Channel, Deadlock, VirtualClock, run, schedule, sleep, spawn
from nearfar.far import Message, pair
from nearfar.trace import Trace, merge, moments


def test_first_in_first_out_can_be_seen_in_the_queue():
    with Trace() as trace:
        for name in ("ann", "bob", "cy"):
            spawn(schedule, name=name)
        run()
    states = [
        (now.running, now.queue)
        for event, now in zip(trace.events, moments(trace.events), strict=True)
        if event.kind in ("start", "switch")
    ]
    assert states == [
        ("ann", ("bob", "cy")),
        ("bob", ("cy", "ann")),
        ("cy", ("ann", "bob")),
        ("ann", ("bob", "cy")),
        ("bob", ("cy",)),
        ("cy", ()),
    ]


def test_at_most_one_runs_and_nobody_is_in_two_states():
    generator = random.Random(2006)
    channels = [Channel(str(number)) for number in range(3)]

    def restless():
        for _ in range(6):
            deed = generator.randrange(4)
            channel = generator.choice(channels)
            if deed == 0:
                schedule()
            elif deed == 1:
                sleep(generator.randrange(3))
            elif deed == 2:
                channel.send("x")
            else:
                channel.receive()

    with Trace() as trace:
        for number in range(5):
            spawn(restless, name=f"t{number}")
        with contextlib.suppress(Deadlock):
            run(clock=VirtualClock())
    for event, now in zip(trace.events, moments(trace.events), strict=True):
        places = [now.running, *now.queue, *now.waits]
        assert len(set(places)) == len(places), event
        if event.kind in ("block", "sleep"):
            assert now.state(event.tasklet) == "waits"


def test_who_waits_at_a_deadlock_is_stuck_from_then_on():
    channel = Channel("c")
    with Trace() as trace:
        spawn(channel.receive, name="ann")
        spawn(schedule, name="bob")
        with pytest.raises(Deadlock):
            run()
    *_, last = moments(trace.events)
    assert last.state("ann") == "stuck"
    assert last.state("bob") == ""
    assert last.waits["ann"] == "to receive on c"


class Word(Message):
    text: str


def test_two_processes_are_one_picture_in_the_order_of_causes():
    here, there = pair(Word)

    def bank():
        word = there.receive()
        there.send(Word(f"{word.text}, too"))

    with Trace() as trace:
        spawn(lambda: (here.send(Word("hello")), here.receive()), name="a")
        spawn(bank, name="b")
        run()
    apart = {}
    for process in ("b", "a"):
        apart[process] = Trace()
        apart[process].events = [
            e for e in trace.events if e.tasklet == process
        ]
    merged = merge(apart)
    talk = [
        (e.tasklet, e.kind)
        for e in merged.events
        if e.kind in ("post", "arrive")
    ]
    assert talk == [
        ("a", "post"),
        ("b", "arrive"),
        ("b", "post"),
        ("a", "arrive"),
    ]
    clocks = [e.clock for e in merged.events]
    assert clocks == sorted(clocks)
    assert [e.step for e in merged.events] == [*range(1, len(clocks) + 1)]


def test_processes_run_at_the_same_time():
    one, two = Trace(), Trace()
    one.record("post", "main", message="1")
    one.record("block", "main", value="for a message")
    two.record("arrive", "main", message="1")
    two.record("post", "main", message="2")
    one.record("switch", "main")
    one.record("arrive", "main", message="2")
    merged = merge({"one": one, "two": two})
    states = [
        (event.kind, now.state("one"), now.state("two"))
        for event, now in zip(
            merged.events, moments(merged.events, merged.apart), strict=True
        )
    ]
    assert states == [
        ("post", "running", ""),
        ("block", "waits", ""),
        ("arrive", "waits", "running"),
        ("post", "waits", "running"),
        ("arrive", "running", "running"),  # it goes on because of it
    ]


def test_a_message_from_elsewhere_needs_no_sender():
    trace = Trace()
    trace.record("arrive", "x", message="far#1", value="hello")
    assert [e.tasklet for e in merge({"bank": trace}).events] == ["bank"]


def test_traces_in_which_everything_comes_before_its_cause_are_refused():
    one, two = Trace(), Trace()
    one.record("arrive", "a", message="2")
    one.record("post", "a", message="1")
    two.record("arrive", "b", message="1")
    two.record("post", "b", message="2")
    with pytest.raises(ValueError, match="not of one run"):
        merge({"one": one, "two": two})


PROGRAM = """
import sys
from nearfar import run, spawn
from nearfar.far import Message
from nearfar.far import connect
from nearfar.trace import Trace

class Word(Message):
    text: str

def client():
    with connect(Word, sys.argv[1]) as connection:
        connection.send(Word("hello"))
        connection.receive()

with Trace() as trace:
    spawn(client)
    run()
print(trace.to_json())
"""


def test_two_real_processes_agree_on_the_names_of_their_messages():
    from nearfar.far import listen

    def serve(listener):
        with listener.accept(timeout=30) as connection:
            word = connection.receive()
            connection.send(Word(f"{word.text}, too"))

    with listen(Word) as listener, Trace() as ours:
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, listener.address],
            stdout=subprocess.PIPE,
            text=True,
        )
        spawn(serve, listener)
        run(timeout=60)
    told, _ = child.communicate(timeout=30)
    merged = merge({"there": Trace.from_json(told), "here": ours})
    talk = [
        (e.tasklet, e.kind, e.value)
        for e in merged.events
        if e.kind in ("post", "arrive")
    ]
    assert talk == [
        ("there", "post", "Word hello"),
        ("here", "arrive", "Word hello"),
        ("here", "post", "Word hello, too"),
        ("there", "arrive", "Word hello, too"),
    ]


def queues(program):
    """The run queue at each event, as it is told."""
    with Trace() as trace:
        spawn(program)
        run(clock=VirtualClock())
    return trace, [now.queue for now in moments(trace.events)]


@pytest.mark.parametrize("error", [GreenletExit(), ValueError("early")])
def test_one_who_ends_before_his_start_stands_in_no_queue_after_it(error):
    def main():
        ghost = spawn(schedule, name="ghost")
        ghost.throw(error)
        with contextlib.suppress(ValueError, RuntimeError):
            ghost.result()
        schedule()
        schedule()

    trace, told = queues(main)
    assert "ghost" not in told[-1]
    assert next(e.tasklet for e in trace.events if e.kind == "end") == "ghost"


def test_a_run_inside_a_run_tells_each_start_and_end_once():
    def main():
        spawn(schedule, name="inner")
        run()

    trace, _ = queues(main)
    kinds = [e.kind for e in trace.events if e.tasklet == "inner"]
    assert kinds.count("start") == kinds.count("end") == 1


def test_a_sleep_ends_at_a_time_of_the_trace():
    def main():
        sleep(2.5)

    clock = VirtualClock(1_000)
    with Trace() as trace:
        spawn(main)
        run(clock=clock)
    (words,) = [e.what for e in trace.events if e.kind == "sleep"]
    assert words == "sleeps until 2.5"


def test_those_spawned_before_a_trace_stand_in_the_queue_from_its_start():
    def rest():
        schedule()

    for name in "abc":
        spawn(rest, name=name)
    with Trace() as trace:
        run()
    first, *_ = moments(trace.events)
    assert (trace.events[0].tasklet, first.queue) == ("a", ("b", "c"))
