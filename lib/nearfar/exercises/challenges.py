"""Challenges: exercises whose answer is a list of moves.

The one idea: a program works in plain order, and the reader is its scheduler,
or its network. An answer is solved if the promise of the challenge breaks
under its moves, followed by those of the plain order. `par` is the fewest
departures from the plain order that any list needs: a search through all
shorter ones has found none.

`chapter_challenges` holds them; the programs are in `experiments.to_break`.
"""

from __future__ import annotations

from ..playing import BadMoves, Board, Target, moves_from_text
from .promises import EXERCISES, Verdict

__all__ = ["Challenge"]


class Challenge:
    """A target, and the promise of it that is to be broken."""

    begun = False

    def __init__(
        self,
        number: str,
        title: str,
        *,
        target: Target,
        promise: str,
        par: int,
        hint: str,
    ):
        self.number, self.title, self.hint = number, title, hint
        self.target, self.promise, self.par = target, promise, par
        EXERCISES[number] = self  # type: ignore[assignment]

    def examine(self, answer) -> Verdict:
        """Make the moves, and those of the plain order; return the verdict.

        `answer` is a list of moves, or the text of one.
        """
        if answer is ... or (isinstance(answer, list) and ... in answer):
            words = "put moves in place of the `...`, then check"
            return Verdict(False, (words,), tried=False)
        if not isinstance(answer, str | list | tuple):
            return Verdict(False, ("expected: a list of moves",))
        try:
            if isinstance(answer, str):
                answer = moves_from_text(answer)
            played = self.target.finish(answer)
        except BadMoves as error:
            return Verdict(False, (str(error),))
        breach = next(
            (b for b in played.broken if b.promise == self.promise), None
        )
        board = Board(self.target, title=f"Challenge {self.number}")
        figure = board.picture(played)
        if breach is None:
            others = [f"Broken: {b.promise}" for b in played.broken]
            kept = f"✗ this promise still holds at the end: {self.promise}"
            return Verdict(False, (kept, *others), figure)
        many = len(played.departures)
        told = _departures(many)
        if many == self.par:
            score = f"That took {told}, and no list does it in fewer."
        else:
            score = f"That took {told}. {self.par} would do."
        broken = f"✓ broken after {breach.after} moves: {self.promise}"
        return Verdict(True, (broken, breach.why, score), figure)


def _departures(many):
    return f"{many} departure{'' if many == 1 else 's'} from plain order"
