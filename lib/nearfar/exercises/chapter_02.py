"""The exercises of chapter 02: channels."""

from __future__ import annotations

from itertools import pairwise

from .. import Channel, Closed, run, sleep, spawn
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
    "who goes on first",
    truth=four_at_the_gate,
    because="ann and bob wait, in that order; each receiver comes second, so "
    "it goes on, and the sender it woke stands at the end of the queue",
    beliefs=[
        (
            ["got ann", "ann sent", "got bob", "bob sent"],
            "ann is woken, but not at once: she goes to the end of the queue, "
            "and the second receiver already stands there",
        ),
        (
            ["ann sent", "bob sent", "got ann", "got bob"],
            "send returns when somebody has the value, and nobody is there "
            "yet: ann and bob both wait",
        ),
        (
            ["ann sent", "got ann", "bob sent", "got bob"],
            "whoever comes second goes on, and that is the receiver",
        ),
        (
            ["got bob", "got ann", "bob sent", "ann sent"],
            "those who wait are served in order: ann came before bob",
        ),
    ],
    hint="Two lists on paper: the queue of those who can run, and those who "
    "wait at the gate. A meeting moves one name from the second to the end of "
    "the first.",
)


triangle = Exercise(
    "2.2",
    "a triangle that locks",
    hint="Not everybody may wait in the same direction. Who is friend number "
    "0?",
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


buffer = Exercise(
    "2.3",
    "a channel with room",
    hint="A channel stores nothing, but a tasklet that has received and not "
    "yet sent holds one value. How many of them do you need?",
    begun=True,
)


def _through(answer, size, count, rest=0):
    """(How many went in before anybody received, what came out)."""
    inbox, outbox, went_in = Channel("inbox"), Channel("outbox"), []

    def maker():
        for number in range(count):
            inbox.send(number)
            went_in.append(number)
        inbox.close()

    spawn(answer, inbox, outbox, size, name="buffer")
    spawn(maker, name="maker")
    sleep(1)
    before, came_out = len(went_in), []
    for _ in range(count):
        try:
            came_out.append(outbox.receive(timeout=1))
        except (TimeoutError, Closed):
            break
        sleep(rest)
    return before, came_out, outbox


@buffer.promise("as many values go in as there is room, and not one more")
def room(answer):
    for size in (1, 3):
        before, _, _ = _through(answer, size, size + 2)
        expect(
            f"values that go into a buffer of {size} though nobody receives",
            happened=before,
            expected=size,
        )


@buffer.promise("what went in comes out, also when the rest stays empty")
def comes_out(answer):
    inbox, outbox = Channel("inbox"), Channel("outbox")
    spawn(answer, inbox, outbox, 3, name="buffer")
    for number in range(3):
        inbox.send(number)
        try:
            out = outbox.receive(timeout=1)
        except TimeoutError:
            out = "nothing, for a second"
        expect(
            f"what comes out when only {number} is in a buffer of 3",
            happened=out,
            expected=number,
        )
    inbox.close()


@buffer.promise("all come out, in order, for a fast taker and a slow one")
def all_come_out(answer):
    for rest in (0, 1):
        _, came_out, _ = _through(answer, 2, 5, rest)
        expect(
            "what comes out when 0, 1, 2, 3, 4 went in",
            happened=came_out,
            expected=[0, 1, 2, 3, 4],
        )


@buffer.promise("when the inbox is closed, so is the outbox, after the last")
def closes(answer):
    _, _, outbox = _through(answer, 3, 2)
    sleep(1)
    expect(
        "whether the outbox is closed, once all is taken",
        happened=outbox.closed,
        expected=True,
    )


limiter = Exercise(
    "2.4",
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


@limiter.promise("each waits for a tick, when they come at once")
def one_a_tick(answer):
    for every in (1, 3):
        through, _ = _limited(answer, [0, 0, 0, 0], every)
        gaps = _gaps(through)
        expect(
            f"the seconds between four requests, with a tick every {every} s",
            happened=gaps,
            expected=f"{every} or more each",
            holds=len(gaps) == 3 and min(gaps) >= every,
        )


@limiter.promise("a quiet time is not saved up for a burst")
def no_burst(answer):
    through, _ = _limited(answer, [5.5, 5.5, 5.5])
    gaps = _gaps(through)
    expect(
        "the seconds between three requests sent after 5.5 quiet seconds",
        happened=gaps,
        expected="1 or more each",
        holds=len(gaps) == 2 and min(gaps) >= 1,
    )


@limiter.promise("each takes one tick, and leaves the rest to others")
def one_tick_each(answer):
    _, ticked = _limited(answer, [0, 0, 0, 0])
    expect(
        "the ticks that four requests took",
        happened=len(ticked),
        expected=4,
    )
