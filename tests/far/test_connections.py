"""A pair in memory. The contract itself is tried in `test_worlds`."""

import pytest

from nearfar import VirtualClock, current, run, schedule, sleep, spawn
from nearfar.far import ON_THE_WIRE, Memory, Message, pair
from nearfar.simulation import in_memory, simulated
from nearfar.trace import Trace


class Number(Message):
    value: int


def test_a_receiver_that_is_killed_as_it_is_woken_passes_it_on():
    here, there = pair(Number)

    def story():
        first = spawn(there.receive)
        second = spawn(there.receive)
        schedule()
        here.send(Number(1))  # wakes the first
        first.kill()
        return second.result(timeout=1).value

    assert run(until=spawn(story)) == 1


def test_waiting_in_memory_takes_virtual_time_only():
    here, there = pair(Number)
    clock = VirtualClock()

    def late():
        sleep(3600)
        there.send(Number(1))

    spawn(late)
    run(until=spawn(here.receive, timeout=4000), clock=clock)
    assert clock.now() == 3600


def test_a_second_receiver_does_not_stretch_the_firsts_timeout():
    here, there = pair(Number)
    clock = VirtualClock()

    def sender():
        while True:
            sleep(0.4)
            here.send(Number(1))

    def greedy():
        for _ in there:
            pass

    def receiver():
        there.receive()
        return clock.now()

    spawn(greedy, daemon=True)
    spawn(sender, daemon=True)
    assert run(until=spawn(receiver), clock=clock, timeout=9) <= 0.8


@pytest.mark.parametrize("world", [in_memory, simulated])
def test_one_who_is_quicker_does_not_stretch_a_senders_timeout(world):
    """Whenever there is room, somebody else is there before him."""

    def program(place):
        with place("there").listen(Number) as listener:
            here = place("here").connect(Number, listener.address)
            there = listener.accept()
        for value in range(ON_THE_WIRE):
            here.send(Number(value))
        sleep(1)  # they have arrived
        spawn(be_quicker, here, there, daemon=True)
        began = now()
        with pytest.raises(TimeoutError):
            here.send(Number(0), timeout=10)
        return now() - began

    def be_quicker(here, there):
        while True:
            sleep(0.9)
            there.receive()
            here.send(Number(1))

    def now():
        return current().scheduler.clock.now()

    assert world(program) == pytest.approx(10)


def test_messages_in_a_trace_keep_their_identity_while_senders_wait():
    here, there = pair(Number)
    count = 2 * ON_THE_WIRE
    with Trace() as trace:
        for value in range(count):
            spawn(here.send, Number(value))
        spawn(lambda: [there.receive() for _ in range(count)])
        run()
    for kind in ("post", "arrive"):
        ids = [e.message for e in trace.events if e.kind == kind]
        assert len(set(ids)) == len(ids) == count


def test_an_address_in_memory_is_ones_own_until_one_closes():
    memory = Memory()
    first, second = memory.listen(Number), memory.listen(Number)
    first.close()
    third = memory.listen(Number)  # at an address of its own
    assert third.address not in (first.address, second.address)
    heir = memory.listen(Number, first.address)
    first.close()  # once more
    assert memory.connect(Number, heir.address)


def test_messages_of_two_pairs_never_have_the_same_name_in_a_trace():
    def talk():
        here, there = pair(Number)
        here.send(Number(1))
        there.receive()

    def talk_on():
        for _ in range(20):
            talk()

    with Trace() as trace:
        run(until=spawn(talk_on))
    posted = [e.message for e in trace.events if e.kind == "post"]
    assert len(set(posted)) == len(posted) == 20
