"""Places: where in the learner's code a trial failed, or hung.

The one idea: only the learner's own functions are told. A hang is told by the
loop around it, because which line of a loop was running is luck.
"""

from __future__ import annotations

import ast
import linecache
import os
import sysconfig
from types import FrameType
from typing import NamedTuple

__all__ = ["Step", "place", "steps_to", "steps_in"]

NOT_THE_LEARNERS = (
    os.path.dirname(os.path.dirname(__file__)),
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    "<frozen",
)


def place(error: BaseException) -> str:
    """Where in the learner's code an error was raised, in words."""
    steps = steps_to(error)
    return steps[-1].where if steps else ""


class Step(NamedTuple):
    """A function that was under way, and the line where it was."""

    filename: str
    name: str
    number: int

    @property
    def line(self) -> str:
        """The text of the line."""
        return linecache.getline(self.filename, self.number).strip()

    @property
    def where(self) -> str:
        """The function, the line and its text, in words."""
        told = f": {self.line}" if self.line else ""
        return f"\nin {self.name}(), line {self.number} of the cell{told}"

    @property
    def tree(self) -> ast.AST:
        """The syntax tree of its file, empty if there is none."""
        try:
            return ast.parse("".join(linecache.getlines(self.filename)))
        except SyntaxError:
            return ast.parse("")

    @property
    def loops(self) -> list[ast.stmt]:
        """The loops around the line, from the outer one in."""
        node: ast.AST | None = self.tree
        loops: list[ast.stmt] = []
        while node is not None:
            if isinstance(node, ast.While | ast.For | ast.AsyncFor):
                loops.append(node)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                loops = []
            node = next(filter(self._is_in, _inner(node)), None)
        return loops

    @property
    def catches_all(self) -> bool:
        """Whether its file has an `except:`; luck decides what that catches."""
        return any(
            isinstance(node, ast.ExceptHandler)
            and (node.type is None or "BaseException" in ast.unparse(node.type))
            for node in ast.walk(self.tree)
        )

    def _is_in(self, node):
        return node.lineno <= self.number <= node.end_lineno


def steps_to(error: BaseException) -> list[Step]:
    """The learner's functions that an error came through, outermost first."""
    steps, traced = [], error.__traceback__
    while traced is not None:
        code = traced.tb_frame.f_code
        number = traced.tb_lineno or _line_before(code, traced.tb_lasti)
        steps.append(Step(code.co_filename, code.co_name, number))
        traced = traced.tb_next
    return _the_learners(steps)


def steps_in(frame: FrameType | None) -> list[Step]:
    """The learner's functions that are under way, outermost first."""
    steps = []
    while frame is not None:
        code = frame.f_code
        steps.append(Step(code.co_filename, code.co_name, frame.f_lineno))
        frame = frame.f_back
    return _the_learners(steps[::-1])


def _the_learners(steps):
    return [s for s in steps if not s.filename.startswith(NOT_THE_LEARNERS)]


def _line_before(code, instruction):
    """The last line that begins before an instruction that has none."""
    lines = [
        line
        for start, _, line in code.co_lines()
        if line is not None and start <= instruction
    ]
    return lines[-1] if lines else code.co_firstlineno


def _inner(node):
    """Its parts that have lines of their own."""
    for part in ast.iter_child_nodes(node):
        if hasattr(part, "lineno"):
            yield part
        else:
            yield from _inner(part)
