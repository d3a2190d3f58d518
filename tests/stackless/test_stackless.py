"""The 2006 names keep the rules of Stackless Python 3.8, one by one."""

import builtins
import gc
import io
import pickle
import random
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
import weakref
from contextlib import contextmanager, redirect_stderr, suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import FrameType, GetSetDescriptorType, MemberDescriptorType

import pytest
from greenlet import greenlet

from nearfar import Channel, spawn, stackless
from nearfar import run as modern_run
from nearfar.trace import Trace

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture(autouse=True)
def _empty_ring():
    assert stackless.getruncount() == 1
    yield
    while stackless.getruncount() > 1:
        stackless.current.next.kill()
    stackless.set_channel_callback(None)
    stackless.set_schedule_callback(None)
    stackless.set_error_handler(None)


@pytest.fixture
def log():
    return []


@pytest.fixture
def c():
    return stackless.channel()


def task(function, *args):
    return stackless.tasklet(function)(*args)


def nothing():
    pass


# --- Who goes on when two meet -----------------------------------------------


def orders(preference, first, schedule_all=False):
    """The order of a meeting; X and Y stand in the queue meanwhile."""
    log = []
    channel = stackless.channel()
    channel.preference = preference
    channel.schedule_all = schedule_all

    def receiver():
        log.append("r<")
        channel.receive()
        log.append("r>")

    def sender():
        log.append("s<")
        channel.send(1)
        log.append("s>")

    early, late = (receiver, sender) if first == "R" else (sender, receiver)
    task(early).run()
    task(late)
    task(log.append, "X")
    task(log.append, "Y")
    stackless.run()
    return " ".join(log)


@pytest.mark.parametrize(
    ("preference", "first", "expected"),
    [
        (-1, "R", "r< s< r> X Y s>"),
        (-1, "S", "s< r< r> X Y s>"),
        (0, "R", "r< s< s> X Y r>"),
        (0, "S", "s< r< r> X Y s>"),
        (1, "R", "r< s< s> X Y r>"),
        (1, "S", "s< r< s> X Y r>"),
    ],
)
def test_preference_decides_who_goes_on(preference, first, expected):
    assert orders(preference, first) == expected


def test_receiver_at_once_is_the_default(c):
    assert c.preference == -1


@pytest.mark.parametrize("preference", [-1, 0, 1])
def test_schedule_all_puts_both_to_the_end(preference, log, c):
    c.preference, c.schedule_all = preference, True

    def receiver():
        log.append("r<")
        c.receive()
        log.append("r>")

    def sender():
        log.append("s<")
        c.send(1)
        log.append("s>")

    task(receiver)
    task(sender)
    task(log.append, "X")
    stackless.run()
    assert " ".join(log) == "r< s< X r> s>"


def test_preference_is_clamped(c):
    for value, kept in ((7, 1), (-7, -1), (0, 0), (True, 1)):
        c.preference = value
        assert c.preference == kept


def test_preference_that_is_no_integer_is_a_type_error(c):
    for value in (0.5, "1", None):
        with pytest.raises(TypeError, match="must be set to an integer"):
            c.preference = value
        with pytest.raises(TypeError, match="must be set to a bool or int"):
            c.schedule_all = value


def test_schedule_all_is_kept_as_0_or_1(c):
    assert c.schedule_all == 0
    for value, kept in ((-1, 1), (2, 1), (True, 1), (False, 0)):
        c.schedule_all = value
        assert c.schedule_all == kept


def test_balance_counts_senders_up_and_receivers_down(c):
    assert c.balance == 0
    senders = [task(c.send, None), task(c.send, None)]
    stackless.run()
    assert c.balance == 2
    for sender in senders:
        sender.kill()
    receivers = [task(c.receive), task(c.receive)]
    stackless.run()
    assert c.balance == -2
    receivers[0].kill()
    assert c.balance == -1
    receivers[1].kill()
    assert c.balance == 0


def test_runcount_counts_main_and_not_the_blocked(c):
    assert stackless.getruncount() == 1
    task(c.receive)
    task(nothing)
    assert stackless.getruncount() == stackless.runcount == 3
    stackless.run()
    assert stackless.getruncount() == 1


def test_those_who_wait_are_served_in_order(log, c):
    for name in "abc":
        task(lambda name=name: log.append(name + c.receive()))
    stackless.run()
    c.send_sequence("123")
    assert log == ["a1", "b2", "c3"]


def test_channel_takes_any_arguments_and_can_be_subclassed():
    class Named(stackless.channel):
        def __init__(self, name):
            super().__init__()
            self.name = name

    assert Named("bank").name == "bank"
    assert stackless.channel(1, 2, label=3).balance == 0


# --- Queueing, running -------------------------------------------------------


def test_new_tasklet_goes_to_the_end_and_waits_for_its_turn(log):
    t = stackless.tasklet(log.append)("t")
    task(log.append, "u")
    assert log == []
    assert t.alive
    assert t.scheduled
    stackless.schedule()
    assert log == ["t", "u"]
    assert not t.alive


def test_arguments_by_name():
    got = {}
    stackless.tasklet(got.update)(a=1, self=2)
    stackless.run()
    assert got == {"a": 1, "self": 2}


def test_run_of_a_tasklet_runs_what_stands_after_it_before_it_comes_back(log):
    task(log.append, "before")
    t = task(log.append, "t")
    task(log.append, "after")
    t.run()
    assert log == ["t", "after"]
    stackless.run()
    assert log == ["t", "after", "before"]


def test_run_of_a_paused_tasklet_comes_back_at_once(log):
    t = task(log.append, "t").remove()
    task(log.append, "other")
    t.run()
    assert log == ["t"]


def test_run_returns_when_the_queue_is_empty(log):
    def twice(name):
        log.append(name)
        stackless.schedule()
        log.append(name)

    task(twice, "a")
    task(twice, "b")
    assert stackless.run() is None
    assert log == ["a", "b", "a", "b"]


def test_run_is_silent_when_everybody_is_blocked(c):
    blocked = [task(c.receive), task(c.receive)]
    assert stackless.run() is None
    assert all(t.blocked and t.alive for t in blocked)


def test_run_takes_its_caller_out_of_the_queue():
    states = []
    main = stackless.getmain()
    task(lambda: states.append((main.paused, main.scheduled)))
    stackless.run()
    assert states == [(True, False)]


def test_run_takes_the_five_arguments_of_stackless():
    stackless.run(0, False, False, False, False)
    stackless.run(
        timeout=0,
        threadblock=False,
        soft=False,
        ignore_nesting=False,
        totaltimeout=False,
    )
    with pytest.raises(TypeError, match="takes at most 5 arguments"):
        stackless.run(0, False, False, False, False, None)


