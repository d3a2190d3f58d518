"""A stand-in for `greenlet` in the browser: what `nearfar` uses, no more.

The one idea: each greenlet is a call of its own, on a WebAssembly stack of its
own. A switch opens the gate of the other greenlet, and waits at its own gate.
The gates are promises, and Pyodide's `run_sync` waits for them.

Left out: contexts of their own (`gr_context` is only remembered) and frames.
"""

from js import Promise
from pyodide.ffi import create_proxy, run_sync


class GreenletExit(BaseException):
    """Ends the greenlet in which it is raised; its parent gets it as value."""


class greenlet:
    """A function that runs on a stack of its own."""

    gr_context = None

    def __init__(self, run=None, parent=None):
        self.parent = parent or _current
        if run is not None:
            self.run = run
        self._gate = None  # where it waits
        self._given = None  # what it finds there: a value and an error
        self._begun = self.dead = False

    def __bool__(self):
        return self._begun and not self.dead

    def switch(self, *args, **kwargs):
        """Run it; return what is passed to the caller, when it is."""
        value = args[0] if len(args) == 1 and not kwargs else args or kwargs
        return _switch(self, (value, None), args, kwargs)

    def throw(self, kind=GreenletExit, value=None, tb=None):
        """Raise an error in it, where it waits."""
        error = kind if isinstance(kind, BaseException) else value
        if not isinstance(error, BaseException):
            error = kind() if value is None else kind(value)
        return _switch(self, (None, error.with_traceback(tb)))

    def _main(self, args, kwargs):
        value = error = None
        try:
            value = self.run(*args, **kwargs)
        except GreenletExit as gone:
            value = gone
        except BaseException as raised:
            error = raised
        self.dead = True
        _open(self.parent, (value, error))


def _open(target, given, args=(), kwargs=None):
    """Let the first in the line of parents that is alive go on."""
    global _current
    while target.dead or not (target._begun or given[1] is None):
        target.dead = True
        if isinstance(given[1], GreenletExit):
            given = given[1], None
        target = target.parent
    _current, target._given = target, given
    if target._begun:
        target._gate.resolve(None)
    else:
        target._begun = True
        create_proxy(target._main).callPromising(args, kwargs or {})


def _switch(target, given, args=(), kwargs=None):
    me = _current
    if target is not me:
        me._gate = Promise.withResolvers()
        _open(target, given, args, kwargs)
        if _current is not me:
            run_sync(me._gate.promise)
        given = me._given
    value, error = given
    if error is not None:
        raise error
    return value


def getcurrent():
    """The greenlet that runs."""
    return _current


_current = None
_current = greenlet()
_current._begun = True
