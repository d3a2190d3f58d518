"""The exercise of chapter 02 about a wait for two channels at once."""

from __future__ import annotations

from .. import Channel, sleep, spawn
from .promises import Exercise, expect, now

suppliers = Exercise(
    "2.5",
    "two suppliers and a stop",
    hint="Wait on all three channels with one `select`. It raises `Closed` "
    "when one of them is closed and no other exchange is possible. Which "
    "suppliers do you wait for from then on? `closed` of a channel tells.",
)


def _collected(answer, one, other, stop_at=None, rest=0):
    """Return [(when, part that came out)], the parts taken, and the end.

    `one` and `other` are the seconds at which the suppliers offer parts; a
    supplier closes after its last one. `rest` is how long the receiver takes
    for each part.
    """
    stop, out = Channel("stop"), Channel("out")
    came_out, taken = [], []

    def supplier(name, channel, seconds):
        for number, second in enumerate(seconds, start=1):
            sleep(max(0, second - now()))
            channel.send(f"{name} {number}")
            taken.append(f"{name} {number}")
        channel.close()

    def foreman():
        sleep(stop_at)
        stop.send("stop")

    def receiver():
        for part in out:
            came_out.append((now(), part))
            sleep(rest)

    channels = []
    for name, seconds in (("one", one), ("other", other)):
        channels.append(Channel(name))
        spawn(supplier, name, channels[-1], seconds, name=name, daemon=True)
    collector = spawn(answer, *channels, stop, out, name="collector")
    if stop_at is not None:
        spawn(foreman, name="foreman", daemon=True)
    receiving = spawn(receiver, name="receiver")
    collector.join()
    ended = now()
    receiving.join()
    return came_out, taken, ended


@suppliers.promise("a fast supplier does not wait for a slow one")
def whichever_is_ready(answer):
    came_out, _, _ = _collected(answer, [1, 2, 3], [10, 20, 30])
    expect(
        "when parts came out in the first 5 s; one supplier offers them at 1, "
        "2 and 3 s, the other from 10 s on",
        happened=[int(second) for second, _ in came_out if second < 5],
        expected=[1, 2, 3],
    )


@suppliers.promise("when one supplier has closed, the other goes on")
def one_closes(answer):
    came_out, _, _ = _collected(answer, [1], [2, 3])
    expect(
        "the parts that came out",
        happened=[part for _, part in came_out],
        expected=["one 1", "other 1", "other 2"],
    )


@suppliers.promise("a stop ends it at once, though no part comes")
def stops_at_once(answer):
    _, _, ended = _collected(answer, [1], [100], stop_at=5)
    expect(
        "when it ended, with a stop after 5 s and a part after 100",
        happened=ended,
        expected=5,
    )


@suppliers.promise("it takes no part that it does not send on")
def takes_no_more(answer):
    came_out, taken, _ = _collected(
        answer, [0] * 3, [0] * 3, stop_at=5, rest=10
    )
    expect(
        "the parts that were taken from the suppliers",
        happened=sorted(taken),
        expected=sorted(part for _, part in came_out),
    )


@suppliers.promise("a stop comes before the parts that wait", orders=0)
def stop_comes_first(answer):
    parts, _, _ = _collected(answer, [0] * 5, [0] * 5, stop_at=5, rest=10)
    expect(
        "how many of 10 parts came out, one each 10 s, with a stop after 5 s",
        happened=len(parts),
        expected="2 or fewer",
        holds=len(parts) <= 2,
    )
