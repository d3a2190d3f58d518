"""A stand-in for `greenlet` in the browser: what `nearfar` uses, no more.

The one idea: WebAssembly can leave a stack at a promise, and come back to it.
So each greenlet has a stack of its own. A switch opens the other's promise,
and waits at its own: about a microsecond.

Three files make it. This one is what Python sees, and the rules for greenlets
that have not begun or have ended. greenlet_code.py runs on the stacks: it puts
aside what CPython knows of a greenlet's life, and puts it back. greenlet.js
decides who runs. The main greenlet runs on the stack of the cell.

A stack has two parts, and the browser hides one. The other is memory: 256 kB
for each of the first 256 stacks, 48 kB for more. Python frames grow from its
bottom, C frames from its top. When they are about to meet, CPython raises
RecursionError. A stack is used again when its greenlet has ended, so a tab can
hold 15,000 greenlets at once.

It relies on the insides of Pyodide 314.0.7: promising calls, StackState, a
thread state for each cell, and offsets in CPython 3.14's thread state. Other
versions are refused.

Hazards: a switch is refused while JavaScript has called Python and waits for
it. While a greenlet waits, the thread state forgets its frames, or garbage
collection would walk along them. To free a chain of 4,000 objects, each of
which holds the next, needs more stack than a browser has, and ends Pyodide.

Left out: threads, tracing, a check for circles of parents.
"""

import os
import sys
import threading

import greenlet_code
import js
import pyodide
import pyodide_js
from pyodide.code import run_js
from pyodide.ffi import can_run_sync, to_js

__all__ = ["greenlet", "getcurrent", "GreenletExit", "on_switch"]

PYODIDE = "314.0.7"
NEW, ALIVE, DEAD = range(3)
on_switch = None  # called at every 32nd switch, in the greenlet that switches


class GreenletExit(BaseException):
    """Ends a greenlet; its parent gets it as a value, not as an error."""


class greenlet:
    """A function with a stack of its own."""

    def __init__(self, run=None, parent=None):
        self.parent = getcurrent() if parent is None else parent
        if run is not None:
            self.run = run

    def __bool__(self):
        return _low.state(self) == ALIVE

    @property
    def dead(self):
        """Whether it has ended."""
        return _low.state(self) == DEAD

    @property
    def gr_frame(self):
        """The innermost frame, while it waits; else None."""
        return _low.frame(self)

    @property
    def gr_context(self):
        """Its context variables, or None."""
        return _low.context(self)

    @gr_context.setter
    def gr_context(self, context):
        _low.set_context(self, context)

    def __del__(self):
        if _low.forget(self):  # it waits, and nothing can reach it
            self.parent = getcurrent()
            try:
                self.throw()
            finally:
                if _low.forget(self):  # it has caught that
                    _undead.append(self)


_undead = []  # forever: their stacks stay, so their addresses must


# Functions that greenlet_code.py calls, to learn which greenlet goes on


def _switching(target, names, *given):
    many = len(given) - len(names)
    kwargs = dict(zip(names, given[many:], strict=True))
    return _find(target, given[:many], kwargs, None)


def _throwing(target, names, kind=GreenletExit, value=None, tb=None):
    error = kind if isinstance(kind, BaseException) else value
    if not isinstance(error, BaseException):
        error = kind() if value is None else kind(value)
    return _find(
        target, (), {}, error if tb is None else error.with_traceback(tb)
    )


def _finishing(value, error):
    if isinstance(error, GreenletExit):
        value, error = error, None
    return _find(getcurrent().parent, (value,), {}, error)


def _find(target, args, kwargs, error):
    """The greenlet that goes on: the target, or a parent if that is dead.

    Returns it and, if it has begun, (None, the value it gets, an error or
    None); if not, (its function, positional and keyword arguments).
    """
    while True:
        state = _low.state(target)
        if state == NEW and error is None:
            _refuse_under_javascript()
            return target, target.run, args, kwargs
        if state == ALIVE:
            if target is not getcurrent():
                _refuse_under_javascript()
            return target, None, _value(args, kwargs), error
        _low.bury(target)
        if isinstance(error, GreenletExit):
            args, kwargs, error = (error,), {}, None
        target = target.parent


def _value(args, kwargs):
    """What a call of switch() returns that is switched to with these."""
    if len(args) == 1 and not kwargs:
        return args[0]
    return (args, kwargs) if args and kwargs else kwargs or args


def _refuse_under_javascript():
    if not can_run_sync():
        raise RuntimeError(
            "no greenlet can be left here: JavaScript has called Python, and"
            " waits. Start the program by callPromising()"
        )


def _load():
    """Set up the two lower parts."""
    if pyodide.__version__ != PYODIDE:
        raise ImportError(
            f"greenlets use what is inside of Pyodide {PYODIDE}, and this is "
            f"{pyodide.__version__}: compare the offsets in greenlet_code.py, "
            "then run tests/live/test_live_greenlet.py"
        )
    if not hasattr(js.WebAssembly, "Suspending"):
        raise ImportError(
            "greenlets need JavaScript Promise Integration: a Chrome or Edge"
            " of 137 or later, Firefox 153, or Safari 27"
        )
    threading.local().here = True  # from now on, the thread has a place for it
    scratch = pyodide_js._module._malloc(20)
    helpers = (), _switching, _throwing, _finishing
    code = greenlet_code.module(scratch, *map(id, helpers))
    offsets = {
        name: value
        for name, value in vars(greenlet_code).items()
        if isinstance(value, int)
    }
    path = os.path.join(os.path.dirname(__file__), "greenlet.js")
    set_up = run_js(__loader__.get_data(path).decode())
    known = to_js(offsets, dict_converter=js.Object.fromEntries)
    places = id(sys.modules[__name__]), id(greenlet), id(_main)
    return set_up(pyodide_js._module, to_js(code), known, scratch, *places)


_main = greenlet.__new__(greenlet)
_main.parent = None
_low = _load()
greenlet.switch, greenlet.throw = _low.switch, _low.throw
getcurrent = _low.getcurrent
