"""Working: the programs of a web worker beside the page, one after the other.

The one idea: the same stand-ins, with a bridge that leads to the listeners of
the page. `workers` is the page's side, `unit.mjs` starts this.
"""

import importlib
import os
import sys

from pyodide.ffi import run_sync

from . import install, sockets, units
from .bridge import Bridge, send_to
from .programs import Lines, run_program

FOLDER = "/home/reader/chapters"


def main(owner):
    """Run each program that the page sends."""
    os.makedirs(FOLDER, exist_ok=True)
    os.chdir(FOLDER)
    sys.path.insert(0, FOLDER)
    install()
    send, waiting = send_to(owner), []
    sockets.give_ports_from(46_768)
    sockets.bridge = Bridge(units.Unit("bridge"), send)

    def pause(seconds):
        run_sync(owner.rest(1000 * seconds))
        deliver()

    def deliver():
        for message in owner.take():
            told = message.to_py()
            if "run" in told:
                waiting.append(told)
            else:
                sockets.bridge.hear(told)

    units.pause, units.deliver = pause, deliver
    import nearfar.programs.farm  # while nothing is to do

    functions = {**nearfar.farm.FUNCTIONS}
    send(up=True)
    while True:
        while not waiting:
            pause(units.LONG)
        message = waiting.pop(0)
        nearfar.farm.FUNCTIONS.clear()
        nearfar.farm.FUNCTIONS.update(functions)
        send(ended=_run(message, send))


def _run(message, send):
    """Run one program; returns its exit code."""
    os.environ.update(message["environ"])
    for name, text in message["files"].items():
        with open(name, "w") as file:
            file.write(text)
        sys.modules.pop(name.removesuffix(".py"), None)
    importlib.invalidate_caches()
    sys.stdout = sys.stderr = Lines(lambda line: send(line=line))
    try:
        return run_program(message["run"])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        for file in [*units.current.files]:
            file.abandon()
