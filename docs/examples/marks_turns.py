from nearfar import VirtualClock, run, schedule, sleep, spawn
from nearfar.drawing import who_runs_when
from nearfar.trace import Trace


def count(turns):
    for _ in range(turns):
        schedule()


with Trace() as trace:
    spawn(count, 3, name="ann")
    spawn(count, 2, name="bob")
    spawn(sleep, 9, name="cy")
    run(clock=VirtualClock())

figure = who_runs_when(trace, "Two take turns, one sleeps")
