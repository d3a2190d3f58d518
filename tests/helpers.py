"""What tests of several packages use."""

import time


def wait_until(condition, seconds=10):
    """For other processes, which no virtual clock can hurry."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
