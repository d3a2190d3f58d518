"""Interrupts: Ctrl-C at any line of a run, and the next run is right."""

import signal
import socket
import sys
from contextlib import closing, suppress

import pytest

from nearfar import (
    Channel,
    SystemClock,
    VirtualClock,
    run,
    schedule,
    select,
    sleep,
    spawn,
)
from nearfar.far import wait_for_input

TRACED = "nearfar/near/", "far/watching.py", "far/poller.py"
HEAD = 2  # lines of run() before its `try`: it has not begun


class Lines:
    """Counts the lines of ours that run; interrupts one of them."""

    def __init__(self, interrupted=None):
        self.count, self.interrupted = 0, interrupted

    def trace(self, frame, event, arg):
        if not any(part in frame.f_code.co_filename for part in TRACED):
            return None
        if event == "line":
            self.count += 1
            if self.count == self.interrupted:
                where = f"{frame.f_code.co_name}, line {frame.f_lineno}"
                raise KeyboardInterrupt(where)
        return self.trace

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.trace)
        return self

    def __exit__(self, *exc_info):
        sys.settrace(self.before)


@pytest.fixture
def open_blocks():
    """The `try` blocks that have begun and whose `finally` has not run."""
    return set()


def messages(clock, block):
    channel, done = Channel(), Channel()

    def send():
        with block("sender"):
            channel.send(1, timeout=5)
            sleep(1)
            channel.close()

    def receive():
        with block("receiver"):
            for _ in channel:
                schedule()
            done.close()

    def choose():
        with block("select"), suppress(Exception):
            select([done, Channel()])

    def serve():
        with block("server"):
            Channel().receive()

    spawn(send)
    spawn(receive)
    spawn(choose)
    spawn(serve, daemon=True)
    return clock


def family(clock, block):
    def child(number):
        with block(f"child {number}"):
            sleep(number)
            return number

    def parent():
        with block("parent"):
            children = [spawn(child, number) for number in range(3)]
            assert [one.result() for one in children] == [0, 1, 2]
            spawn(child, 9).kill()
            run(until=spawn(child, 5))

    spawn(parent)
    return clock


def failure(clock, block):
    def fail():
        with block("fail"):
            schedule()
            raise ValueError("on purpose")

    def linger():
        with block("linger"):
            try:
                sleep(9)
            finally:
                schedule()

    spawn(linger)
    spawn(fail)
    return clock


def wire(clock, block):
    """Two tasklets that wait for one another over a pair of sockets."""
    here, there = pair = socket.socketpair()
    clock = SystemClock()
    OPEN.extend(pair)

    def read(sock):
        sock.setblocking(False)
        while True:
            try:
                return sock.recv(1)
            except BlockingIOError:
                wait_for_input(sock.fileno(), "a byte", 5)

    def one():
        with block("one"):
            clock.unsent.append(lambda: None)
            assert read(here) == b"x"

    def other():
        with block("other"):
            schedule()
            there.sendall(b"x")
            clock.unsent.append(lambda: None)
            schedule()

    spawn(one)
    spawn(other)
    return clock


@pytest.fixture(autouse=True)
def sockets():
    """Those of the programs are closed in the end."""
    yield
    while OPEN:
        OPEN.pop().close()


OPEN = []
PROGRAMS = [messages, family, failure, wire]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("timeout", [None, 900])
def test_after_an_interrupt_at_any_line_the_next_run_is_right(
    program, timeout, open_blocks
):
    class Block:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            open_blocks.add(self.name)

        def __exit__(self, *exc_info):
            open_blocks.discard(self.name)

    def once(interrupted):
        clock = program(VirtualClock(), Block)
        with Lines(interrupted) as lines, suppress(ValueError):
            run(clock=clock, timeout=timeout)
        return lines.count

    once(None)  # what is made once only is there now
    total = once(None)
    assert total > 100
    for number in range(HEAD + 1, total + 1):
        open_blocks.clear()
        try:
            count = once(number)
        except KeyboardInterrupt:
            assert not open_blocks
        else:  # the interrupt came out, unless that line was not reached
            assert count < number
        got, clock = [], SystemClock()
        spawn(got.append, number)
        run(clock=clock, timeout=5)
        assert got == [number]


