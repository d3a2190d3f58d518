"""Run the chapters and store what they print: `make chapters`.

A chapter is written only if an output that the tests compare has changed, so
new timings alone leave it as it is, and its outputs all stem from one run.
"""

import os
import sys
from copy import deepcopy
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def run(path, notebook):
    """Fill in the outputs, and keep only the metadata that a chapter needs."""
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=120,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        for key in cell.metadata.keys() - {"tags", "mystnb", "local"}:
            del cell.metadata[key]


def compared(notebook):
    """Return the notebook without the outputs that no test compares."""
    rest = deepcopy(notebook)
    for cell in rest.cells:
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            cell.outputs = []
    return rest


os.environ["NEARFAR_PROGRESS"] = os.devnull  # no exercise is solved yet
os.environ["NEARFAR_PLAYER"] = "served"  # no output carries the player
for path in map(Path, sys.argv[1:]):
    stored = nbformat.read(path, as_version=4)
    fresh = deepcopy(stored)
    run(path, fresh)
    if compared(fresh) != compared(stored):
        new = path.with_suffix(".new")  # an interrupt leaves the old one whole
        nbformat.write(fresh, new)
        new.replace(path)
        print(f"{path}: new outputs")