def test_timeout_of_one_turn_is_ignored(log):
    task(log.append, 1)
    assert stackless.run(1) is None
    assert log == [1]


def for_ever(log):
    while True:
        log.append(1)
        stackless.schedule()


def test_total_timeout_counts_turns_and_returns_whose_turn_it_was(log):
    a, b = task(for_ever, log), task(for_ever, log)
    victim = stackless.run(400, totaltimeout=True)
    assert victim in (a, b)
    assert victim.paused
    assert len(log) == 4 - 1
    assert stackless.getruncount() == 2
    victim.kill()


def test_soft_total_timeout_leaves_everybody_in_the_queue(log):
    task(for_ever, log)
    task(for_ever, log)
    assert stackless.run(400, soft=True, totaltimeout=True) is None
    assert stackless.getruncount() == 3


def test_total_timeout_of_a_nested_run_wakes_the_one_who_asked(log):
    def watchdog():
        stackless.run(2, totaltimeout=True)
        log.append("interrupted")
        a.kill()
        b.kill()

    turns = []
    a, b = task(for_ever, turns), task(for_ever, turns)
    task(watchdog)
    stackless.run()
    assert log == ["interrupted"]


def test_nested_run_returns_first(log):
    def inner():
        log.append("inner<")
        stackless.run()
        log.append("inner>" if stackless.main.paused else "main first")

    task(inner)
    task(log.append, "x")
    stackless.run()
    log.append("main")
    assert log == ["inner<", "x", "inner>", "main"]


def test_nested_run_waits_while_main_can_run(log):
    def inner():
        stackless.run()
        log.append("inner")

    t = task(inner)
    stackless.schedule()
    stackless.schedule()
    assert log == []
    assert t.paused
    t.run()
    assert log == ["inner"]


def test_nested_run_of_a_worker_while_main_is_blocked(c, log):
    def inner():
        stackless.run()
        c.send("inner done")

    task(inner)
    task(log.append, "x")
    assert c.receive() == "inner done"
    assert log == ["x"]


def test_main_woken_by_hand_wakes_the_runs_inside_its_own(log):
    def waker():
        stackless.main.run()
        log.append("waker")

    def inner():
        task(waker)
        stackless.run()
        log.append("inner")

    task(inner)
    stackless.run()
    assert log == []
    stackless.run()
    assert sorted(log) == ["inner", "waker"]


def test_error_comes_out_of_the_innermost_run(log):
    def inner():
        task(fail, "foo")
        with pytest.raises(ValueError, match="foo"):
            stackless.run()
        log.append("caught")

    task(inner)
    stackless.run()
    assert log == ["caught"]


def test_schedule_returns_the_current_tasklet_or_what_it_is_given():
    assert stackless.schedule() is stackless.getcurrent()
    assert stackless.schedule(5) == 5
    t = task(lambda: got.append(stackless.schedule(retval=None)))
    got = []
    stackless.run()
    assert got == [None]
    assert not t.alive


def test_schedule_remove_pauses_until_somebody_inserts(log):
    def sleepy():
        log.append(stackless.schedule_remove("woken"))

    t = task(sleepy)
    stackless.run()
    assert t.paused
    assert not t.scheduled
    assert t.insert() is t
    assert t.scheduled
    stackless.run()
    assert log == ["woken"]


def test_schedule_remove_of_main_lets_a_worker_put_it_back(log):
    main = stackless.getcurrent()

    def worker():
        log.append(main.scheduled)
        main.insert()
        log.append(main.scheduled)

    task(worker)
    stackless.schedule_remove()
    assert log == [False, True]


def test_schedule_remove_of_main_alone_comes_back():
    assert stackless.schedule_remove() is stackless.getcurrent()


def test_schedule_remove_as_the_last_one_is_a_deadlock_while_main_waits(c):
    def worker():
        with pytest.raises(RuntimeError, match="Deadlock"):
            stackless.schedule_remove()
        c.send("done")

    task(worker)
    assert c.receive() == "done"


# --- Deadlock ----------------------------------------------------------------

DEADLOCK = "^Deadlock: the last runnable tasklet cannot be blocked.$"
RECEIVING = "^the main tasklet is receiving without a sender available.$"
SENDING = "^the main tasklet is sending without a receiver available.$"


def test_main_alone_cannot_wait(c):
    with pytest.raises(RuntimeError, match=DEADLOCK):
        c.receive()
    with pytest.raises(RuntimeError, match=DEADLOCK):
        c.send(1)
    assert c.balance == 0


def test_deadlock_is_raised_in_whoever_blocked_last(c, log):
    def worker():
        with pytest.raises(RuntimeError, match=DEADLOCK):
            stackless.channel().receive()
        c.send("still alive")

    task(worker)
    assert c.receive() == "still alive"


def test_deadlock_of_a_worker_comes_out_of_mains_receive(c):
    task(stackless.channel().receive)
    with pytest.raises(RuntimeError, match=DEADLOCK):
        c.receive()
    assert c.balance == 0


def test_main_learns_that_the_last_worker_has_ended(c):
    task(nothing)
    with pytest.raises(RuntimeError, match=RECEIVING):
        c.receive()
    task(nothing)
    with pytest.raises(RuntimeError, match=SENDING):
        c.send(1)
    assert c.balance == 0


def test_all_workers_run_before_main_hears_of_its_deadlock(c, log):
    for number in range(5):
        task(log.append, number)
    with pytest.raises(RuntimeError):
        c.receive()
    assert log == [0, 1, 2, 3, 4]


# --- Errors ------------------------------------------------------------------


def fail(text):
    raise ValueError(text)


def test_uncaught_error_comes_out_of_run_and_others_stay_queued(log):
    bad = task(fail, "foo")
    task(log.append, "other")
    with pytest.raises(ValueError, match="foo"):
        stackless.run()
    assert log == []
    assert not bad.alive
    assert stackless.getruncount() == 2
    stackless.run()
    assert log == ["other"]


def test_uncaught_error_keeps_its_traceback():
    task(fail, "foo")
    with pytest.raises(ValueError, match="foo") as caught:
        stackless.run()
    assert caught.traceback[-1].name == "fail"


def test_uncaught_error_comes_out_of_mains_unrelated_receive(c, log):
    task(fail, "foo")
    task(log.append, "other")
    with pytest.raises(ValueError, match="foo"):
        c.receive()
    assert c.balance == 0
    assert log == []


