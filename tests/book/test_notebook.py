"""The notebook's own door, and what a cell may rely on in a real kernel."""

import pytest
from jupyter_client.manager import start_new_kernel

from nearfar.farm import is_prime
from nearfar.notebook import show_source


def test_the_source_shown_is_the_source_that_runs():
    shown = show_source(is_prime).data
    assert shown.startswith("```python\ndef is_prime(")
    assert shown.endswith("```")
    names = {}
    exec(
        "from math import isqrt\n" + shown.strip("`").removeprefix("python"),
        names,
    )
    assert names["is_prime"](97)


def test_a_part_of_the_source_says_what_it_leaves_out():
    shown = show_source(is_prime, first="if number < 4", last="return").data
    assert shown.splitlines() == [
        "```python",
        "    # ...",
        "    if number < 4:",
        "        return number > 1",
        "    # ...",
        "```",
    ]
    to_the_end = show_source(is_prime, first="return all").data.splitlines()
    assert to_the_end[1] == "    # ..."
    assert to_the_end[-2].endswith("2))")


def test_a_part_that_is_gone_is_an_error_not_a_shorter_listing():
    with pytest.raises(ValueError, match="1 on holds 'no such line'"):
        show_source(is_prime, first="no such line")
    with pytest.raises(ValueError, match="7 on holds 'if number'"):
        show_source(is_prime, first="return all", last="if number")


ENDLESS = """
from nearfar import Channel, run, schedule, sleep, spawn

def tidy():
    try:
        Channel("nobody").receive()
    finally:
        print("tidy")

def busy():
    print("started")
    while True:
        {wait}

spawn(tidy)
spawn(busy)
run()
"""


@pytest.fixture
def kernel(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    manager, client = start_new_kernel(kernel_name="python3")

    def execute(code, interrupt=False):
        """Run a cell; its printed text, and the name of its error."""
        printed, error = "", None
        client.execute(code)
        while True:
            message = client.get_iopub_msg(timeout=30)
            content = message["content"]
            if message["msg_type"] == "stream":
                printed += content["text"]
                if interrupt and "started\n" in printed:
                    manager.interrupt_kernel()
                    interrupt = False
            elif message["msg_type"] == "error":
                error = content["ename"]
            elif content.get("execution_state") == "idle":
                return printed, error

    yield execute
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.filterwarnings("default")  # what the kernel's client does is its
@pytest.mark.parametrize("wait", ["schedule()", "sleep(0.01)", "pass"])
def test_the_stop_button_runs_finally_and_the_next_cell_starts_clean(
    kernel, wait
):
    endless = ENDLESS.format(wait=wait)
    printed, error = kernel(endless, interrupt=True)
    assert (printed, error) == ("started\ntidy\n", "KeyboardInterrupt")
    again = kernel(endless, interrupt=True)
    assert again == (printed, error), "the first run lives on in the second"
    assert kernel("print(run(until=spawn(lambda: 42)))") == ("42\n", None)
