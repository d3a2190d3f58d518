"""Run buttons: put Python and the library beside the pages that use them.

docs/_live/README.md tells how a press becomes an output. All that a press
loads is in one folder, named after what is in it: a browser that has kept files
of an older site can't mix them with new ones. Without npm, or without a
network, the site is built without buttons, and one line says so.
"""

import ast
import base64
import hashlib
import io
import json
import re
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import nbformat
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[2]
LIVE = ROOT / "docs" / "_live"
STATIC = ROOT / "docs" / "_static"
sys.path.insert(0, str(LIVE))

import fetch  # noqa: E402

PYODIDE = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
)
CELL = re.compile(r'<div class="cell(?= )')
SVG = re.compile(r'src="data:image/svg\+xml;base64,([^"]*)"')
logger = logging.getLogger(__name__)


def code_cells(chapter):
    """The code cells of a chapter, in order."""
    path = ROOT / "chapters" / f"{chapter}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def needs(cells, cell):
    """The cells above that a cell takes names from, and itself, in order."""
    wanted, found = names_in(cell.source)[0], [cell]
    for above in reversed(cells[: cells.index(cell)]):
        used, made = names_in(above.source)
        if wanted & made:
            wanted = wanted - made | used
            found.insert(0, above)
    return found


def names_in(source):
    """The names that a cell takes from others, and those that it makes."""
    taken, made = set(), set()
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic
        return taken, made
    for statement in tree.body:
        used, new = set(), set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                is_use = isinstance(node.ctx, ast.Load)
                (used if is_use else new).add(node.id)
            elif isinstance(node, ast.alias):
                new.add((node.asname or node.name).split(".")[0])
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                new.add(node.name)
        taken |= used - made
        made |= new
    return taken, made


def can_be_played(cell):
    """Whether an output of a cell is a board, or a picture that begins one."""
    told = [
        "".join(output.get("data", {}).get("text/html", ""))
        for output in cell.outputs
    ]
    pictures = [
        base64.b64decode(data) for html in told for data in SVG.findall(html)
    ]
    return any("nearfar-board" in html for html in told) or any(
        b'"play":' in picture for picture in pictures
    )


def name_cells(app, pagename, templatename, context, doctree):
    """Write the id of each cell, and why it is local, into the page."""
    context["live"] = app.live
    folder, _, chapter = pagename.partition("/")
    if not app.live or folder != "chapters" or "body" not in context:
        return
    every = code_cells(chapter)
    cells = iter(every)

    def name(found):
        cell = next(cells)
        named = f'<div data-cell="{cell.id}"'
        if local := cell.metadata.get("local"):
            named += f' data-local="{local}"'
        if can_be_played(cell):
            ids = " ".join(each.id for each in needs(every, cell))
            named += f' data-needs="{ids}"'
        return named + ' class="cell'

    context["body"] = CELL.sub(name, context["body"])
    if left := len([*cells]):
        logger.warning("%s: %d cells were not found", pagename, left)


def library():
    """One archive of all Python that the page loads beside Python's own."""
    content = {}
    for folder in (ROOT / "lib", LIVE / "python", LIVE / "python" / "instead"):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            skipped = {"__pycache__", "instead"} & {*name.parts}
            if path.is_file() and not skipped and ".egg" not in str(name):
                content[name.as_posix()] = path.read_bytes()
    for wheel in fetch.WHEELS:
        with zipfile.ZipFile(wheel.path) as packed:
            for name in packed.namelist():
                content[name] = packed.read(name)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as packed:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name)  # of 1980: a build gives the same
            packed.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def look_for_python(app):
    """Fetch what the buttons need, or do without."""
    app.live = ""
    try:
        fetch.fetch()
    except fetch.Missing as missing:
        logger.info("The pages get no Run buttons: %s.", missing)
        return
    if app.builder.format == "html":
        app.live = f"live-{stamp(files())}"


def stamp(content):
    """What changes with any of the files: no page loads two versions."""
    whole = hashlib.sha256()
    for name, data in sorted(content.items()):
        whole.update(f"{name} {len(data)} ".encode() + data)
    return whole.hexdigest()[:12]


def offer(app, error):
    """Put it beside the pages, if it is there."""
    if error or not app.live:
        return
    static = Path(app.outdir) / "_static"
    for old in static.glob("live-*"):
        shutil.rmtree(old)
    shutil.rmtree(static / "live")  # as the theme's files came
    write(static / app.live)


def files():
    """Everything that a first press loads, as {name: bytes}."""
    content = {"library.zip": library()}
    for folder in (LIVE, STATIC / "live"):
        for path in folder.glob("*.mjs"):
            content[path.name] = path.read_bytes()
    with tarfile.open(fetch.PYODIDE.path) as packed:
        for name in PYODIDE:
            data = packed.extractfile(f"package/{name}").read()
            content[f"pyodide/{name}"] = data
        lock = json.load(packed.extractfile("package/pyodide-lock.json"))
    lock["packages"] = {}  # its packages stand on another host
    content["pyodide/pyodide-lock.json"] = json.dumps(lock).encode()
    return content


def write(folder):
    """Write them into one folder."""
    for name, data in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def setup(app):
    app.connect("builder-inited", look_for_python)
    app.connect("html-page-context", name_cells)
    app.connect("build-finished", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":  # into a site that is built, for a try
    fetch.fetch()
    write(next(Path(sys.argv[1]).glob("_static/live-*")))
