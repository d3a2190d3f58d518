"""Fetch what the page's Python is made of, once, pinned by its hash.

npm brings Pyodide, pip the two packages that the library needs. A build
without npm, or without a network, gets nothing and makes a site without
buttons.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

CACHE = Path(__file__).resolve().parents[2] / "_build" / "live-cache"


class Package(NamedTuple):
    """A file that a registry serves, and what it must hash to."""

    name: str
    version: str
    file: str
    sha256: str

    @property
    def path(self):
        return CACHE / self.file

    @property
    def whole(self):
        """Whether the file is here, byte for byte as pinned."""
        if not self.path.is_file():
            return False
        found = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return found == self.sha256


PYODIDE = Package(
    "pyodide",
    "314.0.7",
    "pyodide-314.0.7.tgz",
    "66b7949e5a0cba2250b586d7e368bf12fb482800748d182c4618254b685ffaa0",
)
WHEELS = (
    Package(
        "msgspec",
        "0.23.0",
        "msgspec-0.23.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl",
        "1836f50ad87e7c56600b648a1b75c3bbcce62835cb1f489435fc5fee8d068831",
    ),
    Package(
        "tqdm",
        "4.67.3",
        "tqdm-4.67.3-py3-none-any.whl",
        "ee1e4c0e59148062281c49d80b25b67771a127c85fc9676d3be5f243206826bf",
    ),
)
FOR_THE_PAGE = (
    *("--no-deps", "--only-binary=:all:", "--implementation=cp"),
    *("--python-version=3.14", "--abi=cp314", "--abi=none"),
    *("--platform=pyemscripten_2026_0_wasm32", "--platform=any"),
)


class Missing(Exception):
    """Something that the page's Python needs could not be had."""


def fetch():
    """Fill the cache. Raises Missing, which says in one line what failed."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for package in (PYODIDE, *WHEELS):
        if package.whole:
            continue
        package.path.unlink(missing_ok=True)
        command = command_for(package)
        if shutil.which(command[0]) is None:
            raise Missing(f"{command[0]} is not installed")
        told = subprocess.run(command, capture_output=True, text=True)
        if told.returncode:
            last = (told.stderr.strip() or "no word").splitlines()[-1]
            raise Missing(f"{package.name} could not be fetched: {last}")
        if not package.whole:
            raise Missing(f"{package.file} is not the one that is pinned")


def command_for(package):
    """The command that puts a package into the cache."""
    if package is PYODIDE:
        spec = f"{package.name}@{package.version}"
        return ["npm", "pack", spec, "--silent", f"--pack-destination={CACHE}"]
    spec = f"{package.name}=={package.version}"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    return [*pip, "download", f"--dest={CACHE}", *FOR_THE_PAGE, spec]


if __name__ == "__main__":
    try:
        fetch()
    except Missing as missing:
        sys.exit(str(missing))
