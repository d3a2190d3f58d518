from nearfar import Channel, VirtualClock, run, sleep, spawn
from nearfar.drawing import space_time
from nearfar.trace import Trace

table = Channel("table")


def cook(minutes):
    sleep(minutes)
    table.send(f"after {minutes}")


with Trace() as trace:
    spawn(cook, 5, name="fast cook")
    spawn(cook, 20, name="slow cook")
    spawn(lambda: (table.receive(), table.receive()), name="guest")
    run(clock=VirtualClock())

figure = space_time(trace, "Where the clock stood, in minutes", by="time")
