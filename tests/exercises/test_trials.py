"""What a verdict draws: one run, the one that fails."""

from nearfar import Channel, spawn
from nearfar.exercises.trials import Mismatch, try_promise


def test_of_two_tries_in_one_promise_the_last_is_drawn():
    def promise(answer):
        for word in ("right", "wrong"):
            channel = Channel("c")
            spawn(channel.send, word, name="answer")
            if answer(channel.receive()) == "wrong":
                raise Mismatch("it is wrong")

    trial = try_promise(promise, str, orders=0, title="A run that fails")
    assert trial.fault == "it is wrong"
    assert "answer to check-1: 'wrong'" in trial.figure.alt
    assert "'right'" not in trial.figure.svg
    assert "check-1 fails with Mismatch" in trial.figure.alt


def test_a_picture_shows_no_line_of_the_library():
    def promise(answer):
        channel = Channel("c")
        spawn(channel.send, 1, name="answer")
        raise Mismatch(answer(channel.receive()))

    trial = try_promise(promise, str, orders=0, title="A run that fails")
    assert "run_once" not in trial.figure.svg
