"""Processes: programs of ours that run beside this one, and their owner.

The one idea: the owner holds each child's standard input; when that ends, the
child does. So no child outlives its owner, whatever ends the owner.

Read `program` (the owner's side), then `child`, then `holders` (what is left
when a child has ended). `asked` and `confined` are for code that is not
trusted; `landlock` and `seccomp` hold it on Linux. Left out: output by the
second.
"""

from .asked import Replied, ask
from .child import announce_ready, empty_input, end_with_parent
from .confined import confine
from .program import Program

__all__ = [
    "Program",
    "announce_ready",
    "end_with_parent",
    "empty_input",
    "Replied",
    "ask",
    "confine",
]
