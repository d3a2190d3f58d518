"""A run that stands still while nobody asks for more.

The one idea: a `run()` comes back when it is over, but results should stream
out of it on the way. So it is given a greenlet of its own. `give`, called by a
tasklet inside, switches out of the whole run, to whoever asked; the next
`more` switches back in. In between no tasklet moves, as if time stood still,
and nothing is produced that nobody wants.

Whoever wakes up after that should ask what time it is before calling anybody
late.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..near import Misuse, lowlevel, run, spawn

__all__ = ["Standing"]


class _Abandoned(Exception):
    """Nobody wants the rest any more."""


class Standing:
    """`run(until=spawn(work), clock=clock)`, in pieces. It starts with `more`.

    An error of the run comes out of `more`.
    """

    def __init__(self, work: Callable[[], None], clock=None):
        self._home = lowlevel.greenlet(self._run)
        self._inside = self._home  # where to switch to
        self._outside = None  # and where back
        self._work = work
        self._clock = clock
        self._given = None
        self._ended = ""  # why, if it was from outside
        self._moving = False  # between `more` and `give`

    def more(self):
        """What was given next; None at the end of the run.

        Raises Misuse if it was ended from outside.
        """
        if self._ended:
            raise Misuse(self._ended)
        self._given = None
        if not self._home.dead:
            self._outside = self._home.parent = lowlevel.getcurrent()
            self._moving = True
            try:
                self._inside.switch()
            finally:
                self._moving = False
        return self._given

    def give(self, what) -> None:
        """In the run: hand this out, and stand still until asked for more."""
        self._given, self._inside = what, lowlevel.getcurrent()
        self._outside.switch()

    def end(self, why: str = "this run was ended") -> None:
        """End the run here and now, with all its tasklets."""
        if self._moving and self._inside is not lowlevel.getcurrent():
            raise Misuse(f"{why}: not from inside of it, please")
        self._ended = self._ended or why
        if self._home and self._inside is not lowlevel.getcurrent():
            self._home.parent = lowlevel.getcurrent()
            self._inside.throw(_Abandoned)

    def _run(self):
        with suppress(_Abandoned):
            run(until=spawn(self._work), clock=self._clock)
