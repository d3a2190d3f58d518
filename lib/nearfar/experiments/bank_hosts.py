"""Bank hosts: the disks of the bank and its machines, with power cuts.

The one idea: a program announces each step that touches its disk to its host
(`Host.moment`). There a fault can strike: the power fails, or the disk is full.

`host_ledger` gives a ledger such moments; a `HostDisk` is the disk of an ATM.
"""

from __future__ import annotations

from contextlib import suppress

from ..bank import PaperDisk, synced
from ..near import sleep
from ..simulation import Host, Luck

__all__ = ["host_ledger", "HostDisk", "SYNC", "REPAIR"]

SYNC = 0.005  # seconds that a disk takes to promise
REPAIR = 30.0  # seconds until a full disk has room again


def host_ledger(ledger: type) -> type:
    """Return a kind of ledger whose host can lose its power at each commit."""

    class HostLedger(ledger):
        def __init__(self, host):
            super().__init__(host.disk / "books", durable=False)
            self.host = host

        def commit(self):
            announce_commit(self.host)
            super().commit()
            with suppress(OSError):
                self.host.moment("committed")

    return HostLedger


def announce_commit(host: Host) -> None:
    """Go through the moments before a commit; a full disk stops the host."""
    try:
        host.moment("commit")
    except OSError:  # it stops, until there is room
        host.network.mark("bank: disk full")
        host.crash(REPAIR)
    sleep(SYNC)  # as long as a disk takes; other tasklets run meanwhile
    with suppress(OSError):
        host.moment("sync")  # written, and not yet there


class HostDisk(PaperDisk):
    """A machine's disk, whose power can fail at each step."""

    def __init__(self, host: Host, files: dict[str, bytes]):
        super().__init__(files)
        self.host = host
        self.found = dict(files)

    def write(self, name: str, data: bytes) -> None:
        self.host.moment("write")
        super().write(name, data)

    def append(self, name: str, data: bytes) -> None:
        self.host.moment("append")
        super().append(name, data)

    def sync(self, name: str) -> None:
        self.host.moment("sync")
        super().sync(name)

    def rename(self, old: str, new: str) -> None:
        self.host.moment("rename")
        super().rename(old, new)

    def survivor(self) -> HostDisk:
        """Return what a power cut leaves: what was synced, perhaps the rest."""
        luck = Luck(self.host.network.seed, f"{self.host.name}{self.steps}")
        kept = self.steps if luck.draw() < 0.5 else synced(self.steps)
        left = PaperDisk(self.found)
        for verb, *details in kept:
            name, data = details
            details = [name] if verb == "sync" else [name, data]
            getattr(left, verb)(*details)
        return HostDisk(self.host, left.files)