def test_uncaught_error_comes_out_of_mains_schedule(log):
    task(log.append, "first")
    task(fail, "foo")
    task(log.append, "last")
    with pytest.raises(ValueError, match="foo"):
        stackless.schedule()
    assert log == ["first"]
    stackless.schedule()
    assert log == ["first", "last"]


def test_send_exception_raises_in_the_receiver(c):
    task(c.send_exception, IndexError, 1, 2, 3)
    with pytest.raises(IndexError) as caught:
        c.receive()
    assert caught.value.args == (1, 2, 3)


def test_send_exception_takes_error_classes_only(c):
    for wrong in (object, "ValueError", 3):
        with pytest.raises(TypeError):
            c.send_exception(wrong)
    with pytest.raises(TypeError, match="at least 1 argument"):
        c.send_exception()


def test_send_throw_keeps_the_traceback(c):
    def thrower():
        try:
            fail("foo")
        except ValueError:
            c.send_throw(*sys.exc_info())

    task(thrower).run()
    with pytest.raises(ValueError, match="foo") as caught:
        c.receive()
    names = [f.name for f in traceback.extract_tb(caught.tb)]
    assert names[-1] == "fail"


@pytest.mark.parametrize(
    ("thrown", "args"),
    [
        ((IndexError,), ()),
        ((IndexError, 1), (1,)),
        ((IndexError, (1, 2)), (1, 2)),
        ((IndexError(1, 2),), (1, 2)),
        ((IndexError, IndexError(3)), (3,)),
    ],
)
def test_send_throw_and_throw_read_like_the_old_raise(thrown, args, c, log):
    def receiver():
        for _ in range(2):
            try:
                c.receive()
            except IndexError as error:
                log.append(error.args)

    t = task(receiver)
    t.run()
    c.send_throw(*thrown)
    t.throw(*thrown)
    assert log == [args, args]


def test_send_throw_and_throw_refuse_what_cannot_be_raised(c):
    for method in (c.send_throw, stackless.getcurrent().throw):
        with pytest.raises(TypeError):
            method(IndexError(1), 2)
        with pytest.raises(TypeError):
            method(IndexError, 1, "no traceback")
        with pytest.raises(TypeError):
            method("text")
        with pytest.raises(TypeError, match="at least 1 argument"):
            method()


def test_send_sequence_returns_how_many(c, log):
    task(lambda: log.append(c.send_sequence(range(3))))
    assert [c.receive() for _ in range(3)] == [0, 1, 2]
    stackless.run()
    assert log == [3]


def test_iteration_ends_on_a_stop_iteration_sent_over_it(c):
    def sender():
        c.send_sequence("ab")
        c.send_exception(StopIteration)

    task(sender)
    assert list(c) == ["a", "b"]


def test_two_exception_states_do_not_mix():
    def worker():
        try:
            fail("mine")
        except ValueError:
            stackless.schedule()
            assert str(sys.exc_info()[1]) == "mine"

    t = task(worker)
    t.run()
    assert sys.exc_info() == (None, None, None)
    t.run()
    assert not t.alive


def test_error_handler_gets_the_error_in_the_dying_tasklet(log):
    def handler(kind, value, trace):
        log.append((kind, str(value), stackless.getcurrent()))

    assert stackless.set_error_handler(handler) is None
    t = task(fail, "foo")
    stackless.run()
    assert log == [(ValueError, "foo", t)]
    assert stackless.set_error_handler(None) is handler


def test_error_of_the_error_handler_goes_to_main():
    def handler(kind, value, trace):
        raise IndexError("handler")

    stackless.set_error_handler(handler)
    task(fail, "foo")
    with pytest.raises(IndexError, match="handler"):
        stackless.run()


def test_system_exit_of_a_tasklet_goes_to_main():
    task(sys.exit, 3)
    with pytest.raises(SystemExit):
        stackless.run()


# --- kill, throw -------------------------------------------------------------


def test_tasklet_exit_is_a_system_exit_and_a_builtin():
    assert issubclass(stackless.TaskletExit, SystemExit)
    assert builtins.TaskletExit is stackless.TaskletExit
    assert stackless.TaskletExit().code is None


def test_kill_of_a_blocked_one_puts_the_balance_right_and_runs_finally(c, log):
    def victim():
        try:
            c.receive()
        finally:
            log.append(c.balance)

    t = task(victim)
    t.run()
    assert c.balance == -1
    assert t.kill() is None
    assert log == [0]
    assert not t.alive
    assert not t.blocked


def test_kill_runs_the_queue_after_the_victim(log):
    def victim():
        try:
            stackless.schedule()
        except TaskletExit:  # noqa: F821
            log.append("killed")
            raise

    t = task(victim)
    t.run()
    task(log.append, "after")
    t.kill()
    assert log == ["killed", "after"]


def test_kill_of_one_that_has_not_started(log):
    first = task(log.append, "body")
    task(log.append, "after")
    first.kill()
    assert log == ["after"]
    assert not first.alive


def test_kill_of_a_dead_or_empty_one_does_nothing():
    t = task(nothing)
    stackless.run()
    assert t.kill() is None
    assert stackless.tasklet().kill() is None
    assert stackless.tasklet(nothing).kill(pending=True) is None


@pytest.mark.parametrize("blocked", [True, False])
def test_pending_kill_only_queues_it(blocked, c, log):
    def victim():
        try:
            (c.receive if blocked else stackless.schedule)()
        finally:
            log.append("ended")

    t = task(victim)
    t.run()
    t.kill(pending=True)
    assert log == []
    assert t.alive
    assert t.scheduled
    assert c.balance == 0
    stackless.run()
    assert log == ["ended"]


def test_kill_of_the_current_one_raises_here(log):
    def suicide():
        try:
            stackless.getcurrent().kill()
        except TaskletExit:  # noqa: F821
            log.append("caught")
            raise

    t = task(suicide)
    t.run()
    assert log == ["caught"]
    assert not t.alive


def test_one_that_catches_its_exit_lives_on(c, log):
    def stubborn():
        try:
            c.receive()
        except TaskletExit:  # noqa: F821
            log.append(c.receive())

    t = task(stubborn)
    t.run()
    t.kill()
    assert t.blocked
    c.send("more")
    assert log == ["more"]


def test_throw_reaches_a_blocked_one_at_once(c, log):
    def victim():
        try:
            c.receive()
        except IndexError as error:
            log.append(error.args)

    t = task(victim)
    t.run()
    assert t.throw(IndexError, (1, 2)) is None
    assert log == [(1, 2)]
    assert c.balance == 0


