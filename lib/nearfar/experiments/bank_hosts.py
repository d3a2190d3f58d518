"""Bank hosts: the disks of the bank and its machines, with power cuts.

The one idea: a program announces each step that touches its disk to its host
(`Host.moment`). There a fault can strike: the power fails, or the disk is full.

`host_ledger` gives a ledger such moments, and a `HostDisk` is the disk of an
ATM. `durable_ledger` and `BankDisk` also lose what SQLite did not sync.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ..bank import PaperDisk, synced
from ..near import sleep
from ..simulation import Host, Luck, Network

__all__ = ["host_ledger", "durable_ledger", "BankDisk", "HostDisk"]

FAST = "/dev/shm"  # where Linux keeps files in memory
SYNC = 0.005  # seconds that a disk takes to promise
REPAIR = 30.0  # seconds until a full disk has room again


def folder_of(network: Network) -> Path:
    """Make a folder that goes with the network, in memory where that works.

    The ledger syncs its files, which costs milliseconds on a real disk.
    """
    try:
        folder = TemporaryDirectory(dir=FAST)
    except OSError:  # there is none, or not for this process
        folder = TemporaryDirectory()
    return Path(network.resources.enter_context(folder))


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
        self.pending: tuple = ()  # the step that has not happened yet

    def write(self, name: str, data: bytes) -> None:
        self._announce("write", name, data)
        super().write(name, data)

    def append(self, name: str, data: bytes) -> None:
        self._announce("append", name, data)
        super().append(name, data)

    def sync(self, name: str) -> None:
        self._announce("sync", name, None)
        super().sync(name)

    def rename(self, old: str, new: str) -> None:
        self._announce("rename", old, new)
        super().rename(old, new)

    def survivor(self) -> HostDisk:
        """Return what a power cut leaves: what was synced, perhaps the rest."""
        luck = Luck(self.host.network.seed, f"{self.host.name}{self.steps}")
        return self.after(
            self.steps if luck.draw() < 0.5 else synced(self.steps)
        )

    def torn(self) -> HostDisk:
        """Return what a power cut leaves: also half of a step, or no rename."""
        luck = Luck(self.host.network.seed, f"{self.host.name}{self.steps}")
        left = [self.steps, synced(self.steps), synced(self.steps, False)]
        if self.pending and self.pending[0] in ("write", "append"):
            verb, name, data = self.pending
            cut = data[: int(luck.draw() * len(data))]
            left.append([*self.steps, (verb, name, cut)])
        return self.after(left[int(luck.draw() * len(left))])

    def after(self, steps: list[tuple]) -> HostDisk:
        """Return the disk on which only these steps have happened."""
        left = PaperDisk(self.found)
        for verb, name, data in steps:
            details = [name] if verb == "sync" else [name, data]
            getattr(left, verb)(*details)
        return HostDisk(self.host, left.files)

    def _announce(self, *step):
        self.pending = step
        self.host.moment(step[0])
        self.pending = ()


class BankDisk:
    """The bank's folder, and how much of SQLite's log is on the disk for sure.

    SQLite's documentation promises that a commit waits for the disk with
    `synchronous=FULL`, and otherwise not. So a power cut leaves everything up
    to the last commit that did, and of the rest as much as chance wants.
    """

    def __init__(self, host: Host, folder: Path, safe_bytes: int = 0):
        self.host = host
        self.folder = folder
        self.safe_bytes = safe_bytes
        self.on_its_way = None  # a model, during a commit
        self.position = b""  # what the lock file said before it

    def log_bytes(self) -> int:
        """How long the log is."""
        log = self.folder / "books-wal"
        return log.stat().st_size if log.exists() else 0

    def survivor(self, witness, number: int) -> BankDisk:
        """Return what a power cut leaves, and tell the witness."""
        there = shutil.copytree(
            self.folder, self.folder.with_name(f"life-{number}")
        )
        kept = size = self.log_bytes()
        if size > self.safe_bytes:
            luck = Luck(self.host.network.seed, f"bank{number}{size}")
            share = min(max(2 * luck.draw() - 0.5, 0), 1)  # often all, or none
            kept = round(self.safe_bytes + share * (size - self.safe_bytes))
            with open(there / "books-wal", "r+b") as log:
                log.truncate(kept)
        if self.on_its_way is not None:
            self.host.network.mark("bank: cut in a commit")
            (there / "books-lock").write_bytes(self.position)
        if kept == size and self.on_its_way is not None:
            witness.safe = self.on_its_way
        witness.power_cut()
        return BankDisk(self.host, there, kept)


def durable_ledger(ledger: type, witness) -> type:
    """Return a kind of ledger that loses what it has not synced.

    `witness` (see `bank_witness`) is told what is on the disk.
    """

    class DurableLedger(ledger):
        def __init__(self, host):
            self.host, self.disk = host, host.disk
            super().__init__(host.disk.folder / "books")

        def commit(self):
            announce_commit(self.host)
            self.disk.position = (self.disk.folder / "books-lock").read_bytes()
            super().commit()
            self.disk.on_its_way = witness.model.copy()
            with suppress(OSError):
                self.host.moment("written")
            self.disk.on_its_way = None
            witness.committed()
            if self.syncs:
                self.disk.safe_bytes = self.disk.log_bytes()
            with suppress(OSError):
                self.host.moment("committed")

    return DurableLedger
