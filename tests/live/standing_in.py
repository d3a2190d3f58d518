"""Loads the page's stand-ins into ordinary Python, with its own greenlet.

As a pytest plugin (`-p standing_in`) it lets tests of the library run over the
stand-ins. Those that need a thread, a process or TLS are skipped.
"""

import importlib.util
import os
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

LACKING = (
    (threading.Thread, "start"),
    (subprocess.Popen, "__init__"),
    (os, "fork"),
    (ssl.SSLContext, "wrap_bio"),
)
HERE = Path(__file__).parents[2] / "docs" / "_live" / "python" / "standins"


def load():
    """The package `standins`, without the folder around it."""
    if "standins" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "standins",
            HERE / "__init__.py",
            submodule_search_locations=[str(HERE)],
        )
        sys.modules["standins"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["standins"])
    return sys.modules["standins"]


def pytest_configure(config):
    load().install()
    for owner, name in LACKING:
        setattr(owner, name, lacking(getattr(owner, name)))


def lacking(real):
    """In a test, skip it; while tests are collected, do as usual."""

    def stand_in(*args, **named):
        if "PYTEST_CURRENT_TEST" in os.environ:
            pytest.skip("needs a thread, a process or TLS")
        return real(*args, **named)

    return stand_in