def test_pending_throw_waits_for_its_turn(c, log):
    def victim():
        try:
            c.receive()
        except IndexError:
            log.append("thrown")

    t = task(victim)
    t.run()
    t.throw(IndexError, pending=True)
    assert log == []
    t.run()
    assert log == ["thrown"]


def test_throw_into_one_that_has_not_started_goes_to_main():
    t = task(nothing)
    with pytest.raises(IndexError):
        t.throw(IndexError)
    assert not t.alive
    task(nothing).throw(IndexError, pending=True)
    with pytest.raises(IndexError):
        stackless.run()


def test_raise_exception_makes_the_error_itself(c, log):
    def victim():
        try:
            c.receive()
        except IndexError as error:
            log.append(error.args)

    t = task(victim)
    t.run()
    assert t.raise_exception(IndexError, 1, 2) is None
    assert log == [(1, 2)]
    with pytest.raises(TypeError, match="at least 1 argument"):
        t.raise_exception()


def test_throw_to_a_dead_one_is_a_runtime_error():
    t = task(nothing)
    stackless.run()
    for pending in (False, True):
        with pytest.raises(RuntimeError, match="dead"):
            t.throw(IndexError, pending=pending)
        assert t.throw(stackless.TaskletExit, pending=pending) is None
    with pytest.raises(RuntimeError, match="dead"):
        t.raise_exception(IndexError)
    with pytest.raises(RuntimeError, match="dead"):
        t.run()


def test_a_bomb_in_tempval_goes_off(c, log):
    def victim():
        try:
            stackless.schedule()
        except IndexError as error:
            log.append(error.args)

    t = task(victim)
    t.run()
    t.tempval = stackless.bomb(IndexError, (1,))
    stackless.run()
    assert log == [(1,)]
    try:
        fail("caught")
    except ValueError:
        error = stackless.bomb(sys.exc_info())
    assert error.type is ValueError
    c.preference = 0
    task(c.send, error)
    with pytest.raises(ValueError, match="caught"):
        c.receive()


# --- close -------------------------------------------------------------------


def test_closed_channel_can_be_drained_then_it_is_a_value_error(c):
    task(c.send, 1)
    task(c.send, 2)
    stackless.run()
    c.close()
    assert c.closing
    assert not c.closed
    assert [c.receive(), c.receive()] == [1, 2]
    assert c.closed
    with pytest.raises(ValueError, match="closed"):
        c.receive()
    with pytest.raises(ValueError, match="closed"):
        c.send(3)
    assert c.balance == 0


def test_close_does_not_wake_a_blocked_receiver(c):
    t = task(c.receive)
    stackless.run()
    c.close()
    stackless.run()
    assert t.blocked
    assert not c.closed
    c.send("the last one can still be served")
    assert not t.alive
    assert c.closed


def test_iteration_over_a_closed_channel_drains_and_ends(c):
    task(c.send_sequence, [1])
    stackless.run()
    c.close()
    assert list(c) == [1]


def test_killed_waiter_closes_a_closing_channel(c):
    t = task(c.send, 1)
    stackless.run()
    c.close()
    t.kill()
    assert c.closed is True


def test_open_undoes_close(c):
    c.close()
    c.open()
    assert (c.closing, c.closed) == (False, False)
    task(c.send, 1)
    assert c.receive() == 1


# --- Callbacks ---------------------------------------------------------------


def test_channel_callback_hears_of_every_action_before_it_happens(c, log):
    def callback(*about):
        log.append((*about, about[1].tempval))

    assert stackless.set_channel_callback(callback) is None
    assert stackless.get_channel_callback() is callback
    main = stackless.getmain()
    t = task(c.receive)
    c.send(42)
    assert stackless.set_channel_callback(None) is callback
    assert log == [
        (c, main, True, True, 42),
        (c, t, False, False, None),
    ]


def test_channel_callback_cannot_use_channels(c):
    stackless.set_channel_callback(lambda *about: c.receive())
    with pytest.raises(RuntimeError, match="callbacks"):
        c.send(1)
    stackless.set_channel_callback(None)
    assert c.balance == 0
    assert stackless.getcurrent().tempval is None


def test_schedule_callback_hears_of_every_switch(log):
    main = stackless.getmain()

    def callback(before, after):
        assert stackless.getcurrent() is before
        log.append((before, after))

    assert stackless.set_schedule_callback(callback) is None
    assert stackless.get_schedule_callback() is callback
    a, b = task(nothing), task(nothing)
    stackless.run()
    assert stackless.set_schedule_callback(None) is callback
    assert log == [(main, a), (a, b), (b, main)]


def test_error_of_a_schedule_callback_is_printed_only(log):
    def callback(before, after):
        raise ValueError("in the callback")

    stackless.set_schedule_callback(callback)
    task(log.append, 1)
    with redirect_stderr(io.StringIO()) as printed:
        stackless.run()
    assert log == [1]
    assert "in the callback" in printed.getvalue()


def test_callback_that_cannot_be_called_is_a_type_error():
    for set_callback in (
        stackless.set_channel_callback,
        stackless.set_schedule_callback,
        stackless.set_error_handler,
    ):
        with pytest.raises(TypeError):
            set_callback(3)
        assert set_callback(None) is None


# --- The states of a tasklet -------------------------------------------------


STATES = [
    "alive",
    "paused",
    "blocked",
    "scheduled",
    "is_current",
    "is_main",
]


def states(t):
    return {name for name in STATES if getattr(t, name)}


def test_life_of_a_tasklet(c):
    t = stackless.tasklet()
    assert (states(t), t.tempval) == (set(), None)
    t.bind(c.receive)
    assert (states(t), t.tempval) == (set(), c.receive)
    t.setup()
    assert (states(t), t.tempval) == ({"alive", "scheduled"}, None)
    t.remove()
    assert states(t) == {"alive", "paused"}
    t.run()
    assert states(t) == {"alive", "scheduled", "blocked"}
    c.send(1)
    assert (states(t), t.tempval) == (set(), None)


def test_states_of_the_current_one_and_of_main():
    seen = []
    main = stackless.getmain()
    t = stackless.tasklet(lambda: seen.extend([states(t), states(main)]))()
    t.run()
    current = {"alive", "scheduled", "is_current"}
    assert seen == [current, {"alive", "scheduled", "is_main"}]
    assert states(main) == current | {"is_main"}


def test_states_are_real_bools(c):
    t = task(c.receive)
    flags = ["restorable", "atomic", "block_trap", "ignore_nesting"]
    for name in STATES + flags:
        assert isinstance(getattr(t, name), bool), name
    assert isinstance(c.closed, bool)
    assert isinstance(c.closing, bool)


