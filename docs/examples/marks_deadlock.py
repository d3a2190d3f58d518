from nearfar import Channel, Deadlock, run, spawn
from nearfar.drawing import space_time
from nearfar.trace import Trace


def polite(mine, yours):
    mine.receive()  # after you
    yours.send("hello")


left, right = Channel("left"), Channel("right")
with Trace() as trace:
    spawn(polite, left, right, name="ann")
    spawn(polite, right, left, name="bob")
    try:
        run()
    except Deadlock as deadlock:
        told = str(deadlock)
assert "ann -> bob -> ann" in told

figure = space_time(trace, "A deadlock: after you, no, after you")
