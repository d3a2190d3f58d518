"""Three processes that are one bank, each of which may be killed.

The one idea: `kill -9` takes a process away between two of its instructions.
What a simulation says about crashes is tried here on real ones.

```python
with ThreeProcesses(folder) as bank:
    bank.kill(bank.leader())
```
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from ..bank import Balance, Elsewhere, Reply, Request
from ..far import Connection, connect, listen
from ..processes import Program

__all__ = ["ThreeProcesses"]


def free_addresses(count: int) -> list[str]:
    """Addresses whose ports are free now, and for long."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(listen(Request)) for _ in range(count)]
        return [each.address for each in listeners]


class ThreeProcesses:
    """Three replicas, with their files in a folder.

    `accounts` are those that the bank opens: NAME:AMOUNT:PIN. `options`
    go to each of them, `tls` to its customers. Call `leader` in a run.
    """

    def __init__(
        self,
        folder: Path,
        accounts: Iterable[str] = (),
        options: Iterable[str] = (),
        tls: Any = None,
    ):
        self._options = [f"--open={account}" for account in accounts]
        self._options += options
        self._tls = tls
        self.files = [folder / f"{number}.db" for number in range(3)]
        self.doors, self.peers = free_addresses(3), free_addresses(3)
        self.token = folder / "token"
        self.token.write_text(secrets.token_hex())
        self.programs = [self.start(number) for number in range(3)]
        for each in self.programs:
            assert each.address

    def start(self, number: int) -> Program:
        """Start a replica, or start it again."""
        mine = self.peers[number]
        others = ",".join(peer for peer in self.peers if peer != mine)
        return Program(
            "bank",
            f"--file={self.files[number]}",
            f"--listen={self.doors[number]}",
            f"--replica={mine}",
            f"--peers={others}",
            f"--peer-token-file={self.token}",
            *self._options,
            quiet=True,
        )

    def kill(self, number: int) -> None:
        """Kill a replica, by `kill -9`."""
        self.programs[number].kill()
        self.programs[number].stop()

    def connect(self, address: str) -> Connection:
        """Connect to one replica as a customer."""
        kinds = Reply | Elsewhere
        return connect(kinds, address, timeout=1.0, tls=self._tls)

    def leader(self) -> int | None:
        """The number of the one that answers; None during an election."""
        for number, door in enumerate(self.doors):
            with (
                suppress(OSError),
                self.connect(door) as connection,
            ):
                connection.send(Balance("c0"))
                if not isinstance(connection.receive(3.0), Elsewhere):
                    return number
        return None

    def stop(self) -> None:
        """Stop all of them."""
        for each in self.programs:
            each.stop()

    def __enter__(self) -> ThreeProcesses:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()
