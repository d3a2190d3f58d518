"""The package by itself: what it imports, and what is packed with it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "nearfar"
TOLD = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, SETUPTOOLS = TOLD["project"], TOLD["tool"]["setuptools"]

# Run in a Python of its own: no package can be imported but these.
ALONE = """
import sys

class Others:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in {"nearfar", *sys.argv[1:], *sys.stdlib_module_names}:
            raise ModuleNotFoundError(f"{top} is not installed here")

sys.meta_path.insert(0, Others())
"""
USE = """
from nearfar import Channel, run, spawn

pipe = Channel()
spawn(pipe.send, "heard")
print(run(until=spawn(pipe.receive)))
"""


def python(code, *allowed):
    """Run code where only the `allowed` packages exist beside ours."""
    return subprocess.run(
        [sys.executable, "-c", ALONE + code, *allowed],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_small_library_needs_greenlet_alone():
    done = python(USE, "greenlet")
    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_without_greenlet_it_says_what_is_missing():
    assert "greenlet is not installed here" in python(USE).stderr


@pytest.mark.parametrize("module", ["__main__", "benchmark", "stackless"])
def test_programs_need_no_more_than_the_dependencies(module):
    names = [line.partition(">")[0] for line in PROJECT["dependencies"]]
    done = python(f"import nearfar.{module}", *names)
    assert done.stderr == ""


def test_every_file_that_is_no_module_is_packed():
    (patterns,) = SETUPTOOLS["package-data"].values()
    packed = {path for each in patterns for path in LIBRARY.glob(each)}
    there = {
        path
        for path in LIBRARY.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert there == packed, "see package-data in pyproject.toml"
    assert LIBRARY / "py.typed" in packed
    assert LIBRARY / "measurements" / "primes.json" in packed


def test_every_folder_with_modules_is_a_package():
    """Setuptools packs no others."""
    folders = {path.parent for path in LIBRARY.rglob("*.py")}
    assert [str(f) for f in folders if not (f / "__init__.py").exists()] == []


def test_files_beside_the_package_exist():
    for files in SETUPTOOLS["data-files"].values():
        for name in files:
            assert (ROOT / name).is_file(), name
