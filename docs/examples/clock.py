from nearfar import VirtualClock, run, sleep, spawn
from nearfar.drawing import space_time
from nearfar.trace import Trace


def egg(minutes):
    sleep(minutes)


clock = VirtualClock()  # counts in whatever the story counts in
with Trace() as trace:
    spawn(egg, 4, name="soft")
    spawn(egg, 9, name="hard")
    run(clock=clock)
assert clock.now() == 9  # and no real time has passed

figure = space_time(trace, "Two eggs, in virtual minutes", by="time")
