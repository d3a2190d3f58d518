"""Functions: the table of what workers can do, by name.

The one idea: a message brings a name and data, never code. The owner of a
worker decides at its start what it can do: a module that it imports adds to
`FUNCTIONS`, or is offered as a whole.

Read `worker` next. Left out: to send a function of a notebook (chapter 11
shows what that costs).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import isclass

from ..near import Misuse
from .primes import count_2006, count_between, count_sieved

__all__ = ["FUNCTIONS", "offer", "known_name"]

FUNCTIONS: dict[str, Callable] = {
    function.__name__: function
    for function in (count_2006, count_between, count_sieved)
}
SHOWN = 6  # names of the table that an error shows
INTO_A_FILE = (
    "Workers cannot import it from here. Put it into a file of its own, say "
    "my_work.py, import it from there, and start the farm with "
    "local_farm(2, imports='my_work')"
)


def offer(module: str) -> None:
    """Import a module and add to the table the functions that it defines.

    It leaves out names that begin with `_`, and names that the table has for
    another module's function. Raises Misuse if there is no such module.
    """
    if module == "__main__":
        raise Misuse(f"what stands in __main__ is in no module. {INTO_A_FILE}")
    if module.endswith(".py"):
        raise Misuse(f"a module is named without .py: {module[:-3]!r}")
    try:
        found = import_module(module)
    except ImportError as error:
        raise Misuse(f"cannot import {module!r}: {error}") from None
    for name, thing in vars(found).items():
        public = callable(thing) and not isclass(thing) and name[0] != "_"
        if public and _home(thing) == (found.__name__, name):
            known = FUNCTIONS.get(name)
            if known is None or _home(known) == _home(thing):
                FUNCTIONS[name] = thing


def known_name(function: Callable) -> str:
    """Return the name by which workers know a function.

    Raises Misuse, which says how to farm it out, if they do not.
    """
    if not callable(function):
        raise Misuse(f"map() takes a function and chunks, not {function!r}")
    name = getattr(function, "__name__", repr(function))
    known = FUNCTIONS.get(name)
    if known is function:
        return name
    raise Misuse(_refusal(function, name, known))


def _refusal(function, name, known):
    module, path = _home(function)
    if known is not None and _home(known) == (module, path):
        return (
            f"{name!r} has changed since it was offered to workers: start "
            "another farm, whose workers import it anew"
        )
    if known is not None:
        return f"workers know another {name!r}: give yours a name of its own"
    names = [*list(FUNCTIONS)[:SHOWN], *["..."][: len(FUNCTIONS) > SHOWN]]
    told = f"workers know {', '.join(names)}, not {name!r}: a message brings "
    if module in (None, "__main__") or path != name or "<" in name:
        return f"{told}data, never code. {INTO_A_FILE}"
    return (
        f"{told}data, never code. Start the farm with local_farm(2, "
        f"imports={module!r}), or add it to nearfar.farm.FUNCTIONS in a module "
        "and start workers elsewhere with --import"
    )


def _home(function):
    """The module that defines a function, and its name in there."""
    module = getattr(function, "__module__", None)
    return module, getattr(function, "__qualname__", None)