@pytest.mark.parametrize("program", [messages, wire])
def test_a_clock_of_ones_own_outlives_an_interrupt_at_any_line(program):
    """As when the same farm maps again after a Ctrl-C."""

    class Block:
        def __init__(self, name):
            """It needs none."""

        __enter__ = __exit__ = lambda self, *exc_info: None

    def again(clock):
        told = []

        def tell():
            here, there = socket.socketpair()
            with closing(here), closing(there):
                there.sendall(b"x")
                wait_for_input(here.fileno(), "a byte", 5)
                told.append("told")

        run(until=spawn(tell), clock=clock, timeout=5)
        assert told == ["told"]

    total = None
    number = HEAD
    while total is None or number <= total:
        number += 1
        clock = program(SystemClock(), Block)
        if program is messages:
            clock = VirtualClock()
        with Lines(number) as lines, suppress(KeyboardInterrupt):
            run(clock=clock)
        if lines.count < number:
            total = lines.count
        if program is wire:
            again(clock)
            clock.close()


class Presses(Lines):
    """Presses Ctrl-C at a line of ours, or of a program that spawns."""

    def trace(self, frame, event, arg):
        code = frame.f_code
        ours = any(part in code.co_filename for part in TRACED)
        if not ours and code.co_name != "spawn_and_run":
            return None
        if event == "line":
            self.count += 1
            if self.count == self.interrupted:
                signal.raise_signal(signal.SIGINT)
        return self.trace


def test_ctrl_c_at_any_line_drops_what_has_been_spawned():
    def spawn_and_run(got):
        spawn(got.append, "one")
        spawn(got.append, "two", name="two")
        run(clock=VirtualClock())

    before = signal.getsignal(signal.SIGINT)
    number = total = 0
    while number <= total:
        number += 1
        with Presses(number) as lines, suppress(KeyboardInterrupt):
            spawn_and_run([])
        total = max(total, lines.count)
        assert signal.getsignal(signal.SIGINT) is before
        got = []
        spawn(got.append, number)
        run()
        assert got == [number]
    assert total > 100


def test_what_one_cell_has_spawned_another_may_run():
    got = []

    def cell():
        spawn(got.append, 1)

    cell()
    with suppress(ValueError):
        raise ValueError
    run()
    assert got == [1]


def catching(wait):
    """A tasklet that catches everything, and in which Ctrl-C lands."""
    turns = 0
    while True:
        turns += 1
        try:
            if turns == 3:
                signal.raise_signal(signal.SIGINT)
            wait()
        except:  # noqa: E722 - as learners write it
            pass


@pytest.mark.parametrize(
    "wait",
    [
        schedule,
        lambda: sleep(1),
        lambda: Channel().receive(timeout=1),
        lambda: Channel().send(1, timeout=1),
        lambda: select([Channel()], timeout=1),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_a_loop_that_catches_everything_is_stopped(wait, inside):
    def outer():
        run(until=spawn(catching, wait))

    before = signal.getsignal(signal.SIGINT)
    spawn(outer) if inside else spawn(catching, wait)
    with pytest.raises(KeyboardInterrupt):
        run(clock=VirtualClock())
    assert signal.getsignal(signal.SIGINT) is before
    assert run(until=spawn(int)) == 0


def test_a_handler_of_the_programs_own_is_left_alone():
    heard = []

    def press():
        signal.raise_signal(signal.SIGINT)
        return "went on"

    before = signal.signal(signal.SIGINT, lambda *about: heard.append(1))
    try:
        assert run(until=spawn(press)) == "went on"
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [1]
