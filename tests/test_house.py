"""The rules of the house that a test can hold.

`lib/nearfar` is a house of packages: each has one door (its `__init__`), and
every import points down. The two tables below are the whole plan.
"""

import ast
import importlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "nearfar"

# Who may import whom. What stands at the top of the library is a package of
# one module. "" is the top door, `from nearfar import ...`.
NEAR = {"near"}
TRACE = {*NEAR, "trace"}
FAR = {*TRACE, "far"}
CHECKING = {*FAR, "drawing", "simulation", "bank", "farm"}
LAST = {*CHECKING, "processes", "benchmark", "stackless"}
MAY_IMPORT = {
    "near": set(),
    "processes": set(),
    "benchmark": set(),
    "trace": NEAR,
    "stackless": TRACE,
    "drawing": TRACE,
    "far": TRACE,
    "simulation": FAR,
    "bank": FAR,
    "farm": {*FAR, "processes", "benchmark"},
    "replicas": {*FAR, "bank"},
    "checking": CHECKING,
    "playing": {*CHECKING, "checking"},
    "experiments": {*LAST, "", "checking", "playing", "replicas"},
    "exercises": {*LAST, "", "checking", "experiments", "playing", "replicas"},
    "programs": {
        *LAST,
        *("", "checking", "experiments", "replicas", "exercises"),
    },
    "notebook": set(),
    "": NEAR,
    "__main__": {"programs"},
}
# Each program of these stands for itself: its module is its door.
DRAWERS = {"experiments", "programs"}
# The packages that may know a thing of the outside.
ONLY = {
    "greenlet": {"near", "trace", "far", "stackless"},
    "IPython": {"notebook"},
    "distributed": {"farm"},
    "sqlite3": {"bank"},
    "subprocess": {"processes"},
    "socket": {"far"},
    "select": {"far"},
    "selectors": {"far"},
    "ssl": {"far", "programs"},
}
MOST_LINES = 300  # of a module: then it is split by what it is about
# The room of 2006 is sealed: it keeps one page of rules in one file.
SEALED = {"stackless"}
# Lines that a package may have: what it has, and a little room.
BUDGET = {
    "near": 1_600,
    "trace": 900,
    "far": 2_800,
    "drawing": 1_970,
    "simulation": 1_330,
    "bank": 3_950,
    "farm": 1_750,
    "checking": 2_250,
    "playing": 1_280,
    "replicas": 700,
}


def room_of(path):
    """The package (or lone module) of the library in which a file stands."""
    first = path.relative_to(LIBRARY).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def modules():
    """Every module of the library, as a path."""
    return sorted(LIBRARY.rglob("*.py"))


def imports(path):
    """(room, module in it or "", name) of ours, and names of others.

    All of them count, those for the type checker too.
    """
    ours, others = [], set()
    place = path.relative_to(LIBRARY).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            others |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = place[: len(place) - node.level + 1]
            target = [*base, *filter(None, (node.module or "").split("."))]
            for alias in node.names:
                inside = [*target, alias.name]
                known = (LIBRARY / inside[0]).is_dir() or (
                    LIBRARY / f"{inside[0]}.py"
                ).exists()
                room = inside[0] if known else ""
                deep = ".".join(target[1:])
                ours.append((room, deep, alias.name))
        elif isinstance(node, ast.ImportFrom):
            others.add(node.module.split(".")[0])
    return ours, others


def name_of(path):
    return str(path.relative_to(LIBRARY).with_suffix(""))


each_module = pytest.mark.parametrize("path", modules(), ids=name_of)


@each_module
def test_every_import_points_down(path):
    room = room_of(path)
    assert room in MAY_IMPORT, (
        f"{name_of(path)} stands in no room: put it into one, or give {room!r} "
        "a line in MAY_IMPORT, in this file"
    )
    ours, others = imports(path)
    for other, _, name in ours:
        assert other == room or other in MAY_IMPORT[room], (
            f"{name_of(path)} imports {name} from {other!r}. {room!r} may "
            f"import {sorted(MAY_IMPORT[room])}: move the definition down, or "
            "hand it in as an argument"
        )
    for thing, allowed in ONLY.items():
        assert thing not in others or room in allowed, (
            f"{name_of(path)} imports {thing}: only {sorted(allowed)} may. "
            "Move what needs it there"
        )


