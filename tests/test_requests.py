"""Requests and replies: in any order, late, or never."""

from contextlib import suppress

import pytest

from nearfar import (
    Closed,
    Misuse,
    VirtualClock,
    current,
    run,
    schedule,
    sleep,
    spawn,
)
from nearfar.connections import Broken, pair
from nearfar.messages import Malformed, Message
from nearfar.requests import Numbered, answer, request


class Ask(Message):
    value: float


class Reply(Message):
    value: float


def double(asked):
    return Reply(2 * asked.value)


def slowly(asked):
    """Takes as many seconds as the request says."""
    sleep(asked.value)
    return Reply(asked.value)


@pytest.fixture
def ends():
    here, there = pair(Numbered[Ask | Reply])
    yield here, there
    here.close()
    there.close()


def test_a_request_gets_the_reply_to_it(ends):
    here, there = ends
    spawn(answer, there, double, daemon=True)
    assert run(until=spawn(request, here, Ask(21))) == Reply(42)


def test_many_may_ask_at_once_and_each_gets_its_own_reply(ends):
    here, there = ends
    spawn(answer, there, double, daemon=True)
    asking = [spawn(request, here, Ask(value)) for value in range(100)]
    results = spawn(lambda: [tasklet.result().value for tasklet in asking])
    assert run(until=results) == [2 * value for value in range(100)]


def test_one_at_a_time_means_in_the_order_of_the_requests(ends):
    here, there = ends
    done = []

    def ask(seconds):
        request(here, Ask(seconds))
        done.append((seconds, current().scheduler.clock.now()))

    spawn(answer, there, slowly, daemon=True)
    for seconds in (3, 1, 2):
        spawn(ask, seconds)
    run(clock=VirtualClock())
    assert done == [(3, 3), (1, 4), (2, 6)]


def test_side_by_side_the_quick_replies_come_first(ends):
    here, there = ends
    done = []

    def ask(seconds):
        request(here, Ask(seconds))
        done.append((seconds, current().scheduler.clock.now()))

    spawn(answer, there, slowly, 2, daemon=True)
    for seconds in (3, 1, 1.5):  # the third waits for the second's place
        spawn(ask, seconds)
    run(clock=VirtualClock())
    assert done == [(1, 1), (1.5, 2.5), (3, 3)]


def test_a_late_reply_is_dropped_and_the_next_request_is_served(ends):
    here, there = ends

    def story():
        with pytest.raises(TimeoutError):
            request(here, Ask(5), timeout=1)
        return request(here, Ask(0.5), timeout=10)

    spawn(answer, there, slowly, daemon=True)
    assert run(until=spawn(story), clock=VirtualClock()) == Reply(0.5)


def test_requests_given_up_do_not_fill_the_wire_for_the_next(ends):
    here, there = ends

    def story():
        for _ in range(100):
            with pytest.raises(TimeoutError):
                request(here, Ask(1), timeout=0)
            sleep(1)
        return request(here, Ask(1), timeout=5)

    spawn(answer, there, slowly, daemon=True)
    assert run(until=spawn(story), clock=VirtualClock()) == Reply(1)


def test_killing_the_one_who_reads_for_all_strands_nobody(ends):
    here, there = ends

    def story():
        first = spawn(request, here, Ask(9))
        second = spawn(request, here, Ask(1))
        sleep(0.5)
        first.kill()
        return second.result()

    spawn(answer, there, slowly, 2, daemon=True)
    assert run(until=spawn(story), clock=VirtualClock()) == Reply(1)


def test_everybody_who_waits_hears_that_the_peer_has_gone(ends):
    here, there = ends

    def ask():
        with pytest.raises(Closed):
            request(here, Ask(1))
        return "told"

    def hang_up():
        schedule()
        there.close()

    asking = [spawn(ask) for _ in range(3)]
    spawn(hang_up)
    results = spawn(lambda: [tasklet.result() for tasklet in asking])
    assert run(until=results) == ["told"] * 3


@pytest.mark.parametrize("at_once", [1, 4])
def test_an_error_of_the_one_who_answers_comes_out_of_answer(ends, at_once):
    here, there = ends

    def fail(asked):
        raise ZeroDivisionError("no answer to that")

    def story():
        server = spawn(answer, there, fail, at_once)
        spawn(request, here, Ask(1), daemon=True)
        with pytest.raises(ZeroDivisionError):
            server.result()

    run(until=spawn(story))


@pytest.mark.parametrize("at_once", [1, 4])
def test_answering_ends_when_the_peer_closes(ends, at_once):
    here, there = ends

    def story():
        server = spawn(answer, there, double, at_once)
        request(here, Ask(1))
        here.close()
        server.result()
        with pytest.raises((Broken, Closed)):
            there.send(Numbered(1, Reply(1)))

    run(until=spawn(story))


def test_what_is_no_numbered_reply_is_malformed():
    here, there = pair(Numbered[Ask] | Reply)

    def story():
        there.send(Reply(1))
        with pytest.raises(Malformed, match="expected a Numbered"):
            request(here, Ask(1))

    run(until=spawn(story))


def test_replies_to_others_do_not_stretch_the_time_out(ends):
    here, there = ends

    def flood():
        with suppress(Broken, Closed):
            while True:
                there.send(Numbered(-1, Reply(0)))
                sleep(0.01)

    def story():
        spawn(flood, daemon=True)
        with pytest.raises(TimeoutError, match=r"0\.5 s"):
            request(here, Ask(1), timeout=0.5)
        assert clock.now() < 0.6

    clock = VirtualClock()
    run(until=spawn(story), clock=clock)


def test_nobody_at_once_is_misuse(ends):
    with pytest.raises(Misuse, match="1 or more"):
        run(until=spawn(answer, ends[1], double, 0))
