"""Faults: everything that can go wrong in a simulated network, as data.

The one idea: bad luck is a list. A `Faults` record says how likely each kind
of fault is. A seed draws a list of `Fault`s from it, each tied to the message
(or the time) at which it strikes. You can replay such a list without chance,
shorten it, print it and send it to a colleague.

| kind | strikes at a message | and then |
| --- | --- | --- |
| `late` | on its way | it, and what follows it, arrives `seconds` later |
| `lost` | on its way | it never arrives: its connection breaks |
| `cut` | as it arrives | it arrives; then its connection breaks |
| `apart` | on its way | no host reaches its receiver for `seconds` |
| `crash` | as it arrives | its receiver crashes, is back after `seconds` |
| `crash_sending` | before it leaves | the same, for its sender |
| `crash_writing` | - | a host crashes at a moment of its own choice |
| `full` | - | a disk is full at such a moment |
| `clock` | - | a host's clock is wrong by `seconds` |

`atm-1>bank#3` names the third message that went this way over a connection.
Number 0 is the attempt to connect; `atm-1>bank.2` is a second connection
between the same hosts. The last three kinds strike at a moment of a host, such
as `bank!commit#7`: see `Host.moment`.

Left out: bytes that change on their way, and messages that arrive twice. The
contract of a connection excludes both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import Any

__all__ = ["Fault", "Faults", "Luck", "KINDS"]

AT_MESSAGES = ("late", "lost", "cut", "apart", "crash", "crash_sending")
AT_MOMENTS = ("crash_writing", "full", "clock")
AT_TIMES = ("cut", "apart", "crash", "clock")
MOST = 1_000  # faults in one world
KINDS = AT_MESSAGES + AT_MOMENTS


@dataclass(frozen=True, repr=False)
class Fault:
    """One thing that goes wrong: what, where, for how long, and when.

    Without `at` it strikes at the message or moment that `where` names. With
    `at` it strikes at that time in seconds. Then `where` names a host or, for
    `cut`, a connection such as `atm-1>bank`, and `kind` is one of `AT_TIMES`.
    """

    kind: str
    where: str
    seconds: float = 0.0
    at: float | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(
                f"a fault is one of {', '.join(KINDS)}, not {self.kind!r}"
            )
        if self.at is not None and self.kind not in AT_TIMES:
            raise ValueError(
                f"what strikes at a time is one of {', '.join(AT_TIMES)}, not "
                f"{self.kind!r}: leave out at=, and name a message in where="
            )

    def __repr__(self):
        forever = self.seconds == math.inf  # which repr() alone cannot spell
        seconds = "float('inf')" if forever else self.seconds
        more = f", {seconds}" if seconds else ""
        when = "" if self.at is None else f", at={self.at}"
        return f"Fault({self.kind!r}, {self.where!r}{more}{when})"


@dataclass(frozen=True, repr=False)
class Faults:
    """How likely each kind of fault is, and those that are certain.

    The fields with the names of kinds are chances from 0 to 1, drawn at every
    message (or moment). `delay_s` is the least and the most that an ordinary
    message takes, in seconds; with a higher `skew` most of them are quick and
    few are slow. A fault that lasts does so for up to `up_to_s` seconds.
    No faults are drawn after `until_s` seconds, nor more than `most` in all.
    Those in `planned` strike whatever the chances are.
    """

    late: float = 0.0
    lost: float = 0.0
    cut: float = 0.0
    apart: float = 0.0
    crash: float = 0.0
    crash_sending: float = 0.0
    crash_writing: float = 0.0
    full: float = 0.0
    clock: float = 0.0
    delay_s: tuple[float, float] = (0.01, 0.05)
    skew: int = 1
    up_to_s: float = 20.0
    until_s: float = math.inf
    most: int = MOST
    planned: tuple[Fault, ...] = ()

    def __post_init__(self):
        for kind in KINDS:
            chance = getattr(self, kind)
            if not 0 <= chance <= 1:
                raise ValueError(
                    f"{kind}= is a chance from 0 to 1, not {chance!r}"
                )
        low, high = self.delay_s
        if not 0 <= low <= high < math.inf:
            raise ValueError(
                "delay_s= is the least and the most seconds, such as "
                f"(0.01, 0.05), not {self.delay_s!r}"
            )

    def __repr__(self):
        told = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return f"Faults({', '.join(told)})"

    def only(self, planned) -> Faults:
        """The same network with these faults and no others: for a replay."""
        calm: dict[str, Any] = dict.fromkeys(KINDS, 0.0)
        return replace(
            self, **calm, until_s=math.inf, most=MOST, planned=tuple(planned)
        )

    def rarer(self, times: float) -> Faults:
        """The same mixture, each kind so many times less likely.

        The chances are for each message: the chance that gives one crash in a
        small world gives a thousand in a big one.
        """
        chances = {kind: getattr(self, kind) / times for kind in KINDS}
        return replace(self, **chances)

    def swarm(self, seed: int) -> Faults:
        """Switch about half of the kinds off, by a seed.

        Faults hide each other: where every host crashes all the time, no
        message is late. So worlds differ in what goes wrong in them (Groce et
        al., "Swarm testing", ISSTA 2012).
        """
        luck = Luck(seed, "swarm")
        off: dict[str, Any] = {k: 0.0 for k in KINDS if luck.draw() < 0.5}
        return replace(self, **off)

    def chances(self, kinds) -> list[tuple[float, str]]:
        """(upper end, kind) of each kind's share of the numbers below 1."""
        shares, end = [], 0.0
        for kind in kinds:
            if getattr(self, kind):
                end += getattr(self, kind)
                shares.append((end, kind))
        return shares


class Luck:
    """Numbers from 0 to 1 that depend on a seed and a name, and nothing else.

    Every connection has its own, so that leaving out a fault here changes
    nothing there. It is a linear congruential generator with Knuth's numbers:
    8 bytes of state where `random.Random` has 2,500.
    """

    __slots__ = ("state",)

    def __init__(self, seed: int, name: str):
        text = f"{seed}/{name}".encode()
        self.state = int.from_bytes(blake2b(text, digest_size=8).digest())

    def draw(self) -> float:
        """Return the next number."""
        state = self.state * 6364136223846793005 + 1442695040888963407
        self.state = state = state & 0xFFFF_FFFF_FFFF_FFFF
        return (state >> 11) * 2.0**-53
