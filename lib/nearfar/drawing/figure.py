"""Figures: a drawing as SVG, the words that say the same, and its steps.

The one idea: a notebook stores a plain picture, `<img>`, that every viewer can
show. The steps of the run lie inside it as data. Where a script can run, the
picture becomes a player that walks through them: on the site at once, in a
notebook after you have run the cell. Its source is `player.js`. JupyterLab
serves that file. VS Code and Colab do not, so there each output carries it.

Left out: what to draw. `svg` has the marks; the modules after this one each
draw one kind of picture.
"""

from __future__ import annotations

import base64
import json
import os
from functools import cache
from html import escape
from pathlib import Path

from .svg import GROUND, HEAD, STYLE, clean

__all__ = ["Figure", "stack", "explorer"]

SMALLEST = 0.75  # of its size, before a figure scrolls instead of shrinking

# JupyterLab says where it serves the player; elsewhere this does nothing, and
# in a notebook that is not trusted it is taken out.
PLAY = (
    "let c=document.getElementById('jupyter-config-data');"
    "c&&import(JSON.parse(c.text).fullLabextensionsUrl+'/nearfar/player.js')"
    ".then(()=>nearfar.play(this),()=>0)"
)
# A kernel has the first two of VS Code, also of one that runs elsewhere.
UNSERVED = {"VSCODE_PID", "VSCODE_CWD", "COLAB_RELEASE_TAG"}


class Figure:
    """A drawing as SVG with a text that says the same: `alt`.

    `steps`, if there are any, is what the player shows: see `steps`.
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
            f"{_player() if self.steps and _must_carry() else ''}"
        )

    def __repr__(self):
        return f"<figure: {self.alt}>"


def _must_carry():
    """Tell whether outputs need their own player. NEARFAR_PLAYER decides."""
    told = os.environ.get("NEARFAR_PLAYER")
    return told == "inline" if told else bool(UNSERVED & os.environ.keys())


@cache
def _player():
    source = Path(__file__).with_name("player.js").read_text(encoding="utf-8")
    return f"<script>{source}</script>"


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


def explorer(
    cases: dict[str, Figure], title: str = "", still: Figure | None = None
) -> Figure:
    """Several recorded cases in one player, with a list to choose from.

    Where no script runs, it is the picture `still`, or else that of the first
    case.
    """
    if not cases:
        raise ValueError("explorer() takes {name: figure}, not an empty dict")
    told: list[list[str | None]]
    told = [[name, figure.alt, figure.svg] for name, figure in cases.items()]
    name, figure = next(iter(cases.items()))
    steps = figure.steps or {}
    if still is None:
        told[0][2] = None  # the picture itself
        alt = f"{title}: {name}. {figure.alt}" if title else figure.alt
    else:
        figure, alt, steps = still, still.alt, {}
    return Figure(
        figure.parts,
        alt,
        figure.width,
        figure.height,
        steps | {"cases": told},
    )
