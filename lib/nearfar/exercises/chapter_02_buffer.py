"""The exercise of chapter 02 about a tasklet that holds values back."""

from __future__ import annotations

from .. import Channel, Closed, sleep, spawn
from .promises import Exercise, expect

buffer = Exercise(
    "2.4",
    "a channel with room",
    hint="A channel stores nothing, but a tasklet that has received and not "
    "yet sent holds one value. How many such tasklets do you need?",
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
