"""Errors: the reader's lines, then the library's, as Python tells them."""

import os
import re
import traceback

# The library leaves out the names of files in a kernel's folder.
FILE = "ipykernel_page/{}.py"
HERE = os.path.dirname(__file__)


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
        "evalue": str(error),
        "traceback": text.splitlines(),
    }


def _leave_out_ours(exception):
    """Drop the lines of the kernel, in which every cell runs."""
    while exception is not None:
        exception.stack[:] = [
            frame
            for frame in exception.stack
            if not frame.filename.startswith(HERE)
        ]
        exception = exception.__cause__ or exception.__context__
