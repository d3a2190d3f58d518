"""One contract, three worlds: the same tests in memory, over TCP, simulated.

Over TCP also with TLS and a token, and where the system has no epoll.
"""

import ssl
from contextlib import suppress
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import pytest
import trustme
from programs.chat import chat, echo

import nearfar.far.poller
from nearfar import Closed, Misuse, run, schedule, sleep, spawn
from nearfar.far import (
    ON_THE_WIRE,
    Broken,
    Malformed,
    Message,
    Statistics,
    TooLarge,
    connect,
    encode,
    listen,
)
from nearfar.far.poller import Selector
from nearfar.simulation import WORLDS, Faults, over_sockets, simulated

MANY = 1_000


class Number(Message):
    value: int
    padding: str = ""


class Other(Message):
    text: str


BIG = Number(0, "x" * 60_000)


def slow_network(program):
    """The simulated world with messages that overtake other connections'."""
    return simulated(program, seed=5, faults=Faults(delay_s=(0, 2), skew=3))


def without_epoll(program):
    """Over sockets, on a system that has only what all systems have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearfar.far.poller, "new_poller", Selector)
        return over_sockets(program)


def over_tls(program):
    """Over sockets, encrypted, and only for those who know the token."""
    server, client = contexts()
    lock = {"token": "correct horse battery staple"}
    place = SimpleNamespace(
        listen=partial(listen, tls=server, **lock),
        connect=partial(connect, tls=client, **lock),
    )
    return run(until=spawn(program, lambda name: place))


@cache
def contexts():
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    authority.configure_trust(client)
    return server, client


WORLDS_HERE = {
    **WORLDS,
    "on a slow network": slow_network,
    "without epoll": without_epoll,
    "over TLS": over_tls,
}


@pytest.fixture(params=WORLDS_HERE.values(), ids=WORLDS_HERE)
def world(request):
    return request.param


def meet(world, talk, kinds=Number, limit_bytes=65_536, limit_there=65_536):
    """Run `talk(here, there)` with both ends of a connection in a world."""

    def program(place):
        listener = place("there").listen(kinds, limit_bytes=limit_there)
        with listener:
            accepting = spawn(listener.accept)
            here = place("here").connect(
                kinds, listener.address, limit_bytes=limit_bytes
            )
            there = accepting.result()
        with here, there:
            return talk(here, there)

    return world(program)


def fill(connection, message=BIG, timeout=None, pause=None):
    """Send and send, until something happens."""
    while True:
        connection.send(message, timeout)
        if pause is not None:
            sleep(pause)


def serve_echo(listener):
    """Say back to everybody what comes."""

    def say_back(connection):
        with connection:
            for message in connection:
                connection.send(message)

    for connection in listener:
        spawn(say_back, connection, daemon=True)


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
            for message in numbers(ON_THE_WIRE, first):
                end.send(message)
            return [end.receive() for _ in range(ON_THE_WIRE)]

        mine = spawn(chatter, here, 0)
        yours = spawn(chatter, there, 500)
        return mine.result(), yours.result()

    theirs, ours = numbers(ON_THE_WIRE, 500), numbers(ON_THE_WIRE)
    assert meet(world, talk) == (theirs, ours)


def test_several_tasklets_may_send_on_one_connection(world):
    def talk(here, there):
        def sender(first):
            for number in range(first, first + 20):
                here.send(Number(number, "x" * 30_000))

        for first in (0, 100, 200):
            spawn(sender, first)
        return [there.receive().value for _ in range(60)]

    got = meet(world, talk)
    for first in (0, 100, 200):
        mine = [number for number in got if first <= number < first + 100]
        assert mine == list(range(first, first + 20))


def test_what_was_sent_before_closing_arrives(world):
    def talk(here, there):
        for message in numbers(10):
            here.send(message)
        here.close()
        return list(there)

    assert meet(world, talk) == numbers(10)


def test_it_arrives_even_if_the_closer_has_not_read_what_we_sent(world):
    def talk(here, there):
        for message in numbers(10):
            there.send(message)
        for message in numbers(3):
            here.send(message)
        sleep(0.05)
        here.close()
        return list(there)

    assert meet(world, talk) == numbers(3)


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


def test_closing_wakes_ones_own_sender_who_waits_for_room(world):
    def talk(here, there):
        def wait():
            with pytest.raises(Closed):
                fill(here)

        waiting = spawn(wait)
        sleep(0.05)
        assert not waiting.done
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


def test_a_sender_who_waits_for_room_hears_that_the_peer_has_gone(world):
    def talk(here, there):
        filling = spawn(fill, here, pause=0.01)
        sent = None
        while sent != here.statistics.messages_sent:  # until it waits
            sent = here.statistics.messages_sent
            sleep(0.1)
        there.close()
        with pytest.raises(Broken):
            filling.result(timeout=60)

    meet(world, talk)


def test_sending_to_a_peer_that_has_gone_breaks_in_the_end(world):
    def talk(here, there):
        there.close()
        for _ in range(2):  # and stays so
            with pytest.raises(Broken):
                fill(here, Number(1), pause=0.01)
        with pytest.raises((Broken, Closed)):
            here.receive()
        here.close()  # and to close it is fine
        with pytest.raises(Closed):
            here.send(Number(1))

    meet(world, talk)


def test_send_waits_while_the_peer_does_not_read(world):
    def talk(here, there):
        with pytest.raises(TimeoutError):
            fill(here, timeout=0.05)
        for _ in range(here.statistics.messages_sent):  # but not the last one
            assert there.receive() == BIG
        here.send(Number(2), timeout=60)  # there is room again
        assert there.receive(timeout=60) == Number(2)

    meet(world, talk)


def test_a_peer_that_does_not_read_stops_nobody_else(world):
    def program(place):
        with place("server").listen(Number) as listener:
            spawn(serve_echo, listener, daemon=True)
            deaf = place("deaf").connect(Number, listener.address)
            filling = spawn(fill, deaf, daemon=True)
            sleep(0.05)
            good = place("good").connect(Number, listener.address)
            with deaf, good:
                for message in numbers(20):
                    good.send(message)
                    assert good.receive(timeout=60) == message
                filling.kill()

    world(program)


def test_a_time_out_of_receive_loses_nothing(world):
    def talk(here, there):
        with pytest.raises(TimeoutError):
            there.receive(timeout=0.01)
        here.send(Number(1))
        return there.receive(timeout=60)

    assert meet(world, talk) == Number(1)


def test_no_time_at_all_is_a_look_whether_there_is_one(world):
    def talk(here, there):
        with pytest.raises(TimeoutError):
            there.receive(timeout=0)
        here.send(Number(1))
        for _ in range(1_000):  # it takes a while to arrive
            with suppress(TimeoutError):
                return there.receive(timeout=0)
            sleep(0.01)

    assert meet(world, talk) == Number(1)


@pytest.mark.parametrize("timeout", [-1, float("nan"), "soon"])
def test_what_is_no_time_to_wait_is_told_so(world, timeout):
    def talk(here, there):
        with pytest.raises(Misuse, match="0 or more seconds"):
            there.receive(timeout=timeout)

    meet(world, talk)


def test_a_message_over_the_limit_is_not_sent(world):
    def talk(here, there):
        with pytest.raises(TooLarge):
            here.send(Number(0, "x" * 200))
        here.send(Number(1))
        return there.receive()

    assert meet(world, talk, limit_bytes=100) == Number(1)


def test_a_message_over_the_peers_limit_is_not_received(world):
    def talk(here, there):
        here.send(Number(1))
        here.send(Number(2, "x" * 200))
        assert there.receive() == Number(1)
        for _ in range(2):
            with pytest.raises(TooLarge):
                there.receive()

    meet(world, talk, limit_there=100)


def test_each_end_has_a_limit_of_its_own(world):
    def talk(here, there):
        with pytest.raises(TooLarge):
            here.send(Number(1, "x" * 200))
        here.send(Number(1))
        assert there.receive() == Number(1)

    meet(world, talk, limit_bytes=100)


def test_what_is_no_message_of_these_kinds_is_malformed(world):
    def talk(here, there):
        here.send(Other("hello"))
        for _ in range(2):  # and stays so
            with pytest.raises(Malformed):
                there.receive()

    meet(world, talk)


def test_nonsense_is_told_to_all_who_wait(world):
    def hear(end):
        try:
            return end.receive(timeout=60)
        except Malformed:
            return "nonsense"

    def talk(here, there):
        waiting = [spawn(hear, there) for _ in range(3)]
        sleep(0.01)
        here.send(Other("x"))
        assert [each.result() for each in waiting] == ["nonsense"] * 3

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
        there.send(Number(7))
        here.receive()
        mine, yours = here.statistics, there.statistics
        assert (mine.messages_sent, mine.messages_received) == (5, 1)
        assert mine.bytes_sent >= 5 * len(encode(Number(0)))
        assert mine == Statistics(
            yours.messages_received,
            yours.messages_sent,
            yours.bytes_received,
            yours.bytes_sent,
        )

    meet(world, talk)


def test_what_was_not_sent_is_not_counted(world):
    def talk(here, there):
        with pytest.raises(TooLarge):
            here.send(Number(0, "x" * 70_000))
        with pytest.raises(TimeoutError):
            fill(here, timeout=0.05)
        sent = here.statistics.messages_sent
        here.close()
        assert len(list(there)) == sent == there.statistics.messages_received
        with pytest.raises(AttributeError):
            here.statistics.messages_sent = 0

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
        def client(number):
            connection = place(f"client-{number}").connect(Number, address)
            with connection:
                for message in numbers(5, number):
                    connection.send(message)
                return [connection.receive() for _ in range(5)]

        with place("server").listen(Number) as listener:
            address = listener.address
            spawn(serve_echo, listener, daemon=True)
            clients = [spawn(client, number) for number in range(60)]
            return [client.result() for client in clients]

    assert world(program) == [numbers(5, first) for first in range(60)]


def test_who_hangs_up_at_once_costs_nobody_anything(world):
    def program(place):
        with place("server").listen(Number) as listener:
            spawn(serve_echo, listener, daemon=True)
            for number in range(50):
                here = place(f"client-{number}")
                here.connect(Number, listener.address).close()
            with place("good").connect(Number, listener.address) as good:
                good.send(Number(1))
                return good.receive()

    assert world(program) == Number(1)


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


def test_connections_outlive_their_listener(world):
    def talk(here, there):  # whose listener is closed
        here.send(Number(1))
        there.send(Number(2))
        return there.receive(), here.receive()

    assert meet(world, talk) == (Number(1), Number(2))


def test_who_waits_at_a_door_that_closes_is_told(world):
    def program(place):
        listener = place("there").listen(Number)

        with pytest.raises(TimeoutError):
            listener.accept(timeout=0.01)  # the door is open now
        with place("here").connect(Number, listener.address) as here:
            listener.close()
            with pytest.raises((Closed, Broken)):
                here.receive(timeout=60)

    world(program)


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
            accepting = spawn(listener.accept)
            schedule()
            accepting.kill()  # and neither this one loses anything
            accepting = spawn(listener.accept, timeout=60)
            with place("here").connect(Number, listener.address) as here:
                here.send(Number(1))
                with accepting.result() as there:
                    assert there.receive() == Number(1)

    world(program)


@pytest.mark.parametrize("program", [echo, chat])
def test_a_program_prints_the_same_in_all_worlds(program):
    summaries = {world(program) for world in WORLDS_HERE.values()}
    assert len(summaries) == 1
    assert "False" not in summaries.pop()


def test_a_guest_who_talks_nonsense_is_not_the_end_of_the_house(world):
    def program(place):
        class Client:
            def connect(self, kinds, address):
                with place("stranger").connect(bytes, address) as stranger:
                    stranger.send(b"nonsense")
                    with suppress(Closed, Broken):
                        stranger.receive(timeout=5)
                return place("client").connect(kinds, address)

        return echo(lambda name: Client() if name == "client" else place(name))

    assert world(program).startswith("100 of 100")


class Odd(Message):
    few: set[Any] | None = None
    number: int = 0

    def __post_init__(self):
        if self.number < 0:
            raise SystemExit
        (10, 20, 30)[self.number]


@pytest.mark.parametrize(
    "fields", [b'"few":[[1]]', b'"number":7', b'"number":-1']
)
def test_a_peers_nonsense_of_any_kind_is_malformed_for_that_peer(world, fields):
    def talk(here, there):
        here.send(b'{"type":"Odd",%s}' % fields)
        with pytest.raises(Malformed):
            there.receive(timeout=5)

    meet(world, talk, kinds=Odd)


def test_what_cannot_be_sent_is_told_whether_there_is_room_or_not(world):
    def talk(here, there):
        huge = Number(0, "x" * 70_000)
        with pytest.raises(TimeoutError):
            fill(here, timeout=0.05)
        with pytest.raises(TooLarge):
            here.send(huge, timeout=0.05)
        here.close()
        with pytest.raises(Closed):
            here.send(huge)

    meet(world, talk)
