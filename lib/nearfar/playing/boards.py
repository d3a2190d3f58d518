"""Board: a target in a notebook, to be played with buttons.

The one idea: a board keeps no state. The page sends a list of moves, and this
module answers with all that can be seen after them. `board.js` draws it, and
knows one function: `send(request) -> state`. A notebook that cannot run scripts
shows the picture, what is open, and how to go on in a cell.

The page asks for `answer(...)`: in JupyterLab the notebook's kernel, on the
site the Python that runs in the page. A board's key is made from its program,
so an old picture never meets another program. `take_over` gives a recorded
picture what its player needs to begin a board at one of its steps.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from html import escape
from typing import Any

from ..drawing import Figure
from .moves import BadMoves, Choice, moves_from_text, moves_to_text
from .pictures import draw_played, moves_before
from .running import Played, promise_of
from .targets import Target

__all__ = ["board", "Board", "answer", "take_over"]

MOST_BOARDS = 100  # of one kernel; the oldest are forgotten
# JupyterLab says where it serves the script; elsewhere this does nothing, and
# in a notebook that is not trusted it is taken out.
OPEN = (
    "let c=document.getElementById('jupyter-config-data'),"
    "u=c&&JSON.parse(c.text).fullLabextensionsUrl+'/nearfar/';"
    "c&&import(u+'board.js').then(()=>nearfarBoard.open(this,'{key}',u),()=>0)"
)

PLAYER = re.compile(r'onload="[^"]*"')  # in its place comes the board
_boards: dict[str, Board] = {}


class Board:
    """A target, shown after some moves; `title` stands above its picture."""

    def __init__(
        self, target: Target, moves: Iterable[str] = (), title: str = ""
    ):
        self.target, self.title = target, title
        self.played = target.play(moves)
        told = repr([title, self.played.moves, *_traits(target)])
        self.key = sha256(told.encode()).hexdigest()[:12]
        _boards.pop(self.key, None)
        _boards[self.key] = self
        while len(_boards) > MOST_BOARDS:
            del _boards[next(iter(_boards))]

    def _repr_html_(self) -> str:
        picture = self.picture(self.played)._repr_html_()
        begin = escape(OPEN.replace("{key}", self.key))
        image = PLAYER.sub(lambda found: f'onload="{begin}"', picture)
        return (
            f'<div class="nearfar-board" data-board="{self.key}">{image}'
            f"{''.join(_told(self.played))}</div>"
        )

    def __repr__(self):
        return f"<board: {self.title or 'a game'}>\n{self.played}"

    def picture(self, played: Played) -> Figure:
        """Draw a game, for a player that offers to go on from each step."""
        return take_over(draw_played(played, self.title), self, played)

    def state(self, played: Played) -> dict[str, Any]:
        """Return all that a page shows of a game."""
        figure = draw_played(played, self.title)
        lanes = (figure.steps or {}).get("lanes", [])
        return {
            "moves": played.moves,
            "text": moves_to_text(played.moves),
            "choices": [
                (c.move, words, c.on) for c, words in _in_words(played)
            ],
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


def take_over(figure: Figure, board: Board, played: Played) -> Figure:
    """Let the player of a picture of `played` begin a board at each step."""
    steps = figure.steps or {}
    before = moves_before(played)[steps.get("earlier", 0) :]
    steps["play"] = {
        "board": board.key,
        "moves": played.moves,
        "before": before[: len(steps["steps"])],
    }
    return figure


class Answer(dict):
    """A state that a kernel can hand to a page."""

    def __repr__(self):
        return "<an answer to a page>"  # all of it would be sent twice

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


def answer(key: str, request: str) -> Answer:
    """Answer a page: `request` is JSON with `do`, `moves` or `text`, `seed`.

    The answer has an `error` in place of a state if it cannot be done.
    """
    if key not in _boards:
        return Answer(error="Python does not know this board yet: run its cell")
    try:
        told = json.loads(request)
        moves = told.get("moves", [])
        if "text" in told:
            moves = moves_from_text(told["text"])
        seed = int(told.get("seed", 0))
        return Answer(_boards[key].do(told["do"], moves, seed))
    except (BadMoves, ValueError, KeyError, TypeError) as error:
        return Answer(error=str(error))


def _told(played: Played) -> Iterator[str]:
    """Say in HTML what is broken, what is open, and how to go on."""
    for breach in played.broken:
        words = f"Broken: {breach.promise}. {breach.why}"
        yield f"<p>{escape(words)}</p>"
    if played.over:
        yield "<p>The run is over.</p>"
        return
    yield "<p>Open now, plain order first:</p><ol>"
    for choice, words in _in_words(played):
        yield f"<li><code>{escape(choice.move)}</code>: {escape(words)}</li>"
    moves = repr([*played.moves, played.choices[0].move])
    yield (
        "</ol><p>Without buttons, go on in a cell: "
        f"<code>board(game, {escape(moves)})</code> draws the next state, and "
        "<code>game.play([…])</code> tells it in words.</p>"
    )


def _in_words(played: Played) -> Iterator[tuple[Choice, str]]:
    """The open choices, and what they do; for a message also what it says."""
    said = {e.message: f": {e.value}" for e in played.events if e.message}
    for choice in played.choices:
        yield choice, choice.words + said.get(choice.on, "")


def _traits(target):
    """What tells a target from another, the same in every process."""
    yield _source(target.program)
    if keywords := getattr(target.program, "keywords", None):
        yield keywords
    for cell in getattr(target.program, "__closure__", None) or ():
        with suppress(ValueError):  # the cell is empty
            value = cell.cell_contents
            plain = isinstance(value, str | int)
            name = getattr(value, "__qualname__", type(value))
            yield value if plain else name
    yield [promise_of(told) for told in (*target.holds, *target.at_end)]
    yield sorted(target.verbs), target.seed, target.faults


def _source(program) -> str:
    try:
        return inspect.getsource(getattr(program, "func", program))
    except (OSError, TypeError):
        return ""
