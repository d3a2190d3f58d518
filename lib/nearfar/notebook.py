"""What only a notebook needs: showing the library's own source.

A chapter never keeps a second copy of a program: it shows the one that runs.
"""

from __future__ import annotations

import inspect

from IPython.display import Markdown

__all__ = ["show_source"]


def show_source(thing) -> Markdown:
    """The source of a function, class or module of ours, as it runs."""
    return Markdown(f"```python\n{inspect.getsource(thing).rstrip()}\n```")
