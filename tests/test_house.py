"""The rules of the house that a test can hold.

`lib/nearfar` is a house of packages: each has one door (its `__init__`), and
every import points down.
"""

import importlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "nearfar"

# The packages of the library, lowest first.
PACKAGES = (
    "near",
    "trace",
    "far",
    "drawing",
    "simulation",
    "bank",
    "farm",
    "checking",
    "experiments",
    "exercises",
    "processes",
    "programs",
)


def modules():
    """Every module of the library, as a path."""
    return sorted(LIBRARY.rglob("*.py"))


def name_of(path):
    return str(path.relative_to(LIBRARY).with_suffix(""))


def test_every_folder_of_the_library_is_a_known_package():
    folders = {path.parent.name for path in LIBRARY.glob("*/*.py")}
    assert folders <= set(PACKAGES), "give the package a place in PACKAGES"


@pytest.mark.parametrize("path", modules(), ids=name_of)
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
    assert f"'-e .[{extras}]'" in (ROOT / "Makefile").read_text()
