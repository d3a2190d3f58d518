"""Hunt program: look for a day that the bank and its ATMs do not survive.

The one idea: a day is a function of its seed, so a thousand seeds are a
thousand days, spread over all cores.
"""

from __future__ import annotations

import argparse
import math
import time
from functools import partial

from tqdm import tqdm

from ..checking import CHUNK, all_cores
from ..checking import hunt as look_for
from ..experiments import bank_rush
from .options import count

__all__ = ["PROGRAMS"]

# What the line that replays a failure has to import.
MODULES = ("simulation", "experiments.bank_rush", "checking")


def hunt(options: argparse.Namespace) -> None:
    """Look for a day that breaks the bank.

    Each seed is one simulated day, with faults of the network, power cuts,
    full disks, jams, wrong PINs and machines that lie. Each reply is compared
    with a model's, and after each day the invariants are checked. The first
    failing day is shrunk, and the command that replays it is printed; the exit
    code is then 1.

    example:
      python -m nearfar hunt --seeds 5000
    """
    seeds = range(options.first, options.first + options.seeds)
    began = time.perf_counter()
    with all_cores() as spread:
        report = look_for(
            bank_rush.rush,
            seeds,
            invariants=bank_rush.INVARIANTS,
            map=spread,
            progress=partial(
                tqdm,
                total=math.ceil(len(seeds) / CHUNK),
                desc=f"{CHUNK} worlds each",
                leave=False,
            ),
            atms=options.atms,
            visits=options.visits,
        )
    print(f"seeds {seeds[0]} to {seeds[-1]}: {report}")
    print(
        f"{report.worlds / (time.perf_counter() - began):.0f} worlds a second"
    )
    if report.found:
        imports = "; ".join(f"from nearfar.{name} import *" for name in MODULES)
        raise RuntimeError(f'python -c "{imports}; {report.found.line}"')


def _hunt_options(add):
    for name, kind, default, help in (
        ("--seeds", count, 1_000, "how many days to look at"),
        ("--first", int, 0, "the first seed"),
        ("--atms", count, 3, "machines in each day"),
        ("--visits", count, 3, "customers who come to each machine"),
    ):
        help += " (default %(default)s)"
        add(name, type=kind, default=default, metavar="N", help=help)


PROGRAMS = {"hunt": (hunt, _hunt_options)}
