"""Playing: take the scheduler's place, or the network's, one move at a time.

The one idea: every choice of a run can be asked for. So a game is a list of
moves: replay it and you get the same state, leave off the last move and you
have undone it.

`play(program, moves)` runs a program up to the first choice that `moves` does
not make, and returns what can be seen there. A `Target` also finishes a run,
draws moves at random, looks for the shortest way to break a promise, and
shrinks a list of moves.

Read `moves`, then `targets`, and `running`: how a list is played. `asking`
answers the choices, which come from two places: `turns` in one process,
`networks` between hosts. `pictures` draws what was played,
`boards` shows it in a notebook, with buttons, and `recorded` begins a board
from the picture of a run without one. Left out: the order of a host's own
tasklets. In a network they run first in, first out.
"""

from .boards import Board, answer, board, take_over
from .moves import BadMoves, Choice, moves_from_text, moves_to_text
from .pictures import draw_played
from .recorded import draw_found, offer_board
from .running import Breach, Played
from .targets import Searched, Target, play

__all__ = ["play", "Target", "Played", "Breach", "Searched", "Choice"]
__all__ += [
    "board",
    "Board",
    "answer",
    "take_over",
    "offer_board",
    "draw_found",
    "draw_played",
    "BadMoves",
    "moves_to_text",
    "moves_from_text",
]
