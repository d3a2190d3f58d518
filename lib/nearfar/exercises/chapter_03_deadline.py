"""The exercise of chapter 03 about a time limit for a whole message."""

from __future__ import annotations

from .chapter_03_frames import frame
from .promises import Exercise, doing, expect

timely = Exercise(
    "3.4",
    "a time limit for a whole message",
    hint="Compute once, at the beginning, when time will be up. How long may "
    "each recv wait then?",
    begun=True,
)


class Peer:
    """Sends pieces at given seconds, on a clock of its own."""

    def __init__(self, *sends):
        self.sends = list(sends)  # [(second, piece)]
        self.time = 100.0

    def clock(self):
        return self.time

    def recv(self, timeout):
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
                came = answer(self.recv, self.clock, seconds)
        except TimeoutError:
            came = "TimeoutError"
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
            f"(message, second), when {sends} are sent as (second, bytes)",
            happened=Peer(*sends).outcome(answer),
            expected=(b"RIVETS", when),
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
