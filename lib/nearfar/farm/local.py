"""A farm on this machine: the coordinator here, a process for each worker.

It is the one module of the farm that knows sockets and processes; all others
are handed something that listens, or that connects.
"""

from __future__ import annotations

import math
from contextlib import ExitStack, contextmanager
from secrets import token_hex

from ..far import listen
from ..processes import Program
from .coordinator import Farm
from .worker import FROM_WORKER

__all__ = ["local_farm", "TOKEN"]

TOKEN = "NEARFAR_TOKEN"  # the environment's name for a worker's token


@contextmanager
def local_farm(workers: int = 2, **options):
    """A `Farm` whose workers are processes on this machine.

    `farm.programs` are their `Program`s, for those who want to kill one.
    `options` are the farm's. Nobody else gets in: the token is made up here,
    and only the workers are told.
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
        farm.wait_for_workers()
        yield farm