def test_attributes_look_like_those_written_in_c():
    kinds = GetSetDescriptorType, MemberDescriptorType
    for name in (*STATES, "next", "prev", "frame", "tempval", "thread_id"):
        assert isinstance(getattr(stackless.tasklet, name), kinds), name
    for name in ("balance", "closed", "closing", "preference", "queue"):
        assert isinstance(getattr(stackless.channel, name), kinds), name


def test_current_and_main():
    assert stackless.current is stackless.getcurrent() is stackless.main
    t = stackless.tasklet(lambda: seen.append(stackless.current))()
    seen = []
    t.run()
    assert seen == [t]
    assert stackless.getmain().is_main
    assert not t.is_main


def test_insert_and_remove(log):
    a, b = task(log.append, "a"), task(log.append, "b")
    assert a.remove() is a
    assert a.remove() is a
    assert a.insert() is a
    assert a.insert() is a
    assert b.insert() is b
    stackless.run()
    assert log == ["b", "a"]


def test_what_cannot_be_inserted_removed_or_run(c):
    blocked = task(c.receive)
    blocked.run()
    dead = task(nothing)
    stackless.run()
    for verb in ("insert", "run", "switch", "remove"):
        with pytest.raises(RuntimeError, match="blocked"):
            getattr(blocked, verb)()
    for empty in (dead, stackless.tasklet(), stackless.tasklet(nothing)):
        for verb in ("insert", "run", "switch"):
            with pytest.raises(RuntimeError, match="dead"):
                getattr(empty, verb)()
    with pytest.raises(RuntimeError, match="current"):
        stackless.getcurrent().remove()


def test_switch_leaves_the_queue(log):
    main = stackless.getcurrent()

    def target():
        log.append(main.paused)
        main.insert()

    task(target).switch()
    stackless.tasklet(target, ()).switch()
    assert log == [True, True]
    main.switch()


def test_run_and_switch_return_the_callers_tempval():
    for verb in ("run", "switch"):
        value = object()
        stackless.current.tempval = value
        assert getattr(task(nothing), verb)() is value
        assert stackless.current.tempval is None


def test_bind_gives_arguments_but_no_place_in_the_queue(log):
    t = stackless.tasklet(log.append, ("a",))
    assert t.paused
    t.run()
    assert t.bind(log.append, ["b"]) is t
    t.run()
    t.bind(lambda **named: log.append(named), kwargs={"c": 1}).run()
    t.bind(log.append).bind(args="d").run()
    assert log == ["a", "b", {"c": 1}, "d"]


def test_bind_refuses(c):
    with pytest.raises(TypeError, match="callable"):
        stackless.tasklet(3)
    t = task(c.receive)
    with pytest.raises(RuntimeError, match="tasklet is scheduled"):
        t.bind(None)
    t.run()
    with pytest.raises(RuntimeError, match="scheduled"):
        t.bind(None)
    with pytest.raises(RuntimeError, match="current tasklet"):
        stackless.getcurrent().bind(None)
    paused = task(stackless.schedule_remove)
    stackless.run()
    with pytest.raises(RuntimeError, match="C state"):
        paused.bind(None)
    with pytest.raises(RuntimeError, match="not bound to a function"):
        stackless.tasklet().setup()
    with pytest.raises(RuntimeError, match="not bound to a function"):
        stackless.tasklet().bind(args=())


def test_main_cannot_be_bound():
    main = stackless.getmain()

    def other():
        with pytest.raises(RuntimeError, match="can't unbind the main"):
            main.bind(None)
        main.insert()

    task(other).switch()


def test_setup_of_one_that_is_alive_is_refused():
    t = task(nothing)
    t.tempval = nothing
    with pytest.raises(RuntimeError, match="tasklet is alive"):
        t.setup()
    with pytest.raises(RuntimeError, match="tasklet is alive"):
        t()


def test_a_dead_one_can_be_bound_again(log):
    t = task(log.append, 1)
    t.run()
    t.bind(log.append)(2)
    stackless.run()
    assert log == [1, 2]


def test_tasklet_can_be_subclassed_and_carries_attributes():
    class Named(stackless.tasklet):
        def __init__(self, function, name):
            super().__init__(function)
            self.name = name

    t = Named(nothing, "ada")()
    assert t.name == "ada"
    t.colour = "red"
    stackless.run()
    assert not t.alive


def test_next_and_prev_walk_the_ring():
    main = stackless.getmain()
    assert main.next is main.prev is main
    a, b = task(nothing), task(nothing)
    assert [main.next, a.next, b.next] == [a, b, main]
    assert [main.prev, a.prev, b.prev] == [b, main, a]
    assert stackless.tasklet(nothing).next is None
    a.remove()
    assert a.next is a.prev is None
    a.insert()


def test_next_and_prev_walk_a_channel(c):
    a, b = task(c.send, 1), task(c.send, 2)
    assert c.queue is None
    stackless.run()
    assert c.queue is a
    assert [a.prev, a.next, b.prev, b.next] == [None, b, a, None]
    c.receive()
    assert c.queue is b


def test_block_trap_forbids_to_wait_only(c, log):
    def trapped():
        stackless.getcurrent().block_trap = True
        for verb in (lambda: c.send(1), c.receive):
            with pytest.raises(RuntimeError, match="does not like"):
                verb()
        stackless.getcurrent().block_trap = False
        log.append(c.balance)

    trapped()
    task(trapped)
    stackless.run()
    assert log == [0, 0]
    task(log.append, "not blocked")
    task(c.send, 1)
    stackless.run()
    stackless.getcurrent().block_trap = True
    assert c.receive() == 1
    stackless.getcurrent().block_trap = False


def test_atomic_is_a_flag_that_is_inherited():
    me = stackless.getcurrent()
    assert me.atomic is False
    assert me.set_atomic(True) is False
    assert me.atomic is True
    assert stackless.tasklet().atomic is True
    assert me.set_atomic(0) is True
    with stackless.atomic():
        assert me.atomic
    assert not me.atomic
    assert me.set_ignore_nesting(1) is False
    assert me.set_ignore_nesting(0) is True


def test_frame_shows_where_it_stands(c):
    def here():
        c.receive()

    t = task(here)
    assert t.frame is None
    t.run()
    assert t.frame.f_code is here.__code__
    assert isinstance(stackless.getcurrent().frame, FrameType)
    c.send(1)
    assert t.frame is None


def test_weak_references():
    c = stackless.channel()
    t = task(nothing)
    gone = [weakref.ref(c), weakref.ref(t)]
    del c, t
    stackless.run()
    assert [ref() for ref in gone] == [None, None]


