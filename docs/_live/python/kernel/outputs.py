"""Outputs: what a cell prints and shows, on its way to the page.

The one idea: an output is a dict in the form of nbformat. What is printed goes
out in pieces, each some 50 ms after the last, so that a loop that prints is
not slowed down by messages.
"""

import base64
import io
import json
import pprint
import sys
import time

PIECE_S = 0.05  # between two pieces of what is printed
LIMIT = 200_000  # letters that one cell may print
CUT = f"\n(cut here: a cell may print {LIMIT // 1000} kB)\n"
LARGEST = 1_000_000  # letters of a thing in one kind
THINGS = 500  # that one cell may show
KINDS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
}

page = None  # what worker.mjs offers
_shown = 0  # things, by the cell that runs


def begin():
    """A cell begins: it may print, and nothing is left of an earlier one."""
    global _shown
    _shown = 0
    sys.stdout, sys.stderr = streams
    for stream in streams:
        stream.left = LIMIT


def flush():
    """Send what has been printed."""
    for stream in streams:
        stream.flush()


def send(output):
    """Hand an output to the page, after what was printed before it."""
    flush()
    page.send(json.dumps(output))


def show(kind, data, display_id=None, count=None):
    """Send a thing that is not printed text."""
    global _shown
    _shown += kind != "update_display_data"
    if _shown > THINGS:
        if _shown == THINGS + 1:
            print(f"(cut here: a cell may show {THINGS} things)")
        return
    output = {"output_type": kind, "data": data, "metadata": {}}
    if count is not None:
        output["execution_count"] = count
    if display_id is not None:
        output["transient"] = {"display_id": display_id}
    send(output)


def kinds_of(thing):
    """A thing in every kind that it has, as {kind: data}.

    The class says which: an object may answer to every name.
    """
    data = {"text/plain": _plain(thing)}
    for name, kind in KINDS.items():
        method = getattr(type(thing), name, None)
        shown = None if method is None else method(thing)
        if isinstance(shown, bytes):
            shown = base64.b64encode(shown).decode()
        if shown is None:
            continue
        if len(shown) <= LARGEST:
            data[kind] = shown
        else:
            data["text/plain"] += f" (its {kind} is too large to show)"
    return data


def _plain(thing):
    if isinstance(thing, dict | list | tuple | set | frozenset):
        text = pprint.pformat(thing, width=79, sort_dicts=False)
    else:
        text = repr(thing)
    return text if len(text) <= LIMIT else text[:LIMIT] + CUT


class Printed(io.TextIOBase):
    """What stands for sys.stdout or sys.stderr."""

    def __init__(self, name):
        self.name = name
        self.parts = []
        self.left = LIMIT
        self.due = 0.0

    def writable(self):
        return True

    def write(self, text):
        if self.left > 0:
            kept = text[: self.left]
            self.parts.append(kept)
            self.left -= len(kept)
            if len(kept) < len(text):
                self.parts.append(CUT)
                self.left = 0
            if text.endswith("\n") and time.perf_counter() > self.due:
                self.flush()
        return len(text)

    def flush(self):
        self.due = time.perf_counter() + PIECE_S
        text, self.parts = "".join(self.parts), []
        if text:
            output = {"output_type": "stream", "name": self.name, "text": text}
            page.send(json.dumps(output))


streams = Printed("stdout"), Printed("stderr")
