"""Checking: find the run that breaks a program, and make it small."""

from .orders import Failure, explore, replay_order
from .shrinking import shrink
from .worlds import CHUNK, ROUGH, Found, Report, Wrong, all_cores, hunt, replay

__all__ = [
    "explore",
    "replay_order",
    "Failure",
    "hunt",
    "replay",
    "all_cores",
    "Report",
    "Found",
    "Wrong",
    "ROUGH",
    "CHUNK",
    "shrink",
]
