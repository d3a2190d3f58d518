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
    "2.2",
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


buffer = Exercise(
    "2.3",
    "a channel with room",
    hint="A channel stores nothing, but a tasklet that has received and not "
    "yet sent holds one value. How many such tasklets do you need? Or: keep "
    "the values in a list, and let `select` wait for the inbox and the outbox "
    "at once.",
    begun=True,
)


def _through(answer, size, count, rest=0):
    """Return how many went in before the first receive, the output, outbox."""
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


def _expect_room(answer, size):
    before, _, _ = _through(answer, size, size + 2)
    expect(
        f"values that go into a buffer of {size} before the first receive",
        happened=before,
        expected=size,
    )


@buffer.promise("a buffer of 1 takes one value, and not one more")
def room_for_one(answer):
    _expect_room(answer, 1)


@buffer.promise("a buffer of 3 takes three, and not one more")
def room_for_three(answer):
    _expect_room(answer, 3)


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


def _expect_all(answer, rest):
    _, came_out, _ = _through(answer, 2, 5, rest)
    expect(
        "what comes out when 0, 1, 2, 3, 4 went in",
        happened=came_out,
        expected=[0, 1, 2, 3, 4],
    )


@buffer.promise("all values come out in order, for a fast receiver")
def all_come_out(answer):
    _expect_all(answer, rest=0)


@buffer.promise("and for a slow one")
def all_come_out_slowly(answer):
    _expect_all(answer, rest=1)


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


suppliers = Exercise(
    "2.5",
    "two suppliers and a stop",
    hint="Wait on all three channels with one `select`. It raises `Closed` "
    "when one of them is closed and no other exchange is possible. Which "
    "suppliers do you wait for from then on?",
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
