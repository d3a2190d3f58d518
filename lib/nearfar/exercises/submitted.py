"""Submitted: find a learner's answer in cells that may have been changed.

The one idea: an answer is found by names, not by places. The call of `check`
tells the exercise and the answer's name. The nearest cell above that defines
the name is run, and before it each cell that defines a name which it uses. So
cells may be moved, copied or split, and the rest of the notebook is not run.

`trials` then tries the answer. This module protects nothing: its caller gives
up the rights of its process first (`nearfar.processes.confine`).
"""

from __future__ import annotations

import ast
import builtins
import linecache
import re
import symtable
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property

__all__ = ["answers_in", "checked_in"]

CHECKED = re.compile(r"""\bcheck\(\s*["'](\d+\.\d+)["']""")
MOST = 5  # answers to one exercise that are tried, the last ones
MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)  # for Jupyter, not Python


def checked_in(cells: list[str]) -> list[str]:
    """The numbers of the exercises that some cell seems to check."""
    found = (CHECKED.findall(source) for source in cells)
    return list(dict.fromkeys(number for each in found for number in each))


def answers_in(cells: list[str], number: str) -> Iterator[object]:
    """Run what each answer to an exercise needs; yield the answer.

    The last comes first. Where an answer's own cell raises an error, yields
    that error.
    """
    read = [Cell(place, source) for place, source in enumerate(cells)]
    calls = [(cell, call) for cell in read for call in cell.checks(number)]
    for cell, call in calls[: -MOST - 1 : -1]:
        try:
            yield _Run(read).value(cell, call)
        except BaseException as error:
            yield error


class Cell:
    """A cell of code, and which names it defines and uses."""

    def __init__(self, place: int, source: str):
        self.place = place
        self.source = MAGIC.sub("", source)
        self.file = f"<cell {place + 1}>"
        # Verdicts quote the learner's own lines.
        lines = self.source.splitlines(keepends=True)
        linecache.cache[self.file] = len(source), None, lines, self.file

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree, empty if it is no Python."""
        try:
            return ast.parse(self.source, self.file)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.parse("")

    @cached_property
    def defined(self) -> set[str]:
        """The names that it defines, for other cells too."""
        return {
            each.get_name()
            for each in self._table.get_symbols()
            if each.is_assigned() or each.is_imported() or each.is_namespace()
        }

    @cached_property
    def used(self) -> set[str]:
        """The names that it uses and does not define."""
        return set(_used(self._table)) - self.defined - set(dir(builtins))

    @cached_property
    def defines_all(self) -> bool:
        """Whether it imports `*`: then it may define any name."""
        return any(
            isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
            for node in self.tree.body
        )

    @property
    def _table(self):
        source = self.source if self.tree.body else ""
        return symtable.symtable(source, self.file, "exec")

    def checks(self, number: str) -> Iterator[ast.expr]:
        """Yield the answer in each call `check(number, answer)`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and _name(node.func) == "check":
                given = [*node.args, *(each.value for each in node.keywords)]
                first = getattr(given[0], "value", None) if given else None
                if first == number and len(given) > 1:
                    yield given[1]


def _used(table) -> Iterator[str]:
    for each in table.get_symbols():
        outside = table.get_type() == "module" or each.is_global()
        if each.is_referenced() and outside:
            yield each.get_name()
    for inner in table.get_children():
        yield from _used(inner)


def _name(node):
    return getattr(node, "id", getattr(node, "attr", ""))


class _Run:
    """The names of a notebook in which only the needed cells have run."""

    def __init__(self, cells):
        self.cells = cells
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.begun: set[int] = set()

    def value(self, cell, expression) -> object:
        """Run what an expression needs; return its value."""
        names = {n.id for n in ast.walk(expression) if isinstance(n, ast.Name)}
        for needed in self._that_define(names, cell.place + 1):
            self._run(needed)
        code = compile(ast.Expression(expression), cell.file, "eval")
        return eval(code, self.names)

    def _that_define(self, names, place):
        """The cells that define some names, the nearest above a place."""
        found = {}
        for name in sorted(names):
            known = [c for c in self.cells if name in c.defined]
            known = known or [c for c in self.cells if c.defines_all]
            above = [c for c in known if c.place < place]
            for cell in above[-1:] or known[:1]:
                found[cell.place] = cell
        return [found[place] for place in sorted(found)]

    def _run(self, cell):
        """Run a cell, and before it those that define what it uses."""
        if cell.place in self.begun:
            return
        self.begun.add(cell.place)
        for needed in self._that_define(cell.used, cell.place):
            with suppress(Exception):  # it may still have defined the name
                self._run(needed)
        exec(compile(cell.tree, cell.file, "exec"), self.names)
