"""Confined: take from this process what a stranger's code could do harm with.

The one idea: a right that is given up cannot be taken back. So a process that
trusts its own first lines gives up all that it does not need, and only then
runs code that it does not trust. The kernel holds the rest.

What can be held differs from system to system; `confine` returns what is not.
This is no virtual machine: it protects from answers that go wrong, and from
pranks. Against a fault of the kernel, use a machine that you can lose.

Read `landlock` (files) and `seccomp` (processes, signals) next; `asked` is the
side of the owner.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress

from .landlock import keep_to
from .seccomp import forbid

__all__ = ["confine"]

NEW_USER, NEW_NET, NEW_IPC = 0x1000_0000, 0x4000_0000, 0x0800_0000
NO_NEW_RIGHTS, DIE_WITH_PARENT = 38, 1  # of prctl
SIGKILL = 9
INTERNET, DATAGRAM, SET_FLAGS, IS_UP = 2, 2, 0x8914, 1
FILES = 256  # open at the same time
FILE_BYTES = 16 * 2**20  # in one file
# What programs read, whatever they do. Those that do not exist are no harm.
SYSTEM = (
    *("/usr", "/lib", "/lib64", "/proc/self", "/sys/devices/system/cpu"),
    *("/dev/urandom", "/etc/hosts", "/etc/localtime", "/etc/ld.so.cache"),
)


def confine(
    folder: str, readable: Iterable[str], *, seconds: float, megabytes: int
) -> list[str]:
    """Give up rights, for good. Returns what the system does not hold.

    What is left: to write in `folder`, to read there, in `readable` and the
    system's programs, to work for so many `seconds`, with so much memory.
    """
    lost = []
    if not _limit(seconds, megabytes):
        lost.append("memory and time of the processor")
    if not sys.platform.startswith("linux"):
        return [*lost, "files", "network", "processes that an answer starts"]
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(NO_NEW_RIGHTS, 1, 0, 0, 0)
    system.prctl(DIE_WITH_PARENT, SIGKILL, 0, 0, 0)
    if not _leave_network(system):
        lost.append("network")
    files = keep_to(system, folder, [*readable, *SYSTEM])
    # A change of a file's mode or date needs no right to write it.
    if not forbid(system):
        lost.append("processes that an answer starts")
        files = False
    return lost if files else [*lost, "files"]


def _limit(seconds, megabytes) -> bool:
    """Set limits to memory, work and files, as far as the system has them."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    for name, most in (
        ("AS", megabytes * 2**20),
        ("CPU", int(seconds) + 1),
        ("FSIZE", FILE_BYTES),
        ("NOFILE", FILES),
        ("CORE", 0),
    ):
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))
    # macOS takes a limit to memory, and does not hold it.
    return sys.platform != "darwin"


def _leave_network(system) -> bool:
    """Enter a network of our own, where only this process can be reached."""
    me, group = os.getuid(), os.getgid()
    if system.unshare(NEW_USER | NEW_NET | NEW_IPC):
        return False
    with suppress(OSError):  # else this process has no name for its user
        _write("setgroups", "deny")
        _write("uid_map", f"{me} {me} 1")
        _write("gid_map", f"{group} {group} 1")
    return _raise_loopback(system)


def _raise_loopback(system) -> bool:
    """Let 127.0.0.1 work in a new network."""
    import fcntl

    file = system.socket(INTERNET, DATAGRAM, 0)
    if file < 0:
        return False
    try:
        fcntl.ioctl(file, SET_FLAGS, struct.pack("16sH22x", b"lo", IS_UP))
    except OSError:
        return False
    finally:
        os.close(file)
    return True


def _write(name, text):
    with open(f"/proc/self/{name}", "w") as file:
        file.write(text)
