"""One contract, three worlds: the same tests in memory, over TCP, simulated."""

import pytest

from nearfar import Closed, current, schedule, sleep, spawn
from nearfar.chat import chat, echo
from nearfar.connections import Broken
from nearfar.faults import Faults
from nearfar.messages import Malformed, Message, TooLarge
from nearfar.requests import Numbered, answer, request
from nearfar.worlds import WORLDS, simulated

MANY = 1_000


class Number(Message):
    value: int
    padding: str = ""


class Other(Message):
    text: str


def slow_network(program):
    """The simulated world with messages that overtake other connections'."""
    return simulated(program, seed=5, faults=Faults(delay_s=(0, 2), skew=3))


WORLDS_HERE = [*WORLDS.items(), ("on a slow network", slow_network)]


@pytest.fixture(params=[w for _, w in WORLDS_HERE], ids=dict(WORLDS_HERE))
def world(request):
    return request.param


def meet(world, talk, kinds=Number, back=None, limit_bytes=65_536):
    """Run `talk(here, there)` with both ends of a connection in a world."""

    def program(place):
        limits = {"limit_bytes": limit_bytes}
        with place("there").listen(kinds, **limits) as listener:
            accepting = spawn(listener.accept)
            address = listener.address
            here = place("here").connect(back or kinds, address, **limits)
            there = accepting.result()
        with here, there:
            return talk(here, there)

    return world(program)


def numbers(count, first=0):
    return [Number(value) for value in range(first, first + count)]


def test_messages_arrive_in_order(world):
    def talk(here, there):
        def sender():
            for message in numbers(MANY):
                here.send(message)
            here.close()

        spawn(sender)
        return list(there)

    assert meet(world, talk) == numbers(MANY)


def test_both_directions_work_at_once(world):
    def talk(here, there):
        def chatter(end, first):
            for message in numbers(10, first):
                end.send(message)
            return [end.receive() for _ in range(10)]

        mine = spawn(chatter, here, 0)
        yours = spawn(chatter, there, 500)
        return mine.result(), yours.result()

    assert meet(world, talk) == (numbers(10, 500), numbers(10))


def test_what_was_sent_before_closing_arrives(world):
    def talk(here, there):
        for message in numbers(10):
            here.send(message)
        here.close()
        return list(there)

    assert meet(world, talk) == numbers(10)


def test_receiving_from_a_closed_peer_is_closed(world):
    def talk(here, there):
        there.close()
        with pytest.raises(Closed):
            here.receive()
        with pytest.raises(Closed):  # and stays so
            here.receive()

    meet(world, talk)


def test_closing_wakes_ones_own_receiver(world):
    def talk(here, there):
        def wait():
            with pytest.raises(Closed):
                here.receive()

        waiting = spawn(wait)
        schedule()
        here.close()
        waiting.join()

    meet(world, talk)


def test_a_closed_end_neither_sends_nor_receives(world):
    def talk(here, there):
        here.close()
        here.close()  # twice is fine
        with pytest.raises(Closed):
            here.send(Number(1))
        with pytest.raises(Closed):
            here.receive()

    meet(world, talk)


def test_sending_to_a_peer_that_has_gone_breaks_in_the_end(world):
    def talk(here, there):
        def send_for_ever():
            while True:
                here.send(Number(1))
                schedule()

        there.close()
        with pytest.raises(Broken):
            send_for_ever()

    meet(world, talk)


def test_send_waits_while_the_peer_does_not_read(world):
    def talk(here, there):
        def send_for_ever():
            while True:
                here.send(big, timeout=0.05)

        big = Number(0, "x" * 60_000)
        with pytest.raises(TimeoutError):
            send_for_ever()
        for _ in range(here.statistics.messages_sent):  # but not the last one
            assert there.receive() == big
        here.send(Number(2), timeout=60)  # there is room again
        assert there.receive(timeout=60) == Number(2)

    meet(world, talk)


