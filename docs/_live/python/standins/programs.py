"""Programs of the library as units: what stands for child processes.

What this pretends: that `Program("bank")` starts Python anew. Here the program
is a unit of this page (see `units`), with its own arguments, environment and
output. All units share the modules that are loaded. Killing one is to give it
no more turns.
"""

import io
import os
import sys
from functools import partial
from types import MappingProxyType, SimpleNamespace

from . import units


def patch(module):
    """Change a module of the library that has just been loaded."""
    if module.__name__ == "nearfar.processes.program":
        module.Program = _program(module)
    elif module.__name__ == "nearfar.processes.child":
        module.end_with_parent = end_with_parent
        module.empty_input = lambda: None
    elif module.__name__ == "nearfar.trace.recording":
        module._active = Active()
    elif module.__name__ == "nearfar.trace.places":
        module.PLUMBING.update((__name__, units.__name__))
    elif module.__name__ == "nearfar.programs.farm":
        module._start_pulse = lambda call, name: None  # see `workers`
    elif module.__name__ == "tqdm":
        module.tqdm.monitor_interval = 0  # no thread looks after the bars
    else:
        module.Printer = Printer


def end_with_parent(at_last=lambda: None):
    units.current.at_last = at_last


class Printer:
    """Prints lines of the unit, each at once."""

    dropped, why = 0, ""

    def __init__(self, file, room=0):
        self._error = file == 2

    def print(self, line):
        print(line, file=sys.stderr if self._error else sys.stdout)

    def close(self):
        """Every line is printed already."""

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()


class Active:
    """The traces that are on; each unit sees those that it has begun."""

    def __init__(self):
        self._units = {}  # trace: the unit

    def append(self, trace):
        self._units[trace] = units.current

    def remove(self, trace):
        del self._units[trace]

    def __len__(self):
        return len(self._units)

    def __iter__(self):
        here = units.current
        return (each for each, unit in self._units.items() if unit is here)


class Lines(io.TextIOBase):
    """The output of a unit, handed on line by line."""

    def __init__(self, take):
        self._take, self._rest = take, ""

    def writable(self):
        return True

    def write(self, text):
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(line)
        return len(text)

    def end(self):
        """Hand on a last line without its end."""
        if self._rest:
            self.write("\n")


def _program(module):
    """The library's `Program`, whose process is a unit."""

    class Program(module.Program):
        def __init__(
            self, *arguments, quiet=False, environment=MappingProxyType({})
        ):
            self.name, self.quiet = arguments[0], quiet
            self.lines, self._shown, self._address = [], 0, ""
            self._announced = Flag()
            self._output = Lines(self._take)
            environment = {**os.environ, **environment}
            self._unit = _started(arguments, environment, self._output)

        @property
        def address(self):
            units.wait(
                lambda: self._announced.is_set() or not self.alive,
                module.READY_TIMEOUT,
            )
            if not self._address:
                output = "\n".join(self.lines) or "(it printed nothing)"
                raise RuntimeError(f"{self.name} did not get ready:\n{output}")
            return self._address

        @property
        def pid(self):
            return self._unit.pid

        @property
        def alive(self):
            return self._unit.code is None

        @property
        def stopped(self):
            return self._unit.stopped

        @property
        def _process(self):
            return SimpleNamespace(returncode=self._unit.code)

        def kill(self):
            self._unit.kill()

        def wait(self, timeout=module.READY_TIMEOUT):
            if not units.wait(lambda: not self.alive, timeout):
                raise RuntimeError(
                    f"{self.name} has not ended within {timeout:g} s"
                )
            self._output.end()
            return self._unit.code

        def hang_up(self):
            if self.alive:
                self._unit.end(module.STOP_TIMEOUT)
            self._output.end()

        def stop(self):
            self.hang_up()
            return self._unit.code

        def disown(self):
            """No unit has forked."""

    return Program


class Flag:
    """A `threading.Event` that no thread waits for."""

    _set = False

    def is_set(self):
        return self._set

    def set(self):
        self._set = True


def _started(arguments, environment, output):
    """A unit; if it is to compute beside the page, in a web worker."""
    if arguments[0] == "worker" and sys.platform == "emscripten":
        from .workers import Remote

        return Remote(arguments, environment, output)
    main = partial(run_program, arguments)
    return units.start(arguments[0], main, environment, output)


def run_program(arguments):
    """What `python -m nearfar` does with these arguments; its exit code."""
    from nearfar.__main__ import main

    return main([*arguments, "--child"])
