"""SVG: the marks of which every picture is made, as strings.

The one idea: a mark is a plain string, so a picture is a list of strings, and
equal runs give pictures that are equal to the last byte. Looks live in one
style sheet; a mark names its class.

Read `STYLE` for the classes, then the marks. Next: `figure` wraps marks into a
picture that a notebook can show.
"""

from __future__ import annotations

import re
from html import escape

__all__ = ["text", "line", "box", "bolt", "width_of", "shorten"]

# Colours that keep their contrast on the figure's own ground, in any theme.
GROUND, INK, QUIET = "#fdfcf9", "#26323f", "#5d6875"
RUNNING, QUEUED, WAITING, WAIT_GROUND = (
    "#1d5b8f",
    "#7e9ab3",
    "#9aa4b0",
    "#e9ebec",
)
MESSAGE, WRONG, WRONG_GROUND = "#a63a1e", "#b3261e", "#f8e1dc"
SIZE = 13  # pixels, of letters
UNFIT = re.compile(
    "[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
)

STYLE = (
    f"text{{font:{SIZE}px Helvetica,Arial,sans-serif;fill:{INK}}}"
    f".t{{font-weight:bold;font-size:14px}}.q{{fill:{QUIET};font-size:11px}}"
    f".a{{stroke:{MESSAGE};stroke-width:1.8}}.h{{fill:{MESSAGE}}}"
    ".l{stroke-dasharray:4 3}"
    f".v{{fill:{MESSAGE};stroke:{GROUND};stroke-width:4;"
    "paint-order:stroke;stroke-linejoin:round}"
    f".r{{fill:{RUNNING}}}.c{{fill:{QUEUED}}}.w{{fill:{WAIT_GROUND}}}"
    f".d{{stroke:{WAITING};stroke-width:1.6;stroke-dasharray:2 4}}"
    f".x{{fill:{WRONG_GROUND}}}.x+.d,.dead{{stroke:{WRONG}}}"
    f".e{{fill:{GROUND};stroke:{RUNNING};stroke-width:2}}"
    f".dead{{stroke-width:1.4;stroke-dasharray:6 4}}.wrong{{fill:{WRONG}}}"
    f".over{{fill:{WRONG};stroke:{GROUND};stroke-width:3;paint-order:stroke}}"
    f".tick{{stroke:#d5d9dc}}.n{{fill:#fff;font-size:11px;text-anchor:middle}}"
    f".p{{fill:{INK};font-size:11px;text-anchor:middle}}"
)
HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" '
    'markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" '
    'orient="auto"><path class="h" d="M0 0.4L8 4L0 7.6z"/></marker></defs>'
)


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Words whose line begins at x; `kind` is one of the classes above."""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{named}>{escape(clean(words))}</text>'


def clean(words: str) -> str:
    """With a sign in place of letters that XML cannot hold."""
    return UNFIT.sub("\ufffd", words)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line; `kind` is one of the classes above."""
    return (
        f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" '
        f'x2="{x2:g}" y2="{y2:g}"/>'
    )


def bolt(x: float, y: float) -> str:
    """A flash of lightning that strikes there: a fault."""
    return f'<path class="wrong" d="M{x:g} {y:g}l-3-8h5l-6-12h-6l5 8h-5z"/>'


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A rectangle with round corners; `kind` is one of the classes above."""
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" '
        f'height="{height:g}" rx="{min(3, height / 2):g}"/>'
    )


def width_of(words: str, size: float = SIZE) -> float:
    """About how wide they are in a sans-serif, in pixels."""
    narrow = len(re.findall(r"[iljtfrI.,:;'|!()\[\] ]", words))
    wide = len(re.findall(r"[mwMWOQGD@%…→]", words))
    return size * (0.63 * len(words) - 0.26 * narrow + 0.26 * wide)


def shorten(words: str, letters: int, keep: int = 0) -> str:
    """At most so many letters, with an ellipsis for what is missing.

    The last `keep` are kept: that is where names differ.
    """
    if len(words) <= letters:
        return words
    end = words[len(words) - keep :]
    return words[: letters - 1 - len(end)] + "…" + end
