"""The exercises of chapter 02: channels.

`chapter_02_buffer`, `chapter_02_suppliers` and `chapter_02_channel` hold one
exercise each.
"""

from __future__ import annotations

from itertools import pairwise

from .. import Channel, run, sleep, spawn
from .promises import Exercise, Prediction, expect, now


def four_at_the_gate():
    """Return what happened at the gate, in order."""
    gate, happened = Channel("gate"), []

    def sender(name):
        gate.send(name)
        happened.append(f"{name} sent")

    def receiver():
        happened.append(f"got {gate.receive()}")

    spawn(sender, "ann")
    spawn(sender, "bob")
    spawn(receiver)
    spawn(receiver)
    run()
    return happened


Prediction(
    "2.1",
    "which goes on first",
    truth=four_at_the_gate,
    because="ann and bob wait, in that order; each receiver arrives second, so "
    "it keeps running, and the sender goes to the end of the queue",
    beliefs=[
        (
            ["got ann", "ann sent", "got bob", "bob sent"],
            "ann can go on, but not at once: it goes to the end of the queue, "
            "behind the second receiver",
        ),
        (
            ["ann sent", "bob sent", "got ann", "got bob"],
            "send returns when the value has been received, and no receiver "
            "is there yet: ann and bob both wait",
        ),
        (
            ["ann sent", "got ann", "bob sent", "got bob"],
            "the second to arrive keeps running, and that is the receiver",
        ),
        (
            ["got bob", "got ann", "bob sent", "ann sent"],
            "waiting senders are served in order: ann came before bob",
        ),
    ],
    hint="Keep two lists on paper: the queue, and the tasklets that wait at "
    "the gate. A meeting moves one name from the second list to the end of the "
    "first.",
)


triangle = Exercise(
    "2.3",
    "a triangle that deadlocks",
    hint="Break the cycle: one of them must receive first. What tells a friend "
    "that it is the one?",
    begun=True,
)


@triangle.promise("three friends get each other's presents")
def presents(friend):
    feet = [Channel(name) for name in ("ann", "bob", "cy")]
    names = ["book", "ball", "kite"]
    tasklets = [
        spawn(
            friend,
            number,
            names[number],
            feet[number],
            feet[(number + 1) % 3],
            name=feet[number].name,
        )
        for number in range(3)
    ]
    expect(
        "what ann, bob and cy got",
        happened=[tasklet.result() for tasklet in tasklets],
        expected=["kite", "book", "ball"],
    )


limiter = Exercise(
    "2.6",
    "a rate limiter",
    hint="A request goes through when it has met a tick. Which of the two do "
    "you wait for first, and what can happen while you wait for the other?",
)


def _limited(answer, sent_at, every=1):
    """When and which requests came through, and the ticks they took."""
    requests, ticks = Channel("requests"), Channel("ticks")
    allowed, through, ticked = Channel("allowed"), [], []

    def ticker():
        while True:
            sleep(every)
            ticks.send("tick")
            ticked.append(now())

    def asker():
        for number, second in enumerate(sent_at):
            sleep(max(0, second - now()))
            requests.send(number)
        requests.close()

    def taker():
        for number in allowed:
            through.append((now(), number))

    spawn(ticker, name="ticker", daemon=True)
    spawn(answer, requests, ticks, allowed, name="limiter")
    spawn(asker, name="asker")
    spawn(taker, name="taker").join()
    return through, ticked


def _gaps(through):
    return [b - a for (a, _), (b, _) in pairwise(through)]


@limiter.promise("all requests come through, in order, and then it closes")
def in_order(answer):
    through, _ = _limited(answer, [0, 0, 0, 0])
    expect(
        "the requests that came through, of 0, 1, 2, 3 sent at once",
        happened=[number for _, number in through],
        expected=[0, 1, 2, 3],
    )


def _expect_gaps(answer, every):
    through, _ = _limited(answer, [0, 0, 0, 0], every)
    gaps = _gaps(through)
    expect(
        f"the seconds between four requests, with a tick every {every} s",
        happened=gaps,
        expected=f"{every} or more each",
        holds=len(gaps) == 3 and min(gaps) >= every,
    )


@limiter.promise("each waits for a tick, when all come at once")
def one_a_tick(answer):
    _expect_gaps(answer, every=1)


@limiter.promise("also with a tick every 3 seconds")
def one_a_slow_tick(answer):
    _expect_gaps(answer, every=3)


@limiter.promise("ticks of a quiet time are not saved up for a burst")
def no_burst(answer):
    through, _ = _limited(answer, [5.5, 5.5, 5.5])
    gaps = _gaps(through)
    expect(
        "the seconds between three requests sent after 5.5 quiet seconds",
        happened=gaps,
        expected="1 or more each",
        holds=len(gaps) == 2 and min(gaps) >= 1,
    )


@limiter.promise("each takes one tick, and no more")
def one_tick_each(answer):
    _, ticked = _limited(answer, [0, 0, 0, 0])
    expect(
        "the ticks that four requests took",
        happened=len(ticked),
        expected=4,
    )
