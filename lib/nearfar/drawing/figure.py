"""Figures: a drawing as SVG, the words that say the same, and its steps.

The one idea: what is stored in a notebook is a plain picture, `<img>`, that
every reader can show. The steps of the run lie inside it as data; where a
script may run (on the site; in JupyterLab once you have run the cell) the
same picture becomes a player that walks through them. `player.js`, beside
this module, is its only source.

Left out: what to draw. That is in `diagrams`.
"""

from __future__ import annotations

import base64
import json
import re
from html import escape

__all__ = ["Figure", "stack", "explorer"]

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
SMALLEST = 0.75  # of its size, before a figure scrolls instead of shrinking

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
# JupyterLab says where it serves the player; elsewhere this does nothing, and
# in a notebook that is not trusted it is taken out.
PLAY = (
    "let c=document.getElementById('jupyter-config-data');"
    "c&&import(JSON.parse(c.text).fullLabextensionsUrl+'/nearfar/player.js')"
    ".then(()=>nearfar.play(this),()=>0)"
)


class Figure:
    """A drawing as SVG with a text that says the same: `alt`.

    `steps`, if there are any, is what the player shows: see `diagrams`.
    """

    def __init__(
        self,
        parts: list[str],
        alt: str,
        width: int,
        height: int,
        steps: dict | None = None,
    ):
        self.parts = parts
        self.alt = alt
        self.width = width  # pixels
        self.height = height
        self.steps = steps

    @property
    def svg(self) -> str:
        """The drawing, with its steps inside."""
        steps = ""
        if self.steps:
            told = json.dumps(
                self.steps, ensure_ascii=False, separators=(",", ":")
            )
            steps = f"<metadata>{escape(clean(told), quote=False)}</metadata>"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" '
            f'height="{self.height}" viewBox="0 0 {self.width} {self.height}">'
            f"{steps}<style>{STYLE}</style>{HEAD}"
            f'<rect width="{self.width}" height="{self.height}" rx="8" '
            f'fill="{GROUND}"/>{"".join(self.parts)}</svg>'
        )

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        play = f'onload="{escape(PLAY)}" ' if self.steps else ""
        return (
            f'<img alt="{escape(clean(self.alt))}" {play}'
            f'style="min-width:{round(SMALLEST * self.width)}px" '
            f'src="data:image/svg+xml;base64,{data}">'
        )

    def __repr__(self):
        return f"<figure: {self.alt}>"


def stack(*figures: Figure) -> Figure:
    """Several figures as one, from top to bottom. It cannot be stepped."""
    height, parts = 0, []
    for figure in figures:
        parts.append(f'<g transform="translate(0 {height})">')
        parts += [*figure.parts, "</g>"]
        height += figure.height
    width = max(figure.width for figure in figures)
    alt = " ".join(figure.alt for figure in figures)
    return Figure(parts, alt, width, height)


def explorer(cases: dict[str, Figure], title: str = "") -> Figure:
    """Several recorded cases in one player, with a list to choose from.

    Where no script runs, it is the picture of the first one.
    """
    if not cases:
        raise ValueError("explorer() takes {name: figure}, not an empty dict")
    first, *others = cases.items()
    told = [[first[0], first[1].alt, None]]
    told += [[name, figure.alt, figure.svg] for name, figure in others]
    figure = first[1]
    return Figure(
        figure.parts,
        f"{title}: {first[0]}. {figure.alt}" if title else figure.alt,
        figure.width,
        figure.height,
        (figure.steps or {}) | {"cases": told},
    )


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Words whose line begins at x; `kind` is one of the classes above."""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{named}>{escape(clean(words))}</text>'


def clean(words: str) -> str:
    """With a sign in place of letters that XML cannot hold."""
    return UNFIT.sub("\ufffd", words)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return (
        f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" '
        f'x2="{x2:g}" y2="{y2:g}"/>'
    )


def bolt(x: float, y: float) -> str:
    """A flash of lightning that strikes there: a fault."""
    return f'<path class="wrong" d="M{x:g} {y:g}l-3-8h5l-6-12h-6l5 8h-5z"/>'


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
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
