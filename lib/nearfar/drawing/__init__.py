"""Drawing: pictures of runs and of measurements, made from data alone.

The one idea: a picture is a function of a record. So it cannot show what did
not happen, and equal runs give equal pictures. Each picture says in words, its
alternative text, what it shows.

Read `svg` (the marks), `figure` (a picture for a notebook), `steps` (a run,
moment by moment), then the pictures: `layout` and `spacetime`, `turn_rows`,
`calls`, `strips`, `grids`, `spans`; `axes` and `measured` (curves).
`player.js` steps through a run.

Left out: what the pictures are about. They take a trace, or plain numbers and
words, and know no bank and no farm.
"""

from .calls import call_stacks
from .figure import Figure, explorer, stack
from .grids import outcomes, squares, tally
from .measured import Series, curves
from .spacetime import space_time
from .spans import gantt
from .strips import strip
from .turn_rows import who_runs_when

__all__ = [
    "space_time",
    "who_runs_when",
    "call_stacks",
    "Figure",
    "stack",
    "explorer",
    "strip",
    "outcomes",
    "squares",
    "tally",
    "gantt",
    "curves",
    "Series",
]
