"""Workers: a farm's worker runs in a web worker of its own, beside the page.

What this pretends: that a web worker is a process. It really computes beside
the page, on another core, with a Python and modules of its own. Its connections
cross a bridge. Killing it ends the web worker. One that is stopped computes on,
and all that it sends is held back until it continues. One whose program has
ended is kept for the next program: to start Python takes seconds.

Its heartbeats come from a unit in the page, as real ones come from a process
beside the worker.
"""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import kernel
from kernel.turns import TURN_S
from pyodide.code import run_js
from pyodide.ffi import run_sync

from . import units
from .bridge import Bridge, send_to

__all__ = ["Remote"]

LEAVE_S = 1.0  # that a program has to end, before another is started
START_S = 120.0  # that Python has to start in a web worker
MACHINES = run_js("""
(() => {
  const inbox = [];
  let wake = () => {};
  const hear = (number, message) => {
    inbox.push([number, message]);
    wake();
  };
  return {
    take: () => inbox.splice(0),
    waits: () => inbox.length,
    start(number) {
      const url = new URL("unit.mjs", self.location.href);
      const worker = new Worker(url, {type: "module"});
      worker.onmessage = ({data}) => hear(number, data);
      worker.onerror = (error) => hear(number, {died: error.message});
      return worker;
    },
    rest: (milliseconds) => new Promise((resolve) => {
      if (inbox.length) return resolve();
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    }),
  };
})()
""")


class Machine:
    """One web worker; `unit` is the program in it, if one runs for us."""

    all: ClassVar = []
    idle: ClassVar = []

    def __init__(self):
        self.unit = None
        self.up = self.leaves = False  # it leaves a program that is to end
        self._worker = MACHINES.start(len(self.all))
        self.all.append(self)
        self.send = send_to(self._worker)

    @classmethod
    def take(cls):
        """One that is idle, or a new one; the first starts with another."""
        if not cls.all:
            cls.idle.append(cls())
        if any(each.leaves for each in cls.all):
            units.wait(lambda: cls.idle, LEAVE_S)
        return cls.idle.pop(0) if cls.idle else cls()

    def hear(self, message):
        unit = self.unit
        if "up" in message:
            self.up = True
        elif "ended" in message:
            self.unit, self.leaves = None, False
            self.idle.append(self)
            if unit is not None:
                unit.machine = None
                unit.kill(message["ended"])
        elif "died" in message:
            if unit is not None:
                unit.output.write(f"{message['died']}\n")
                unit.kill(1)
        elif unit is not None:
            unit.hear(message)

    def leave(self):
        """The program will end; what it sends until then is lost."""
        self.unit, self.leaves = None, True

    def terminate(self):
        self.unit = None
        self._worker.terminate()


class Remote(units.Unit):
    """A program in a web worker, by its arguments."""

    outside = True

    def __init__(self, arguments, environment, output):
        self._held = []  # what it has sent while it was stopped
        super().__init__(arguments[0])
        if "--name" not in arguments:
            arguments = *arguments, "--name", uuid4().hex
        self.output = output
        units.add(self)
        units.pause, units.deliver = pause, deliver
        self.machine = Machine.take()
        self.machine.unit = self
        units.wait(lambda: self.code is not None or self.machine.up, START_S)
        self._bridge = Bridge(self, self.machine.send)
        files = {path.name: path.read_text() for path in Path().glob("*.py")}
        self.machine.send(
            run=arguments,
            environ={**environment, "PYTHONPATH": ""},
            files=files,
        )
        name = arguments[arguments.index("--name") + 1]
        beats = partial(self._beat, arguments[1], name)
        self._pulse = units.start("pulse", beats, environment, output)

    @property
    def stopped(self):
        """Whether all that it sends is held back."""
        return self._stopped

    @stopped.setter
    def stopped(self, flag):
        self._stopped = flag
        if not flag:
            held, self._held = self._held, []
            for message in held:
                self.hear(message)

    def hear(self, message):
        """Take a message of its web worker."""
        if self._stopped:
            self._held.append(message)
        elif "line" in message:
            self.output.write(f"{message['line']}\n")
        else:
            self._bridge.hear(message)

    def ready(self):
        return False

    def end(self, seconds):
        """Close its connections: it ends by itself, and is kept."""
        if self.machine is not None:
            self.machine.leave()
            self.machine = None
        self.kill(0)

    def kill(self, code=-9):
        if self.code is None:
            machine, self.machine = self.machine, None
            super().kill(code)
            self._pulse.kill()
            if machine is not None:
                machine.terminate()

    def _beat(self, address, name):
        from nearfar import run, spawn
        from nearfar.far import Broken, connect
        from nearfar.farm import FROM_COORDINATOR, TOKEN, beat

        token = os.environ.get(TOKEN)

        def beats():
            with connect(
                FROM_COORDINATOR, address, token=token, timeout=None
            ) as connection:
                beat(connection, name, lambda: not self.stopped)

        with suppress(Broken):
            run(until=spawn(beats))


def pause(seconds):
    """Rest until then, or until a web worker sends something."""
    run_sync(MACHINES.rest(1000 * min(seconds, TURN_S)))
    kernel.look()


def deliver():
    """Take in what web workers have sent."""
    if MACHINES.waits():
        for number, message in MACHINES.take():
            Machine.all[number].hear(message.to_py())