def test_a_started_tasklet_is_freed_when_it_ends(log):
    t = task(lambda: log.append(stackless.schedule_remove(1)))
    stackless.run()
    gone = weakref.ref(t)
    t.insert()
    stackless.run()
    del t
    assert gone() is None


def test_pickling_is_left_out():
    t = task(nothing)
    with pytest.raises(TypeError):
        pickle.dumps(t)
    stackless.run()
    assert t.__reduce__()[0] is stackless.tasklet


# --- switch_trap -------------------------------------------------------------


@contextmanager
def trap():
    stackless.switch_trap(1)
    try:
        yield
    finally:
        stackless.switch_trap(-1)


def test_switch_trap_forbids_every_switch_and_changes_nothing(c):
    paused = stackless.tasklet(nothing, ())
    blocked = task(stackless.channel().receive)
    blocked.run()
    t = task(nothing)
    with trap():
        for verb in (
            stackless.schedule,
            stackless.schedule_remove,
            stackless.run,
            t.run,
            t.switch,
            t.kill,
            paused.run,
            c.receive,
            lambda: c.send(1),
            lambda: c.send_throw(ValueError),
            lambda: blocked.raise_exception(ValueError),
        ):
            with pytest.raises(RuntimeError, match="switch_trap"):
                verb()
        stackless.getcurrent().switch()
    assert (t.scheduled, paused.paused, blocked.blocked) == (True,) * 3
    assert c.balance == 0
    assert stackless.getruncount() == 2
    assert stackless.switch_trap(0) == 0


# --- The module --------------------------------------------------------------


def test_names_of_the_module():
    for name in stackless.__all__:
        assert hasattr(stackless, name), name
    assert stackless.stackless is stackless
    assert isinstance(stackless.runcount, int)
    with pytest.raises(AttributeError):
        stackless.no_such_name  # noqa: B018
    assert stackless.enable_softswitch(None) is False
    assert stackless.debug is False
    assert stackless.uncollectables == []
    assert pickle.loads(pickle.dumps(stackless.run)) is stackless.run


def test_names_that_suites_import(log):
    task(stackless.test_cframe, 3)
    task(stackless.test_cframe_nr, 3)
    task(log.append, stackless.test_cstate(lambda: 5))
    stackless.test_outside()
    assert log == [5]
    assert stackless._test_nostacklesscall(max, 1, 2) == 2


def test_wrong_arguments_are_told_of_as_in_stackless(c):
    t = stackless.tasklet(nothing)
    for call, text in (
        (lambda: c.close(1), "takes no arguments"),
        (lambda: c.__iter__(1), "takes no arguments"),
        (lambda: c.send_sequence(), "takes exactly one argument"),
        (lambda: c.send_sequence(1, 2), "takes exactly one argument"),
        (lambda: c.send_throw(ValueError, 1, None, 4), "takes at most 3 arg"),
        (lambda: t.kill(False, None), "takes at most 1 argument"),
        (lambda: t.throw(), "takes at least 1 argument"),
        (lambda: stackless.tasklet(1, 2, 3, 4), "takes at most 3 argument"),
    ):
        with pytest.raises(TypeError, match=text):
            call()


def test_type_error_of_a_program_stays_as_it_is():
    def wrong():
        len(3)

    task(wrong)
    with pytest.raises(TypeError, match=r"object of type 'int' has no len"):
        stackless.run()


def test_interrupt_leaves_everything_usable(c, log):
    def interrupted():
        raise KeyboardInterrupt

    task(interrupted)
    task(log.append, "queued")
    with pytest.raises(KeyboardInterrupt):
        c.receive()
    assert c.balance == 0
    assert stackless.getcurrent() is stackless.getmain()
    stackless.run()
    assert log == ["queued"]


def test_interrupts_at_any_moment_leave_everything_usable():
    """In the code of the tasklets, or in ours."""
    main, world = stackless.getmain(), stackless._threads.world
    dice = random.Random(1)

    def interrupt(signum, frame):
        raise KeyboardInterrupt

    def run_for(seconds):
        # Again and again: one that falls into a destructor is swallowed.
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
            stackless.run()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def forever(act):
        while True:
            act()

    before = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()  # its callbacks swallow interrupts, too
    try:
        for _ in range(200):
            c = stackless.channel()
            c.preference = dice.choice([-1, 0, 1])
            acts = [c.receive, lambda c=c: c.send(1), stackless.schedule]
            acts.append(lambda: (task(nothing), stackless.schedule()))
            tasks = [task(forever, act) for act in acts]
            with pytest.raises(KeyboardInterrupt):
                run_for(dice.uniform(0.0001, 0.001))
            assert stackless.getcurrent() is main
            assert world.runs == [None]
            for t in tasks:
                t.kill()
            stackless.run()
            task(c.open)
            stackless.run()
            assert stackless.getruncount() == 1
    finally:
        gc.enable()
        signal.signal(signal.SIGALRM, before)


def test_modern_tasklets_and_2006_tasklets_do_not_meet(log, c):
    def modern(channel):
        channel.send("modern")
        task(log.append, "2006")
        stackless.run()

    channel = Channel()
    spawn(modern, channel)
    spawn(lambda: log.append(channel.receive()))
    modern_run()
    assert sorted(log) == ["2006", "modern"]


def test_ten_thousand_blocked_tasklets_and_deep_chains(log):
    channels = [stackless.channel() for _ in range(10_001)]

    def pass_on(source, target):
        target.send(source.receive() + 1)

    for source, target in pairwise(channels):
        task(pass_on, source, target)
    stackless.run()
    task(channels[0].send, 0)
    assert channels[-1].receive() == 10_000
    stackless.run()

    def nest(depth):
        if depth:
            task(nest, depth - 1).run()
        log.append(depth)

    nest(2000)
    assert len(log) == 2001


# --- Threads -----------------------------------------------------------------


@contextmanager
def in_thread(function):
    errors = []

    def guarded():
        try:
            function()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    yield thread
    thread.join(10)
    assert not thread.is_alive()
    if errors:
        raise errors[0]


def test_every_thread_has_a_ring_of_its_own(log):
    def other():
        log.append(stackless.getruncount())
        log.append(stackless.main is stackless.current)
        log.append(stackless.main is not main)
        log.append(stackless.main.thread_id == threading.get_ident())

    main = stackless.getmain()
    task(nothing)
    with in_thread(other):
        pass
    assert log == [1, True, True, True]
    assert main.thread_id == threading.get_ident()


