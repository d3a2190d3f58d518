"""Notebook: show the library's own source in a cell.

A chapter never keeps a second copy of a program: it shows the one that runs.
"""

from __future__ import annotations

import inspect

from IPython.display import Markdown

__all__ = ["show_source"]


def show_source(*things) -> Markdown:
    """Show the source of functions, classes or modules of the library."""
    sources = (inspect.getsource(thing).rstrip() for thing in things)
    return Markdown("```python\n{}\n```".format("\n\n\n".join(sources)))
