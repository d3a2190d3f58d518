"""What pytest needs to know before it runs anything.

It patches nbval only where a run asks for it with `--nbval`.
"""

import gc
import os
import signal


def pytest_configure(config):
    # Outputs are those of JupyterLab, also in a terminal of VS Code.
    os.environ["NEARFAR_PLAYER"] = "served"
    # A job in the background ignores these, and so would all that it starts.
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (getattr(signal, "SIGHUP", None), signal.SIG_DFL),
    ):
        if number and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    if config.getoption("nbval", False):
        start_kernels_as_a_reader_does()


def pytest_collection_finish():
    """Leave what the tests are made of out of all collections to come.

    Six thousand tests and the modules that they import stay to the end, and a
    search of them for garbage takes half a second.
    """
    gc.collect()
    gc.freeze()


def start_kernels_as_a_reader_does():
    """Start kernels that do not know that they run inside a test.

    A kernel that finds PYTEST_CURRENT_TEST does not listen to what its
    children print, and their lines would be missing from the outputs. And a
    reader begins with no exercise solved, whatever this user has solved.
    """
    import nbval.kernel

    start = nbval.kernel.start_new_kernel

    def start_new_kernel(**options):
        environment = os.environ.copy()
        environment.pop("PYTEST_CURRENT_TEST", None)
        environment["NEARFAR_PROGRESS"] = os.devnull
        return start(env=environment, **options)

    nbval.kernel.start_new_kernel = start_new_kernel
