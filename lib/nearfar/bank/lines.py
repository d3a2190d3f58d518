"""Lines: what the bank writes into its log, and what it leaves out.

The one idea: a log never ends or delays the service, and a stranger can't fill
it. A line that cannot be written is dropped. So is one about a stranger, when
its host or all hosts have used up their allowance. Each is counted, and a
later line says how many.
"""

from __future__ import annotations

from collections.abc import Callable

from .allowance import Allowance

__all__ = ["Lines", "plain"]

STRANGERS = 2, 20  # lines a second of one kind about a host, and in all
BURST_S = 60.0
Writes = Callable[[str], None]


class Lines:
    """Writes lines by `log`, a function that each call hands in."""

    def __init__(self) -> None:
        self._lost = 0  # lines that could not be written, and not yet said
        self._dropped: dict[str, int] = {}  # lines about strangers, by kind
        self._last: tuple[str, str] = "", ""  # the last one's host and kind
        self._allowance = Allowance(*STRANGERS, BURST_S)

    def write(
        self, log: Writes, text: str, now: float, host: str, kind: str
    ) -> None:
        """Write a line, and before it how many were dropped.

        A line of a `kind` is one that a stranger at this host has caused; it
        may be dropped.
        """
        whose = host, kind
        if kind and self._allowance.delay(whose, now):
            self._dropped[kind] = self._dropped.get(kind, 0) + 1
            self._last = whose
            return
        if kind:
            self._allowance.charge(whose, 1, now)
        try:
            if self._lost:
                log(f"({self._lost} lines dropped)")
                self._lost = 0
            if self._dropped and not self._allowance.delay(self._last, now):
                for kind in list(self._dropped):
                    log(f"({self._dropped[kind]} lines like {kind} dropped)")
                    del self._dropped[kind]
            log(plain(text))
        except OSError:  # such as a full disk
            self._lost += 1


def plain(text: str) -> str:
    """Return a text without what would steer the terminal that shows it."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
