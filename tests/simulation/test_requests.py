"""Requests and replies: in any order, late, or never; in all worlds."""

from contextlib import suppress
from types import SimpleNamespace

import pytest
from programs.numbered import Asking, Numbered, answer
from test_worlds import WORLDS_HERE, fill, meet

from nearfar import (
    Closed,
    Misuse,
    VirtualClock,
    run,
    schedule,
    sleep,
    spawn,
)
from nearfar.far import Broken, Malformed, Message, Waiters, pair


class Ask(Message):
    value: int
    padding: str = ""


class Reply(Message):
    value: int
    padding: str = ""


def double(asked):
    return Reply(2 * asked.value)


class Doors:
    """Answers a request when the door of its number is open, not before."""

    def __init__(self):
        self.begun, self.left = [], []
        self._open = set()
        self._opened = Waiters("a door to open")

    def open(self, *values):
        self._open.update(values)
        self._opened.wake()

    def __call__(self, asked):
        self.begun.append(asked.value)
        try:
            while asked.value not in self._open:
                self._opened.wait()
        finally:
            self.left.append(asked.value)
        return Reply(asked.value)


@pytest.fixture
def doors():
    return Doors()


@pytest.fixture(params=WORLDS_HERE.values(), ids=WORLDS_HERE)
def between(request):
    """Runs `talk(here, there)`; `here` asks over one end, `there` answers."""

    def run_there(talk, kinds=Numbered[Ask | Reply]):
        def talk_numbered(here, there):
            return talk(Asking(here), there)

        return meet(request.param, talk_numbered, kinds)

    return run_there


def wait_until(true):
    for _ in range(2_000):
        if true():
            return
        sleep(0.01)
    raise AssertionError("it never became true")


def gives_up(here):
    """Does somebody who asks with a time-out come back, and with that?"""
    asking = spawn(here.request, Ask(0), timeout=0.01)
    with pytest.raises(TimeoutError):
        asking.result(timeout=20)
    return asking.done


def test_a_request_gets_the_reply_to_it(between):
    def talk(here, there):
        spawn(answer, there, double, daemon=True)
        return here.request(Ask(21))

    assert between(talk) == Reply(42)


def test_many_may_ask_at_once_and_each_gets_its_own_reply(between):
    def talk(here, there):
        spawn(answer, there, double, daemon=True)
        asking = [spawn(here.request, Ask(value)) for value in range(100)]
        return [tasklet.result().value for tasklet in asking]

    assert between(talk) == [2 * value for value in range(100)]


def test_one_at_a_time_means_in_the_order_of_the_requests(between, doors):
    def talk(here, there):
        def ask(value):
            here.request(Ask(value))
            done.append(value)

        spawn(answer, there, doors, daemon=True)
        doors.open(1, 2)
        asking = [spawn(ask, value) for value in (3, 1, 2)]
        wait_until(lambda: doors.begun)
        sleep(0.05)  # in which nobody passes the first
        doors.open(3)
        for each in asking:
            each.join()

    done = []
    between(talk)
    assert doors.begun == done == [3, 1, 2]


def test_side_by_side_the_quick_replies_come_first(between, doors):
    def talk(here, there):
        spawn(answer, there, doors, 2, daemon=True)
        asking = {n: spawn(here.request, Ask(n)) for n in (3, 1, 2)}
        wait_until(lambda: len(doors.begun) == 2)
        sleep(0.05)  # in which the third waits for the second's place
        assert doors.begun == [3, 1]
        for value in (1, 2, 3):
            doors.open(value)
            assert asking[value].result(timeout=20) == Reply(value)

    between(talk)


def test_replies_find_their_requests_in_any_order(between, doors):
    def talk(here, there):
        spawn(answer, there, doors, 20, daemon=True)
        asking = [spawn(here.request, Ask(n)) for n in range(20)]
        wait_until(lambda: len(doors.begun) == 20)
        for value in reversed(range(20)):
            doors.open(value)
            schedule()
        return [each.result().value for each in asking]

    assert between(talk) == [*range(20)]
    assert doors.left == [*reversed(range(20))]


def test_a_late_reply_is_dropped_and_the_next_request_is_served(between, doors):
    def talk(here, there):
        spawn(answer, there, doors, daemon=True)
        assert gives_up(here)
        doors.open(0, 1)
        return here.request(Ask(1))

    assert between(talk) == Reply(1)


def test_late_replies_that_fill_the_wire_make_room_for_the_next(between, doors):
    """Over sockets, where these are more than the wire can hold."""

    def reply(asked):
        return Reply(doors(asked).value, asked.padding * 10)

    def talk(here, there):
        def give_up():
            with pytest.raises(TimeoutError):
                here.request(Ask(0, "x" * 6_000), timeout=0.5)

        spawn(answer, there, reply, daemon=True)
        for each in [spawn(give_up) for _ in range(1_000)]:
            each.join()
        doors.open(0, 1)
        return here.request(Ask(1), timeout=20)

    assert between(talk) == Reply(1)


def test_who_asks_gives_up_in_time_while_there_is_no_room(between):
    def talk(here, there):
        with pytest.raises(TimeoutError):
            fill(
                here.connection, Numbered(0, Ask(0, "x" * 60_000)), timeout=0.01
            )
        return gives_up(here)

    assert between(talk)


