"""A crowd: a farm of any size, in virtual time.

The one idea: what limits a farm is its coordinator, who does one thing after
the other. So this is a queue: workers ask, the coordinator needs a moment for
each, and a worker has two batches at hand so that it need not wait. Give it
the moment that was measured on a real one, and it tells how many workers that
one could keep busy; for one and two workers the real farm can be asked, too.

Left out: the network, which is taken to be quicker than the coordinator, and
the start. Every worker is taken to have a processor of its own.
"""

from __future__ import annotations

from itertools import islice

from .channels import Channel
from .clock import VirtualClock
from .tasklets import run, sleep, spawn

__all__ = ["crowd"]


def crowd(
    workers: int, batch_s: float, cost_s: float, batches: int = 20
) -> float:
    """The speed-up of so many workers over one without any coordinator.

    A batch is `batch_s` seconds of work and costs the coordinator `cost_s`
    seconds; each worker does `batches` of them, on average.
    """
    asks, finished = Channel("asks"), Channel("finished")
    total = workers * batches

    def coordinator():
        for inbox in islice(asks, total):
            sleep(cost_s)
            spawn(inbox.send, "a batch", daemon=True)

    def worker():
        inbox = Channel("inbox")
        for _ in range(2):
            spawn(asks.send, inbox, daemon=True)
        for _ in inbox:
            sleep(batch_s)
            spawn(asks.send, inbox, daemon=True)
            finished.send("a batch")

    def whole():
        for _ in range(total):
            finished.receive()

    clock = VirtualClock()
    for each in (coordinator, *[worker] * workers):
        spawn(each, daemon=True)
    run(until=spawn(whole), clock=clock)
    return total * batch_s / clock.now()
