"""A run in pieces: nothing moves while nobody asks."""

import pytest

from nearfar import Misuse, VirtualClock, run, sleep, spawn
from nearfar.farm import Standing


def test_what_is_given_comes_out_and_the_run_goes_on_where_it_was():
    clock, seen = VirtualClock(), []

    def work():
        for number in range(3):
            sleep(10)
            standing.give(number + 1)

    def ticker():
        while True:
            seen.append(clock.now())
            sleep(4)

    standing = Standing(lambda: (spawn(ticker, daemon=True), work()), clock)
    assert seen == []
    assert standing.more() == 1
    assert seen == [0, 4, 8]
    assert [standing.more(), standing.more(), standing.more()] == [2, 3, None]
    assert clock.now() == 30


def test_another_run_may_take_place_meanwhile():
    standing = Standing(lambda: [standing.give(n) for n in "ab"])
    assert standing.more() == "a"
    assert run(until=spawn(lambda: "another")) == "another"
    assert standing.more() == "b"


def test_it_may_be_asked_from_inside_a_tasklet():
    standing = Standing(lambda: standing.give("out"))

    def asker():
        return standing.more(), standing.more()

    assert run(until=spawn(asker)) == ("out", None)


def test_one_that_is_ended_runs_its_finally_and_gives_no_more():
    happened = []

    def work():
        try:
            standing.give(1)
        finally:
            happened.append("finally")

    standing = Standing(work)
    standing.more()
    standing.end("enough")
    assert happened == ["finally"]
    with pytest.raises(Misuse, match="enough"):
        standing.more()


def test_one_that_never_began_may_be_ended():
    standing = Standing(lambda: standing.give(1))
    standing.end()
    with pytest.raises(Misuse, match="was ended"):
        standing.more()


def test_an_error_of_the_run_comes_out_where_it_was_asked_for():
    def work():
        standing.give(1)
        raise ZeroDivisionError("inside")

    standing = Standing(work)
    assert standing.more() == 1
    with pytest.raises(ZeroDivisionError, match="inside"):
        standing.more()
    assert standing.more() is None
