"""A browser lacks modules; what does not need them must not ask for them."""

import subprocess
import sys

import pytest

# What Python in a browser does not have, or has without its use.
LACKING = (
    *("socket", "select", "selectors", "ssl", "subprocess", "threading"),
    *("multiprocessing", "IPython"),
)
DOORS = ("near", "trace", "far", "simulation", "checking", "drawing", "bank")
IN_A_BROWSER = """
import sys

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(f"a browser has no {name}")

sys.meta_path.insert(0, Lacking())
"""


def run_without(lacking, work):
    """Run `work` where the modules of `lacking` cannot be imported."""
    return subprocess.run(
        [sys.executable, "-c", IN_A_BROWSER + work, *lacking],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("door", DOORS)
def test_a_door_opens_without_what_a_browser_lacks(door):
    ended = run_without(LACKING, f"import nearfar.{door}")
    assert ended.returncode == 0, ended.stderr


def test_tasklets_run_and_messages_are_packed_there():
    work = """
from nearfar import Channel, run, spawn
from nearfar.far import Frames, Message, encode

class Hello(Message):
    name: str

way = Channel()
spawn(way.send, encode(Hello("world")))
spawn(lambda: print(Frames(Hello).take(way.receive())))
run()
"""
    ended = run_without(LACKING, work)
    assert ended.stdout == "[Hello(name='world')]\n", ended.stderr


def test_what_is_missing_is_named():
    ended = run_without(["socket"], "from nearfar.far import tcp")
    assert "a browser has no socket" in ended.stderr