def test_who_asks_gives_up_in_time_while_another_reads(between, doors):
    def talk(here, there):
        spawn(answer, there, doors, daemon=True)
        reading = spawn(here.request, Ask(1))
        wait_until(lambda: doors.begun)
        assert gives_up(here)
        doors.open(1)
        return reading.result()

    assert between(talk) == Reply(1)


def test_killing_the_one_who_reads_for_all_strands_nobody(between, doors):
    def talk(here, there):
        spawn(answer, there, doors, 2, daemon=True)
        first, second = [spawn(here.request, Ask(n)) for n in (1, 2)]
        wait_until(lambda: len(doors.begun) == 2)
        first.kill()
        doors.open(2)
        return second.result()

    assert between(talk) == Reply(2)


def test_everybody_who_waits_hears_that_the_peer_has_gone(between):
    def talk(here, there):
        def ask():
            with pytest.raises(Closed):
                here.request(Ask(1))
            return "told"

        asking = [spawn(ask) for _ in range(3)]
        schedule()  # now all three have asked
        there.close()
        return [tasklet.result() for tasklet in asking]

    assert between(talk) == ["told"] * 3


@pytest.mark.parametrize("at_once", [1, 4])
def test_an_error_of_the_one_who_answers_comes_out_of_answer(between, at_once):
    def fail(asked):
        raise ZeroDivisionError("no answer to that")

    def talk(here, there):
        server = spawn(answer, there, fail, at_once)
        spawn(ask, here, daemon=True)
        with pytest.raises(ZeroDivisionError):
            server.result()

    def ask(here):
        with suppress(Closed, Broken):
            here.request(Ask(1))

    between(talk)


@pytest.mark.parametrize("at_once", [1, 4])
def test_answering_ends_when_the_peer_closes(between, at_once):
    def talk(here, there):
        server = spawn(answer, there, double, at_once)
        here.request(Ask(1))
        here.connection.close()
        server.result(timeout=20)

    between(talk)


def test_nobody_works_on_for_one_who_has_stopped_answering(between, doors):
    def talk(here, there):
        def ask(value):
            with suppress(Closed, Broken):
                here.request(Ask(value))

        server = spawn(answer, there, doors, 4)
        for value in (1, 2, 3):
            spawn(ask, value, daemon=True)
        wait_until(lambda: len(doors.begun) == 3)
        server.kill()
        wait_until(lambda: len(doors.left) == 3)

    between(talk)
    assert sorted(doors.left) == [1, 2, 3]


def test_what_is_no_numbered_reply_is_malformed(between):
    def talk(here, there):
        there.send(Reply(1))
        with pytest.raises(Malformed, match="expected a Numbered"):
            here.request(Ask(1))

    between(talk, Numbered[Ask] | Reply)


def test_replies_to_others_do_not_stretch_the_time_out():
    """Of one who always has something to say, and never to us."""

    def receive(timeout):
        heard.append(timeout)
        assert len(heard) < 100
        sleep(1)
        return Numbered(-1, Reply(0))

    heard = []
    chatterbox = SimpleNamespace(
        send=lambda message, timeout: None, receive=receive
    )
    asking = spawn(Asking(chatterbox).request, Ask(1), timeout=10)
    with pytest.raises(TimeoutError, match="within 10 s"):
        run(until=asking, clock=VirtualClock())


def test_nobody_at_once_is_misuse(between):
    with pytest.raises(Misuse, match="1 or more"):
        between(lambda here, there: answer(there, double, 0))


def test_a_reply_that_comes_before_send_returns_is_not_lost():
    here, there = pair(Numbered[Ask | Reply])

    class Slow:
        """One who sends, and then gives way, as over TCP."""

        receive = here.receive

        def send(self, message, timeout):
            here.send(message, timeout)
            sleep(1)

    def late(asked):
        sleep(5 if asked.value == 1 else 0)
        return double(asked)

    def story():
        spawn(answer, there, late, 2, daemon=True)
        slow = Asking(Slow())
        first = spawn(slow.request, Ask(1))  # it reads for all
        sleep(2)
        second = spawn(slow.request, Ask(2), timeout=30)
        return [first.result().value, second.result().value]

    assert run(until=spawn(story), clock=VirtualClock()) == [2, 4]


def test_those_who_still_work_are_ended_in_the_order_of_the_requests(doors):
    end, there = pair(Numbered[Ask | Reply])
    here = Asking(end)

    def fail(asked):
        if asked.value == 20:
            raise KeyError("the end")
        return doors(asked)

    def ask(value):
        with suppress(Closed):
            here.request(Ask(value))

    def story():
        for value in range(21):
            spawn(ask, value)
        with there, suppress(KeyError):
            answer(there, fail, at_once=30)

    spawn(story)
    run(clock=VirtualClock())
    assert doors.left == list(range(20))


def test_those_who_wait_for_room_do_not_all_look_for_it_again_and_again():
    """Counted: tries to send, for so many requests to a slow peer."""

    def tries(count):
        end, there = pair(Numbered[Ask | Reply])
        tried = []

        def send(message, timeout):
            tried.append(message)
            end.send(message, timeout)

        counting = SimpleNamespace(send=send, receive=end.receive)
        here = Asking(counting)

        def slow(asked):
            sleep(1)
            return double(asked)

        def story():
            spawn(answer, there, slow, daemon=True)
            asking = [spawn(here.request, Ask(n)) for n in range(count)]
            return [each.result().value for each in asking]

        got = run(until=spawn(story), clock=VirtualClock())
        assert got == [2 * n for n in range(count)]
        return len(tried)

    assert tries(200) < 3 * tries(100)
