"""Greenlets in a browser: one WebAssembly stack for each.

The one idea: a greenlet waits at a gate, a promise of its own. A switch opens
the other's gate and waits at ours, with Pyodide's `run_sync`.

Only `switch`, `throw`, `parent`, `dead`, `gr_context`, `getcurrent` and
`GreenletExit` are here: the library uses nothing else. Every 32nd switch calls
`on_switch`, if the page has set it, so that its Stop is heard.
"""

import contextvars
import gc

from pyodide.code import run_js
from pyodide.ffi import create_proxy, run_sync

__all__ = ["greenlet", "getcurrent", "GreenletExit", "on_switch"]

# Pyodide up to 314.0.7 can die in a collection while a stack is suspended.
gc.disable()
on_switch = None  # called at every 32nd switch, in the greenlet that switches
_switches = 0
_gate = run_js("() => Promise.withResolvers()")
_start = run_js(
    """(run) => {
        const later = async () => { await null; await run.callPromising(); };
        later().finally(() => run.destroy());
    }"""
)


class GreenletExit(BaseException):
    """Ends a greenlet; its parent gets it as a value, not as an error."""


class error(Exception):
    """A switch that is not possible."""


class greenlet:
    """A function with a stack of its own, as in the package of this name."""

    __slots__ = ("run", "parent", "dead", "gr_context", "_gate", "_sent")
    GreenletExit = GreenletExit
    error = error
    gr_frame = None

    def __init__(self, run=None, parent=None):
        if run is not None:
            self.run = run
        self.parent = parent or _current
        self.dead = False
        self.gr_context = None
        self._gate = self._sent = None

    def __bool__(self):
        return self._gate is not None and not self.dead

    def switch(self, *args, **kwargs):
        return _go(self, args, kwargs, None)

    def throw(self, kind=GreenletExit, value=None, traceback=None):
        error = value if isinstance(value, BaseException) else None
        if error is None:
            error = (
                kind
                if isinstance(kind, BaseException)
                else kind(*(() if value is None else (value,)))
            )
        if traceback is not None:
            error = error.with_traceback(traceback)
        if self._gate is None and not self.dead:
            self.dead = True
            if isinstance(error, GreenletExit):
                return error
            raise error
        return _go(self, (), {}, error)


_main = _current = None
_main = _current = greenlet()
_main._gate = True


def getcurrent():
    """The greenlet that runs."""
    return _current


def _go(target, args, kwargs, error):
    global _switches
    _switches += 1
    if on_switch is not None and not _switches % 32:
        on_switch()
    while target.dead:
        target = target.parent
    me = _current
    if target is not me:
        me._gate = _gate()
        _hand_over(target, args, kwargs, error)
        run_sync(me._gate.promise)
    else:
        me._sent = args, kwargs, error
    (args, kwargs, error), me._sent = me._sent, None
    if error is not None:
        raise error
    if kwargs:
        return (args, kwargs) if args else kwargs
    return args[0] if len(args) == 1 else args


def _hand_over(target, args, kwargs, error):
    global _current
    _current, target._sent = target, (args, kwargs, error)
    if target._gate is None:
        target._gate = True
        _start(create_proxy(lambda: _run(target)))
    else:
        target._gate.resolve()


def _run(me):
    (args, kwargs, _), me._sent = me._sent, None
    context = me.gr_context or contextvars.Context()
    value, error = (), None
    try:
        value = (context.run(me.run, *args, **kwargs),)
    except GreenletExit as ended:
        value = (ended,)
    except BaseException as raised:
        error = raised
    me.dead = True
    parent = me.parent
    while parent.dead:
        parent = parent.parent
    _hand_over(parent, value, {}, error)
