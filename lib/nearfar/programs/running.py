"""Running: what all programs share, from the first line to the exit code.

The one idea: an error that a person can mend becomes one line on standard
error and exit code 1. Anything else is a fault of ours and keeps its
traceback. What only some programs need is imported by those.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["run_program"]

INTERRUPTED = 130  # exit code after Ctrl-C: 128 + SIGINT


def run_program(options: argparse.Namespace) -> int:
    """Run `options.function(options)`; returns the exit code.

    With `options.trace`, a file, what this process saw is written there. With
    `options.child`, it ends when its standard input ends.
    """
    for stream in sys.stdout, sys.stderr:  # a name may have any letters
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    watching, save = _recording(getattr(options, "trace", None))
    if options.child:
        from ..processes import end_with_parent

        end_with_parent(save)
    try:
        with watching:
            options.function(options)
        save()
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if not isinstance(error, _mendable()):
            raise
        print(f"{options.program}: {error}", file=sys.stderr)
        return 1
    return 0


def _recording(path) -> tuple[contextlib.AbstractContextManager, Callable]:
    """What to run the program in, and what to call when it ends."""
    if not path:
        return contextlib.nullcontext(), lambda: None
    from ..trace import Trace

    trace = Trace()
    return trace, lambda: Path(path).write_text(
        trace.to_json(), encoding="utf-8"
    )


def _mendable():
    """Errors whose text says what to do. Their modules are loaded only now."""
    from ..bank import Refused
    from ..far import Malformed
    from ..near import Closed

    return OSError, RuntimeError, Closed, Malformed, Refused
