"""Stand-ins: what the page has in place of what a browser lacks.

The one idea: the library stays as it is. Modules of this folder take the names
of the modules that it imports, and `patching` replaces a few of the library's
own functions when their module is loaded. Each module says at its top what it
pretends; the page "What is pretended" tells readers.

Read `units` first: programs that take turns.
"""

import errno
import hashlib
import os
import shutil
import sys
import time

from . import selecting, sockets, units
from .patching import Patching

__all__ = ["install"]


def install():
    """Put the stand-ins where `import` and the library find them."""
    sys.modules["socket"], sys.modules["select"] = sockets, selecting
    sys.modules.pop("selectors", None)  # it would know the other `select`
    sys.meta_path.insert(0, Patching)
    units.pause, time.sleep = time.sleep, units.sleep
    time.process_time = units.process_time
    os.getpid, os.kill = units.getpid, units.signal_unit
    os.link = shutil.copyfile  # no file has a second name here
    os.system = _start_nothing  # the page's own returns -1, and says nothing
    if not hasattr(hashlib, "scrypt"):
        hashlib.scrypt = _scrypt


def _scrypt(password, **how):
    from .scrypt import scrypt

    return scrypt(password, **how)


def _start_nothing(command):
    raise OSError(errno.ENOSYS, "Function not implemented")
