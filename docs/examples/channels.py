from nearfar import Channel, run, select, spawn
from nearfar.drawing import space_time
from nearfar.trace import Trace

tea, milk = Channel("tea"), Channel("milk")


def cook(channel, cups):
    for cup in range(1, cups + 1):
        channel.send(f"{channel.name} {cup}")


def guest():
    return [select([tea, milk])[1] for _ in range(3)]


with Trace() as trace:
    spawn(cook, tea, 2, name="tea cook")
    spawn(cook, milk, 1, name="milk cook")
    served = run(until=spawn(guest, name="guest"))
assert served == ["tea 1", "milk 1", "tea 2"]

figure = space_time(trace, "Two cooks, one guest who takes what is there")
