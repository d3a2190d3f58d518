"""Moves: what a player does at a choice, as short words, and as a text.

The one idea: a move is plain data, such as `"run ann"` or `"lose
atm>bank#1"`. So a game can be stored, sent in a link and read again. A text
from a stranger is checked before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote_plus, unquote_plus

__all__ = ["Choice", "BadMoves", "checked", "moves_to_text", "moves_from_text"]

VERSION = "1"
SIGN = "!"  # between two moves of a text
MOST_MOVES = 1_000  # in one game
LETTERS = 120  # of one move
VERBS = {  # whether a move with this verb names something
    "next": False,
    "run": True,
    "take": True,
    "time": False,
    "deliver": True,
    "hold": True,
    "lose": True,
    "crash": True,
    "restart": True,
    "apart": True,
    "heal": True,
}


class BadMoves(ValueError):
    """A list of moves that cannot be made, or a text that holds none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A move that is open: the move, and what it does, in words.

    `on` names what it is about: a tasklet, a channel, a message or a host; ""
    for time.
    """

    move: str
    words: str
    on: str = ""


def checked(moves: Iterable[object]) -> tuple[str, ...]:
    """Return the moves. Raises BadMoves if one of them is none."""
    moves = tuple(moves)
    if len(moves) > MOST_MOVES:
        raise BadMoves(
            f"{len(moves):,} moves are too many: a game has at most "
            f"{MOST_MOVES:,}"
        )
    for number, move in enumerate(moves, 1):
        if not _is_move(move):
            told = f"{move!r:.60}"
            raise BadMoves(
                f"move {number} is {told}: expected a verb and what it is "
                f"about, such as 'run ann'. The verbs are {', '.join(VERBS)}"
            )
    return moves  # type: ignore[return-value]


def _is_move(move):
    if not isinstance(move, str) or not move.isprintable():
        return False
    verb, _, what = move.partition(" ")
    return len(move) <= LETTERS and VERBS.get(verb) is bool(what)


def moves_to_text(moves: Iterable[str]) -> str:
    """Write moves as a text without spaces, for the end of a link."""
    told = [quote_plus(move, safe=">") for move in checked(moves)]
    return SIGN.join([VERSION, *told])


def moves_from_text(text: str) -> tuple[str, ...]:
    """Read what `moves_to_text` wrote, alone or after `#play=` in a link.

    What follows a `&` says which board of a page is meant. Raises BadMoves;
    runs nothing.
    """
    most = MOST_MOVES * (3 * LETTERS + 1)
    if not isinstance(text, str) or len(text) > most:
        raise BadMoves(f"expected a text of at most {most:,} letters")
    text = text.rpartition("#play=")[2].partition("&")[0]
    version, *told = text.split(SIGN)
    if version != VERSION:
        raise BadMoves(
            f"the text begins with {version[:20]!r}: expected {VERSION!r}, the "
            "version of these moves. Copy the whole link"
        )
    return checked(unquote_plus(move) for move in told)
