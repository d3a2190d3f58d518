"""Board: a target in a notebook, to be played with buttons.

The one idea: a board keeps no state. The page sends a list of moves, and this
module answers with all that can be seen after them. `board.js` draws it, and
knows one function: `send(request) -> state`. A notebook that cannot run scripts
shows the picture and a list of what is open.

The page asks for `answer(...)`: in JupyterLab the notebook's kernel, on the
site the Python that runs in the page.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from .moves import BadMoves, moves_from_text, moves_to_text
from .pictures import draw_played
from .running import Played
from .targets import Target

__all__ = ["board", "Board", "answer"]

MOST_BOARDS = 100  # of one kernel; the oldest are forgotten
# JupyterLab says where it serves the script; elsewhere this does nothing, and
# in a notebook that is not trusted it is taken out.
OPEN = (
    "let c=document.getElementById('jupyter-config-data'),"
    "u=c&&JSON.parse(c.text).fullLabextensionsUrl+'/nearfar/';"
    "c&&import(u+'board.js').then(()=>nearfarBoard.open(this,{number},u),()=>0)"
)

PLAYER = re.compile(r'onload="[^"]*"')  # in its place comes the board
_boards: dict[int, Board] = {}


class Board:
    """A target, shown after some moves; `title` stands above its picture."""

    def __init__(
        self, target: Target, moves: Iterable[str] = (), title: str = ""
    ):
        self.target, self.title = target, title
        self.played = target.play(moves)
        self.number = max(_boards, default=0) + 1
        _boards[self.number] = self
        _boards.pop(self.number - MOST_BOARDS, None)

    def _repr_html_(self) -> str:
        picture = draw_played(self.played, self.title)._repr_html_()
        begin = escape(OPEN.replace("{number}", str(self.number)))
        image = PLAYER.sub(lambda found: f'onload="{begin}"', picture)
        moves = "".join(
            f"<li>{escape(choice.words)}</li>" for choice in self.played.choices
        )
        return (
            f'<div class="nearfar-board" data-board="{self.number}">{image}'
            f"<p>Open now, plain order first:</p><ol>{moves}</ol></div>"
        )

    def __repr__(self):
        return f"<board: {self.title or 'a game'}>\n{self.played}"

    def state(self, played: Played) -> dict[str, Any]:
        """Return all that a page shows of a game."""
        figure = draw_played(played, self.title)
        lanes = (figure.steps or {}).get("lanes", [])
        return {
            "moves": played.moves,
            "text": moves_to_text(played.moves),
            "choices": [(c.move, c.words, c.on) for c in played.choices],
            "broken": [(b.promise, b.why, b.after) for b in played.broken],
            "holds": [*played.holds.items()],
            "departures": len(played.departures),
            "over": played.over,
            "printed": played.printed,
            "title": self.title,
            "source": _source(self.target.program),
            "alt": figure.alt,
            "svg": figure.svg,
            "lanes": lanes,
        }

    def do(self, verb: str, moves: list[str], seed: int) -> dict[str, Any]:
        """Carry out what a button says."""
        target = self.target
        if verb == "play":
            return self.state(target.play(moves))
        if verb == "finish":
            return self.state(target.finish(moves))
        if verb == "random":
            return self.state(target.random(seed, most=40))
        if verb == "shrink":
            return self.state(target.shrink(moves))
        if verb == "shortest":
            search = target.shortest_break(runs=1_000)
            if search.found is None:
                raise ValueError(
                    "the search found nothing: no list breaks a promise with "
                    f"so few departures from plain order as {search.covered}"
                )
            return self.state(search.found)
        raise ValueError(f"a board cannot {verb!r}")


class Answer(dict):
    """A state that a kernel can hand to a page."""

    def _repr_json_(self):
        return dict(self)


def board(
    program: Callable | Target,
    moves: Iterable[str] = (),
    title: str = "",
    **options,
) -> Board:
    """Show a program as a board, to be played with buttons.

    `options` are those of a `Target`. The board begins after `moves`.
    """
    if not isinstance(program, Target):
        program = Target(program, **options)
    return Board(program, moves, title)


def answer(number: int, request: str) -> Answer:
    """Answer a page: `request` is JSON with `do`, `moves` or `text`, `seed`.

    The answer has an `error` in place of a state if it cannot be done.
    """
    if number not in _boards:
        return Answer(error="this board is of an earlier kernel: run its cell")
    try:
        told = json.loads(request)
        moves = told.get("moves", [])
        if "text" in told:
            moves = moves_from_text(told["text"])
        seed = int(told.get("seed", 0))
        return Answer(_boards[number].do(told["do"], moves, seed))
    except (BadMoves, ValueError, KeyError, TypeError) as error:
        return Answer(error=str(error))


def _source(program) -> str:
    try:
        return inspect.getsource(program)
    except (OSError, TypeError):
        return ""
