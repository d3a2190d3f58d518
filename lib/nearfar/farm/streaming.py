"""Streaming: a run that gives results on the way, and then stands still.

The one idea: `run()` returns when it is over, but a map hands out results
before that. So the run gets a greenlet of its own. A tasklet inside calls
`give`, which switches out of the whole run, to the caller; the caller's next
`more` switches back in. In between no tasklet moves and no timeout fires. So
the run does nothing before the caller asks for more.

After such a pause, look at the clock before you call a peer late.

Read `coordinator` next: it is the only user.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..near import Misuse, lowlevel, run, spawn

__all__ = ["StreamingRun"]


class _Abandoned(Exception):
    """The caller does not want the rest."""


class StreamingRun:
    """`run(until=spawn(work), ...)`, in pieces. It starts with `more`.

    An error of the run comes out of `more`. An interrupt ends the run, at
    whatever line it comes: then `work` does nothing in any later run.
    """

    def __init__(self, work: Callable[[], object], clock=None, timeout=None):
        self._home = lowlevel.greenlet(self._run)
        self._inside = self._home  # where to switch to
        self._outside = lowlevel.getcurrent()  # and where back
        self._work = work
        self._clock = clock
        self._timeout = timeout
        self._given: object = None
        self._ended = ""  # why, if it was from outside

    def more(self):
        """Go on until the next `give`; return what was given.

        Returns None at the end of the run. Raises Misuse if it was ended from
        outside.
        """
        if self._ended:
            raise Misuse(self._ended)
        self._given = None
        if not self._home.dead:
            self._outside = self._home.parent = lowlevel.getcurrent()
            self._inside.switch()
        return self._given

    def give(self, what) -> None:
        """In the run: hand this out, and stand still until asked for more."""
        self._given, self._inside = what, lowlevel.getcurrent()
        self._outside.switch()

    def end(self, why: str = "this run was ended") -> None:
        """End the run here and now, with all its tasklets."""
        if self._is_inside():
            raise Misuse(f"{why}: not from inside of it, please")
        self._ended = self._ended or why
        if self._home:  # it has begun and not ended
            self._home.parent = lowlevel.getcurrent()
            self._inside.throw(_Abandoned)

    def _is_inside(self) -> bool:
        """Say whether the caller is a part of this run."""
        here: lowlevel.greenlet | None = lowlevel.getcurrent()
        while here is not None and here is not self._home:
            here = here.parent
        return here is not None

    def _run(self):
        with suppress(_Abandoned):
            run(
                until=spawn(self._begin),
                timeout=self._timeout,
                clock=self._clock,
            )

    def _begin(self):
        if self._home:  # else it was interrupted before it had begun
            self._work()
