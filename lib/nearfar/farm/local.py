"""A farm on this machine: the coordinator here, a process for each worker.

The one idea: here, and nowhere else in the farm, sockets and processes are
known. All other modules are handed something that listens, or that connects.

Read `engines` next. Left out: workers on other machines, which are started
there (`python -m nearfar worker`).
"""

from __future__ import annotations

import math
from contextlib import ExitStack, contextmanager
from secrets import token_hex

from ..far import listen
from ..processes import Program
from .coordinator import Farm
from .protocol import FROM_WORKER

__all__ = ["local_farm", "TOKEN"]

TOKEN = "NEARFAR_TOKEN"  # the environment's name for a worker's token


@contextmanager
def local_farm(workers: int = 2, **options):
    """Start a `Farm` whose workers are processes on this machine.

    `farm.programs` are their `Program`s. `options` are the farm's. No other
    worker gets in: the token is made here, and only these workers get it.
    """
    token = token_hex()
    with ExitStack() as stack:
        door = stack.enter_context(
            listen(FROM_WORKER, token=token, idle_timeout=math.inf)
        )
        farm = stack.enter_context(
            Farm(door, workers, **{"patience": 2.0} | options)
        )
        secret = {TOKEN: token}
        for _ in range(workers):
            program = Program(
                "worker", door.address, quiet=True, environment=secret
            )
            stack.enter_context(program)
            farm.programs.append(program)
        stack.callback(_hang_up, farm.programs)
        farm.wait_for_workers()
        yield farm


def _hang_up(programs):
    """Let all of them end at once, and not one after the other."""
    for program in programs:
        program.hang_up()
