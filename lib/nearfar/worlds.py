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

from collections import deque
from collections.abc import Callable
from types import SimpleNamespace

from .channels import Closed
from .clock import VirtualClock
from .connections import (
    Accepting,
    Broken,
    Connection,
    Deadline,
    Waiters,
    _Lane,
    _MemoryEnd,
)
from .faults import Faults
from .messages import LIMIT
from .simulation import Network
from .sockets import connect, listen
from .tasklets import run, spawn

__all__ = ["Memory", "in_memory", "over_sockets", "simulated", "WORLDS"]


class Memory:
    """A place in which everything is in one process."""

    def __init__(self):
        self._listeners = {}

    def listen(self, kinds, address: str = "", *, limit_bytes: int = LIMIT):
        """Listen for connections that carry messages of `kinds`."""
        address = address or f"memory:{len(self._listeners) + 1}"
        if address in self._listeners:
            raise OSError(f"cannot listen on {address}: address already in use")
        listener = _Listener(self, kinds, address, limit_bytes)
        self._listeners[address] = listener
        return listener

    def connect(
        self, kinds, address: str, *, timeout=None, limit_bytes: int = LIMIT
    ) -> Connection:
        """Connect to a listener; messages of `kinds` may come back.

        In memory nobody has to wait for that, whatever the `timeout`.
        """
        listener = self._listeners.get(address)
        if listener is None:
            raise Broken(f"cannot connect to {address}: nobody listens there")
        limits = listener.limit_bytes, limit_bytes  # each end has its own
        there = _Lane("there", listener.kinds, *limits)
        back = _Lane("back", kinds, *reversed(limits))
        listener.arrive(_MemoryEnd(back, there))
        return _MemoryEnd(there, back)


class _Listener(Accepting):
    def __init__(self, memory, kinds, address, limit_bytes):
        self.kinds, self.address = kinds, address
        self.limit_bytes = limit_bytes
        self._memory = memory
        self._waiting = deque()
        self._arrived = Waiters(f"a connection to {address}")
        self._closed = False

    def arrive(self, connection):
        self._waiting.append(connection)
        self._arrived.wake_one()

    def accept(self, timeout: float | None = None) -> Connection:
        """The next connection. Raises `Closed`, or TimeoutError."""
        deadline = None
        while not self._waiting:
            if self._closed:
                raise Closed(f"the listener on {self.address} is closed")
            deadline = deadline or Deadline(timeout)
            self._arrived.wait(deadline.left())
        return self._waiting.popleft()

    def close(self):
        """Accept no more; the connections that there are go on."""
        self._closed = True
        self._memory._listeners.pop(self.address, None)
        while self._waiting:
            self._waiting.popleft().close()
        self._arrived.wake()


def in_memory(program: Callable):
    """Run it in one process, in virtual time."""
    memory = Memory()
    task = spawn(program, lambda name: memory)
    return run(until=task, clock=VirtualClock())


def over_sockets(program: Callable):
    """Run it over TCP, on this machine's loopback."""
    loopback = SimpleNamespace(listen=listen, connect=connect)
    return run(until=spawn(program, lambda name: loopback))


def simulated(program: Callable, seed: int = 0, faults: Faults | None = None):
    """Run it over a network that is all pretence, in virtual time."""
    network = Network(seed, faults)
    return network.run(until=spawn(program, network.host))


WORLDS = {
    "in memory": in_memory,
    "over sockets": over_sockets,
    "simulated": simulated,
}
