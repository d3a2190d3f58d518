"""Landlock: give up the rights to all files but some (Linux 5.13 and newer).

The one idea: a process makes a list of folders and of what it may do there,
and then takes that on itself. Neither it nor what it starts can take it back.
Source: the kernel's documentation, userspace-api/landlock.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

__all__ = ["keep_to"]

CREATE, ADD, RESTRICT = 444, 445, 446  # the same numbers on every processor
VERSION, BENEATH = 1, 1
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # version: how many rights it knows
NEWEST_RIGHTS = 16
WRITE_FILE, READ_FILE, READ_FOLDER, TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
EXECUTE = 1
DEVICES = 1 << 6 | 1 << 11  # to make them
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15
SCOPES = 0b11  # no signals, no abstract sockets to others (version 6)
PATH_ONLY = 0o10000000  # O_PATH, which Python does not name everywhere


def keep_to(system, folder: str, readable: Iterable[str]) -> bool:
    """Let this process write only in `folder`, and read in `readable` too.

    Returns whether the kernel holds that. `system` is the C library.
    """
    version = system.syscall(CREATE, None, ctypes.c_size_t(0), VERSION)
    if version < 1:
        return False
    handled = (1 << RIGHTS.get(version, NEWEST_RIGHTS)) - 1
    told = struct.pack("QQQ", handled, 0, SCOPES if version > 5 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = system.syscall(CREATE, told, ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    read = EXECUTE | READ_FILE | READ_FOLDER
    _allow(system, rules, folder, handled & ~DEVICES)
    _allow(system, rules, os.devnull, handled & OF_A_FILE)
    for path in readable:
        _allow(system, rules, path, read)
    held = not system.syscall(RESTRICT, rules, 0)
    os.close(rules)
    return held


def _allow(system, rules, path, rights):
    """Add what may be done beneath a path; one that does not exist is none."""
    try:
        file = os.open(path, PATH_ONLY | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        rights &= OF_A_FILE
    system.syscall(ADD, rules, BENEATH, struct.pack("=Qi", rights, file), 0)
    os.close(file)
