"""Asking: the list of moves that answers every choice of one run.

The one idea: whatever meets a choice asks the same `Table`. While the list
lasts, it gives the next move; then it stops the run, or goes on by a rule. A
run is stopped by a `Stopped`, which a program's `except Exception` does not
catch. What can be seen is kept before any `finally` of the program runs.
"""

from __future__ import annotations

from collections.abc import Callable

from .moves import BadMoves, Choice

__all__ = ["Table", "Stopped"]

Rule = Callable[[list[Choice]], str | None]  # the next move; None: stop here


class Stopped(BaseException):
    """The list of moves ends here."""


class Table:
    """Answers choices by a list of `moves`, then by a `rule`.

    At each choice it calls `look(self)` first: to check promises. When it
    stops the run, it calls `keep()`.
    """

    def __init__(
        self,
        moves: tuple[str, ...],
        rule: Rule,
        look: Callable[[Table], None],
        keep: Callable[[], None],
    ):
        self.moves, self.rule = moves, rule
        self.look, self.keep = look, keep
        self.made: list[str] = []
        self.offered: list[list[Choice]] = []  # at each choice so far
        self.stopped = False
        self.refused: BadMoves | None = None

    def choose(self, choices: list[Choice]) -> str:
        """Return the move that is made. Raises Stopped at the end of them."""
        if self.stopped:
            raise Stopped
        self.look(self)
        self.offered.append(choices)
        number = len(self.made)
        if number < len(self.moves):
            move: str | None = self.moves[number]
            if move == "next":
                move = choices[0].move
            if move not in [choice.move for choice in choices]:
                self.refused = _not_open(number, move, choices)
                move = None
        else:
            move = self.rule(choices)
        if move is None:
            self.stopped = True
            self.keep()
            raise Stopped
        self.made.append(move)
        return move

    @property
    def departures(self) -> dict[int, str]:
        """The moves that were not the plain order's, by their number."""
        return {
            number: move
            for number, move in enumerate(self.made)
            if move != self.offered[number][0].move
        }


def _not_open(number, move, choices):
    known = ", ".join(repr(choice.move) for choice in choices[:12])
    more = f" and {len(choices) - 12} more" if len(choices) > 12 else ""
    return BadMoves(
        f"move {number + 1} is {move!r}, which is not open there. Open are "
        f"{known}{more}"
    )
