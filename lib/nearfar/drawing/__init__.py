"""Drawing: pictures of runs and of measurements, as SVG."""

from .figure import Figure, explorer, stack
from .grids import outcomes, squares, tally
from .measured import Series, curves, speed_up
from .spacetime import space_time
from .spans import gantt
from .strips import strip
from .turn_rows import who_runs_when

__all__ = [
    "Figure",
    "stack",
    "explorer",
    "strip",
    "outcomes",
    "squares",
    "tally",
    "gantt",
    "curves",
    "speed_up",
    "Series",
    "space_time",
    "who_runs_when",
]
