"""Fewer: leave causes out of a failure while it still fails.

The one idea: delta debugging (Zeller and Hildebrandt, 2002) by halves. Try the
failure without one half of its causes, then without the other. Then try it
without quarters, and in the end without each single cause.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["leave_out"]


def leave_out(causes: list, still_fails: Callable[[list], list | None]) -> list:
    """Return causes that are enough for a failure; it needs each of them.

    `still_fails(rest)` tries the failure with some of the causes. It returns
    causes that are enough, all of `rest` or fewer, or None if nothing fails.
    """
    size = max(1, len(causes) // 2)
    while True:
        for start in range(0, len(causes), size):
            enough = still_fails(causes[:start] + causes[start + size :])
            if enough is not None:
                causes = enough
                break
        else:
            if size == 1:
                return causes
            size = max(1, size // 2)
