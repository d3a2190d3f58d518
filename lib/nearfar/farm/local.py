"""A farm on this machine: the coordinator here, a process for each worker.

The one idea: only this module of the farm knows sockets and processes. All
others are given something that listens, or that connects.

Read `engines` next. Left out: workers on other machines, which are started
there (`python -m nearfar worker`).
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from secrets import token_hex
from types import ModuleType
from uuid import uuid4

from ..far import listen
from ..processes import Program
from .coordinator import Farm
from .functions import offer
from .protocol import FROM_WORKER

__all__ = ["local_farm", "TOKEN"]

TOKEN = "NEARFAR_TOKEN"  # the environment's name for a worker's token


@contextmanager
def local_farm(
    workers: int = 2,
    *,
    imports: str | ModuleType | Iterable[str | ModuleType] = (),
    **options,
) -> Iterator[Farm]:
    """Start a `Farm` whose workers are processes on this machine.

    `imports` names modules of yours. The workers can do their functions:

    ```python
    with local_farm(2, imports="my_work") as farm:
        results = list(farm.map(my_work.my_function, chunks))
    ```

    `farm.programs` are the workers' `Program`s. `options` are those of `Farm`.
    No other worker gets in: only these know the token, which is made here.
    """
    secret = {TOKEN: token_hex()}
    offers = _offers(imports)
    if offers:  # workers must find what this process finds
        path = [entry or os.getcwd() for entry in map(str, sys.path)]
        secret["PYTHONPATH"] = os.pathsep.join(path)
    with ExitStack() as stack:
        door = stack.enter_context(
            listen(FROM_WORKER, token=secret[TOKEN], idle_timeout=math.inf)
        )
        farm = stack.enter_context(
            Farm(door, workers, **{"patience": 2.0} | options)
        )
        for _ in range(workers):
            name = uuid4().hex
            program = Program(
                *("worker", door.address, "--name", name, *offers),
                quiet=True,
                environment=secret,
            )
            stack.enter_context(program)
            farm.programs.append(program)
            farm.named[name] = program
        stack.callback(_hang_up, farm.programs)
        farm.wait_for_workers()
        yield farm


def _offers(imports) -> list[str]:
    """Offer these modules; return the arguments that do so in a worker."""
    if isinstance(imports, str | ModuleType):
        imports = [imports]
    words = []
    for module in imports:
        name = getattr(module, "__name__", module)
        offer(name)
        words += ["--offer", name]
    return words


def _hang_up(programs):
    """Let all of them end at once, and not one after the other."""
    for program in programs:
        program.hang_up()
