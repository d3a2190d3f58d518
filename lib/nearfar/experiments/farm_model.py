"""A model of the farm: how many workers one coordinator keeps busy.

The one idea: a coordinator does one thing at a time, so a farm is a queue.
Workers ask, the coordinator serves each of them for a moment, and a worker
that begins a chunk asks for the next one. Hand `crowd` the moment that was
measured on a real coordinator. To check it, let the workers of a real farm
`nap`: sleeping takes no processor, so one machine holds many of them.

Left out: the start, the network, and the time that a worker loses with a
message. Every worker has a processor of its own. So the model is an upper
limit.
"""

from __future__ import annotations

import time
from itertools import islice

from ..near import Channel, VirtualClock, run, sleep, spawn

__all__ = ["crowd", "nap"]


def nap(seconds: float) -> float:
    """Sleep in place of computing: a chunk that takes no processor."""
    time.sleep(seconds)
    return seconds


def crowd(
    workers: int, chunk_s: float, moment_s: float, chunks: int | None = None
) -> float:
    """Return the speed-up of `workers` over one without a coordinator.

    A chunk is `chunk_s` seconds of work and costs the coordinator `moment_s`
    seconds. The job has `chunks` of them, or twenty for each worker.
    """
    asks: Channel[Channel[str]] = Channel("asks")
    finished: Channel[str] = Channel("finished")
    total = 20 * workers if chunks is None else chunks

    def coordinator():
        for inbox in islice(asks, total):
            sleep(moment_s)
            spawn(inbox.send, "a chunk", daemon=True)

    def worker():
        inbox: Channel[str] = Channel("inbox")
        spawn(asks.send, inbox, daemon=True)
        for _ in inbox:
            spawn(asks.send, inbox, daemon=True)
            sleep(chunk_s)
            finished.send("a chunk")

    def whole():
        for _ in range(total):
            finished.receive()

    clock = VirtualClock()
    for each in (coordinator, *[worker] * workers):
        spawn(each, daemon=True)
    run(until=spawn(whole), clock=clock)
    return total * chunk_s / clock.now()
