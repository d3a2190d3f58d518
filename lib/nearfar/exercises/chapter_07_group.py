"""The exercise of chapter 07 about one sync for several customers."""

from __future__ import annotations

from random import Random

from ..near import schedule, sleep, spawn
from .promises import Exercise, expect

group = Exercise(
    "7.5",
    "one sync for all who wait",
    hint="Keep a list of the customers that wait for the next sync. A tasklet "
    "that you spawn takes the whole list, syncs, and wakes them. A customer "
    "that comes during a sync waits for the next one.",
)
SYNC_S = 0.005


class _SlowFile:
    """A file that counts its lines, and takes its time to sync them."""

    def __init__(self):
        self.lines = self.safe = self.syncs = self.running = 0

    def sync(self):
        self.running += 1
        expect("syncs at the same time", happened=self.running, expected=1)
        self.syncs += 1
        lines = self.lines
        sleep(SYNC_S)
        self.safe = max(self.safe, lines)
        self.running -= 1


def _customer(file, commit, pause=0.0):
    """Write a line and commit it: then it must be safe."""
    if pause:
        sleep(pause)
    file.lines += 1
    mine = file.lines
    commit()
    expect(
        f"the lines that are safe when the commit of line {mine} returns",
        happened=file.safe,
        expected=f"at least {mine}",
        holds=file.safe >= mine,
    )


def _serve(kind, pauses):
    """Let customers come after these pauses; returns the file."""
    file = _SlowFile()
    commits = kind(file.sync)
    customers = [
        spawn(_customer, file, commits.commit, pause, name=f"customer-{n}")
        for n, pause in enumerate(pauses, start=1)
    ]
    for customer in customers:
        customer.join()
    return file


@group.promise("a commit returns when its line is safe", orders=100)
def safe_when_it_returns(kind):
    _serve(kind, [0.0, 0.0, SYNC_S / 2])


@group.promise("also for customers who come during a sync", orders=0)
def during_a_sync(kind):
    for seed in range(20):
        chance = Random(seed)
        _serve(kind, [chance.uniform(0, 8 * SYNC_S) for _ in range(30)])


@group.promise("64 customers at once need two syncs at most", orders=0)
def few_syncs(kind):
    file = _serve(kind, [0.0] * 64)
    expect(
        "how many syncs there were",
        happened=file.syncs,
        expected="1 or 2",
        holds=file.syncs <= 2,
    )


@group.promise("a customer who is alone does not wait for others", orders=0)
def alone(kind):
    for _ in range(3):
        file = _serve(kind, [0.0])
        expect("how many syncs there were", happened=file.syncs, expected=1)
        schedule()
