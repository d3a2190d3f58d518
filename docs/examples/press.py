from nearfar import VirtualClock, run, sleep, spawn
from nearfar.drawing import space_time
from nearfar.far import Message, pair
from nearfar.trace import Trace


class Start(Message): ...


class Ready(Message): ...


class Run(Message): ...


class Output(Message): ...


class Done(Message): ...


def page(worker):
    worker.send(Start())
    worker.receive()
    worker.send(Run())
    while not isinstance(worker.receive(), Done):
        pass


def worker(page, kernel):
    page.receive()
    sleep(3)  # Pyodide and the library are loaded
    page.send(Ready())
    kernel.send(page.receive())
    page.send(kernel.receive())
    page.send(kernel.receive())


def kernel(worker):
    worker.receive()
    sleep(1)  # the cell prints
    worker.send(Output())
    worker.send(Done())


kinds = Start | Ready | Run | Output | Done
(to_worker, to_page), (to_kernel, back) = pair(kinds), pair(kinds)
with Trace() as trace:
    spawn(page, to_worker, name="page")
    spawn(worker, to_page, to_kernel, name="worker.mjs")
    spawn(kernel, back, name="kernel")
    run(clock=VirtualClock())

figure = space_time(trace, "The first press on Run, which also starts Python")
