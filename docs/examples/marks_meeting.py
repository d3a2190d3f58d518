from nearfar import Channel, run, spawn
from nearfar.drawing import space_time
from nearfar.trace import Trace

table = Channel("table")
with Trace() as trace:
    spawn(table.send, "taco", name="cook")
    spawn(table.receive, name="guest")
    run()

figure = space_time(trace, "A meeting: the arrow stands upright")
