"""Processes: programs of ours that run beside this one, and their owner.

The one idea: the owner holds each child's standard input; when that ends, the
child does. So no child outlives its owner, whatever ends the owner.

Read `program` (the owner's side), then `child`, then `holders` (what is left
when a child has ended). Left out: output by the second, and children that are
not `python -m nearfar`.
"""

from .child import announce_ready, empty_input, end_with_parent
from .program import Program

__all__ = ["Program", "announce_ready", "end_with_parent", "empty_input"]
