"""A run in pieces: nothing moves while nobody asks."""

import pytest

from nearfar import Misuse, VirtualClock, run, sleep, spawn
from nearfar.farm.streaming import StreamingRun


def test_what_is_given_comes_out_and_the_run_goes_on_where_it_was():
    clock, seen = VirtualClock(), []

    def work():
        for number in range(3):
            sleep(10)
            streaming.give(number + 1)

    def ticker():
        while True:
            seen.append(clock.now())
            sleep(4)

    streaming = StreamingRun(
        lambda: (spawn(ticker, daemon=True), work()), clock
    )
    assert seen == []
    assert streaming.more() == 1
    assert seen == [0, 4, 8]
    assert [streaming.more(), streaming.more(), streaming.more()] == [
        2,
        3,
        None,
    ]
    assert clock.now() == 30


def test_another_run_may_take_place_meanwhile():
    streaming = StreamingRun(lambda: [streaming.give(n) for n in "ab"])
    assert streaming.more() == "a"
    assert run(until=spawn(lambda: "another")) == "another"
    assert streaming.more() == "b"


def test_it_may_be_asked_from_inside_a_tasklet():
    streaming = StreamingRun(lambda: streaming.give("out"))

    def asker():
        return streaming.more(), streaming.more()

    assert run(until=spawn(asker)) == ("out", None)


def test_one_that_is_ended_runs_its_finally_and_gives_no_more():
    happened = []

    def work():
        try:
            streaming.give(1)
        finally:
            happened.append("finally")

    streaming = StreamingRun(work)
    streaming.more()
    streaming.end("enough")
    assert happened == ["finally"]
    with pytest.raises(Misuse, match="enough"):
        streaming.more()


def test_one_that_never_began_may_be_ended():
    streaming = StreamingRun(lambda: streaming.give(1))
    streaming.end()
    with pytest.raises(Misuse, match="was ended"):
        streaming.more()


def test_an_error_of_the_run_comes_out_where_it_was_asked_for():
    def work():
        streaming.give(1)
        raise ZeroDivisionError("inside")

    streaming = StreamingRun(work)
    assert streaming.more() == 1
    with pytest.raises(ZeroDivisionError, match="inside"):
        streaming.more()
    assert streaming.more() is None