def test_a_time_out_of_receive_loses_nothing(world):
    def talk(here, there):
        with pytest.raises(TimeoutError):
            there.receive(timeout=0.01)
        here.send(Number(1))
        return there.receive(timeout=60)

    assert meet(world, talk) == Number(1)


def test_a_message_over_the_limit_is_not_sent(world):
    def talk(here, there):
        with pytest.raises(TooLarge):
            here.send(Number(0, "x" * 200))
        here.send(Number(1))
        return there.receive()

    assert meet(world, talk, limit_bytes=100) == Number(1)


def test_what_is_no_message_of_these_kinds_is_malformed(world):
    def talk(here, there):
        here.send(Other("hello"))
        with pytest.raises(Malformed):
            there.receive()

    meet(world, talk)


def test_what_arrives_is_a_copy(world):
    def talk(here, there):
        sent = Number(1, "a text")
        here.send(sent)
        got = there.receive()
        assert got == sent
        assert got is not sent

    meet(world, talk)


def test_both_ends_count_the_same_messages_and_bytes(world):
    def talk(here, there):
        for message in numbers(5):
            here.send(message)
            there.receive()
        mine, yours = here.statistics, there.statistics
        assert (mine.messages_sent, yours.messages_received) == (5, 5)
        assert mine.bytes_sent == yours.bytes_received > 5 * 4

    meet(world, talk)


def test_a_killed_receiver_leaves_the_next_message_to_another(world):
    def talk(here, there):
        first, second = spawn(there.receive), spawn(there.receive)
        schedule()
        first.kill()
        here.send(Number(1))
        return second.result()

    assert meet(world, talk) == Number(1)


def test_many_clients_are_served_at_once(world):
    def program(place):
        def serve(listener):
            for connection in listener:
                spawn(say_back, connection, daemon=True)

        def say_back(connection):
            with connection:
                for message in connection:
                    connection.send(message)

        def client(number):
            connection = place(f"client-{number}").connect(Number, address)
            with connection:
                for message in numbers(5, number):
                    connection.send(message)
                return [connection.receive() for _ in range(5)]

        with place("server").listen(Number) as listener:
            address = listener.address
            spawn(serve, listener, daemon=True)
            clients = [spawn(client, number) for number in range(60)]
            return [client.result() for client in clients]

    assert world(program) == [numbers(5, first) for first in range(60)]


def test_replies_find_their_requests_in_any_order(world):
    def talk(here, there):
        def slow_double(number):
            sleep((7 * number.value) % 5 / 100)
            return Number(2 * number.value)

        spawn(answer, there, slow_double, 10, daemon=True)
        asked = [spawn(request, here, Number(n), 60) for n in range(20)]
        return [asking.result().value for asking in asked]

    kinds = Numbered[Number]
    assert meet(world, talk, kinds=kinds) == [2 * n for n in range(20)]


def test_nobody_listens_there(world):
    def program(place):
        with place("there").listen(Number) as listener:
            address = listener.address
        with pytest.raises(Broken):
            place("here").connect(Number, address)

    world(program)


def test_a_closed_listener_ends_its_loop(world):
    def program(place):
        listener = place("there").listen(Number)
        waiting = spawn(lambda: list(listener))
        schedule()
        listener.close()
        return waiting.result()

    assert world(program) == []


def test_an_address_can_be_listened_to_once(world):
    def program(place):
        there = place("there")
        with (
            there.listen(Number) as listener,
            pytest.raises(OSError, match="use"),
        ):
            there.listen(Number, listener.address)

    world(program)


def test_accept_has_a_time_out(world):
    def program(place):
        with place("there").listen(Number) as listener:
            with pytest.raises(TimeoutError):
                listener.accept(timeout=0.01)
            assert current()

    world(program)


@pytest.mark.parametrize("program", [echo, chat])
def test_a_program_prints_the_same_in_all_worlds(program):
    summaries = {world(program) for _, world in WORLDS_HERE}
    assert len(summaries) == 1
    assert "False" not in summaries.pop()
