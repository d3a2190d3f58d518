"""The exercise of chapter 03 about a time limit for a whole message."""

from __future__ import annotations

from .. import Closed
from ..far import Frames
from .chapter_03_frames import frame
from .promises import Exercise, doing, expect

timely = Exercise(
    "3.4",
    "a time limit for a whole message",
    hint="Compute once, at the beginning, when time will be up. How long may "
    "each recv wait then?",
    begun=True,
)


class Spins(Exception):
    """An answer still asks for bytes, long after the hang-up."""


class Peer:
    """Sends pieces at given seconds, on a clock of its own.

    With `hangs_up` it hangs up after the last one: see `recv`.
    """

    def __init__(self, *sends, hangs_up=False):
        self.sends = list(sends)  # [(second, piece)]
        self.time = 100.0
        self.frames = Frames(bytes)
        self.ends = [b""] * 100 if hangs_up else None  # what recv returns then

    def clock(self):
        return self.time

    def recv(self, timeout):
        if self.ends is not None and not self.sends:
            if not self.ends:
                raise Spins
            return self.ends.pop()
        until = self.time + max(0.0, timeout)
        if not self.sends or 100.0 + self.sends[0][0] > until:
            self.time = until
            raise TimeoutError(f"no bytes within {timeout:g} s")
        second, piece = self.sends.pop(0)
        self.time = max(self.time, 100.0 + second)
        return piece

    def outcome(self, answer, seconds=5):
        """Return (what came of it, after how many seconds)."""
        try:
            with doing(f"receiving within {seconds} s"):
                came = answer(self.frames, self.recv, self.clock, seconds)
        except (TimeoutError, Closed) as error:
            came = type(error).__name__
        except Spins:
            came = "100 more calls of recv"
        return came, round(self.time - 100.0, 3)


WORD = frame(b"RIVETS")


@timely.promise("a message that comes in time is received", inside=False)
def in_time(answer):
    for sends, when in [
        ([(0, WORD)], 0),
        ([(1, WORD[:5]), (2, WORD[5:])], 2),
        ([(2, WORD[:5]), (4.9, WORD[5:])], 4.9),
    ]:
        expect(
            f"(messages, second), when {sends} are sent as (second, bytes)",
            happened=Peer(*sends).outcome(answer),
            expected=([b"RIVETS"], when),
        )


@timely.promise("silence ends when time is up", inside=False)
def silence(answer):
    expect(
        "(result, second), when the peer sends nothing, limit 5 s",
        happened=Peer().outcome(answer),
        expected=("TimeoutError", 5),
    )


@timely.promise("a byte now and then does not buy more time", inside=False)
def drip(answer):
    slow = Peer(*[(n, WORD[n : n + 1]) for n in range(len(WORD))])
    expect(
        "(result, second), when the peer sends a byte each second, limit 5 s",
        happened=slow.outcome(answer),
        expected=("TimeoutError", 5),
    )
    late = Peer((3, WORD[:9]), (7, WORD[9:]))
    expect(
        "(result, second), when the last byte comes in second 7, limit 5 s",
        happened=late.outcome(answer),
        expected=("TimeoutError", 5),
    )


@timely.promise(
    "a piece may complete two messages, or one and a half", inside=False
)
def two_in_one(answer):
    both = WORD + frame(b"BODY")
    expect(
        "(messages, second), when two messages come in one piece",
        happened=Peer((0, both)).outcome(answer),
        expected=([b"RIVETS", b"BODY"], 0),
    )
    peer = Peer((1, both[:-1]), (2, both[-1:]))
    expect(
        "(messages, second) of two calls, when the last byte of the second "
        "message comes alone",
        happened=[peer.outcome(answer) for _ in range(2)],
        expected=[([b"RIVETS"], 1), ([b"BODY"], 2)],
    )


@timely.promise("a hang-up ends it at once", inside=False)
def hang_up(answer):
    peer = Peer((1, WORD), hangs_up=True)
    expect(
        "(result, second) of two calls, when the peer hangs up after a message",
        happened=[peer.outcome(answer) for _ in range(2)],
        expected=[([b"RIVETS"], 1), ("Closed", 1)],
    )
