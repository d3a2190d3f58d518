"""A model of the farm: how many workers one coordinator keeps busy.

The one idea: a coordinator does one thing at a time, so a farm is a queue.
Workers ask, the coordinator needs a moment for each of them, and a worker that
begins a batch asks for the next one. Hand `crowd` the moment that was measured
on a real coordinator; for one and two workers, compare it with a real farm.

Left out: the start, and the network, which the model takes to be quicker than
the coordinator. Every worker has a processor of its own.
"""

from __future__ import annotations

from itertools import islice

from ..near import Channel, VirtualClock, run, sleep, spawn

__all__ = ["crowd"]


def crowd(
    workers: int, batch_s: float, cost_s: float, batches: int | None = None
) -> float:
    """The speed-up of so many workers over one without any coordinator.

    A batch is `batch_s` seconds of work and costs the coordinator `cost_s`
    seconds. The job has `batches` of them, or twenty for each worker.
    """
    asks: Channel[Channel[str]] = Channel("asks")
    finished: Channel[str] = Channel("finished")
    total = 20 * workers if batches is None else batches

    def coordinator():
        for inbox in islice(asks, total):
            sleep(cost_s)
            spawn(inbox.send, "a batch", daemon=True)

    def worker():
        inbox: Channel[str] = Channel("inbox")
        spawn(asks.send, inbox, daemon=True)
        for _ in inbox:
            spawn(asks.send, inbox, daemon=True)
            sleep(batch_s)
            finished.send("a batch")

    def whole():
        for _ in range(total):
            finished.receive()

    clock = VirtualClock()
    for each in (coordinator, *[worker] * workers):
        spawn(each, daemon=True)
    run(until=spawn(whole), clock=clock)
    return total * batch_s / clock.now()
