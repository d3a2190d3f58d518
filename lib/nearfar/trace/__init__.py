"""Trace: what happened in a run, as events, and what it means."""

from .moments import HANDS_ON, Moment, fold, merge, moments
from .probes import here, time_of
from .recording import Event, Trace, shown, when_traced

__all__ = [
    "Event",
    "Trace",
    "shown",
    "when_traced",
    "here",
    "time_of",
    "Moment",
    "moments",
    "merge",
    "fold",
    "HANDS_ON",
]
