"""The drawer: the notes in a machine, and a counter that cannot lie.

The one idea: whether notes went out is known to the drawer alone, for it is
the drawer that moves them. In a real machine the counter is hardware. Here the
drawer's log *is* the notes, so that paying and remembering are one step, and a
power cut leaves both or neither.

Left out: a part of the notes. A drawer gives all of them or none.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from .disk import Disk, PaperDisk
from .log import Log

__all__ = ["Drawer", "Jammed"]

DRAWER_CENTS = 1_000_000  # in a new machine


class Jammed(Exception):
    """The drawer is stuck: no note came out."""


class Moved(msgspec.Struct, frozen=True):
    """Notes went into the drawer, or out of it (negative)."""

    id: str
    cents: int


class Drawer:
    """Notes on a disk, `cents` in a new one.

    `jams()` says whether it is stuck this time.
    """

    def __init__(
        self,
        disk: Disk | PaperDisk,
        cents: int = DRAWER_CENTS,
        jams: Callable[[], bool] = lambda: False,
    ):
        self.jams = jams
        self._log = Log(disk, "drawer", Moved)
        self._moved: dict[str, int] = {}
        if not self._log.records:
            self._log.append(Moved("", cents))
        for moved in self._log.records:
            self._count(moved)

    @property
    def cents(self) -> int:
        """What is in it."""
        return self._moved[""]

    def moved(self, id: str) -> int:
        """Return what went in (or out, negative) for one request, in all."""
        self._log.check()
        return self._moved.get(id, 0)

    def move(self, id: str, cents: int) -> None:
        """Take notes in, or give some out. Raises `Jammed` if none came out."""
        if cents < 0 and self.jams():
            raise Jammed("the drawer is stuck")
        self._log.append(Moved(id, cents))
        self._count(self._log.records[-1])

    def tidy(self, keep: set[str]) -> None:
        """Forget which request moved what, except for some."""
        kept = [m for m in self._log.records if m.id in keep and m.id]
        rest = self.cents - sum(m.cents for m in kept)
        self._log.rewrite([Moved("", rest), *kept])
        self._moved = {}
        for moved in self._log.records:
            self._count(moved)

    def _count(self, moved):
        for key in {moved.id, ""}:
            self._moved[key] = self._moved.get(key, 0) + moved.cents
