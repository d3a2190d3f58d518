"""What happens when nobody can run: wait for the world, or jump ahead.

The one idea: a scheduler asks its clock two things only, "what time is it?"
and "nobody can run before `when`: what now?". A `SystemClock` answers the
second by sleeping until then, or until a watched socket is ready. A
`VirtualClock` answers it by making it `when` at once: an hour of waiting
passes in no time, and every run of the same program sees the same times.

A clock is handed to `run(clock=...)`; programs read it with `now()`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["SystemClock", "VirtualClock"]

A_DAY = 86_400.0  # seconds; systems refuse to wait for much longer


class VirtualClock:
    """Simulated time, in seconds (or whatever your story counts in).

    It stands still while anybody can run and jumps to the next timer when
    nobody can.
    """

    watching = 0  # a virtual clock has no sockets to wait for

    def __init__(self, start: float = 0.0):
        self._now = float(start)

    def now(self) -> float:
        """The virtual time."""
        return self._now

    def wait(self, until: float) -> None:
        """Make it `until`."""
        self._now = max(self._now, until)

    def close(self) -> None:
        """Nothing to give back."""


class SystemClock:
    """Real time in seconds, monotonic, and the sockets of this process."""

    now = staticmethod(time.monotonic)

    def __init__(self):
        self.watching = 0  # how many waits for a socket are open
        self._selector = None

    def watch(self, file, event: int, wake: Callable[[], None]) -> None:
        """Call `wake()` once, during a `wait()`, when `file` is ready.

        `event` is `selectors.EVENT_READ` or `EVENT_WRITE`; one watcher for
        each of the two, and RuntimeError (a misuse) for a second one.
        """
        selector = self._ensure_selector()
        known = self._known(file)
        if known is None:
            selector.register(file, event, {event: wake})
        elif event in known.data:
            raise RuntimeError(
                "two tasklets wait for the same socket in the same direction; "
                "let one of them do all the receiving (or all the sending)"
            )
        else:
            known.data[event] = wake
            selector.modify(file, known.events | event, known.data)
        self.watching += 1

    def unwatch(self, file, event: int) -> bool:
        """Forget a watcher. Returns whether there was one."""
        known = self._known(file)
        if known is None or known.data.pop(event, None) is None:
            return False
        self.watching -= 1
        if known.data:
            self._selector.modify(file, known.events & ~event, known.data)
        else:
            self._selector.unregister(file)
        return True

    def forget(self, file) -> None:
        """Call whoever watches `file`, which is about to be closed."""
        for event in (1, 2):  # EVENT_READ, EVENT_WRITE
            self._wake(file, event)

    def wait(self, until: float) -> None:
        """Sleep until then, or until a watched socket is ready.

        A time that has passed means "just look". It may return early, and
        does so once a day: whoever waits looks at the time again.
        """
        seconds = min(max(0.0, until - self.now()), A_DAY)
        if not self.watching:
            time.sleep(seconds)
            return
        for key, ready in self._selector.select(seconds):
            for event in [event for event in key.data if event & ready]:
                self._wake(key.fileobj, event)

    def close(self) -> None:
        """Give the selector's file descriptor back."""
        if self._selector is not None:
            self._selector.close()
            self._selector = None
            self.watching = 0

    def _wake(self, file, event):
        known = self._known(file)
        wake = known and known.data.get(event)
        if wake:
            self.unwatch(file, event)
            wake()

    def _known(self, file):
        """What the selector knows of a file, which may be closed by now."""
        if not self.watching:
            return None
        try:
            return self._selector.get_map().get(file)
        except ValueError:
            return None

    def _ensure_selector(self):
        if self._selector is None:
            import selectors  # here, because a browser has none

            self._selector = selectors.DefaultSelector()
        return self._selector
