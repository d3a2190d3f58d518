"""Drawing: pictures of runs and of measurements, as SVG."""

from .figure import SMALLEST, Figure, explorer, stack, width_of
from .grids import found, outcomes, squares, tally
from .layout import Arrow, Layout
from .measured import Series, curves, speed_up
from .spacetime import fold, merge, space_time, who_runs_when
from .spans import gantt
from .strips import strip

__all__ = [
    "Figure",
    "stack",
    "explorer",
    "SMALLEST",
    "width_of",
    "Arrow",
    "Layout",
    "strip",
    "found",
    "outcomes",
    "squares",
    "tally",
    "gantt",
    "curves",
    "speed_up",
    "Series",
    "space_time",
    "who_runs_when",
    "merge",
    "fold",
]
