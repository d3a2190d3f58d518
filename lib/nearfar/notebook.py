"""What only a notebook needs: showing the library's own source.

A chapter never keeps a second copy of a program: it shows the one that runs.
"""

from __future__ import annotations

import inspect

from IPython.display import Markdown

__all__ = ["show_source"]


def show_source(*things) -> Markdown:
    """The source of functions, classes or modules of ours, as they run."""
    sources = (inspect.getsource(thing).rstrip() for thing in things)
    return Markdown("```python\n{}\n```".format("\n\n\n".join(sources)))
