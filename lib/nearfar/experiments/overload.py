"""Overload: a bank that is asked for more than it can do.

The one idea: an answer that comes too late is wasted work. A customer who
hears nothing gives up and asks again, so a bank that is a little too slow is
asked even more often. Soon it works only on requests whose senders have gone.

`overload` lets customers come to a bank for two minutes of virtual time. The
bank needs `WORK` seconds for a request. Its queue decides what is kept and
what comes next: `Patient`, `Deadlines` and `Shedding` are three of them.

Left out: the network, and the answer table of `delivery`. A request that is
repeated is one more request here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from statistics import mean

from ..near import Channel, VirtualClock, lowlevel, run, sleep, spawn

__all__ = ["Asked", "Patient", "Deadlines", "Shedding", "Served", "overload"]

WORK = 0.1  # seconds that the bank needs for a request
PATIENCE = 2.0  # seconds that a customer waits for an answer
ATTEMPTS = 3
SECONDS = 120


@dataclass(frozen=True)
class Asked:
    """A request. `deadline` is when its sender stops waiting."""

    deadline: float
    answer: Channel = field(compare=False)


class Patient:
    """Keep every request, and serve the oldest first."""

    def __init__(self):
        self.waiting = deque()

    def put(self, request: Asked, now: float) -> bool:
        """Keep a request. False refuses it, and its sender hears so."""
        self.waiting.append(request)
        return True

    def get(self, now: float) -> Asked | None:
        """Take the next request to work on; None if there is none."""
        return self.waiting.popleft() if self.waiting else None


class Deadlines(Patient):
    """Drop each request that can't be answered before its deadline."""

    def get(self, now: float) -> Asked | None:
        while (request := super().get(now)) is not None:
            if now + WORK <= request.deadline:
                return request
        return None


class Shedding(Deadlines):
    """Refuse a request at once if five others wait already."""

    def put(self, request: Asked, now: float) -> bool:
        return len(self.waiting) < 5 and super().put(request, now)


@dataclass
class Served:
    """What became of the requests in a rush."""

    customers: int = 0
    asked: int = 0  # requests, with those that were repeated
    refused: int = 0  # requests that were refused at once
    waits: list[float] = field(default_factory=list)  # of those answered
    wasted: int = 0  # answers in these two minutes that came too late

    @property
    def answered(self) -> int:
        """The customers who got an answer."""
        return len(self.waits)

    @property
    def wait(self) -> float:
        """The mean seconds from a customer's first request to its answer."""
        return mean(self.waits) if self.waits else 0.0


def overload(
    a_second: float,
    queue: Callable[[], Patient],
    patience: float = PATIENCE,
    seed: int = 0,
) -> Served:
    """Let so many customers a second come, for two minutes.

    With the same seed they come at the same moments to every queue.
    """
    told = Served()
    bank = _Bank(queue(), told)
    arrivals, pauses = Random(seed), Random(f"pauses {seed}")

    def come():
        while lowlevel.time_now() < SECONDS:
            sleep(arrivals.expovariate(a_second))
            told.customers += 1
            spawn(_customer, bank, told, patience, pauses)

    spawn(bank.serve, daemon=True)
    spawn(come)
    run(clock=VirtualClock())
    return told


class _Bank:
    """One server with one queue."""

    def __init__(self, queue, told):
        self.queue, self.told = queue, told
        self.bell = Channel("bell")

    def ask(self, request):
        taken = self.queue.put(request, lowlevel.time_now())
        if taken and self.bell.balance < 0:  # the server is idle
            self.bell.send(None)
        return taken

    def serve(self):
        while True:
            request = self.queue.get(lowlevel.time_now())
            if request is None:
                self.bell.receive()
                continue
            sleep(WORK)
            try:
                request.answer.send(None, timeout=0)
            except TimeoutError:  # its sender has gone
                self.told.wasted += lowlevel.time_now() <= SECONDS


def _customer(bank, told, patience, pauses):
    came, longest = lowlevel.time_now(), 1.0
    for _ in range(ATTEMPTS):
        began, answer = lowlevel.time_now(), Channel("answer")
        told.asked += 1
        if bank.ask(Asked(began + patience, answer)):
            try:
                answer.receive(timeout=patience)
            except TimeoutError:
                pass
            else:
                told.waits.append(lowlevel.time_now() - came)
                return
        else:
            told.refused += 1
        sleep(pauses.uniform(0, longest))
        longest *= 2