def test_threads_send_to_each_other():
    commands, answers = stackless.channel(), stackless.channel()

    def other():
        for command in commands:
            answers.send(command.upper())

    with in_thread(other):
        for word in ("one", "two", "three"):
            commands.send(word)
            assert answers.receive() == word.upper()
        commands.send_exception(StopIteration)


def test_threads_that_poll_their_rings_meet():
    c = stackless.channel()
    got = []

    def serve(function):
        t = task(function)
        while t.alive:
            stackless.run()

    def receive_all():
        got.extend(c)

    def send_all():
        c.send_sequence(range(100))
        c.send_exception(StopIteration)

    with in_thread(lambda: serve(send_all)):
        serve(receive_all)
    assert got == list(range(100))


def test_the_last_of_all_threads_to_be_blocked_gets_the_deadlock(c):
    with in_thread(c.receive):
        wait_until(lambda: c.balance == -1)
        time.sleep(0.1)
        with pytest.raises(RuntimeError, match=DEADLOCK):
            stackless.channel().receive()
        c.send("go on")


def remote(function, *args):
    """A paused tasklet of another thread, and a function that ends that."""
    made, done = threading.Event(), threading.Event()
    made.task = None

    def other():
        made.task = task(function, *args).remove()
        made.set()
        while not done.is_set():
            stackless.run()
            time.sleep(0.001)

    thread = threading.Thread(target=other)
    thread.start()
    made.wait()

    def end():
        done.set()
        thread.join()

    return made.task, end


def wait_until(true):
    until = time.monotonic() + 5
    while not true():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_insert_run_and_kill_reach_into_another_thread(log):
    def body(name):
        log.append((name, threading.get_ident()))

    t, end = remote(body, "inserted")
    try:
        before = stackless.getruncount()
        assert t.insert() is t
        wait_until(lambda: not t.alive)
        t.bind(body, ("run",)).run()
        wait_until(lambda: not t.alive)
        t.bind(body, ("killed",)).kill()
        wait_until(lambda: not t.alive)
        assert stackless.getruncount() == before
        with pytest.raises(RuntimeError, match="different thread"):
            t.bind(body, ("switch",)).switch()
        assert log == [("inserted", t.thread_id), ("run", t.thread_id)]
        assert t.thread_id != threading.get_ident()
    finally:
        end()


def test_bind_thread_moves_a_paused_tasklet(log):
    t, end = remote(lambda: log.append(threading.get_ident()))
    try:
        t.bind_thread()
        assert t.bind_thread() is None
        assert t.thread_id == threading.get_ident()
        with pytest.raises(ValueError, match="thread"):
            t.bind_thread(-2)
        t.run()
        assert log == [threading.get_ident()]
    finally:
        end()
    runnable = task(nothing)
    with pytest.raises(ValueError, match="thread"):
        runnable.bind_thread(threading.get_ident() + 1)


def test_runnable_or_started_tasklets_cannot_be_moved():
    made = []
    ready, end = threading.Event(), threading.Event()

    def other():
        started = task(stackless.schedule_remove)
        stackless.run()
        made.extend([task(nothing), started])
        ready.set()
        end.wait()

    with in_thread(other):
        ready.wait()
        with pytest.raises(RuntimeError, match="runnable"):
            made[0].bind_thread()
        with pytest.raises(RuntimeError, match="C state"):
            made[1].bind_thread()
        end.set()


def test_tasklets_end_with_their_thread(log):
    made = []

    def waiting(channel):
        try:
            channel.receive()
        finally:
            log.append("finally")

    c = stackless.channel()

    def other():
        made.extend([task(nothing), task(nothing).remove(), task(waiting, c)])
        made[-1].run()

    with in_thread(other):
        pass
    assert made[0].thread_id == -1
    assert [t.alive for t in made] == [False] * 3
    assert log == ["finally"]
    assert c.balance == 0
    t = made[1]
    assert (t.next, t.prev, t.scheduled, t.blocked) == (
        None,
        None,
        False,
        False,
    )
    for verb in (t.insert, t.run, t.switch, t.bind(nothing).setup):
        with pytest.raises(RuntimeError):
            verb()
    with pytest.raises(RuntimeError, match="no thread"):
        t.bind(nothing, ())
    with pytest.raises(RuntimeError, match="no thread"):
        t.throw(ValueError)
    assert t.kill() is None
    t.bind_thread()
    assert t.thread_id == threading.get_ident()
    t.bind(log.append)("moved")
    stackless.run()
    assert log == ["finally", "moved"]


@pytest.mark.parametrize("blocked", [True, False])
def test_a_stubborn_tasklet_is_left_when_its_thread_ends(blocked, c):
    living = True

    def stubborn():
        while living:
            with suppress(stackless.TaskletExit):
                c.receive() if blocked else stackless.main.run()

    t = stackless.tasklet(stubborn, ())

    def other():
        t.bind_thread()
        t.run()

    with in_thread(other):
        pass
    living = False
    assert (t.alive, t.blocked, t.thread_id) == (False, blocked, -1)
    t.kill(pending=True)
    assert (t.alive, t.blocked, t.scheduled) == (False, False, False)


def test_a_waiting_ring_is_served_by_another_thread(c):
    """Main and a worker wait; what wakes them comes from elsewhere."""
    inner = stackless.channel()
    task(lambda: c.send(inner.receive() * 2))
    with in_thread(lambda: inner.send(21)):
        assert c.receive() == 42


def test_thread_information():
    me = stackless.getcurrent()
    assert stackless.getthreads()[0] == threading.main_thread().ident
    assert set(stackless.threads) == set(sys._current_frames())
    assert stackless.get_thread_info() == (me, me, 1)
    assert stackless.get_thread_info(me.thread_id) == (me, me, 1)
    assert stackless.get_thread_info(-1, 1 << 31)[3] == [None]
    with pytest.raises(RuntimeError, match="not found"):
        stackless.get_thread_info(12345)
    assert stackless.getcurrentid() == threading.get_ident()
    t = stackless.tasklet(lambda: seen.append(stackless.getcurrentid()))()
    seen = []
    t.run()
    assert seen == [id(t)]


def test_process_ends_quietly_with_tasklets_left():
    program = """if 1:
        from nearfar import stackless
        c = stackless.channel()
        def wait():
            try:
                c.receive()
            finally:
                print("finally")
        stackless.tasklet(wait)()
        stackless.tasklet(stackless.schedule_remove)()
        stackless.run()
        stackless.tasklet(wait)()
        print(c.balance)
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "-1"


def test_sys_exit_in_a_tasklet_ends_the_process():
    program = (
        "import sys; from nearfar import stackless;"
        "stackless.tasklet(sys.exit)(42); stackless.run()"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=60)
    assert done.returncode == 42


# --- The programs of 2006, with only the import line changed -----------------

PRINTED = {
    "pingpong": """\
