"""Seccomp: give up the system calls that start processes or reach others.

The one idea: the kernel runs a small program before each system call of this
process. It compares the call's number, and one argument, and lets it pass or
answers with an error. Threads can start, processes cannot.

A call has another number on each processor; the tables have those of x86-64
and arm64. Source: the kernel's documentation, userspace-api/seccomp_filter.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

__all__ = ["forbid"]

SET_SECCOMP, FILTER = 22, 2  # of prctl
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, PROCESSOR, FIRST = 0, 4, 16  # where they stand in what is compared
ALLOW, ERROR = 0x7FFF_0000, 0x0005_0000
X32 = 0x4000_0000  # the calls of another way to use x86-64
A_THREAD = 0x1_0000  # CLONE_THREAD
PROCESSORS = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
COLUMN = {"x86_64": 0, "aarch64": 1}

CLONE, CLONE3, SOCKET = (56, 220), (435, 435), (41, 198)
# Of these, the first argument must be this process: kill, tgkill, prlimit64.
OWN = (62, 129), (234, 131), (302, 261)
FORBIDDEN = (
    *((57, None), (58, None), (59, 221), (322, 281)),  # fork, vfork, exec
    *((200, 130), (129, 138), (297, 240), (424, 424)),  # other signals
    *((101, 117), (310, 270), (311, 271), (438, 438)),  # look into others
    *((76, 45), (188, 5), (189, 6), (190, 7)),  # truncate, setxattr
    *((197, 14), (198, 15), (199, 16)),  # removexattr
    *((29, 194), (68, 186), (64, 190), (240, 180)),  # shared memory, queues
    *((319, 279), (447, 447), (425, 425)),  # memory without a name, io_uring
    *((272, 97), (308, 268), (250, 219), (248, 217)),  # unshare, setns, keys
    *((249, 218), (321, 280), (298, 241), (323, 282)),  # bpf, perf, faults
    *((141, 140), (314, 274), (144, 119), (142, 118)),  # priorities
    *((251, 30), (203, 122)),
    *((463, 463), (466, 466), (469, 469)),  # setxattr and the like, at a path
)


# Landlock does not hold these. They do nothing, and say that all is well: a
# copy of a file takes its mode and its date along.
PRETENDED = (
    *((90, None), (91, 52), (268, 53), (452, 452)),  # chmod
    *((92, None), (93, 55), (94, None), (260, 54)),  # chown
    *((132, None), (235, None), (261, None), (280, 88)),  # utime
)


def forbid(system) -> bool:
    """Give them up; returns whether the kernel holds it.

    Needs `NO_NEW_PRIVS`. `system` is the C library.
    """
    if struct.calcsize("P") != 8 or platform.machine() not in PROCESSORS:
        return False
    lines = b"".join(_program(platform.machine()))
    kept = ctypes.create_string_buffer(lines, len(lines))
    told = struct.pack("HxxxxxxP", len(lines) // 8, ctypes.addressof(kept))
    return not system.prctl(SET_SECCOMP, FILTER, told, 0, 0)


def _program(machine):
    """The lines that the kernel runs before each call."""
    column = COLUMN[machine]
    yield _line(LOAD, PROCESSOR)
    yield from _refuse_unless(EQUAL, PROCESSORS[machine])
    yield _line(LOAD, NUMBER)
    yield from _refuse_if(AT_LEAST, X32)
    yield from _refuse_if(EQUAL, CLONE3[column], errno.ENOSYS)  # use clone
    for calls, error in (FORBIDDEN, errno.EPERM), (PRETENDED, 0):
        for numbers in calls:
            if numbers[column] is not None:
                yield from _refuse_if(EQUAL, numbers[column], error)
    for number in OWN:
        yield from _only_with(number[column], EQUAL, 0, os.getpid())
    yield from _only_with(SOCKET[column], EQUAL, 2, 10)  # no socket of files
    yield from _only_with(CLONE[column], ANY_BIT, A_THREAD)
    yield _line(RETURN, ALLOW)


def _only_with(number, test, *values):
    """Let a call pass only if its first argument passes one of the tests."""
    many = len(values)
    yield _line(EQUAL, number, 0, many + 3)
    yield _line(LOAD, FIRST)
    for place, value in enumerate(values):
        yield _line(test, value, many - place, 0)
    yield _line(RETURN, ERROR | errno.EPERM)
    yield _line(RETURN, ALLOW)


def _refuse_if(test, value, error=errno.EPERM):
    yield _line(test, value, 0, 1)
    yield _line(RETURN, ERROR | error)


def _refuse_unless(test, value):
    yield _line(test, value, 1, 0)
    yield _line(RETURN, ERROR | errno.EPERM)


def _line(code, value, then=0, otherwise=0):
    """One instruction: `then` and `otherwise` are how many lines to skip."""
    return struct.pack("HBBI", code, then, otherwise, value)
