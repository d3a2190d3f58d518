"""Worlds: where the same program can run, near, far and farther.

The one idea: a program that is handed its place in the world needs no other.
A *place* has two verbs, `listen(kinds)` and `connect(kinds, address)`; the
module `sockets` is one, a host of a `Network` is one, and `Memory` is one.

```python
for name, world in WORLDS.items():
    print(name, world(program))
```

A program here is a function that is handed `place(name)`, which gives it a
place for each of the hosts that it wants, and whose result comes back.
"""

from __future__ import annotations

from collections.abc import Callable

from ..far import Memory, sockets
from ..near import VirtualClock, run, spawn
from .faults import Faults
from .network import Network

__all__ = ["in_memory", "over_sockets", "simulated", "WORLDS"]


def in_memory(program: Callable):
    """Run it in one process, in virtual time."""
    memory = Memory()
    task = spawn(program, lambda name: memory)
    return run(until=task, clock=VirtualClock())


def over_sockets(program: Callable):
    """Run it over TCP, on this machine's loopback."""
    return run(until=spawn(program, lambda name: sockets))


def simulated(program: Callable, seed: int = 0, faults: Faults | None = None):
    """Run it over a network that is all pretence, in virtual time."""
    network = Network(seed, faults)
    return network.run(until=spawn(program, network.host))


WORLDS = {
    "in memory": in_memory,
    "over sockets": over_sockets,
    "simulated": simulated,
}
