"""The errors of this package, and whose fault each one is."""

__all__ = ["Misuse", "Deadlock", "Closed"]


class Misuse(RuntimeError):
    """The caller's mistake: what was expected, what came, what to do."""


class Deadlock(RuntimeError):
    """Tasklets are left and none of them can ever run again.

    The text starts with `Deadlock:` and names each one, what it waits for and
    where in the source it stands.
    """


class Closed(Exception):
    """The channel or connection has ended well: nothing more will come."""
