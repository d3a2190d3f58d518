"""The rules of the house that a test can hold."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "nearfar"
MODULES = sorted([*LIBRARY.glob("*.py"), *LIBRARY.glob("exercises/*.py")])

# Whoever stands on a shelf may import from the shelves below it.
SHELVES = [
    [
        "trace",
        "clock",
        "deadlock",
        "messages",
        "accounts",
        "ledger",
        "disk",
        "drawer",
        "primes",
        "faults",
        "wire2006",
    ],
    ["tasklets", "handshake"],
    ["channels", "standing"],
    ["stackless", "connections", "schedules", "history", "figures", "grids"],
    ["memory", "requests", "wire", "tcp", "lanes", "ends", "layout", "strips"],
    ["sockets", "simulation"],
    ["worker", "job", "team"],
    ["bank", "atm", "farm", "pingpong", "chat"],
    ["processes", "engines", "benchmark", "curves", "gantt", "crowd"],
    ["diagrams", "worlds", "options", "hackysack"],
    ["hunt", "shrink", "holiday", "delivery", "branches"],
    ["exercises"],
    ["notebook", "terminal", "__init__", "__main__"],
]
# Imports within one shelf, each with its reason.
NEIGHBOURS = {
    ("job", "worker"),  # a farm's messages stand at the worker's
    ("team", "worker"),
    ("engines", "processes"),  # one of them is the local farm
    ("benchmark", "engines"),  # it times them
    ("diagrams", "curves"),  # one import for the chapters
    ("__main__", "__init__"),
    ("__main__", "terminal"),
    ("drawer", "disk"),
    ("ledger", "accounts"),  # the rules that it keeps to
    ("atm", "bank"),  # whose words it speaks
    ("grids", "figures"),
    ("tcp", "wire"),  # it is one
    ("ends", "lanes"),  # that it stands at
    ("hunt", "shrink"),
    ("exercises", "__init__"),  # written as a learner would
    ("exercises", "exercises"),
    ("exercises", "diagrams"),
}
# bank, atm and farm are handed something that connects or listens.
HANDED = ("bank", "atm", "farm")
NEVER = {(a, b) for a in HANDED for b in ("sockets", "simulation")}
# The one or two modules that may know a thing of the outside.
ONLY = {
    "matplotlib": {"curves"},
    "IPython": {"notebook"},
    "distributed": {"engines"},
    "sqlite3": {"ledger"},
    "subprocess": {"processes"},
    "socket": {"sockets", "tcp"},
    "ssl": {"handshake", "sockets", "__main__"},
    "selectors": {"sockets", "clock"},
}
SHELF = {name: n for n, shelf in enumerate(SHELVES) for name in shelf}


def name_of(path):
    """A module's own name, or that of the package in which it stands."""
    return path.stem if path.parent == LIBRARY else path.parent.name


def imports(path):
    """Names of our modules and of others that a module imports at run time."""
    ours, others = set(), set()
    tree = ast.parse(path.read_text())
    hints = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in set(ast.walk(tree)) - hints:
        if isinstance(node, ast.Import):
            others |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            inside = node.level == 1 and path.parent != LIBRARY
            if inside or node.module:
                ours.add(name_of(path) if inside else node.module)
            else:  # from . import a module, or something of the package's
                names = {alias.name for alias in node.names}
                ours |= {n if n in SHELF else "__init__" for n in names}
        elif isinstance(node, ast.ImportFrom):
            others.add(node.module.split(".")[0])
    return ours, others


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_modules_import_from_lower_shelves_only(path):
    name = name_of(path)
    assert name in SHELF, f"give {name}.py a place in SHELVES, in this file"
    ours, others = imports(path)
    for other in sorted(ours):
        lower = SHELF[other] < SHELF[name] or (name, other) in NEIGHBOURS
        assert lower, f"{name} may not import {other}: see SHELVES"
        assert (name, other) not in NEVER, (
            f"{name} may not import {other}: hand it something that connects"
        )
    for thing, allowed in ONLY.items():
        assert thing not in others or name in allowed, (
            f"{name} imports {thing}: only {', '.join(allowed)} may"
        )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_public_names_exist_and_have_docstrings(path):
    if path.stem == "__main__":
        return
    parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
    module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
    assert module.__doc__, f"{path.stem} opens without saying what it is"
    if path.stem.startswith("chapter_"):
        return
    for name in module.__all__:
        thing = getattr(module, name)
        if callable(thing):
            assert thing.__doc__, f"{path.stem}.{name} needs a docstring"


def test_tasklets_and_channels_need_nothing_that_a_browser_lacks():
    missing = {"socket", "selectors", "subprocess", "matplotlib", "asyncio"}
    for name in ("trace", "tasklets", "channels"):
        _, others = imports(LIBRARY / f"{name}.py")
        assert not others & missing, f"{name} imports {others & missing}"


def test_the_lock_installs_this_project_first():
    first = (ROOT / "requirements.txt").read_text().splitlines()[0]
    assert first == "-e ."


def test_every_direct_dependency_is_locked():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["book"]
    locked = (ROOT / "requirements.txt").read_text()
    for line in wanted:
        name = line.split(">")[0].split("=")[0].split("<")[0]
        assert f"\n{name}==" in locked, f"lock {name}: see requirements.txt"
