"""Context variables: each tasklet starts with a copy of its spawner's."""

import decimal
from contextvars import ContextVar, copy_context

import pytest

from nearfar import Channel, run, schedule, spawn, stackless

word = ContextVar("word", default="nothing")


def test_what_one_tasklet_sets_no_later_one_sees():
    seen = []

    def rough():
        decimal.getcontext().prec = 3
        word.set("mine")

    def later():
        seen.append((decimal.getcontext().prec, word.get()))

    spawn(rough)
    for _ in range(3):
        spawn(later)  # on the same stack
    run()
    assert seen == [(28, "nothing")] * 3


def test_what_the_caller_of_run_has_set_is_visible_inside():
    def reader():
        return word.get()

    def program():
        word.set("outside")
        reading = spawn(reader)
        word.set("at run()")  # prints must land in the cell that runs
        return run(until=reading), word.get()

    assert copy_context().run(program) == ("at run()", "at run()")
    assert word.get() == "nothing"


def test_what_a_tasklet_sets_does_not_come_out_of_run():
    def program():
        word.set("outside")
        spawn(word.set, "inside")
        run()
        return word.get()

    assert copy_context().run(program) == "outside"


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("many", [0, 1, 2])
def test_a_child_has_a_copy_of_what_its_spawner_had(outside, many):
    seen = []

    def child(*args, **kwargs):
        seen.append(word.get())
        word.set("the child's")

    def parent():
        word.set("first")
        spawn(child, *range(many))
        word.set("second")
        spawn(child, *range(many), key=1)
        schedule()
        assert word.get() == "second"

    def program():
        if outside:
            word.set("outside")
        spawn(parent)
        run()

    copy_context().run(program)
    assert seen == ["first", "second"]


def test_variables_stay_with_their_tasklet_while_it_waits():
    channel, seen = Channel(), []

    def waiter(name):
        word.set(name)
        channel.receive()
        seen.append(word.get())

    def sender():
        word.set("sender")
        for _ in range(2):
            channel.send(1)

    for work in (waiter, "a"), (waiter, "b"), (sender,):
        spawn(*work)
    run()
    assert seen == ["a", "b"]


def test_a_run_inside_a_tasklet_starts_from_that_one():
    def reader():
        return word.get()

    def outer():
        word.set("outer")
        return run(until=spawn(reader))

    assert run(until=spawn(outer)) == "outer"


def test_the_2006_names_leak_nothing_either():
    seen = []

    def rough():
        word.set("mine")

    def later():
        seen.append(word.get())

    for function in (rough, later):
        stackless.tasklet(function)()
        stackless.run()
    assert seen == ["nothing"]


def test_the_2006_names_see_what_the_program_has_set():
    seen = []

    def program():
        word.set("outside")
        stackless.tasklet(lambda: seen.append(word.get()))()
        stackless.run()

    copy_context().run(program)
    assert seen == ["outside"]