@each_module
def test_other_packages_are_entered_by_their_door(path):
    room = room_of(path)
    for other, deep, name in imports(path)[0]:
        if other == room or other in DRAWERS or not deep:
            continue
        raise AssertionError(
            f"{name_of(path)} imports {name} from {other}.{deep}: export it "
            f"from {other}/__init__.py, or do without it"
        )


@each_module
def test_private_names_stay_in_their_file(path):
    for other, deep, name in imports(path)[0]:
        assert not name.startswith("_"), (
            f"{name_of(path)} imports {name} from {other}.{deep}: give it a "
            "public name there, or move it to where it is used"
        )


def test_no_two_modules_of_a_package_import_each_other():
    for room in sorted({room_of(path) for path in modules()}):
        arrows = {}
        for path in modules():
            if room_of(path) != room or path.stem == "__init__":
                continue
            arrows[path.stem] = {
                deep or name
                for other, deep, name in imports(path)[0]
                if other == room
            }
        circle = find_circle(arrows)
        assert not circle, (
            f"in {room}: {' -> '.join(circle)}. Move what both need into the "
            "lower one"
        )


def find_circle(arrows):
    """The names of a circle of imports, or none."""
    done = set()

    def visit(name, path):
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in sorted(arrows.get(name, ())):
            found = visit(other, [*path, name])
            if found:
                return found
        done.add(name)
        return []

    for name in arrows:
        found = visit(name, [])
        if found:
            return found
    return []


@each_module
def test_a_module_is_short_enough_for_one_idea(path):
    lines, name = len(path.read_text().splitlines()), name_of(path)
    assert name in SEALED or lines <= MOST_LINES, (
        f"{name} has {lines} lines, at most {MOST_LINES} are allowed: split it "
        "by what it is about, or delete something"
    )


@pytest.mark.parametrize("room", BUDGET)
def test_a_package_keeps_to_its_budget_of_lines(room):
    lines = sum(
        len(path.read_text().splitlines())
        for path in modules()
        if room_of(path) == room
    )
    assert lines <= BUDGET[room], (
        f"{room} has {lines} lines, its budget is {BUDGET[room]}: delete or "
        "move something before you add"
    )


def test_no_two_public_names_are_the_same():
    seen = {}
    for path in modules():
        if path.stem in ("__init__", "__main__", "stackless"):
            continue  # doors hand on; stackless keeps the names of 2006
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                public = exported(path)
                if node.name not in public:
                    continue
                before = seen.setdefault(node.name, path)
                assert before == path, (
                    f"{node.name} is public in {name_of(before)} and in "
                    f"{name_of(path)}: rename one, or import the other"
                )


def exported(path):
    """The names in a module's `__all__`."""
    parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
    return getattr(importlib.import_module(".".join(parts)), "__all__", ())


@each_module
def test_public_names_exist_and_have_docstrings(path):
    if path.stem == "__main__":
        return
    parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
    module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
    assert module.__doc__, f"{name_of(path)} opens without saying what it is"
    for name in getattr(module, "__all__", ()):
        thing = getattr(module, name)
        if callable(thing):
            assert thing.__doc__, f"{name_of(path)}.{name} needs a docstring"


def test_the_lock_installs_this_project_first():
    first = (ROOT / "requirements.txt").read_text().splitlines()[0]
    assert first == "-e ."


def test_every_direct_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = sum(extras.values(), project["dependencies"])
    locked = (ROOT / "requirements.txt").read_text()
    for line in wanted:
        name = line.split(">")[0]
        assert f"\n{name}==" in locked, f"{name} is not locked: make lock"


def test_the_lock_is_made_from_all_extras():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = ",".join(project["optional-dependencies"])
    command = (ROOT / "nearfar" / "__main__.py").read_text()
    assert f'"-e .[{extras}]\\n"' in command
