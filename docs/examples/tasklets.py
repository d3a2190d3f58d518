from nearfar import run, schedule, spawn
from nearfar.drawing import space_time
from nearfar.trace import Trace


def count(upto):
    for _ in range(upto):
        schedule()  # everybody else first
    return upto


def wait_for(other):
    return other.result()


with Trace() as trace:
    ann = spawn(count, 2, name="ann")
    spawn(count, 1, name="bob")
    asked = spawn(wait_for, ann, name="cy")
    assert run(until=asked) == 2

figure = space_time(trace, "Two take turns, one waits for the other's end")
