"""What pytest needs to know before it runs the chapters.

`pytest` alone runs everything: nbval runs each chapter in its own folder and
compares every output, and then come the tests in this folder.
"""

import os

import nbval.kernel

start_new_kernel = nbval.kernel.start_new_kernel


def start_kernel_as_a_reader_does(**options):
    """Start a kernel that does not know that it runs inside a test.

    A kernel that finds this variable does not listen to what its children
    print, and their lines would be missing from the outputs. And a reader
    begins with no exercise solved, whatever the one who runs the tests did.
    """
    environment = os.environ.copy()
    environment.pop("PYTEST_CURRENT_TEST", None)
    environment["NEARFAR_PROGRESS"] = os.devnull
    return start_new_kernel(env=environment, **options)


nbval.kernel.start_new_kernel = start_kernel_as_a_reader_does
