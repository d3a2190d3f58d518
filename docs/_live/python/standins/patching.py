"""Patching: the library's modules that need another heart in the page."""

from importlib import import_module
from importlib.machinery import PathFinder
from typing import ClassVar


class Patching:
    """Finds modules as usual, and patches those in `PATCHES` once loaded.

    `PATCHES` maps a module of the library to the one here whose
    `patch(module)` changes it.
    """

    PATCHES: ClassVar = {
        "nearfar.exercises.stopping": "limits",
        "nearfar.processes.program": "standins.programs",
        "nearfar.processes.child": "standins.programs",
        "nearfar.programs.printer": "standins.programs",
        "tqdm": "standins.programs",
        "nearfar.programs.farm": "standins.programs",
        "nearfar.trace.recording": "standins.programs",
        "nearfar.trace.places": "standins.programs",
    }

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in cls.PATCHES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        spec.loader.exec_module = lambda module: cls._load(spec, module)
        return spec

    @classmethod
    def _load(cls, spec, module):
        type(spec.loader).exec_module(spec.loader, module)
        import_module(cls.PATCHES[spec.name]).patch(module)
