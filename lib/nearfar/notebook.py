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
    `first` to the next one that holds `last`.
    """
    sources = (inspect.getsource(thing).rstrip() for thing in things)
    lines = "\n\n\n".join(sources).splitlines()
    begin = next(n for n, line in enumerate(lines) if first in line)
    end = len(lines)
    if last:
        end = next(n for n in range(begin, end) if last in lines[n]) + 1
    part = lines[begin:end]
    if begin:
        part.insert(0, _left_out(lines[begin]))
    if end < len(lines):
        part.append(_left_out(lines[end]))
    return Markdown("```python\n{}\n```".format("\n".join(part)))


def _left_out(line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + "# ..."