PING 1
PONG 2
PING 3
PONG 4
PING 5
PONG 6
no tasklet can run, and -1 waits for a ball
""",
    "hackysack": """\
10001 can run
player-1933 has kick 10000
10000 kicks, 1 can run
""",
    "assembly_line": """\
 6: one arm
 6: one leg
 6: one head
11: one torso
11: one arm
11: one leg
12: one head
13: one lower half
14: one upper half
15: one doll
16: one arm
17: one leg
18: one head
21: one torso
22: one arm
23: one leg
24: one head
25: one upper half
25: one lower half
26: one doll
28: one arm
29: one leg
end of the shift
rivets left: 0
""",
    "digital_circuit": """\
button 1
twice inverted => 1
button 0
twice inverted => 0
a 1
carry => 0
sum => 0
sum => 1
b 1
carry => 1
sum => 1
sum => 0
a 0
carry => 0
sum => 0
sum => 1
b 0
carry => 0
sum => 0
sum => 0
""",
    "adder": """\
a is 1
b is 10
a is 100
b is 11
total 111
a is 2
b is 20
a is 200
b is 22
total 222
a is 3
b is 30
a is 300
b is 33
total 333
no more
fed 3
fed 3
""",
}


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_program_of_2006_prints_what_stackless_prints(name, capsys):
    runpy.run_path(str(PROGRAMS / f"{name}.py"))
    gc.collect()
    assert capsys.readouterr().out == PRINTED[name]


def test_what_cannot_be_bound_anew_does_not_say_that_it_can():
    started = stackless.tasklet(stackless.schedule_remove)()
    stackless.run()
    assert started.paused
    assert not started.restorable
    with pytest.raises(RuntimeError, match="C state"):
        started.bind(None)
    started.kill()


def test_stacks_that_are_not_used_again_are_given_back():
    def count():
        gc.collect()
        return sum(isinstance(each, greenlet) for each in gc.get_objects())

    def many():
        for _ in range(1_000):
            stackless.tasklet(stackless.schedule)()
        stackless.run()

    many()
    before = count()
    for _ in range(3):
        many()
    assert count() < before + 100


# --- Subclasses, and what is ours alone ---------------------------------------


class QueueChannel(stackless.channel):
    """As existing libraries have it: who sends here never waits."""

    def __init__(self):
        self.queued = []
        self.preference = 1

    @property
    def balance(self):
        return len(self.queued) or super().balance

    @property
    def closed(self):
        return self.closing and not self.queued

    def send(self, value):
        if super().balance >= 0 and not self.closing:
            self.queued.append(value)
        else:
            super().send(value)

    def receive(self):
        return self.queued.pop(0) if self.queued else super().receive()


def test_a_subclass_may_have_a_balance_of_its_own(log):
    queue = QueueChannel()
    queue.send_sequence("abc")
    assert queue.balance == 3
    task(lambda: [log.append(queue.receive()) for _ in range(4)])
    stackless.run()
    assert queue.balance == -1
    queue.send("d")
    stackless.run()
    assert log == ["a", "b", "c", "d"]
    assert queue.balance == 0


@pytest.mark.parametrize(
    "name", ["alive", "blocked", "scheduled", "paused", "is_main", "atomic"]
)
def test_a_tasklet_may_call_anything_of_its_own_by_a_name_of_ours(name, log):
    """What the machinery keeps is its own; a subclass cannot spoil it."""
    kind = type("Kind", (stackless.tasklet,), {name: property(lambda t: 7)})
    c = stackless.channel()
    receiver = kind(lambda: log.append(c.receive()))()
    sender = kind(c.send)("a")
    spare = kind(log.append)("never")
    spare.remove()
    spare.insert()
    spare.kill()
    stackless.run()
    assert log == ["a"]
    assert getattr(receiver, name) == getattr(sender, name) == 7
    assert c.balance == 0


@pytest.mark.parametrize("name", ["balance", "closing", "closed", "queue"])
def test_what_a_channel_counts_itself_cannot_be_set(name, c, log):
    with pytest.raises(AttributeError):
        setattr(c, name, 5)
    task(lambda: log.append(c.receive()))
    task(c.send, "a")
    stackless.run()
    assert log == ["a"]


READ_ONLY = [*STATES, "atomic", "ignore_nesting", "next", "prev", "frame"]


@pytest.mark.parametrize("name", [*READ_ONLY, "thread_id"])
def test_what_a_tasklet_is_cannot_be_set(name):
    t = task(nothing)
    with pytest.raises(AttributeError):
        setattr(t, name, True)
    stackless.run()
    assert not t.alive


def test_tempval_and_block_trap_can_be_set(c):
    t = stackless.tasklet()
    t.tempval, t.block_trap = c.receive, True
    t.setup()
    with pytest.raises(RuntimeError, match="does not like to be blocked"):
        stackless.run()


@pytest.mark.parametrize("kind", [stackless.tasklet, stackless.channel])
def test_a_subclass_may_ask_for_a_dict_in_its_slots(kind):
    thing = type("Kind", (kind,), {"__slots__": ["__dict__"]})()
    thing.note = "mine"
    assert thing.note == "mine"


@pytest.mark.parametrize(
    "wrong",
    [
        {"func": 1},
        {"args": 5},
        {"args": False},
        {"kwargs": 5},
        {"args": (), "kwargs": False},
        {"args": (), "kwargs": [("a", 1)]},
    ],
)
def test_bind_refuses_arguments_of_the_wrong_type(wrong):
    t = stackless.tasklet(nothing)
    with pytest.raises(TypeError):
        t.bind(**{"func": nothing} | wrong)
    assert not t.alive


def test_a_channel_or_tasklet_may_be_empty_or_false(log):
    """Truth is the subclass's own affair: the machinery never asks."""
    no = {"__bool__": lambda self: False, "__len__": lambda self: 0}
    c = type("No", (stackless.channel,), no)()
    kind = type("Never", (stackless.tasklet,), no)
    kind(lambda: log.append(c.receive()))()
    kind(c.send)("a")
    kind(log.append)("b")
    stackless.run()
    assert sorted(log) == ["a", "b"]
    assert stackless.getruncount() == 1


def test_a_trace_sees_the_tasklets_even_those_without_a_name():
    with Trace() as trace:
        stackless.tasklet(nothing)()
        stackless.tasklet(partial(nothing))()
        stackless.run()
    begun = [e.tasklet for e in trace.events if e.kind == "start"]
    assert len(begun) == 2
    assert all(begun)
