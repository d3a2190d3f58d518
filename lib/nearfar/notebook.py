"""Notebook: show the library's own source in a cell.

A chapter never keeps a second copy of a program: it shows the one that runs.
"""

from __future__ import annotations

import inspect

from IPython.display import Markdown

__all__ = ["show_source"]


def show_source(*things, first="", last="") -> Markdown:
    """Show the source of functions, classes or modules of the library.

    With `first` or `last`, show a part: from the line that holds the text
    `first` to the next one that holds `last`. Raises ValueError if there is
    no such line.
    """
    sources = (inspect.getsource(thing).rstrip() for thing in things)
    lines = "\n\n\n".join(sources).splitlines()
    begin, end = _find(lines, first, 0), len(lines)
    if last:
        end = _find(lines, last, begin) + 1
    part = lines[begin:end]
    if begin:
        part.insert(0, _left_out(lines[begin]))
    if end < len(lines):
        part.append(_left_out(lines[end]))
    return Markdown("```python\n{}\n```".format("\n".join(part)))


def _find(lines: list[str], text: str, start: int) -> int:
    for number, line in enumerate(lines[start:], start):
        if text in line:
            return number
    raise ValueError(f"no line from number {start + 1} on holds {text!r}")


def _left_out(line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + "# ..."
