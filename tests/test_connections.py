"""The connection contract, in memory and over real sockets."""

import pytest

import nearfar.clock
from nearfar import Closed, Deadlock, run, schedule, sleep, spawn
from nearfar.clock import _Selector
from nearfar.connections import ON_THE_WIRE, Broken, Statistics, pair
from nearfar.messages import Malformed, Message, TooLarge, encode
from nearfar.sockets import connect, listen
from nearfar.trace import Trace


class Number(Message):
    value: int
    padding: str = ""


def in_memory():
    return pair(Number)


def over_tcp():
    with listen(Number) as listener:
        here = run(until=spawn(connect, Number, listener.address))
        there = run(until=spawn(listener.accept))
    return here, there


def over_tcp_without_epoll():
    return over_tcp()


@pytest.fixture(params=[in_memory, over_tcp, over_tcp_without_epoll])
def ends(request, monkeypatch):
    if request.param is over_tcp_without_epoll:
        monkeypatch.setattr(nearfar.clock, "_new_poller", _Selector)
    here, there = request.param()
    yield here, there
    here.close()
    there.close()


def test_messages_arrive_in_order(ends):
    here, there = ends

    def sender():
        for value in range(1_000):
            here.send(Number(value))
        here.close()

    spawn(sender)
    got = run(until=spawn(lambda: [message.value for message in there]))
    assert got == list(range(1_000))


def test_both_directions_work_at_once(ends):
    here, there = ends

    def talk(end, first):
        for value in range(first, first + ON_THE_WIRE):
            end.send(Number(value))
        return [end.receive().value for _ in range(ON_THE_WIRE)]

    mine = spawn(talk, here, 0)
    spawn(talk, there, 500)
    assert run(until=mine) == list(range(500, 500 + ON_THE_WIRE))


def test_what_was_sent_before_closing_arrives(ends):
    here, there = ends

    def sender():
        for value in range(ON_THE_WIRE):
            here.send(Number(value))
        here.close()

    run(until=spawn(sender))
    got = run(until=spawn(lambda: [message.value for message in there]))
    assert got == list(range(ON_THE_WIRE))


def test_receiving_from_a_closed_peer_is_closed(ends):
    here, there = ends
    there.close()
    with pytest.raises(Closed):
        run(until=spawn(here.receive))


def test_closing_wakes_ones_own_receiver(ends):
    here, _ = ends

    def closer():
        schedule()
        here.close()

    waiting = spawn(here.receive)
    spawn(closer)
    with pytest.raises(Closed):
        run(until=waiting, timeout=5)


def test_sending_after_closing_is_closed(ends):
    here, _ = ends
    here.close()
    with pytest.raises(Closed):
        run(until=spawn(here.send, Number(1)))


def test_sending_to_a_peer_that_has_gone_breaks_in_the_end(ends):
    here, there = ends
    there.close()

    def sender():
        for value in range(10_000):
            here.send(Number(value))
            schedule()

    with pytest.raises(Broken):
        run(until=spawn(sender))


def test_send_waits_while_the_peer_does_not_read(ends):
    here, _ = ends
    sent = []

    def sender():
        while True:
            here.send(Number(0, "x" * 60_000))
            sent.append(True)

    spawn(sender)
    with pytest.raises((TimeoutError, Deadlock)):
        run(timeout=0.3)
    assert len(sent) < 1_000


def test_send_gives_up_after_its_timeout_and_has_not_sent(ends):
    here, there = ends

    def fill():
        for value in range(10_000):
            here.send(Number(value, "x" * 60_000), timeout=0.05)

    def sender():
        with pytest.raises(TimeoutError):
            fill()
        here.close()
        return [message.value for message in there]

    arrived = run(until=spawn(sender), timeout=20)
    assert arrived == list(range(here.statistics.messages_sent))


def test_both_ends_count_what_has_gone_through(ends):
    here, there = ends

    def talk():
        for value in range(3):
            here.send(Number(value))
        for _ in range(3):
            there.receive()
        there.send(Number(7))
        here.receive()

    run(until=spawn(talk))
    mine, yours = here.statistics, there.statistics
    assert (mine.messages_sent, mine.messages_received) == (3, 1)
    assert mine == Statistics(
        yours.messages_received,
        yours.messages_sent,
        yours.bytes_received,
        yours.bytes_sent,
    )
    assert mine.bytes_sent - mine.bytes_received == 2 * len(encode(Number(0)))
    with pytest.raises(AttributeError):
        here.statistics.bytes_sent = 0


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


def test_receive_gives_up_after_its_timeout(ends):
    here, there = ends

    def impatient():
        with pytest.raises(TimeoutError):
            here.receive(timeout=0.02)
        there.send(Number(1))
        return here.receive(timeout=5).value

    assert run(until=spawn(impatient)) == 1


def test_too_large_a_message_is_refused_and_the_rest_goes_on(ends):
    here, there = ends

    def sender():
        with pytest.raises(TooLarge):
            here.send(Number(1, "x" * 70_000))
        here.send(Number(2))
        return there.receive().value

    assert run(until=spawn(sender)) == 2


def test_several_tasklets_may_send_on_one_connection(ends):
    here, there = ends

    def sender(first):
        for value in range(first, first + 20):
            here.send(Number(value, "x" * 30_000))

    def receiver():
        return [there.receive().value for _ in range(60)]

    for first in (0, 100, 200):
        spawn(sender, first)
    got = run(until=spawn(receiver))
    for first in (0, 100, 200):
        mine = [value for value in got if first <= value < first + 100]
        assert mine == list(range(first, first + 20))


def test_what_arrives_is_a_copy():
    here, there = pair(Number)
    message = Number(1)

    def through():
        here.send(message)
        return there.receive()

    arrived = run(until=spawn(through))
    assert arrived == message
    assert arrived is not message


def test_waiting_in_memory_takes_virtual_time_only():
    from nearfar import VirtualClock

    here, there = pair(Number)
    clock = VirtualClock()

    def late():
        sleep(3600)
        there.send(Number(1))

    spawn(late)
    run(until=spawn(here.receive, timeout=4000), clock=clock)
    assert clock.now() == 3600


def test_closing_while_a_sender_waits_for_room_is_closed():
    here, _ = pair(Number)

    def sender():
        for value in range(ON_THE_WIRE + 1):
            here.send(Number(value))

    def closer():
        schedule()
        here.close()

    waiting = spawn(sender)
    spawn(closer)
    with pytest.raises(Closed):
        run(until=waiting)


def test_nonsense_is_told_again_and_again_in_memory_too():
    class Other(Message):
        pass

    here, there = pair(Number)

    def read():
        here.send(Other())
        for _ in range(2):
            with pytest.raises(Malformed):
                there.receive()

    run(until=spawn(read))


def test_a_second_receiver_does_not_stretch_the_firsts_timeout():
    from nearfar import VirtualClock

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
