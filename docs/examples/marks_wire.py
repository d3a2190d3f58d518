from nearfar import run, schedule, spawn
from nearfar.drawing import space_time
from nearfar.far import Message, pair
from nearfar.trace import Trace


class Order(Message):
    dish: str


def guest(connection):
    for dish in ("taco", "soup"):
        connection.send(Order(dish))
        schedule()


def cook(connection):
    connection.receive()


here, there = pair(Order)
with Trace() as trace:
    spawn(guest, here, name="guest")
    spawn(cook, there, name="cook")
    run()

figure = space_time(trace, "A wire: arrows lean, and one order is never read")
