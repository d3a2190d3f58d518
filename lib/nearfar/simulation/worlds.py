"""Worlds: run the same program in memory, over sockets, or simulated.

The one idea: a *world* is what a program runs in. It carries the messages, and
decides about time and chance; the program is the same in each. A world gives a
program *places*. A place has two verbs, `listen(kinds)` and
`connect(kinds, address)`: the module `sockets` is one, `Memory` is one, and so
is every host of a `Network`.

```python
for name, world in WORLDS.items():
    print(name, world(program))
```

A program here is a function that takes `place`, asks `place(name)` for each of
its hosts, and returns a result.
"""

from __future__ import annotations

from collections.abc import Callable

from ..far import Memory, sockets
from ..near import VirtualClock, run, spawn
from .faults import Faults
from .network import Network

__all__ = ["in_memory", "over_sockets", "simulated", "WORLDS"]


def in_memory(program: Callable):
    """Run a program in one process, in virtual time."""
    memory = Memory()
    task = spawn(program, lambda name: memory)
    return run(until=task, clock=VirtualClock())


def over_sockets(program: Callable):
    """Run a program over TCP, on this machine's loopback."""
    return run(until=spawn(program, lambda name: sockets))


def simulated(program: Callable, seed: int = 0, faults: Faults | None = None):
    """Run a program over a simulated network, in virtual time."""
    network = Network(seed, faults)
    return network.run(until=spawn(program, network.host))


WORLDS = {
    "in memory": in_memory,
    "over sockets": over_sockets,
    "simulated": simulated,
}
