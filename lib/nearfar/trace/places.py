"""Places: where in the source a program stood when something happened.

The one idea: a reader wants to see the line of the program, not the line of
the machinery that carried it out. So a place is the innermost frame that is
not ours.
"""

from __future__ import annotations

import linecache
from functools import cache, partial

__all__ = ["place_of", "top_of"]

HOUSE = __name__.split(".")[0]  # all that is ours begins with it
SOURCE_LETTERS = 100  # of a line of source
COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
# Packages and modules whose lines say nothing about the program that uses
# them. (The lines of `exercises` are those of a check.)
MACHINERY = {
    f"{HOUSE}.trace",
    f"{HOUSE}.near",
    f"{HOUSE}.far",
    f"{HOUSE}.exercises",
    f"{HOUSE}.playing",
    f"{HOUSE}.simulation.network",
    f"{HOUSE}.simulation.links",
    f"{HOUSE}.simulation.connections",
    f"{HOUSE}.checking.choices",
    f"{HOUSE}.checking.orders",
}
# Between a program and us, of the standard library, whose versions differ, and
# greenlet, which is Python in a browser.
PLUMBING = {"contextlib", "functools", "greenlet"}


def place_of(frame) -> tuple[str, int, str]:
    """Function, line number and text: the innermost that is not ours.

    If all of it is ours, as in a bank's process: not of the machinery, and
    without the number, which no reader could look up in a cell.
    """
    ours = None
    while frame:
        module = frame.f_globals.get("__name__", "")
        if module in PLUMBING:
            pass
        elif not _is_ours(frame.f_globals.get("__package__") or ""):
            return _line(_function(frame), frame.f_code, frame.f_lineno)
        elif ours is None and not _is_machinery(module):
            name, _, text = _line(
                _function(frame), frame.f_code, frame.f_lineno
            )
            ours = name, 0, text
        frame = frame.f_back
    return ours or ("", 0, "")


@cache
def _is_ours(package: str) -> bool:
    return package.split(".")[0] == HOUSE


@cache
def _is_machinery(module: str) -> bool:
    package = module.rpartition(".")[0]
    return not {module, package}.isdisjoint(MACHINERY)


def _function(frame) -> str:
    """Its function's name; a comprehension belongs to its maker."""
    while frame.f_back and frame.f_code.co_name in COMPREHENSIONS:
        frame = frame.f_back
    name = frame.f_code.co_name
    return "" if name == "<module>" else name


def top_of(function) -> tuple[str, int, str]:
    """The first line of a function."""
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None)
    module = getattr(function, "__module__", None) or ""
    if code is None or _is_machinery(module):
        return "", 0, ""
    name, number, text = _line(code.co_name, code, code.co_firstlineno)
    return name, 0 if _is_ours(module) else number, text


def _line(name, code, number) -> tuple[str, int, str]:
    text = linecache.getline(code.co_filename, number).strip()
    return name, number, text[:SOURCE_LETTERS]
