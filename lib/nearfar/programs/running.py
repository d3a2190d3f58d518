"""Running: what all programs share, from the first line to the exit code.

The one idea: an error that a person can mend becomes one line on standard
error and exit code 1. Anything else is a fault of ours and keeps its
traceback. What only some programs need is imported by those.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from .printer import say

__all__ = ["take_standard_files", "run_program", "end_by_signals"]

ENDS = ("SIGTERM", "SIGHUP")  # as Ctrl-C does, where the system has them


def take_standard_files() -> None:
    """Open those of 0, 1 and 2 that are closed, before anything else does.

    Else the next file, library or socket would be one of them, and what is
    printed would be written into it.
    """
    while (file := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(file)


def run_program(options: argparse.Namespace) -> int:
    """Run `options.function(options)`; returns the exit code.

    With `options.trace`, a file, what this process saw is written there. With
    `options.child`, it ends when its standard input ends; `options.at_last`
    lists what is called before that.
    """
    for stream in sys.stdout, sys.stderr:  # a name may have any letters
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    watching, save = _recording(getattr(options, "trace", None))
    options.at_last = [save]
    if options.child:
        from ..processes import end_with_parent

        end_with_parent(lambda: _finish(options))
    try:
        with watching:
            options.function(options)
        save()
    except KeyboardInterrupt as stop:
        say("\nstopped")
        return 128 + (stop.args[0] if stop.args else signal.SIGINT)
    except Exception as error:
        if not isinstance(error, _mendable()):
            raise
        say(f"{options.program}: {error}")
        _let_output_go(error)
        return 1
    return 0


def _finish(options):
    for each in options.at_last:
        try:
            each()
        except OSError as error:
            say(f"{options.program}: {error}")


@contextlib.contextmanager
def end_by_signals() -> Iterator[None]:
    """Let the signals that end a process end this block as Ctrl-C does.

    Its files are closed then, and its last lines printed. A signal that was
    ignored, as `nohup` wants it, stays ignored.
    """
    before = {}
    for name in ENDS:
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) == signal.SIG_DFL:
            before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number, frame):
    raise KeyboardInterrupt(number)


def _let_output_go(error):
    """Drop what its reader did not want, so that Python can end."""
    if isinstance(error, BrokenPipeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())


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
