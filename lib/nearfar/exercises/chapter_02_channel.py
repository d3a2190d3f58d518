"""The exercise of chapter 02 in which you write a channel yourself.

`_play` runs the answer on a run queue of greenlets, as in exercise 1.4. No
tasklet takes part.
"""

from __future__ import annotations

from collections import deque

from ..near import lowlevel
from .promises import Exercise, expect

own_channel = Exercise(
    "2.2",
    "a channel of your own",
    hint="Each method asks first whether a partner is waiting. If so, wake the "
    "partner and return. If not, put `getcurrent()` into a line, and park. "
    "Which of the two calls of `wake` carries the value?",
    begun=True,
)


def _play(answer, *functions):
    """Run functions that share a channel; return what they noted, in order."""
    queue, noted, loop = deque(), [], lowlevel.getcurrent()

    def wake(waiting, value):
        queue.append((waiting, value))

    channel = answer(loop.switch, wake)

    def start(function):
        function(channel, noted.append)

    for function in functions:
        queue.append((lowlevel.greenlet(start), function))
    while queue:
        turn, value = queue.popleft()
        turn.switch(value)
    return noted


def _sender(name):
    def send(channel, note):
        channel.send(f"{name}'s hello")
        note(f"{name} sent")

    return send


def _receiver(name):
    def receive(channel, note):
        note(f"{name} got {channel.receive()}")
        note(f"{name} goes on")

    return receive


@own_channel.promise(
    "a receiver that comes second gets the value and keeps running",
    inside=False,
)
def sender_first(answer):
    expect(
        "what happened, when ann sends and then bob receives",
        happened=_play(answer, _sender("ann"), _receiver("bob")),
        expected=["bob got ann's hello", "bob goes on", "ann sent"],
    )


@own_channel.promise("a sender that comes second keeps running", inside=False)
def receiver_first(answer):
    expect(
        "what happened, when bob receives and then ann sends",
        happened=_play(answer, _receiver("bob"), _sender("ann")),
        expected=["ann sent", "bob got ann's hello", "bob goes on"],
    )


@own_channel.promise("a send without a receiver does not return", inside=False)
def alone(answer):
    expect(
        "what happened, when ann sends and no function receives",
        happened=_play(answer, _sender("ann")),
        expected=[],
    )


@own_channel.promise("the first to wait is the first served", inside=False)
def in_order(answer):
    senders = [_sender("ann"), _sender("bob")]
    receivers = [_receiver("cy"), _receiver("dee")]
    for first, second in ((senders, receivers), (receivers, senders)):
        noted = _play(answer, *first, *second)
        expect(
            "which hello cy and dee got; ann sends before bob, and cy "
            "receives before dee",
            happened=[line for line in noted if " got " in line],
            expected=["cy got ann's hello", "dee got bob's hello"],
        )


@own_channel.promise("2,000 messages arrive in order", inside=False)
def many(answer):
    def send(channel, note):
        for number in range(2_000):
            channel.send(number)

    def receive(channel, note):
        for _ in range(2_000):
            note(channel.receive())

    noted = _play(answer, send, receive)
    expect(
        "whether 0 to 1,999 arrived in order",
        happened=noted == list(range(2_000)),
        expected=True,
    )
