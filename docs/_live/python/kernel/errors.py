"""Errors: the reader's lines, then the library's, as Python tells them.

The one idea: an error that passed through the kernel is told from the first
line of a cell on. Where the page lacks something, a last line says so.
"""

import os
import re
import traceback

from .lacks import lacking
from .outputs import CUT, LIMIT

# The library leaves out the names of files in a kernel's folder.
FILE = "ipykernel_page/{}.py"
HERE = os.path.dirname(__file__)
OURS = HERE, os.path.join(os.path.dirname(HERE), "standins", "units.py")


def told(error, count):
    """An error as an output. `count` is the number of the cell that ran."""
    exception = traceback.TracebackException.from_exception(error)
    _leave_out_ours(exception)
    text = "".join(exception.format())

    def name_cell(found):
        number = int(found[1])
        earlier = f"An earlier cell (run {number})"
        name = "This cell" if number == count else earlier
        return f"{name}, line {found[2]}"

    text = re.sub(
        r'File "ipykernel_page/(\d+)\.py", line (\d+)', name_cell, text
    )
    text = re.sub(r'File ".*?/site-packages/(.*?)"', r'File "\1"', text)
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": _value(error)[:LIMIT],
        "traceback": (_shortened(text) + lacking(text)).splitlines(),
    }


def _value(error):
    """What str gives; some errors of readers have no text."""
    try:
        text = str(error)
    except Exception:
        text = "its __str__ failed"
    return re.sub(r"\(\d+\.py, line (\d+)\)$", r"(line \1)", text)


def _shortened(text):
    """Keep the begin and the end of a text that is too long."""
    half = LIMIT // 2
    return text if len(text) <= LIMIT else text[:half] + CUT + text[-half:]


def _leave_out_ours(exception):
    """Drop the lines of the kernel, and what it calls before the reader's."""
    while exception is not None:
        stack = exception.stack
        if stack and stack[0].filename.startswith(HERE):
            while stack and not stack[0].filename.startswith("ipykernel_page/"):
                stack.pop(0)
        stack[:] = [f for f in stack if not f.filename.startswith(OURS)]
        if not stack:
            exception.stack = None  # no headline, either
        exception = exception.__cause__ or exception.__context__
